import { dayBefore } from '../../base/platform/calendar.ts'
import { later } from '../../base/platform/clock.ts'
import {
  few,
  least,
  publishedCount,
  publishedFigures,
  sumOfFigures,
} from '../../base/platform/small-numbers.ts'
import type { CountedMonth, CountedOutcome, MonthlyCount } from '../../consent/figures/index.ts'
import { monthOf } from '../../consent/figures/index.ts'

// What everybody may know of the months that were counted. Pure. Every number here is a sum of published figures, never a count of its own
// (src/base/platform/small-numbers.ts): whoever subtracts one from another learns nothing of one to nine people.

// A month is published some days after its end.
const daysAfter = 10
const daySeconds = 24 * 3600
export const mostMonths = 12

/** How often things happened, as it may be said: « 2410 », or `<10` where nothing may be. */
export type Sums = {
  readonly permitted: string
  /** Of `permitted`: what people allowed, and what the law permits. */
  readonly byConsent: string
  readonly byLaw: string
  /** People who said no, and people who stopped a sharing. */
  readonly refused: string
  readonly stopped: string
}

export type MonthSums = Sums & {
  /** Its first day. */
  readonly month: string
  readonly askedAgain: string
  /** Permits that their person sees later. */
  readonly later: string
  /** Half of the stops were confirmed within so many hours. */
  readonly hours: number | undefined
  readonly served: CountedMonth['served']
}

/** The months that may be shown now, the newest first. One whose numbers are not those that were counted is shown to nobody. */
export function publishedMonths(
  counted: readonly CountedMonth[],
  now: Date,
): readonly CountedMonth[] {
  const newest = dayBefore(monthOf(later(now, -daysAfter * daySeconds)), 'P1M')
  const oldest = dayBefore(newest, `P${mostMonths - 1}M`)
  return counted.filter(({ month, isGenuine }) => isGenuine && month <= newest && month >= oldest)
}

export function monthSums({ month, counts, served }: CountedMonth): MonthSums {
  const again = counts.filter(({ outcome }) => outcome === 'asked-again')
  const delayed = togetherOf(counts.filter(({ outcome }) => outcome === 'permitted-later'))
  return {
    month,
    ...sumsOf(counts),
    askedAgain: sumOfFigures(again.map(({ times }) => publishedCount(times))),
    later: sumOfFigures([delayed]),
    hours: medianHours(counts.filter(({ outcome }) => outcome === 'confirmed')),
    served,
  }
}

/** The sums of these counts, of one month or of several. */
export function sumsOf(counts: readonly MonthlyCount[]): Sums {
  const permitted = counts.filter(({ outcome }) => outcome === 'permitted')
  return {
    permitted: timesOf(permitted),
    byConsent: timesOf(permitted.filter(restsOnConsent)),
    byLaw: timesOf(permitted.filter((count) => !restsOnConsent(count))),
    refused: peopleOf(counts, 'refused'),
    stopped: peopleOf(counts, 'stopped'),
  }
}

export function restsOnConsent({ basis }: Pick<MonthlyCount, 'basis'>): boolean {
  return basis?.startsWith('consent_') === true
}

function timesOf(counts: readonly MonthlyCount[]): string {
  return sumOfFigures(counts.map((count) => publishedFigures(count).times))
}

function peopleOf(counts: readonly MonthlyCount[], outcome: CountedOutcome): string {
  const those = counts.filter((count) => count.outcome === outcome)
  return sumOfFigures(those.map((count) => publishedFigures(count).people))
}

// Those of all bodies and agreements are one figure. People of two of its rows may be the same: there are at least as many as in one row.
function togetherOf(counts: readonly MonthlyCount[]): string {
  const people = Math.max(0, ...counts.map((count) => count.people))
  const times = counts.reduce((sum, count) => sum + count.times, 0)
  return publishedFigures({ people, times }).times
}

// Half of the stops; said only where ten people are in one row, for people of two rows may be the same.
function medianHours(counts: readonly MonthlyCount[]): number | undefined {
  const people = Math.max(0, ...counts.map((count) => count.people))
  if (people < least) return undefined
  const byHours = counts
    .map(({ detail, times }) => ({ hours: Number(detail), times }))
    .toSorted((one, other) => one.hours - other.hours)
  const half = byHours.reduce((sum, { times }) => sum + times, 0) / 2
  let reached = 0
  return byHours.find(({ times }) => (reached += times) >= half)?.hours
}

/** Whether nothing may be said: of none, or of too few. */
export function isFew(figure: string): boolean {
  return figure === few
}
