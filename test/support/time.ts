import { inject } from 'vitest'
import { moveClock, readClockOffset } from '../../src/base/platform/clock-offset.ts'
import type { Database } from '../../src/base/platform/database.ts'

/**
 * Call it in the test file itself (see `isApart`), before a house starts: its clock may then be moved while it runs. Costs it
 * one statement a request.
 */
export function letTimeMove(): void {
  if (!inject('isApart')) throw new Error('a file whose clock moves has a process of its own')
  process.env['CLOCK_OFFSET'] = 'P0D'
}

/** Whether the clock of houses that are started from now on may be moved. */
export function canTimeMove(env: Readonly<Record<string, string>> = {}): boolean {
  return (env['CLOCK_OFFSET'] ?? process.env['CLOCK_OFFSET']) !== undefined
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
