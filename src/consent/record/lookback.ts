import { dayBefore, dayOf } from '../../base/platform/calendar.ts'
import type { Purpose } from '../../registry/index.ts'
import type { ConsentState } from './rows.ts'

// From when the information may be (decision 0057): days of Québec, both included. A consent names them, the law counts them back
// from today, and a decision names those that it is about.

export type Lookback = { readonly from: string; readonly to: string }

/** What a consent allows to be looked back to; undefined: any days. */
export function lookbackOf({
  lookbackFrom: from,
  lookbackTo: to,
}: Pick<ConsentState, 'lookbackFrom' | 'lookbackTo'>): Lookback | undefined {
  return from === null || to === null ? undefined : { from, to }
}

/** The most that a purpose lets be looked back to on this day; undefined: it sets no limit. */
export function longestLookback({ lookback }: Purpose, today: string): Lookback | undefined {
  return lookback === undefined ? undefined : { from: dayBefore(today, lookback), to: today }
}

/** Days as text compare as days. */
export function isWithinDays(days: Lookback, allowed: Lookback): boolean {
  return allowed.from <= days.from && days.to <= allowed.to
}

export type PeriodObstacle = 'PERIOD_MISSING' | 'PERIOD_NOT_COVERED'

/** Why days that are asked about are none of those that a consent allows. Pure. */
export function periodObstacle(
  consent: ConsentState,
  purpose: Purpose,
  period: Lookback | undefined,
): PeriodObstacle | undefined {
  const allowed = lookbackOf(consent)
  // Allowed before the purpose's limit was asked with it: which days were meant is not known.
  if (allowed === undefined && purpose.lookback !== undefined) return 'PERIOD_NOT_COVERED'
  return allowed && outside(period, allowed)
}

/** The same where the law allows it: back from today, as far as the purpose says. Pure. */
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
