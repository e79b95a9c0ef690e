import { dayBefore, dayOf } from '../../base/values/calendar.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { Database } from '../../base/database/database.ts'
import { suppressedCount } from '../../base/values/disclosure-control.ts'
import type { AnswerOf } from '../../base/web/operation.ts'
import { publishedRows } from '../open-data/index.ts'
import type { delayedFigures } from './shapes.ts'

const monthsShown = 24
// A month is published some days after its end.
const daysAfter = 10

/**
 * How many disclosures people see later than they happened, for each month, as the file of that month says it: another count would
 * have a difference with it (docs/design/domain.md#i23).
 */
export async function delayedAnswer(
  db: Database,
  now: Date,
): Promise<AnswerOf<typeof delayedFigures>> {
  const months = monthsBefore(now)
  const rows = await publishedRows(db, 'consultations-differees', months)
  return {
    months: months.map((first) => ({
      month: first.slice(0, 7),
      delayed: rows.get(first)?.[0]?.['communications'] || suppressedCount,
    })),
  }
}

/** The first days of the months that are published at `now`, newest first. */
export function monthsBefore(now: Date): string[] {
  const day = dayOf(secondsAfter(now, -daysAfter * 24 * 3600))
  const running = `${day.slice(0, 7)}-01`
  return Array.from({ length: monthsShown }, (_, i) => dayBefore(running, `P${i + 1}M`))
}
