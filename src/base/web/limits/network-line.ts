import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Clock } from '../../values/clock.ts'
import type { Database } from '../../database/database.ts'
import type { NetworkLimit } from './policies.ts'
import { widestOf } from './network.ts'
import { rateLimitRefusal } from './rate-counts.ts'

// Where a network has used up its tries, what comes further waits for its turn: one in so many seconds, whichever process it came to.
// Whoever brings much waits behind his own. The line is short, and who finds no room is told when to come back.

/** Bounds how long a request is held, and with the numbers below how many are. */
const longestMs = 10_000
/** Of one network, of one visitor in it, and of all, in one process. */
const [ofOneNetwork, ofOneVisitor, ofAll] = [10, 2, 200]
/** So many turns back it is known who had one. */
const remembered = 50
/** The clock is looked at so often while a turn is awaited. */
const lookMs = 100

export type NetworkLine = {
  /**
   * Waits for a turn.
   * @param who whose turn it is among those of the network
   * @throws Refusal too-many-attempts (429), with the time after which a turn is free
   */
  wait(limit: NetworkLimit, peer: string, who: string): Promise<void>
}

type Waiter = {
  readonly who: string
  readonly since: number
  readonly goOn: () => void
  readonly refuse: (error: unknown) => void
}

type Line = { readonly key: string; readonly everyMs: number; readonly waiting: Waiter[] }

type Parts = { readonly db: Database; readonly clock: Clock }

export function makeNetworkLine({ db, clock }: Parts): NetworkLine {
  const lines = new Map<string, Line>()
  let inLine = 0

  function leave(line: Line, waiter: Waiter): void {
    line.waiting.splice(line.waiting.indexOf(waiter), 1)
    inLine -= 1
  }

  /** Calls one after another until nobody waits. An outage is told to all who wait. */
  async function run(line: Line): Promise<void> {
    // Each visitor has a turn before anybody has two.
    const called: string[] = []
    try {
      for (let next = nextOf(line, called); next !== undefined; next = nextOf(line, called)) {
        const isLate = clock().getTime() - next.since > longestMs
        const at = isLate ? undefined : await turnAt(db, line, clock().getTime())
        if (at !== undefined) await until(at, clock)
        // Others may have come meanwhile, who bring less.
        const now = at === undefined ? next : (nextOf(line, called) ?? next)
        leave(line, now)
        if (at === undefined) now.refuse(rateLimitRefusal('too-many-attempts', line.everyMs))
        else {
          if (called.push(now.who) > remembered) called.shift()
          now.goOn()
        }
      }
    } catch (error) {
      for (const one of line.waiting.toReversed()) {
        leave(line, one)
        one.refuse(error)
      }
    } finally {
      lines.delete(line.key)
    }
  }

  return {
    async wait(limit, peer, who) {
      const key = keyOf(limit, peer)
      const everyMs = (limit.everySeconds ?? 0) * 1000
      const line = lines.get(key) ?? { key, everyMs, waiting: [] }
      const { waiting } = line
      const isFull =
        inLine >= ofAll ||
        waiting.length >= ofOneNetwork ||
        waiting.filter((one) => one.who === who).length >= ofOneVisitor ||
        waiting.length * everyMs > longestMs
      if (isFull) throw rateLimitRefusal('too-many-attempts', Math.max(1, waiting.length) * everyMs)
      const { promise, resolve, reject } = Promise.withResolvers<undefined>()
      const since = clock().getTime()
      waiting.push({ who, since, goOn: () => resolve(undefined), refuse: reject })
      inLine += 1
      if (!lines.has(key)) {
        lines.set(key, line)
        void run(line)
      }
      await promise
    },
  }
}

/** Who was called least often so far, and among these who came first. */
function nextOf({ waiting }: Line, called: readonly string[]): Waiter | undefined {
  const times = (one: Waiter) => called.filter((who) => who === one.who).length
  return waiting.toSorted((one, other) => times(one) - times(other))[0]
}

/** @returns when; undefined: those who wait elsewhere have the next turns already */
async function turnAt(db: Database, line: Line, now: number): Promise<number | undefined> {
  const { rows } = await db.raw<{ rows: { at: string | null }[] }>(
    'select take_turn(?, ?::bigint, ?::bigint, ?::bigint) as at',
    [line.key, line.everyMs, longestMs, now],
  )
  const [row] = rows
  return row === undefined || row.at === null ? undefined : Number(row.at)
}

// The clock decides, so that a process whose machine slept goes on at once; the number of looks is bounded, whatever the clock says.
async function until(at: number, clock: Clock): Promise<void> {
  for (let look = 0; look <= longestMs / lookMs && clock().getTime() < at; look++)
    await pause(Math.min(lookMs, Math.max(1, at - clock().getTime())))
}

function keyOf({ name }: NetworkLimit, peer: string): string {
  const digest = createHash('sha256')
    .update(`counted:${widestOf(peer)}`)
    .digest('base64url')
  return `${name}/turns:${digest}`
}
