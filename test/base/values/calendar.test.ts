import * as fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { describe, expect, test } from 'vitest'
import {
  dayAfter,
  dayOf,
  endOfDay,
  isDay,
  timeZone,
  windowStart,
  earlierBy,
} from '../../../src/base/values/calendar.ts'
import { seeded } from '../../support/property.ts'

// Québec in 2026: summer time from 8 March, 2 h, to 1 November, 2 h. In winter midnight is 5 h UTC, in summer 4 h.

test.each([
  ['in winter', '2026-11-24', '2026-11-25T05:00:00.000Z'],
  ['in summer', '2026-07-01', '2026-07-02T04:00:00.000Z'],
  ['the day of 23 hours', '2026-03-08', '2026-03-09T04:00:00.000Z'],
  ['the day before it', '2026-03-07', '2026-03-08T05:00:00.000Z'],
  ['the day of 25 hours', '2026-11-01', '2026-11-02T05:00:00.000Z'],
  ['the day before that', '2026-10-31', '2026-11-01T04:00:00.000Z'],
  ['a leap day', '2028-02-29', '2028-03-01T05:00:00.000Z'],
  ['the last of a year', '2026-12-31', '2027-01-01T05:00:00.000Z'],
])('%s is over at the next midnight of Québec', (_, day, end) => {
  expect(endOfDay(day).toISOString()).toBe(end)
})

test.each([
  ['2026-11-25T04:59:59.999Z', '2026-11-24'],
  ['2026-11-25T05:00:00.000Z', '2026-11-25'],
  ['2026-07-02T03:59:59.999Z', '2026-07-01'],
  ['2026-07-02T04:00:00.000Z', '2026-07-02'],
  ['2028-03-01T04:59:59.999Z', '2028-02-29'],
  ['2027-01-01T04:59:59.999Z', '2026-12-31'],
])('at %s it is %s in Québec', (at, day) => {
  expect(dayOf(new Date(at))).toBe(day)
})

test('a day holds every instant before its end, and not its end', () => {
  const days = fc
    .integer({ min: 0, max: 60_000 })
    .map((n) => new Date(n * 86_400_000).toISOString().slice(0, 10))
  fc.assert(
    fc.property(days, (day) => {
      const end = endOfDay(day)
      expect(dayOf(new Date(end.getTime() - 1))).toBe(day)
      expect(dayOf(end)).toBe(dayAfter(day, 'P1D'))
    }),
    seeded(),
  )
})

test.each([
  ['2026-11-24', 'P9M', '2027-08-24'],
  ['2026-11-24', 'P12M', '2027-11-24'],
  ['2026-01-31', 'P1M', '2026-02-28'],
  ['2027-11-30', 'P3M', '2028-02-29'],
  ['2028-02-29', 'P1Y', '2029-02-28'],
  ['2028-02-29', 'P4Y', '2032-02-29'],
  ['2026-12-31', 'P1D', '2027-01-01'],
  ['2026-12-01', 'P2W', '2026-12-15'],
])('%s plus %s gives %s', (day, duration, then) => {
  expect(dayAfter(day, duration)).toBe(then)
})

test.each(['2026-11-24', '2028-02-29', '1900-01-01', '2199-12-31'])(
  '%j is read as a day',
  (text) => {
    expect(isDay(text)).toBe(true)
  },
)

test.each([
  '2026-02-29',
  '2026-02-30',
  '2026-04-31',
  '2026-00-01',
  '2026-13-01',
  '2026-01-00',
  '1900-02-29',
  '1899-12-31',
  '2200-01-01',
  '9999-12-31',
  '2026-1-1',
  '2026-11-24T00:00',
  '2026-11-24Z',
  ' 2026-11-24',
  '2026-11-24\n',
  '+002026-11-24',
  '-002026-11-24',
  '20261124',
  '２０２６-11-24',
  'P9M',
  '',
])('%j is refused as a day', (text) => {
  expect(isDay(text)).toBe(false)
})

