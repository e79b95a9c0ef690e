import { createHash } from 'node:crypto'
import type { Clock } from '../../values/clock.ts'
import type { Database, Transaction } from '../../database/database.ts'
import type { Foundation } from '../foundation.ts'
import type { Limit } from './policies.ts'
import { rungsOf } from './network.ts'
import { recoverFrom } from '../../values/expected-errors.ts'
import { Refusal } from '../../values/refusal.ts'
import { deleteBatch } from '../../database/sweep.ts'

export type { Limit } from './policies.ts'

/** Who or what is counted: a name, a network, or a name as it is tried from one network. */
export type CountSubject =
  | { readonly key: string }
  | { readonly network: string; readonly key?: string }

export type Count = { readonly limit: Limit; readonly by: CountSubject }

/** What was counted, and in which period: enough to give it back. */
export type CountedPoints = readonly { readonly key: string; readonly endsAt: number }[]

/** How far a try was counted: up to the first count that is over its limit. */
export type SharedCountResult = {
  /** What can be given back: not what was over, nor what is kept. */
  readonly taken: CountedPoints
  /** What was counted and is kept, however it ends. */
  readonly kept: CountedPoints
  /** The limits whose last try this was: of many tries at once, only one is the last. */
  readonly usedUp: readonly Limit[]
  /** The first count that is over, and how long its period lasts. */
  readonly over: { readonly limit: Limit; readonly ms: number } | undefined
}

/** Tries counted in PostgreSQL: exact, shared by all processes, kept over restarts. */
export type RateCounts = {
  /**
   * Counts first and looks afterwards, so that many tries at once get no more than the limit. Networks come before names.
   * @returns the counts that were taken, and the limits whose last try this was: of many tries at once, only one is the last
   * @throws Refusal too-many-attempts (429)
   */
  take(counts: readonly Count[]): Promise<SharedCountResult>
  /** The same, without a refusal. What is over its limit is not counted: it would outlast what is given back. */
  takeAsFar(counts: readonly Count[]): Promise<SharedCountResult>
  /** Gives back the counts of a try that did not fail. */
  giveBack(taken: CountedPoints): Promise<void>
  /** Whether the next one would be too many, without counting it. */
  isUsedUp(count: Count): Promise<boolean>
}

type Row = { readonly limit: Limit; readonly key: string; readonly most: number }

export function makeRateCounts({ db, clock }: Pick<Foundation, 'db' | 'clock'>): RateCounts {
  async function takeAsFar(counts: readonly Count[]): Promise<SharedCountResult> {
    const now = clock().getTime()
    const rows = counts.flatMap(rowsOf)
    const used = rows.length === 0 ? [] : await takeTries(db, rows, 1, now)
    const counted = used.flatMap((given, n) => {
      const row = rows[n]
      return row === undefined ? [] : [{ ...row, ...given }]
    })
    const over = counted.find(({ used: points, most }) => points > most)
    const within = counted.filter((one) => one !== over)
    const points = (isKept: boolean) =>
      within
        .filter(({ limit }) => (limit.isKept === true) === isKept)
        .map(({ key, endsAt }) => ({ key, endsAt }))
    return {
      taken: points(false),
      kept: points(true),
      usedUp: within.filter(({ used: all, most }) => all === most).map(({ limit }) => limit),
      over: over && { limit: over.limit, ms: over.endsAt - now },
    }
  }

  return {
    async take(counts) {
      const far = await takeAsFar(counts)
      if (far.over !== undefined) throw rateLimitRefusal('too-many-attempts', far.over.ms)
      return far
    },
    takeAsFar,
    async giveBack(taken) {
      if (taken.length === 0) return
      const columns = [taken.map(({ key }) => key), taken.map(({ endsAt }) => endsAt)]
      await db.raw('select give_back_tries(?::text[], ?::bigint[])', columns)
    },
    async isUsedUp(count) {
      const rows = rowsOf(count)
      const { rows: found } = await db.raw<{ rows: { key: string; points: number }[] }>(
        'select key, points from rate_limits where key = any(?::text[]) and expire > ?',
        [rows.map(({ key }) => key), clock().getTime()],
      )
      return rows.some(({ key, most }) =>
        found.some((one) => one.key === key && one.points >= most),
      )
    },
  }
}

/** One limit of one kind of deed. */
export type Limiter = {
  /** @throws Refusal too-many-attempts (429) */
  take(by: CountSubject): Promise<void>
}

export function makeLimiter(foundation: Pick<Foundation, 'db' | 'clock'>, limit: Limit): Limiter {
  const counters = makeRateCounts(foundation)
  return {
    async take(by) {
      await counters.take([{ limit, by }])
    },
  }
}

