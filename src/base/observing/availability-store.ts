import { setTimeout } from 'node:timers/promises'
import type { Database } from '../database/database.ts'
import { runPrepared } from '../database/database.ts'
import type { Session } from '../database/db-session.ts'
import { newUuid } from '../values/ids.ts'
import type { Log } from '../logging/log.ts'
import { isOutage } from '../database/database-outages.ts'
import type { Readiness } from './readiness.ts'
import { Problem } from '../values/refusal.ts'
import { deleteBatch } from '../database/sweep.ts'

// In which minutes the house could be used: each web process notes each minute in which it could serve. A minute is available when one
// process could; nothing is written while the database is away, and so the minute has no row.

/** Shorter than a minute, so that none is left out. */
const everyMs = 20_000

const noted = `insert into served_minute (minute, process)
  values (date_trunc('minute', now() + clock_offset()), $1) on conflict do nothing`

type Serving = {
  readonly db: Database
  readonly log: Log
  readonly readiness: Pick<Readiness, 'check'>
}

/** Notes the present minute, and each that follows until it is stopped. */
export function noteServed(
  { db, log, readiness }: Serving,
  paceMs = everyMs,
): { stop(): Promise<void> } {
  const ending = new AbortController()
  const process = newUuid(new Date())

  async function note(): Promise<void> {
    try {
      await readiness.check()
      await runPrepared(db, { name: 'served', text: noted, values: [process] })
    } catch (error) {
      // A process that is not ready says so itself; the minute stays without a row.
      if (ending.signal.aborted || error instanceof Problem || isOutage(error)) return
      log.error({ error }, 'a minute is not noted')
    }
  }

  async function work(): Promise<void> {
    while (!ending.signal.aborted) {
      await note()
      await setTimeout(paceMs, undefined, { signal: ending.signal }).catch(() => undefined)
    }
  }

  void work()
  return {
    // A stop waits for no database.
    stop() {
      ending.abort()
      return Promise.resolve()
    },
  }
}

/** In how many whole minutes of how many some process could serve; undefined where none was over by then. */
export async function servedMinutesBetween(
  session: Session,
  since: Date,
  before: Date,
): Promise<{ readonly minutes: number; readonly served: number } | undefined> {
  const [row] = await session.rows<{ minutes: number; served: number }>(
    'select minutes, served from minutes_served($1, $2)',
    [since, startOfMinute(before)],
  )
  return row
}

// A minute is noted when it begins: the present one would be served, and not be one of those that have passed.
function startOfMinute(at: Date): Date {
  return new Date(at.getTime() - (at.getTime() % 60_000))
}

/** Since when the house can be used without a break, and no earlier than the horizon; undefined: it cannot. */
export async function availableSince(
  session: Session,
  horizon: Date,
  now: Date,
): Promise<Date | undefined> {
  const [row] = await session.rows<{ at: Date | null }>('select served_since($1, $2) as at', [
    horizon,
    now,
  ])
  return row?.at ?? undefined
}

/** Deletes one batch of old minutes. @returns how many rows were deleted */
export function sweepServed(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'served_minute', 'minute', before)
}