describe('windows of a limit', () => {
  test.each([
    ['the first instant', '2026-11-24T15:00:00.000Z', 'P1Y', 0],
    ['the last of the first year', '2027-11-24T14:59:59.999Z', 'P1Y', 0],
    ['the first of the second year', '2027-11-24T15:00:00.000Z', 'P1Y', 1],
    ['before it all', '2026-11-24T14:59:59.999Z', 'P1Y', 0],
  ])('the window of %s contains it', (_, at, per, n) => {
    const from = new Date('2026-11-24T15:00:00.000Z')
    const starts = ['2026-11-24T15:00:00.000Z', '2027-11-24T15:00:00.000Z']
    expect(windowStart(from, per, new Date(at)).toISOString()).toBe(starts[n])
  })

  // [what, from, per, an instant, where its window began]
  test.each([
    [
      'a day is a day of the clock when summer begins',
      '2026-03-07T17:00:00.000Z',
      'P1D',
      '2026-03-08T16:00:00.000Z',
      '2026-03-08T16:00:00.000Z',
    ],
    [
      'and has not begun an hour before',
      '2026-03-07T17:00:00.000Z',
      'P1D',
      '2026-03-08T15:59:59.999Z',
      '2026-03-07T17:00:00.000Z',
    ],
    [
      'a day is a day of the clock when summer ends',
      '2026-10-31T16:00:00.000Z',
      'P1D',
      '2026-11-01T16:59:59.999Z',
      '2026-10-31T16:00:00.000Z',
    ],
    [
      'and the next begins 25 hours later',
      '2026-10-31T16:00:00.000Z',
      'P1D',
      '2026-11-01T17:00:00.000Z',
      '2026-11-01T17:00:00.000Z',
    ],
    [
      'an hour that a clock skips begins when it goes on',
      '2026-02-08T07:30:00.000Z',
      'P1M',
      '2026-03-08T07:30:00.000Z',
      '2026-03-08T07:30:00.000Z',
    ],
    [
      'a month from the 31st ends with a shorter month',
      '2026-01-31T17:00:00.000Z',
      'P1M',
      '2026-02-28T17:00:00.000Z',
      '2026-02-28T17:00:00.000Z',
    ],
    [
      'and is the 31st again after it',
      '2026-01-31T17:00:00.000Z',
      'P1M',
      '2026-03-31T16:00:00.000Z',
      '2026-03-31T16:00:00.000Z',
    ],
    [
      'a year from a leap day begins on the 28th',
      '2028-02-29T17:00:00.000Z',
      'P1Y',
      '2029-02-28T17:00:00.000Z',
      '2029-02-28T17:00:00.000Z',
    ],
    [
      'and on the 29th four years later',
      '2028-02-29T17:00:00.000Z',
      'P1Y',
      '2032-02-29T16:59:59.999Z',
      '2031-02-28T17:00:00.000Z',
    ],
    [
      'years and days are counted together',
      '2026-01-01T05:00:00.000Z',
      'P1Y1D',
      '2028-01-03T05:00:00.000Z',
      '2028-01-03T05:00:00.000Z',
    ],
  ])('%s', (_, from, per, at, start) => {
    expect(windowStart(new Date(from), per, new Date(at)).toISOString()).toBe(start)
  })

  test('begin where the calendar says, counted one by one', () => {
    const parts = ['years', 'months', 'weeks', 'days', 'hours'] as const
    // In the last days of months, about both changes of the clock, and in leap years.
    const days = fc.constantFrom(
      '01-28',
      '01-31',
      '02-28',
      '02-29',
      '03-07',
      '03-31',
      '10-31',
      '12-31',
    )
    const begins = fc
      .tuple(fc.integer({ min: 2024, max: 2029 }), days, fc.nat(86_399))
      .map(([year, day, second]) => Date.parse(`${year}-${day}T00:00:00Z`) + second * 1000)
    const periods = fc.constantFrom(
      'PT1H',
      'PT36H',
      'P1D',
      'P1W',
      'P1M',
      'P2M',
      'P1M1D',
      'P11M',
      'P1Y',
      'P1Y1M',
    )
    fc.assert(
      fc.property(
        begins,
        periods,
        fc.nat(40),
        fc.integer({ min: -1, max: 1 }),
        (from, per, n, ms) => {
          const first = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(timeZone)
          const period = Temporal.Duration.from(per)
          const times = (count: number) =>
            Object.fromEntries(parts.map((part) => [part, period[part] * count]))
          const nth = (count: number) => first.add(times(count)).epochMilliseconds
          const at = nth(n) + ms
          const start = ms < 0 ? nth(Math.max(n - 1, 0)) : nth(n)
          expect(windowStart(new Date(from), per, new Date(at)).getTime()).toBe(start)
        },
      ),
      seeded({ numRuns: 500 }),
    )
  })

  test('follow each other without gap or overlap, from the first instant on', () => {
    const instants = fc.integer({ min: 0, max: 5000 * 86_400 }).map((s) => s * 1000 + 1.7e12)
    const periods = fc.constantFrom('P1D', 'P1W', 'P10D', 'P1M', 'P3M', 'P1Y', 'P1Y1M')
    fc.assert(
      fc.property(instants, instants, periods, (one, other, per) => {
        const [from, at] = [Math.min(one, other), Math.max(one, other)].map((ms) => new Date(ms))
        if (from === undefined || at === undefined) return
        const start = windowStart(from, per, at)
        expect(start.getTime()).toBeGreaterThanOrEqual(from.getTime())
        expect(start.getTime()).toBeLessThanOrEqual(at.getTime())
        expect(windowStart(from, per, start)).toEqual(start)
        const before = windowStart(from, per, new Date(start.getTime() - 1))
        if (start > from) expect(before.getTime()).toBeLessThan(start.getTime())
      }),
      seeded(),
    )
  })
})

function before(at: string, duration: string): string {
  return earlierBy(new Date(at), duration).toISOString()
}

test('earlier by days is by 24 hours each, also where clocks are changed; by years it is the same time of day', () => {
  expect(before('2027-03-16T16:00:00Z', 'P3D')).toBe('2027-03-13T16:00:00.000Z')
  expect(before('2027-11-09T16:00:00Z', 'P3D')).toBe('2027-11-06T16:00:00.000Z')
  expect(before('2027-03-14T08:00:00Z', 'PT4H')).toBe('2027-03-14T04:00:00.000Z')
  expect(before('2028-02-29T17:00:00Z', 'P3Y')).toBe('2025-02-28T17:00:00.000Z')
  expect(before('2027-07-01T16:00:00Z', 'P6M')).toBe('2027-01-01T17:00:00.000Z')
})
