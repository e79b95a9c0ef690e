import { machineNow } from '../values/clock.ts'
import { OperatorError } from '../values/operator-error.ts'
import type { Database } from './database.ts'
import type { Log } from '../logging/log.ts'

// The database's clock decides when a permit or a token ends. A process whose own clock is another refuses every proof of a client, or
// takes one that is long over: it is not ready, so that its load balancer asks others.

const mostMs = 10_000
const lookMs = 5000

export type ClockWatch = {
  /** How far this machine's clock is from the database's, in a sentence, while it is too far; undefined while it is right. */
  trouble(): string | undefined
  stop(): Promise<void>
}

type Watching = {
  /** Tests and the demonstration move the clock of the database, with its processes; a deployment does not, so that a moved one is wrong there. */
  readonly isMovable: boolean
  readonly everyMs?: number
  readonly ownClock?: () => number
}

/** Looks at once, and every five seconds until it is stopped. While the database does not answer, what was last seen stands. */
export async function watchClock(
  db: Database,
  log: Log,
  { isMovable, everyMs = lookMs, ownClock = machineNow }: Watching,
): Promise<ClockWatch> {
  let trouble = await troubleOf(db, ownClock, isMovable)
  if (trouble !== undefined) tell(log, trouble)
  let looking: Promise<void> | undefined

  async function look(): Promise<void> {
    const found = await troubleOf(db, ownClock, isMovable)
    // Each trouble is logged once, not every five seconds: its size may change meanwhile.
    if (found !== undefined && trouble === undefined) tell(log, found)
    if (found === undefined && trouble !== undefined)
      log.info({}, 'the clock of this machine is right again: ready')
    trouble = found
  }

  const timer = setInterval(() => {
    // That the database is away is reported by the requests that need it.
    looking ??= look()
      .catch(() => undefined)
      .finally(() => (looking = undefined))
  }, everyMs)
  return {
    trouble: () => trouble,
    async stop() {
      clearInterval(timer)
      await looking
    },
  }
}

/**
 * For a command: what it does would be dated by one clock and judged by another, and an order that is too old would pass for a fresh one.
 * @throws OperatorError where the clock of this machine is wrong
 */
export async function requireRightClock(
  db: Database,
  ownClock: () => number = machineNow,
): Promise<void> {
  const trouble = await troubleOf(db, ownClock, true)
  if (trouble !== undefined)
    throw new OperatorError(`${trouble} Set it right first: nothing was done.`)
}

function tell(log: Log, why: string): void {
  log.error({ code: 'CLOCK_SKEW', why }, 'the clock of this machine is wrong: not ready')
}

async function troubleOf(
  db: Database,
  ownClock: () => number,
  isMovable: boolean,
): Promise<string | undefined> {
  const apartMs = await clockSkew(db, ownClock, isMovable)
  if (Math.abs(apartMs) <= mostMs) return undefined
  const seconds = Math.round(Math.abs(apartMs) / 1000)
  return `The clock of this machine is ${seconds} s ${apartMs > 0 ? 'ahead of' : 'behind'} the clock of its database.`
}

/** How many milliseconds this machine is ahead of its database, at least: less what the question itself may account for. */
export async function clockSkew(
  db: Database,
  ownClock: () => number,
  isMovable: boolean,
): Promise<number> {
  const before = ownClock()
  // Where the clock moves, both machines' own clocks are compared, without what tests and the demonstration add to the time.
  const moved = isMovable ? '- clock_offset()' : ''
  const { rows } = await db.raw<{ rows: { ms: number }[] }>(
    `select (extract(epoch from (clock_timestamp() + clock_offset()) ${moved}) * 1000)::float8 as ms`,
  )
  const after = ownClock()
  const theirs = rows[0]?.ms ?? Number.NaN
  if (theirs < before) return before - theirs
  return theirs > after ? after - theirs : 0
}
