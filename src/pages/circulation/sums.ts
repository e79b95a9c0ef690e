import { dayBefore } from '../../base/values/calendar.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import {
  suppressedCount,
  publishedCount,
  publishedFigures,
  sumOfFigures,
} from '../../base/values/disclosure-control.ts'
import type { CountedMonth, CountedOutcome, MonthlyCount } from '../../consent/figures/index.ts'
import { monthOf } from '../../consent/figures/index.ts'

// What everybody may know of the months that were counted. Pure. Every number here is a sum of published figures, never a count of its own
// (src/base/values/disclosure-control.ts): whoever subtracts one from another learns nothing of one to nine people.

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
  const newest = dayBefore(monthOf(secondsAfter(now, -daysAfter * daySeconds)), 'P1M')
  const oldest = dayBefore(newest, `P${mostMonths - 1}M`)
  return counted.filter(({ month, isGenuine }) => isGenuine && month <= newest && month >= oldest)
}

type PublishedRow = Readonly<Record<string, string>>

/** Of all bodies together, and so from the files that are published: a figure of its own would be a second cut. */
export type PublishedSums = {
  /** By month. */
  readonly later: ReadonlyMap<string, readonly PublishedRow[]>
  readonly hours: ReadonlyMap<string, readonly PublishedRow[]>
}

export function monthSums(
  { month, counts, served }: CountedMonth,
  together: PublishedSums,
): MonthSums {
  const again = counts.filter(({ outcome }) => outcome === 'asked-again')
  const [later] = together.later.get(month) ?? []
  const [confirmed] = together.hours.get(month) ?? []
  const hours = confirmed?.['heures_mediane']
  return {
    month,
    ...sumsOf(counts),
    askedAgain: sumOfFigures(again.map(({ times }) => publishedCount(times))),
    later: sumOfFigures([later?.['communications'] ?? suppressedCount]),
    hours: hours === undefined || hours === '' ? undefined : Number(hours),
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

/** Whether nothing may be said: of none, or of too few. */
export function isFew(figure: string): boolean {
  return figure === suppressedCount
}
