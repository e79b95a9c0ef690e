import type { Database } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { readingSession } from '../../base/database/db-session.ts'
import type { ClosedDays, DayClosing } from '../../base/jobs/day-closing.ts'
import { closedDays, firstOpenDay } from '../../base/jobs/day-closing.ts'
import { dayBefore, dayOf, daysBetween, noonOf } from '../../base/values/calendar.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { newUuid } from '../../base/values/ids.ts'
import { appendHouse, closingBody } from '../chain/index.ts'
import { holdTelling, newestTold } from './closed-days-store.ts'

// The log tells through which day all is closed, so that whoever reads it, inside or outside, asks for the events of no later day
// (decision 0202).

/** After midnight in Québec counts and decisions of the day before still arrive for a while, as each closing says. */
const marginSeconds = 30 * 60

/** That the log tells of the days that are closed: what is closed and not told is late, too. */
export const logClosing: DayClosing = { name: 'log', view: 'days_told' }

/**
 * Queues an entry for the log where more days are closed than it tells of. Of several processes one does so.
 * @param closings what is closed day by day
 * @returns the last day that is closed, where this call told of it
 */
export async function tellClosedDays(
  db: Database,
  closings: readonly DayClosing[],
  now: Date,
): Promise<string | undefined> {
  const session = readingSession(db)
  const closed: ClosedDays[] = []
  for (const closing of closings)
    if (closing.name !== logClosing.name) closed.push(await closedDays(session, closing))
  const through = lastClosedDay(closed, now)
  if (through === undefined) return undefined
  return transact(db, async (tx) => {
    await holdTelling(tx)
    const before = await newestTold(tx)
    if (before !== undefined && before >= through) return undefined
    const days = before === undefined ? 0 : daysBetween(noonOf(before), noonOf(through))
    await appendHouse(tx, newUuid(now), closingBody({ through, days }))
    return through
  })
}

/** Through which day all of this is closed: yesterday at most. @returns undefined where there was never anything to close. Pure. */
export function lastClosedDay(all: readonly ClosedDays[], now: Date): string | undefined {
  const open = all.flatMap((closed) => firstOpenDay(closed) ?? [])
  if (open.length === 0) return undefined
  return [dayOf(secondsAfter(now, -marginSeconds)), ...open]
    .map((day) => dayBefore(day, 'P1D'))
    .toSorted()[0]
}
