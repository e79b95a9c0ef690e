import { expect, test } from 'vitest'
import { chart } from '../../bench/chart.ts'
import { judge } from '../../bench/goals.ts'
import { markdown, table } from '../../bench/report.ts'
import type { Result, Results } from '../../bench/results.ts'

test('a goal is reached or it is not, by figures of the same run', () => {
  const results = resultsWith({
    cases: {
      code: {
        accord: result({}, 6),
      },
      fapi: {
        accord: result({ nodeCpu: 1.2, postgresCpu: 0.3 }),
        ceiling: result({ nodeCpu: 0.75 }),
      },
      userinfo: {
        accord: result({ nodeCpu: 1.2, postgresCpu: 0.03 }),
        ceiling: result({ nodeCpu: 0.75 }),
      },
      'permit, 64 callers': {
        accord: result({ opsPerSecond: 900 }),
        naive: result({ opsPerSecond: 200 }),
      },
      'deny, 64 callers': {
        accord: result({ opsPerSecond: 900 }),
        naive: result({ opsPerSecond: 400 }),
      },
    },
  })

  const goals = judge(results).map(({ id, aim, measured, reached }) => [id, aim, measured, reached])

  expect(goals).toEqual([
    ['P1', '≤ 5 statements', '6 (/auth 4, /token 2)', false],
    ['P2', '≤ 1.85 × the CPU of the ceiling', '× 2', false],
    ['P4', '≤ 1.65 × the CPU of the ceiling', '× 1.64', true],
    ['P6', "≥ 2.4 × the naive one's operations a second", '× 2.25', false],
    ['P7', "≥ 4.5 × the naive one's operations a second", '× 4.5', true],
    ['P11', '≤ 1 s to the first discovery', '0.8', true],
    ['P11', '≤ 300 MB at most', '301', false],
  ])
})

test.each([
  { cpu: 0.8, reached: false },
  { cpu: 0.9, reached: true },
  { cpu: 1.15, reached: true },
  { cpu: 1.2, reached: false },
])('growth from 1 to $cpu is reported as reached or not: $reached', ({ cpu, reached }) => {
  const cases = {
    permit: { accord: result({ nodeCpu: 1 }) },
    'permit, a million consents': { accord: result({ nodeCpu: cpu }) },
  }

  const goals = judge(resultsWith({ cases })).filter(({ id }) => id === 'P12')

  expect(goals.map((goal) => goal.reached)).toEqual([reached])
})

test.each([
  { change: {}, reached: [true, true, true, true, true] },
  { change: { backlogPerSecond: 24_999 }, reached: [false, true, true, true, true] },
  { change: { coreShare: 0.13 }, reached: [true, false, true, true, true] },
  { change: { permitCpuRatio: 1.11 }, reached: [true, true, false, true, true] },
  { change: { lagP99Ms: 1001 }, reached: [true, true, true, false, true] },
  { change: { takeoverMs: 1001 }, reached: [true, true, true, true, false] },
])('the cost of the log beside permits is judged: $change', ({ change, reached }) => {
  const log = {
    backlogPerSecond: 25_000,
    permitsPerSecond: 700,
    coreShare: 0.12,
    permitCpuRatio: 1.1,
    lagP99Ms: 1000,
    takeoverMs: 1000,
    nextCheckpointMs: 1234,
    ...change,
  }
  const results = { ...resultsWith({}), log }

  const goals = judge(results).filter(({ id }) => id === 'P8')

  expect(goals.map((goal) => goal.reached)).toEqual(reached)
  expect(markdown(results)).toContain('its first checkpoint after 1234 ms')
})

test('a page is judged by its 95th percentile', () => {
  const cases = {
    'sharings-page': { accord: result({ p95Ms: 50, p99Ms: 90 }) },
    'activity-page': { accord: result({ p95Ms: 51 }) },
  }

  const goals = judge(resultsWith({ cases })).filter(({ aim }) => aim.includes('500 events'))

  expect(goals.map(({ reached }) => reached)).toEqual([true, false])
})

test('a goal without a result is named and not reached', () => {
  const refused = { 'permit, 64 callers': { accord: '9 of 90 answers were wrong: 503' } }
  const results = resultsWith({ refused })

  expect(judge(results)).toContainEqual(
    expect.objectContaining({ operation: 'permit, 64 callers', reached: false }),
  )
  expect(table(results)).toMatch(/permit, 64 callers +accord +no result/)
  expect(markdown(results)).toContain('9 of 90 answers were wrong')
})

test('a run on a busy machine says so', () => {
  const busy = { cpu: 'CPU', cores: 2, memoryGb: 24, loadBefore: 6 }

  expect(markdown(resultsWith({ machine: busy }))).toContain('only the statements count')
  expect(markdown(resultsWith({}))).not.toContain('busy')
  expect(markdown(resultsWith({}))).toContain('shipped: `node --max-semi-space-size=16`')
})

test('the chart has a title and says its figures in words', () => {
  const svg = chart(
    resultsWith({
      cases: { 'a < b': { accord: result({ nodeCpu: 1, postgresCpu: 0.5 }) } },
    }),
  )

  expect(svg).toContain('role="img" aria-labelledby="title desc"')
  expect(svg).toMatch(/<title id="title">[^<]+less is better<\/title>/)
  expect(svg).toContain('a &lt; b: accord 1.5</desc>')
})

function result(figures: Partial<Result>, statements?: number): Result {
  const counted =
    statements === undefined
      ? {}
      : {
          statements: {
            alone: statements,
            together: statements,
            requests: { '/auth': statements - 2, '/token': 2 },
          },
        }
  return {
    opsPerSecond: 100,
    p50Ms: 1,
    p95Ms: 2,
    p99Ms: 2,
    nodeCpu: 1,
    postgresCpu: 0,
    driverCpu: 0.1,
    ...counted,
    ...figures,
  }
}

function resultsWith(change: Partial<Results>): Results {
  return {
    at: '2026-11-24T12:00:00.000Z',
    machine: { cpu: 'CPU', cores: 2, memoryGb: 24, loadBefore: 0.4 },
    versions: { node: '24' },
    started: 'node --max-semi-space-size=16',
    callers: 16,
    rounds: 3,
    seconds: 5,
    startSeconds: { accord: 0.8 },
    peakMegabytes: { accord: 301 },
    cases: {},
    refused: {},
    ...change,
  }
}
