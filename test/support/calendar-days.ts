import { dayAfter, dayOf, endOfDay, noonOf, startOfDay } from '../../src/base/values/calendar.ts'
import { secondsAfter } from '../../src/base/values/clock.ts'

// The days and moments at which something that was right on all others was wrong: ends of months and years, the days that a leap year has
// more, the nights in which Québec's clocks are changed, midnight there and in UTC. Each is the next one, since time never goes back.

export type CalendarDay = {
  readonly name: string
  /** The next such moment. Those at a midnight begin before it, so that what runs then goes over it. */
  next(now: Date): Date
}

/** A leap year comes after eight years at most. */
const mostDays = 366 * 9
const beforeSeconds = 60
const afterSeconds = 60

export const calendarDays: readonly CalendarDay[] = [
  noonAt('1 January', (day) => day.endsWith('-01-01')),
  noonAt('28 February', (day) => day.endsWith('-02-28')),
  noonAt('29 February', isLeapDay),
  noonAt('1 December', (day) => day.endsWith('-12-01')),
  noonAt('31 December', (day) => day.endsWith('-12-31')),
  // At two in the morning of the second Sunday of March and the first of November.
  changeAt('the night in which summer time begins', '03', 8, 7),
  changeAt('the night in which summer time ends', '11', 1, 6),
  { name: '23:59 in Québec, of a month', next: (now) => monthEnd(now, -beforeSeconds) },
  { name: '0:01 in Québec, of a month', next: (now) => monthEnd(now, afterSeconds) },
  { name: '23:59 in UTC, of a month', next: (now) => monthEndInUtc(now, -beforeSeconds) },
  { name: '0:01 in UTC, of a month', next: (now) => monthEndInUtc(now, afterSeconds) },
  {
    name: 'the last minute of a leap year',
    next: (now) => secondsAfter(endOfDay(`${leapYear(now)}-12-31`), -beforeSeconds),
  },
]

function noonAt(name: string, isIt: (day: string) => boolean): CalendarDay {
  return { name, next: (now) => noonOf(firstDay(dayAfter(dayOf(now), 'P1D'), isIt)) }
}

/** @param from the first day of the month on which the Sunday may be @param hour in UTC, at which the hour changes */
function changeAt(name: string, month: string, from: number, hour: number): CalendarDay {
  const isIt = (day: string) => {
    const date = Number(day.slice(8))
    const isSunday = noonOf(day).getUTCDay() === 0
    return isSunday && day.slice(5, 7) === month && date >= from && date < from + 7
  }
  return {
    name,
    next(now) {
      const day = firstDay(dayAfter(dayOf(now), 'P1D'), isIt)
      return secondsAfter(new Date(`${day}T0${hour}:00:00Z`), -beforeSeconds)
    },
  }
}

function firstDay(from: string, isIt: (day: string) => boolean): string {
  let day = from
  for (let n = 0; n < mostDays; n++, day = dayAfter(day, 'P1D')) if (isIt(day)) return day
  throw new Error('there is no such day')
}

// A day has passed before it at least, so that a moment on the way to it is never behind.
function monthEnd(now: Date, seconds: number): Date {
  const first = firstDay(dayAfter(dayOf(now), 'P2D'), (day) => day.endsWith('-01'))
  return secondsAfter(startOfDay(first), seconds)
}

function monthEndInUtc(now: Date, seconds: number): Date {
  const first = firstDay(dayAfter(dayOf(now), 'P2D'), (day) => day.endsWith('-01'))
  return secondsAfter(new Date(`${first}T00:00:00Z`), seconds)
}

function isLeapDay(day: string): boolean {
  return day.endsWith('-02-29')
}

function leapYear(now: Date): string {
  const year = dayOf(now).slice(0, 4)
  // The leap day of this year may be over, and its end not.
  return firstDay(`${year}-01-01`, isLeapDay).slice(0, 4)
}
