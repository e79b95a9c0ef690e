import { dayAfter, dayOf, noonOf } from '../../src/base/values/calendar.ts'
import { aheadOfMachine, moveDateAhead, writeDuration } from '../../src/base/values/clock.ts'
import { moveClock, readClockOffset } from '../../src/base/database/clock-offset.ts'
import type { Database } from '../../src/base/database/database.ts'

/**
 * Call this before a house starts: its clock can then be moved while it runs, which costs one statement for each request. Before the
 * next test file the clock is the machine's again (`setup.ts`).
 */
export function letTimeMove(): void {
  // Where the whole run is as on a later day, it is as on that day.
  process.env['CLOCK_OFFSET'] ??= 'P0D'
}

/**
 * Call this instead before a house, and what it serves, is made: the clock, here too, begins at this instant. Of a file that is run as on
 * another day, later than that day.
 */
export function letTimeMoveFrom(at: Date): void {
  const seconds = Math.ceil((aheadOfMachine() + at.getTime() - Date.now()) / 1000)
  process.env['CLOCK_OFFSET'] = writeDuration(seconds * 1000)
  moveDateAhead(seconds * 1000)
}

/**
 * What a test then does is of one month, and so is what was two days before (`coolDown`), on whichever day of the year it runs: the clock
 * begins at noon of the tenth.
 */
export function letTimeMoveFromMidMonth(): void {
  letTimeMoveFrom(midMonth())
}

/** Noon in Québec on the next tenth of a month. */
export function midMonth(): Date {
  const today = dayOf(new Date())
  const tenth = `${today.slice(0, 8)}10`
  return noonOf(today < tenth ? tenth : dayAfter(tenth, 'P1M'))
}

/** The day in Québec after so many days, such as a last day that somebody chooses. */
export function inDays(days: number): string {
  return dayAfter(dayOf(new Date()), `P${days}D`)
}

/** Noon in Québec, on the next such day of a year: `12-29`. */
export function nextNoonOf(day: string): Date {
  const today = dayOf(new Date())
  const ofYear = `${today.slice(0, 5)}${day}`
  return noonOf(today < ofYear ? ofYear : dayAfter(ofYear, 'P1Y'))
}

export type Span = { readonly days?: number; readonly hours?: number; readonly seconds?: number }

/** Time passes: in the database, in every process of the house at its next request or job, and in the test's own. */
export async function pass(db: Database, span: Span): Promise<void> {
  const { days = 0, hours = 0, seconds = 0 } = span
  const ahead = await readClockOffset(db)
  await moveClock(db, ahead + ((days * 24 + hours) * 3600 + seconds) * 1000)
}

/** Time passes until just after this instant. */
export async function passUntil(db: Database, at: Date): Promise<void> {
  await pass(db, { seconds: Math.max(0, Math.ceil((at.getTime() - Date.now()) / 1000)) })
}
