import { expect, test } from 'vitest'
import { daysNotClosed, firstOpenDay } from '../../../src/base/jobs/day-closing.ts'

// A job has the whole day after for a day in Québec: then a day that it has not closed is late.

const none = { through: null, oldest: null }

test.each([
  ['the night after', { ...none, through: '2026-12-30' }, '2027-01-01T17:00:00Z', []],
  ['the last instant', { ...none, through: '2026-12-30' }, '2027-01-02T04:59:59Z', []],
  ['a whole day later', { ...none, through: '2026-12-30' }, '2027-01-02T05:00:00Z', ['2026-12-31']],
  [
    'over the end of a leap year’s February',
    { ...none, through: '2028-02-27' },
    '2028-03-02T17:00:00Z',
    ['2028-02-28', '2028-02-29'],
  ],
  [
    'in the night in which summer time ends',
    { ...none, through: '2026-10-29' },
    '2026-11-02T04:59:59Z',
    ['2026-10-30'],
  ],
  ['nothing was ever there', none, '2027-01-02T17:00:00Z', []],
  [
    'nobody ever closed',
    { ...none, oldest: '2026-12-30' },
    '2027-01-02T17:00:00Z',
    ['2026-12-30', '2026-12-31'],
  ],
  [
    'more was there before',
    { through: '2026-12-30', oldest: '2026-12-01' },
    '2027-01-02T17:00:00Z',
    ['2026-12-31'],
  ],
])('%s', (_, closed, now, late) => {
  expect(daysNotClosed(closed, new Date(now))).toEqual(late)
})

test('what was left for years is named up to a limit, the oldest first', () => {
  const days = daysNotClosed({ ...none, through: '2020-01-01' }, new Date('2027-01-02T17:00:00Z'))
  expect([days.length, days[0]]).toEqual([1000, '2020-01-02'])
  expect(firstOpenDay(none)).toBeUndefined()
})
