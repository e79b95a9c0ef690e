import { expect, test } from 'vitest'
import type { Step } from '../../bench/growth-report.ts'
import { growthReport } from '../../bench/growth-report.ts'

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
