import { dayAfter, dayBefore, dayOf } from '../values/calendar.ts'
import type { Session } from '../database/db-session.ts'
import type { dayClosings } from '../logging/metric-labels.ts'
import { present } from '../values/present.ts'

// Of a day in Québec that is over a job closes what happened on it: from then on events tell of it, and nothing is added. Whoever holds
// rows against events, or watches the house, asks here through which day that is done, whatever is closed. What is not closed yet is late,
// and is no difference.

/** Longer than a worker was ever away; what is older is the oldest of them. */
const mostDays = 1000

export type ClosingName = (typeof dayClosings)[number]

/** What a job closes day by day. */
export type DayClosing = {
  readonly name: ClosingName
  /**
   * A view of one row. `through`: the last day that is closed for everybody, null before the first; `oldest`: the oldest day on which there
   * is something, null where there is nothing.
   */
  readonly view: string
}

export type ClosedDays = { readonly through: string | null; readonly oldest: string | null }

/** Through which day this is closed. */
export async function closedDays(session: Session, { view }: DayClosing): Promise<ClosedDays> {
  const [row] = await session.rows<ClosedDays>(
    `select through::text as through, oldest::text as oldest from ${view}`,
  )
  return present(row, 'through which day it is closed')
}

/** The day that is closed next; undefined: there was never anything to close. Pure. */
export function firstOpenDay({ through, oldest }: ClosedDays): string | undefined {
  return through === null ? (oldest ?? undefined) : dayAfter(through, 'P1D')
}

/**
 * The days that are not closed and should be, the oldest first. A job has the whole day after for it: a night without a worker is not late.
 * Pure.
 */
export function daysNotClosed(closed: ClosedDays, now: Date): string[] {
  const due = dayBefore(dayOf(now), 'P2D')
  const days: string[] = []
  let day = firstOpenDay(closed)
  for (; day !== undefined && day <= due && days.length < mostDays; day = dayAfter(day, 'P1D'))
    days.push(day)
  return days
}

export type OverdueDays = { readonly closing: ClosingName; readonly days: readonly string[] }

/** What should be closed by now and is not, of each of these: no days where all is. */
export async function overdueDays(
  session: Session,
  closings: readonly DayClosing[],
  now: Date,
): Promise<OverdueDays[]> {
  const found: OverdueDays[] = []
  for (const closing of closings)
    found.push({
      closing: closing.name,
      days: daysNotClosed(await closedDays(session, closing), now),
    })
  return found
}
