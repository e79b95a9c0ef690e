import { dayBefore, dayOf } from '../../base/values/calendar.ts'
import type { Dataset, Purpose } from '../../registry/index.ts'
import type { ConsentState } from './rows.ts'

// What a consent covers: categories, and the days that the information may be of.

// A set of categories of one dataset version is a bit mask over its list.

/** @throws TypeError for a category that is not in the dataset */
export function maskOf(dataset: Dataset, categories: readonly string[]): bigint {
  return categories.reduce((mask, category) => {
    const bit = dataset.categories.indexOf(category)
    if (bit === -1) throw new TypeError(`${category} is not a category of ${dataset.ref}`)
    return mask | (1n << BigInt(bit))
  }, 0n)
}

export function categoriesIn(dataset: Dataset, mask: bigint): string[] {
  return dataset.categories.filter((_, bit) => (mask & (1n << BigInt(bit))) !== 0n)
}

/** Whether every category of `part` is in `whole`. */
export function isWithin(part: bigint, whole: bigint): boolean {
  return (part & ~whole) === 0n
}

// The days that the information may be of (decision 0057), in Québec's calendar, both included. A consent names them, the law counts
// them back from today, and a question to the decision API names the days that it is about.

export type Lookback = { readonly from: string; readonly to: string }

/** The days that a consent allows; undefined: any days. */
export function lookbackOf({
  lookbackFrom: from,
  lookbackTo: to,
}: Pick<ConsentState, 'lookbackFrom' | 'lookbackTo'>): Lookback | undefined {
  return from === null || to === null ? undefined : { from, to }
}

/** The longest lookback that a purpose allows on this day; undefined: it sets no limit. */
export function longestLookback({ lookback }: Purpose, today: string): Lookback | undefined {
  return lookback === undefined ? undefined : { from: dayBefore(today, lookback), to: today }
}

/** ISO 8601 days compare as text. */
export function isWithinDays(days: Lookback, allowed: Lookback): boolean {
  return allowed.from <= days.from && days.to <= allowed.to
}

export type PeriodObstacle = 'PERIOD_MISSING' | 'PERIOD_NOT_COVERED'

/** Why the days asked about are outside the days that a consent allows. Pure. */
export function periodObstacle(
  consent: ConsentState,
  purpose: Purpose,
  period: Lookback | undefined,
): PeriodObstacle | undefined {
  const allowed = lookbackOf(consent)
  // The consent is older than the purpose's limit: it does not say which days were meant.
  if (allowed === undefined && purpose.lookback !== undefined) return 'PERIOD_NOT_COVERED'
  return allowed && outside(period, allowed)
}

/** The same where the law allows the sharing: the purpose's lookback is counted from today. Pure. */
export function periodObstacleByLaw(
  purpose: Purpose,
  period: Lookback | undefined,
  now: Date,
): PeriodObstacle | undefined {
  const allowed = longestLookback(purpose, dayOf(now))
  return allowed && outside(period, allowed)
}

function outside(period: Lookback | undefined, allowed: Lookback): PeriodObstacle | undefined {
  if (period === undefined) return 'PERIOD_MISSING'
  return isWithinDays(period, allowed) ? undefined : 'PERIOD_NOT_COVERED'
}
