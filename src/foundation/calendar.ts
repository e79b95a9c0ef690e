import { Temporal } from 'temporal-polyfill'

// Days are Québec's: a day chosen by a person ends at her next midnight (DOMAIN 2.7).

export const timeZone = 'America/Toronto'

/** `2027-08-31` → the instant at which that day is over: the first that is no longer within it. */
export function endOfDay(day: string): Date {
  const next = Temporal.PlainDate.from(day).add({ days: 1 }).toZonedDateTime(timeZone)
  return new Date(next.epochMilliseconds)
}

/** The day that it is in Québec at this instant, `2026-11-24`. */
export function dayOf(at: Date): string {
  return zoned(at).toPlainDate().toString()
}

/** `2026-11-24`, `P9M` → `2027-08-24`; the last day of a shorter month. */
export function dayAfter(day: string, duration: string): string {
  return Temporal.PlainDate.from(day).add(Temporal.Duration.from(duration)).toString()
}

/** Whether the text is a day of the calendar, `YYYY-MM-DD` between 1900 and 2200. */
export function isDay(text: string): boolean {
  if (!/^(19|20|21)\d\d-\d\d-\d\d$/.test(text)) return false
  try {
    return Temporal.PlainDate.from(text, { overflow: 'reject' }).toString() === text
  } catch {
    return false
  }
}

const maxWindows = 8192

/**
 * The start of the window that holds `at`: windows begin at `from` and repeat every `per` in Québec's calendar
 * (DOMAIN 2.7). Found by halving, since months and years have no fixed length.
 */
export function windowStart(from: Date, per: string, at: Date): Date {
  const first = zoned(from)
  const step = Temporal.Duration.from(per)
  const startOf = (n: number) => first.add(times(step, n)).epochMilliseconds
  let [low, high] = [0, maxWindows]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (startOf(middle) <= at.getTime()) low = middle
    else high = middle
  }
  return new Date(startOf(low))
}

function times({ years, months, weeks, days, hours }: Temporal.Duration, n: number) {
  return {
    years: years * n,
    months: months * n,
    weeks: weeks * n,
    days: days * n,
    hours: hours * n,
  }
}

function zoned(at: Date): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timeZone)
}
