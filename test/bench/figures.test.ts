import { expect, test } from 'vitest'
import { readStat } from '../../bench/machine.ts'
import { median, medians, percentile, rounded } from '../../bench/statistics.ts'
import { refuseErrors, run, WrongAnswers } from '../../bench/window.ts'

test.each([
  { values: [5, 1, 3], share: 0.5, expected: 3 },
  { values: [1, 2, 3, 4], share: 0.5, expected: 2 },
  { values: Array.from({ length: 200 }, (_, i) => i + 1), share: 0.99, expected: 198 },
  { values: [7], share: 0.99, expected: 7 },
])('a percentile is a value that was measured: $share of $values.length', (given) => {
  expect(percentile(given.values, given.share)).toBe(given.expected)
})

test('each figure has its own median', () => {
  const rounds = [
    { ops: 10, ms: 3 },
    { ops: 30, ms: 1 },
    { ops: 20, ms: 9 },
  ]

  expect(medians(rounds)).toEqual({ ops: 20, ms: 3 })
  expect(median([1, 2])).toBe(1.5)
  expect(median([])).toBeNaN()
})

test.each([
  [1234.56, 1235],
  [12.345, 12.3],
  [0.012345, 0.0123],
  [0, 0],
])('%d is rounded to %d', (value, said) => {
  expect(rounded(value)).toBe(said)
})

test('a process may have any name, and its times are still found', () => {
  const stat = '42 (a) b (c) S 7 1 1 0 -1 4194560 1 2 3 4 150 50 30 20 20 0 11 0 999 1 2'

  expect(readStat(stat)).toEqual({ parent: 7, ownTicks: 200, childTicks: 50 })
})

test('callers share the jobs, each is done once, and each caller says who it is', async () => {
  const done: number[] = []
  const callers = new Set<number>()
  const jobs = Array.from({ length: 50 }, (_, i) => async (caller: number) => {
    await Promise.resolve()
    done.push(i)
    callers.add(caller)
  })

  const ran = await run(jobs, 4, 60)

  expect(done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i))
  expect(callers).toEqual(new Set([0, 1, 2, 3]))
  expect(ran.latenciesMs).toHaveLength(50)
})

test.each([
  { errors: 0, right: 1000, isRefused: false },
  { errors: 1, right: 999, isRefused: false },
  { errors: 2, right: 998, isRefused: true },
  { errors: 0, right: 0, isRefused: true },
])('a run with $errors wrong and $right right answers is refused: $isRefused', (given) => {
  const latenciesMs = Array.from({ length: given.right }, () => 1)
  const ran = { seconds: 1, latenciesMs, errors: given.errors, firstError: new Error('why') }

  const refuse = () => refuseErrors(ran)

  if (given.isRefused) expect(refuse).toThrow(WrongAnswers)
  else expect(refuse).not.toThrow()
})
