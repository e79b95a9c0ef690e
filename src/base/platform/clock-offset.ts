import type { Config } from './config.ts'
import { runAhead, writeDuration } from './clock.ts'
import type { Database } from './database.ts'
import { transact } from './database.ts'
import { StartError } from './start-error.ts'

// Tests and the demonstration move time (decision 0027): in the database, whose functions add the offset to its own clock, and
// from there in every process. It is a constant function and not a row: a deployment that never moves it pays nothing.

/** Looks how far ahead the clock is now. */
export type Follow = () => Promise<void>

/**
 * To be called before anything asks what time it is.
 * @returns what each request and each job does first; undefined where the clock cannot move
 * @throws StartError in production if the clock was moved; elsewhere if it was, and CLOCK_OFFSET does not say so
 */
export async function openClock(
  db: Database,
  { mode, clockOffsetMs }: Pick<Config, 'mode' | 'clockOffsetMs'>,
): Promise<Follow | undefined> {
  const foundMs = await readClockOffset(db)
  if (mode === 'production') {
    if (foundMs === 0) return undefined
    throw new StartError(
      `The clock of this database was moved ${writeDuration(foundMs)} ahead, for tests or a demonstration: production needs one that never was.`,
    )
  }
  if (clockOffsetMs === undefined) {
    if (foundMs === 0) return undefined
    throw new StartError(
      `The clock of this database was moved ${writeDuration(foundMs)} ahead and never goes back: start with CLOCK_OFFSET=${writeDuration(foundMs)}, or begin again with an empty database.`,
    )
  }
  if (clockOffsetMs > foundMs) await moveClock(db, clockOffsetMs)
  const follow = async () => runAhead(await readClockOffset(db))
  await follow()
  return follow
}

/** Moves the clock of a database ahead, and this process with it; back is refused. Whatever begins later sees it. */
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
  runAhead(ms)
}

/** In milliseconds. */
export async function readClockOffset(db: Database): Promise<number> {
  const { rows } = await db.raw<{ rows: { ms: number }[] }>(
    'select (extract(epoch from clock_offset()) * 1000)::float8 as ms',
  )
  return rows[0]?.ms ?? 0
}
