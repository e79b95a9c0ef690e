import { delayedPermits } from '../../consent/decisions/index.ts'
import { dayBefore, dayOf } from '../../base/platform/calendar.ts'
import { later } from '../../base/platform/clock.ts'
import type { Database } from '../../base/platform/database.ts'
import type { AnswerOf } from '../../base/web/operation.ts'
import type { delayed } from './shapes.ts'

const monthsShown = 24
// A month is published when it is over, and some days more.
const daysAfter = 10
const least = 10
const step = 5
/** Fewer than may be said. */
export const few = `<${least}`

/**
 * How many disclosures their people see later, a month each. Months have nothing in common, and no total is published, so
 * that no difference of two figures counts few people (docs/design/domain.md#i23).
 */
export async function delayedAnswer(db: Database, now: Date): Promise<AnswerOf<typeof delayed>> {
  const months = monthsBefore(now)
  const counts = await delayedPermits(db, months)
  return {
    months: months.map((first) => ({
      month: first.slice(0, 7),
      delayed: published(counts.get(first) ?? 0),
    })),
  }
}

/** The first days of the months that are published at `now`, newest first. */
export function monthsBefore(now: Date): string[] {
  const day = dayOf(later(now, -daysAfter * 24 * 3600))
  const running = `${day.slice(0, 7)}-01`
  return Array.from({ length: monthsShown }, (_, i) => dayBefore(running, `P${i + 1}M`))
}

/** None is said as few: whether there was one at all would be a count of one person. */
export function published(count: number): string {
  return count < least ? few : String(Math.round(count / step) * step)
}
