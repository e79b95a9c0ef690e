import { expect, test } from 'vitest'
import type { Step } from '../../bench/growth-report.ts'
import { growthReport } from '../../bench/growth-report.ts'
import { faultOf } from '../../bench/grown.ts'
import type { Decision, GrownWindow } from '../../bench/grown-measure.ts'
import { linesOf } from '../../bench/grown-measure.ts'
import { grownReport } from '../../bench/grown-report.ts'
import { copyLine } from '../../bench/copy.ts'

const machine = { cpu: 'Some CPU', cores: 2, memoryGb: 8, loadBefore: 0.2 }

function stepTo(size: number, seconds: number): Step {
  return {
    size,
    count: size === 10_000 ? 10_000 : 100_000,
    sequenceSeconds: seconds,
    signSeconds: 2 * seconds,
    nodeCpu: 1,
    postgresCpu: 0.5,
    megabytes: 150,
    rowMegabytes: (size * 200) / 2 ** 20,
    proofMs: 3,
    proofBytes: 900,
    checkUs: 40,
  }
}

test('the report has a line for each power of ten and one for the end, with medians of the steps between', () => {
  const steps = [stepTo(10_000, 0.2), stepTo(100_000, 3), stepTo(200_000, 5), stepTo(300_000, 4)]
  const text = growthReport(machine, new Date('2026-11-25T12:00:00Z'), [
    ...steps,
    stepTo(400_000, 9),
  ])
  const rows = text.split('\n').filter((line) => /^\| [0-9]/.test(line))
  expect(rows).toEqual([
    '| 10,000 | 2 | 4 | 10 + 5 | 200 | 150 | 3 | 900 | 40 |',
    '| 100,000 | 3 | 6 | 1 + 0.5 | 200 | 150 | 3 | 900 | 40 |',
    '| 400,000 | 5 | 10 | 1 + 0.5 | 200 | 150 | 3 | 900 | 40 |',
  ])
  expect(text).toContain('--entries 400000`, run of 2026-11-25: 2 cores of Some CPU, 8 GB')
  expect(text).not.toContain('busy with other things')
})

test('the report says that the machine was busy', () => {
  const text = growthReport({ ...machine, loadBefore: 3 }, new Date(), [stepTo(10_000, 1)])
  expect(text).toContain('**The machine was busy with other things (load 3)')
})

function windowOf(consents: number, decision: Decision, cpu: number): GrownWindow {
  const times = { opsPerSecond: 1000, p50Ms: 10, p95Ms: 20, p99Ms: 30, driverCpu: 0.1 }
  const figures = { ...times, nodeCpu: cpu, postgresCpu: cpu, walBytes: 4000, pagesRead: 2 }
  return { consents, decision, figures }
}

test('a size is compared with the smallest one of the same round, so that a slow round is no growth', () => {
  const rounds = [1, 3, 2].map((slow) =>
    (['permit', 'deny'] as const).flatMap((decision) => [
      windowOf(10_000, decision, 0.5 * slow),
      windowOf(1_000_000, decision, 0.55 * slow),
    ]),
  )
  const lines = linesOf(rounds)
  expect(lines.map(({ ratio }) => ratio)).toEqual([1, 1.1, 1, 1.1])
  const ends = { due: 1000, left: 200, seconds: 8, beforeP99Ms: 20, meanwhileP99Ms: 30 }
  const rates = { afterP99Ms: 21, permitsBefore: 900, permitsMeanwhile: 700 }
  const run = { consents: 1_000_000, events: 3_000_000, seed: 7, rounds: 3, machine, lines }
  const text = grownReport({ ...run, ends: { ...ends, ...rates } }, new Date('2026-11-29'))
  expect(text).toContain('| permit | 1,000,000 | 1000 | 10 | 30 | 1.1 + 1.1 | 4000 | 2 | 1.1 |')
  expect(text).toContain('800 in 8 s. The p99 of a permit is 20 ms before, 30 ms meanwhile (× 1.5)')
})

test.each([
  [{ consents: 1000, events: 3000 }, undefined],
  [{ consents: 1005, events: 3015 }, /multiple of ten/],
  [{ consents: 1000, events: 2000 }, /three to 10 times/],
  [{ consents: 1000, events: 3500 }, /three to 10 times/],
  [{ consents: 100_000_000, events: 300_000_000 }, /up to/],
])('of %o is said what is wrong: %s', (growth, fault) => {
  const said = faultOf({ ...growth, seed: 1, asked: 10 })
  if (fault === undefined) expect(said).toBeUndefined()
  else expect(said).toMatch(fault)
})

test('a line of COPY has no tab, line break or backslash but its own', () => {
  const line = copyLine(['a\tb\nc\\d', null, 7n, true, Buffer.from('ff', 'hex'), new Date(0)])
  expect(line).toBe('a\\tb\\nc\\\\d\t\\N\t7\ttrue\t\\\\xff\t1970-01-01T00:00:00.000Z\n')
})
