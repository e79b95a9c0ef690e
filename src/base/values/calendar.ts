import { Temporal } from 'temporal-polyfill'
import { readDuration } from './clock.ts'

// Days are days in Québec: a day that a person chose ends at the midnight after it in Québec (docs/design/domain.md#time).

export const timeZone = 'America/Toronto'

/** `2027-08-31` → the instant at which that day is over: the first instant that is not within the day. */
export function endOfDay(day: string): Date {
  const next = Temporal.PlainDate.from(day).add({ days: 1 }).toZonedDateTime(timeZone)
  return new Date(next.epochMilliseconds)
}

/** `2027-08-31` → the first instant of that day. */
export function startOfDay(day: string): Date {
  return new Date(Temporal.PlainDate.from(day).toZonedDateTime(timeZone).epochMilliseconds)
}

const quarterMs = 15 * 60 * 1000
const mostQuarters = 512
const dayIn = new Map<number, string>()

/**
 * The day in Québec at this instant, `2026-11-24`. A day begins at a full quarter of an hour there, and most who ask mean the present one,
 * so what was found for a quarter is kept.
 */
export function dayOf(at: Date): string {
  const quarter = Math.floor(at.getTime() / quarterMs)
  const known = dayIn.get(quarter)
  if (known !== undefined) return known
  const day = zoned(at).toPlainDate().toString()
  if (dayIn.size >= mostQuarters) dayIn.clear()
  // Before the railways had their time (1895), Québec's was not by quarters.
  if (quarter >= 0) dayIn.set(quarter, day)
  return day
}

/** `2026-11-24`, `P9M` → `2027-08-24`; the last day of a shorter month. */
export function dayAfter(day: string, duration: string): string {
  return Temporal.PlainDate.from(day).add(Temporal.Duration.from(duration)).toString()
}

/** `2026-11-24`, `P1Y` → `2025-11-24` */
export function dayBefore(day: string, duration: string): string {
  return Temporal.PlainDate.from(day).subtract(Temporal.Duration.from(duration)).toString()
}

/**
 * Earlier by the duration. Days are 24 hours, as for whoever waits for their end; months and years end at the same time of day in Québec:
 * `P3Y` before the 29th of February is the 28th.
 */
export function earlierBy(at: Date, duration: string): Date {
  const fixed = readDuration(duration)
  if (fixed !== undefined) return new Date(at.getTime() - fixed)
  return new Date(zoned(at).subtract(Temporal.Duration.from(duration)).epochMilliseconds)
}

const mostInWords = 512
const saidInWords = new Map<string, string>()

/** `P4M` → « 4 mois ». A register has a handful of durations, and to format one takes 50 µs: they are kept. */
export function inWords(duration: string, locale: string): string {
  const key = `${locale} ${duration}`
  const known = saidInWords.get(key)
  if (known !== undefined) return known
  const words = Temporal.Duration.from(duration).toLocaleString(locale, { style: 'long' })
  if (saidInWords.size >= mostInWords) saidInWords.clear()
  saidInWords.set(key, words)
  return words
}

/** Whether the text is a day of the calendar, `YYYY-MM-DD` between 1900 and 2200. */
export function isDay(text: string): boolean {
  if (!/^(19|20|21)\d\d-\d\d-\d\d$/.test(text)) return false
  const midnight = new Date(`${text}T00:00:00Z`)
  // The 30th of February is the 2nd of March for a Date, and the 32nd of a month is none.
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(text)
}

/** An instant that falls on this day in every time zone of Québec, so that a formatter writes this day. */
export function noonOf(day: string): Date {
  return new Date(`${day}T17:00:00Z`)
}

/** How many of Québec's days there are from one instant to another: 0 on the same day. */
export function daysBetween(from: Date, to: Date): number {
  return zoned(from).toPlainDate().until(zoned(to).toPlainDate(), { largestUnit: 'days' }).days
}

const maxWindows = 8192

/**
 * The start of the window that holds `at`: windows begin at `from` and repeat every `per` in Québec's calendar
 * (docs/design/domain.md#time). Months and years have no fixed length: their mean length gives a first guess, which is corrected.
 */
export function windowStart(from: Date, per: string, at: Date): Date {
  const step = Temporal.Duration.from(per)
  const [begin, now, least] = [from.getTime(), at.getTime(), leastMs(step)]
  // Of a young consent the calendar is not asked at all: each date costs some ten microseconds, in every permit.
  if (now < begin + least) return new Date(begin)
  const first = zoned(from)
  const startOf = (n: number) => first.add(times(step, n)).epochMilliseconds
  let n = Math.min(Math.max(Math.floor((now - begin) / meanMs(step)), 0), maxWindows - 1)
  let start = startOf(n)
  while (n > 0 && start > now) start = startOf(--n)
  while (n < maxWindows - 1 && now >= start + least) {
    const next = startOf(n + 1)
    if (next > now) break
    ;[start, n] = [next, n + 1]
  }
  return new Date(start)
}

/** The start of the first window that begins after `at`. */
export function windowEnd(from: Date, per: string, at: Date): Date {
  const step = Temporal.Duration.from(per)
  const first = zoned(from)
  const startOf = (n: number) => first.add(times(step, n)).epochMilliseconds
  const start = windowStart(from, per, at).getTime()
  let n = Math.max(Math.round((start - from.getTime()) / meanMs(step)), 0)
  while (n > 0 && startOf(n) > at.getTime()) n--
  while (n < maxWindows && startOf(n) <= at.getTime()) n++
  return new Date(startOf(n))
}

const hourMs = 3600 * 1000
const dayMs = 24 * hourMs

/** No window of these is shorter: a year has 365 days, a month 28, and when summer time begins a day loses an hour. */
function leastMs({ years, months, weeks, days, hours }: Temporal.Duration): number {
  return (years * 365 + months * 28 + weeks * 7 + days) * dayMs + (hours - 1) * hourMs
}

function meanMs({ years, months, weeks, days, hours }: Temporal.Duration): number {
  return (years * 365.2425 + months * 30.436875 + weeks * 7 + days + hours / 24) * dayMs
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
