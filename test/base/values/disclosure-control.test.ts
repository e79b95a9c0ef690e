import { expect, test } from 'vitest'
import {
  correctedFigures,
  correctedCount,
  intervalOf,
  publishedCount,
  publishedFigures,
  sumOfFigures,
  sumOfRows,
} from '../../../src/base/values/disclosure-control.ts'

// No published count, and no difference of two, is of one to nine people (I23).

test.each([
  [0, '<10'],
  [1, '<10'],
  [9, '<10'],
  [10, '10'],
  [12, '10'],
  [13, '15'],
  [1283, '1285'],
])('%i people are published as %s', (count, figure) => {
  expect(publishedCount(count)).toBe(figure)
})

test('a count lies in the interval of its figure', () => {
  for (let count = 0; count < 300; count++) {
    const [from, to] = intervalOf(publishedCount(count))
    expect(count).toBeGreaterThanOrEqual(from)
    expect(count).toBeLessThanOrEqual(to)
  }
  for (const wrong of ['12', '≥20', '05', '0'])
    expect(() => intervalOf(wrong)).toThrow('no published figure')
})

test.each([
  ['one person, often', { people: 1, times: 400 }, { people: '<10', times: '' }],
  ['each once', { people: 12, times: 12 }, { people: '10', times: '10' }],
  ['a few of them twice', { people: 12, times: 21 }, { people: '10', times: '10' }],
  ['many of them twice', { people: 40, times: 61 }, { people: '40', times: '60' }],
])('of %s, the figures count nobody who is alone', (_, counted, figures) => {
  expect(publishedFigures(counted)).toEqual(figures)
})

test('a sum is made of figures alone', () => {
  expect(sumOfFigures(['<10', '15', '', '20'])).toBe('35')
  expect(sumOfFigures(['<10', ''])).toBe('<10')
  expect(sumOfFigures([])).toBe('<10')
  const [few, some] = [publishedFigures({ people: 9, times: 90 }), { people: '15', times: '40' }]
  expect(sumOfRows([few, some, some])).toEqual({ people: '30', times: '80' })
  expect(sumOfRows([few, few])).toEqual({ people: '<10', times: '' })
  expect(sumOfRows([])).toEqual({ people: '<10', times: '' })
})

test.each([
  ['the same count', '100', 101, '100'],
  ['nine more', '100', 111, '100'],
  ['so many more that ten or more came', '100', 112, '110'],
  ['nine fewer', '100', 89, '100'],
  ['so many fewer that ten or more went', '100', 88, '90'],
  ['a few who may be ten', '<10', 18, '<10'],
  ['ten more at least', '<10', 19, '20'],
  ['all of them gone', '100', 0, '<10'],
  ['a figure of which nothing is said', '', 50, ''],
])('a correction with %s stands beside the earlier figure', (_, earlier, count, figure) => {
  expect(correctedCount(earlier, count)).toBe(figure)
})

test.each([
  [
    'many more who had it again',
    { people: '100', times: '100' },
    { people: 103, times: 130 },
    { people: '100', times: '125' },
  ],
  [
    'a few more who had it again',
    { people: '100', times: '100' },
    { people: 100, times: 112 },
    { people: '100', times: '100' },
  ],
  [
    'fewer than ten people left',
    { people: '100', times: '130' },
    { people: 3, times: 300 },
    { people: '<10', times: '' },
  ],
  [
    'people where there were few',
    { people: '<10', times: '' },
    { people: 40, times: 95 },
    { people: '40', times: '95' },
  ],
])('of both figures, a correction with %s tells of ten or more', (_, earlier, counted, figures) => {
  expect(correctedFigures(earlier, counted)).toEqual(figures)
})
