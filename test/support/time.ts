import { moveClock, readClockOffset } from '../../src/base/platform/clock-offset.ts'
import type { Database } from '../../src/base/platform/database.ts'

/**
 * Call this before a house starts: its clock can then be moved while it runs, which costs one statement for each request. Before the
 * next test file the clock is the machine's again (`setup.ts`).
 */
export function letTimeMove(): void {
  process.env['CLOCK_OFFSET'] = 'P0D'
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
