import type { Config } from '../settings/config.ts'
import { moveDateAhead, writeDuration } from '../values/clock.ts'
import type { Database } from './database.ts'
import { transact } from './database.ts'
import { OperatorError } from '../values/operator-error.ts'

// Tests and the demonstration move the clock ahead (decision 0027). The database holds the offset and its functions add it to
// the database's own clock; every process reads it there. The offset is a constant function and not a row, so that a
// deployment that never moves the clock pays nothing.

/** Reads how far ahead the clock is now, and moves the clock of this process there. */
export type FollowClock = () => Promise<void>

/**
 * Call this function before any code asks for the time.
 * @returns a function that each request and each job calls first; undefined where the clock cannot move
 * @throws OperatorError in production if the clock was moved; elsewhere if the clock was moved and CLOCK_OFFSET is not set
 */
export async function openClock(
  db: Database,
  { mode, clockOffsetMs }: Pick<Config, 'mode' | 'clockOffsetMs'>,
): Promise<FollowClock | undefined> {
  const foundMs = await readClockOffset(db)
  if (mode === 'production') {
    if (foundMs === 0) return undefined
    throw new OperatorError(
      `The clock of this database was moved ${writeDuration(foundMs)} ahead, for tests or a demonstration: production needs one that never was.`,
    )
  }
  if (clockOffsetMs === undefined) {
    if (foundMs === 0) return undefined
    throw new OperatorError(
      `The clock of this database was moved ${writeDuration(foundMs)} ahead and never goes back: start with CLOCK_OFFSET=${writeDuration(foundMs)}, or begin again with an empty database.`,
    )
  }
  if (clockOffsetMs > foundMs) await moveClock(db, clockOffsetMs)
  const follow = async () => moveDateAhead(await readClockOffset(db))
  await follow()
  return follow
}

/**
 * The same for a command, which moves no clock: one operator's environment must not end what others allowed, nor date a deed. Whether it
 * is a demonstration says that environment alone.
 * @throws OperatorError, too, where CLOCK_OFFSET is further ahead than the database
 */
export async function openClockAsItIs(
  db: Database,
  config: Pick<Config, 'mode' | 'clockOffsetMs'>,
): Promise<void> {
  const { clockOffsetMs = 0 } = config
  if (clockOffsetMs > (await readClockOffset(db)))
    throw new OperatorError(
      'CLOCK_OFFSET is further ahead than the clock of this database, which a command does not move: start a process with it first.',
    )
  await openClock(db, config)
}

/** Moves the clock of a database ahead, and this process's clock with it. It refuses to move back. Later statements see the move. */
export async function moveClock(db: Database, ms: number): Promise<void> {
  if (!Number.isSafeInteger(ms)) throw new RangeError('whole milliseconds')
  await transact(db, async (tx) => {
    await tx.raw("select pg_advisory_xact_lock(hashtext('clock_offset'))")
    await tx.raw(
      `do $$ begin if clock_offset() > interval '${ms} milliseconds' then raise 'the clock never goes back'; end if; end $$`,
    )
    await tx.raw(
      `create or replace function clock_offset() returns interval language sql stable as $$ select interval '${ms} milliseconds' $$`,
    )
  })
  moveDateAhead(ms)
}

/** How far ahead the clock of the database is, in milliseconds. */
export async function readClockOffset(db: Database): Promise<number> {
  const { rows } = await db.raw<{ rows: { ms: number }[] }>(
    'select (extract(epoch from clock_offset()) * 1000)::float8 as ms',
  )
  return rows[0]?.ms ?? 0
}