/** A limit for frequent requests: each process counts them, and tells the database in parts. */
export type Quota = {
  /** Counts one more, without waiting. @throws Refusal too-many-requests (429) when there were too many of this key */
  spend(by: CountSubject): void
}

// A process tells the database after each sixteenth of the limit: a caller that stays below it costs no statement.
const parts = 16
// Bounds the memory that an attacker with many addresses can fill: beyond it all counts of this process start anew, and it learns
// with the next part who is over the limit.
const mostKeys = 50_000

type Held = {
  endsAt: number
  /** The sum that all processes told so far, as of the database's last answer. */
  told: number
  own: number
  /** The part of `own` that was told and is not answered yet. */
  telling: number
}

/**
 * A limit that makes no request wait for a statement. One process alone keeps it exactly. Each of several processes may let through
 * one part more than the limit in a period, and the requests that come while a part is told. A restart forgets the untold counts.
 */
export function makeQuota(db: Database, clock: Clock, limit: Limit): Quota {
  const counts = new Map<string, Held>()

  function heldOf(key: string, now: number): Held {
    const known = counts.get(key)
    if (known !== undefined && known.endsAt > now) return known
    if (counts.size >= mostKeys) counts.clear()
    const fresh = { endsAt: now + limit.seconds * 1000, told: 0, own: 0, telling: 0 }
    counts.set(key, fresh)
    return fresh
  }

  async function tell(row: Row, held: Held): Promise<void> {
    const telling = held.own - held.telling
    held.telling += telling
    try {
      const [used] = await takeTries(db, [row], telling, clock().getTime())
      held.own -= telling
      if (used === undefined) return
      // Two answers may overtake each other: within one period the larger count is the later one.
      held.told = used.endsAt === held.endsAt ? Math.max(held.told, used.used) : used.used
      held.endsAt = used.endsAt
    } catch {
      // An outage: the request's own statements report it. The same count is told again with the next part.
    } finally {
      held.telling -= telling
    }
  }

  return {
    spend(by) {
      const now = clock().getTime()
      // The narrowest network first: a request that it refuses is not counted against a wider network.
      for (const row of rowsOf({ limit, by })) {
        const held = heldOf(row.key, now)
        if (held.told + held.own >= row.most)
          throw rateLimitRefusal('too-many-requests', held.endsAt - now)
        held.own += 1
        const part = Math.max(1, Math.floor(row.most / parts))
        if (held.own - held.telling >= part) void tell(row, held)
      }
    },
  }
}

// A name is one row; a network is one row for each of its rungs, with the name where there is one.
function rowsOf({ limit, by }: Count): Row[] {
  if (!('network' in by)) return [rowOf(limit, by.key, 1)]
  const { network: peer, key = '' } = by
  return rungsOf(peer).map(({ network, times }) => rowOf(limit, `${network} ${key}`, times))
}

// The key may be the address of a person or of her machine: the table holds only its digest.
function rowOf(limit: Limit, key: string, times: number): Row {
  const digest = createHash('sha256').update(`counted:${key}`).digest('base64url')
  return { limit, key: `${limit.name}:${digest}`, most: limit.points * times }
}

type Used = { readonly used: number; readonly endsAt: number }

/** @returns for each row, in order, how much is used and when its period ends; no rows after the first one over its limit */
async function takeTries(
  db: Database | Transaction,
  rows: readonly Row[],
  taken: number,
  now: number,
): Promise<Used[]> {
  const { rows: found } = await db.raw<{ rows: { used: number; ends: string }[] }>(
    'select used, ends from take_tries(?::text[], ?::int[], ?::int[], ?, ?)',
    [
      rows.map(({ key }) => key),
      rows.map(({ most }) => most),
      rows.map(({ limit }) => limit.seconds),
      taken,
      now,
    ],
  )
  return found.map(({ used, ends }) => ({ used, endsAt: Number(ends) }))
}

/** Deletes one batch of counts that ended. @returns how many rows went */
export function sweepRateLimits(db: Database, clock: Clock): Promise<number> {
  return deleteBatch(db, 'rate_limits', 'expire', clock().getTime())
}

/** For `catch` of a count: it was too often, in the words of what was asked, with the same time to wait. */
export function refuseAs(code: string): (error: unknown) => never {
  return recoverFrom(Refusal, ({ status, values, retryAfterSeconds }) => {
    throw new Refusal(code, status, { values, retryAfterSeconds })
  })
}

export function rateLimitRefusal(code: string, ms: number): Refusal {
  const retryAfterSeconds = Math.max(1, Math.ceil(ms / 1000))
  return new Refusal(code, 429, { values: { minutes: Math.ceil(ms / 60_000) }, retryAfterSeconds })
}
