import type { ConsentTerms, Lookback } from '../record/index.ts'
import { longestLookback } from '../record/index.ts'
import { dayAfter, dayBefore, dayOf } from '../../base/values/calendar.ts'
import type { Agreement, Purpose } from '../../registry/index.ts'

// Limits of a request: last day, frequency, and the days that the information is of. A limit that the service names lies within the
// purpose's limit; where it names none, the purpose's limit applies.

export type Frequency = { readonly count: number; readonly per: string }

/** Why a detail cannot be asked for: one sentence for the service's developers. */
export class DetailError extends Error {}

/** The last day, in Québec. @throws DetailError */
export function lastDayOf(
  { duration }: { readonly duration?: { readonly until: string } | undefined },
  agreement: Agreement,
  purpose: Purpose,
  now: Date,
): string {
  const today = dayOf(now)
  const most = earlier(dayAfter(today, purpose.longest), agreement.until)
  if (duration === undefined) return earlier(dayAfter(today, purpose.defaultDuration), most)
  check(duration.until > today, 'duration: until must be after today')
  check(duration.until <= most, `duration: until is at most ${most} under ${agreement.ref}`)
  return duration.until
}

// ISO 8601 days compare as text.
function earlier(one: string, other: string | undefined): string {
  return other !== undefined && other < one ? other : one
}

/** @throws DetailError */
export function frequencyOf(
  { frequency }: { readonly frequency?: Frequency | undefined },
  { ref, frequencyLimit }: Purpose,
): Frequency | undefined {
  if (frequency === undefined || frequencyLimit === undefined) {
    check(frequency === undefined, `frequency: ${ref} has no frequency limit`)
    return frequencyLimit
  }
  const { count, per } = frequencyLimit
  check(
    frequency.per === per && frequency.count <= count,
    `frequency: at most ${count} per ${per} for ${ref}`,
  )
  return frequency
}

type Pushed = { readonly now: Date; readonly lastDay: string; readonly isGoingOn?: boolean }

/**
 * The days that the information may be of: as far back as the purpose allows, and until the sharing ends. @throws DetailError
 */
export function lookbackIn(
  { lookback }: { readonly lookback?: Lookback | undefined },
  purpose: Purpose,
  { now, lastDay, isGoingOn = false }: Pushed,
): Lookback | undefined {
  const today = dayOf(now)
  if (lookback === undefined) {
    const longest = longestLookback(purpose, today)
    return longest && { from: longest.from, to: lastDay }
  }
  check(lookback.from <= lookback.to, 'lookback: from is after to')
  const longest = longestLookback(purpose, isGoingOn ? dayBefore(today, 'P1D') : today)
  check(
    longest === undefined || longest.from <= lookback.from,
    `lookback: from is at least ${longest?.from} for ${purpose.ref}`,
  )
  check(lookback.to <= lastDay, `lookback: to is at most ${lastDay}, the last day of the sharing`)
  return lookback
}

export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new DetailError(message)
}

/** The last moment of a consent: it ends at midnight, so its last day is the day before. */
export function lastMoment(validUntil: Date): Date {
  return new Date(validUntil.getTime() - 1)
}

/**
 * The limits of a record or a request, as events say them. Of a pair the rows have both or none: half of one, which somebody wrote past the
 * broker, is no limit that an event says, and is not the same as none.
 */
export function limitFields({
  maxUses,
  frequencyCount,
  frequencyPer,
  lookbackFrom,
  lookbackTo,
}: ConsentTerms) {
  return {
    max_uses: maxUses,
    frequency_limit:
      frequencyCount === null && frequencyPer === null
        ? null
        : { count: frequencyCount, per: frequencyPer },
    lookback:
      lookbackFrom === null && lookbackTo === null ? null : { from: lookbackFrom, to: lookbackTo },
  }
}
