import { dayAfter, startOfDay } from '../../base/values/calendar.ts'
import { unsweptSince } from '../../base/jobs/sweep-jobs.ts'
import { retention } from '../../base/values/retention.ts'
import type { Session } from '../../base/database/db-session.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Difference } from '../../ledger/fold/index.ts'
import { readMonths } from './count.ts'
import type { CountedMonth, MonthlyCount } from './rows.ts'
import { cellOf } from './rows.ts'
import type { RegisterBeginning } from './store.ts'
import { registerBeginning, byMonth, mostMonths, recount, storedCounts } from './store.ts'

// What was counted, held against the rows of today. The rows themselves are held against people's events in the same snapshot.

/** Where the numbers of a month are not those that were counted, or not those that the rows tell. */
export async function countDifferences(session: Session, seals: RowSeals): Promise<Difference[]> {
  const months = (await readMonths(session, seals, mostMonths)).toReversed()
  const [first, last] = [months.at(0), months.at(-1)]
  const known = new Set(months.map(({ month }) => month))
  const strays = [...(await storedCounts(session)).keys()].filter((month) => !known.has(month))
  const found = [
    ...strays.map((month) => difference(month, 'its numbers are of a month that was not counted')),
    ...months.flatMap(({ month, isGenuine }) =>
      isGenuine ? [] : [difference(month, 'its numbers are not those that were counted')],
    ),
  ]
  if (first === undefined || last === undefined) return found
  const told = byMonth(await recount(session, first.month, dayAfter(last.month, 'P1M')))
  const beginning = await registerBeginning(session)
  return [
    ...found,
    ...gapsIn(months),
    ...months
      .filter(({ isGenuine }) => isGenuine)
      .flatMap((month) => differencesIn(month, told.get(month.month) ?? [], beginning)),
  ]
}

function gapsIn(months: readonly CountedMonth[]): Difference[] {
  return months.flatMap(({ month }, i) => {
    const before = months[i - 1]
    return before === undefined || dayAfter(before.month, 'P1M') === month
      ? []
      : [difference(month, 'the month before it is missing')]
  })
}

/** The counts of a month that its rows do not tell. What is erased by now may be missing in rows, and never in counts. Pure. */
export function differencesIn(
  { month, counts }: Pick<CountedMonth, 'month' | 'counts'>,
  told: readonly MonthlyCount[],
  beginning: Omit<RegisterBeginning, 'began'>,
): Difference[] {
  const counted = new Map(counts.map((count) => [cellOf(count), count]))
  const rows = new Map(told.map((count) => [cellOf(count), count]))
  const more = [...rows].flatMap(([cell, count]) => {
    const held = counted.get(cell) ?? nothing
    return count.times > held.times || count.people > held.people ? [count] : []
  })
  const fewer = [...counted].flatMap(([cell, count]) => {
    const held = rows.get(cell) ?? nothing
    const isLess = held.times < count.times || held.people < count.people
    return isLess && isWhole(count, month, beginning) ? [count] : []
  })
  return [...more, ...fewer].map(({ outcome, agreement, holder, recipient }) => {
    const of = [outcome, agreement ?? recipient ?? holder].filter((part) => part !== null).join(' ')
    return {
      ...difference(month, `the rows do not tell its number: ${of}`),
      table: 'monthly_count',
    }
  })
}

const nothing = { times: 0, people: 0 }

// Whether all rows of this month that were counted are still there.
function isWhole(
  { outcome }: MonthlyCount,
  month: string,
  { now, erased, deniesErased }: Omit<RegisterBeginning, 'began'>,
): boolean {
  const since = startOfDay(month)
  const isAfter = (at: Date | null) => at === null || at <= since
  if (outcome === 'asked-again') return isAfter(unsweptSince(now, retention.counts))
  if (outcome === 'denied')
    return isAfter(unsweptSince(now, retention.traces)) && isAfter(deniesErased)
  return isAfter(erased)
}

function difference(month: string, because: string): Difference {
  return { table: 'counted_month', called: month.slice(0, 7), because }
}
