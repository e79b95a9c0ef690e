import type { Result, Results } from './results.ts'
import { eventsOfPages, manyCallers, tokenAlone, tokenBeside } from './results.ts'
import type { ServerName } from './servers.ts'
import { rounded } from './statistics.ts'

/** A goal in one sentence, and its result in this run. */
export type Goal = {
  readonly id: string
  readonly operation: string
  readonly aim: string
  readonly measured: string
  readonly reached: boolean
}

type Find = (name: string, server?: ServerName) => Result | undefined

// All figures are of one run on one machine. Ratios, CPU and counts are comparable between machines, operations a second are not.

/** The goals that this run has measured. */
export function judge(results: Results): Goal[] {
  const { cases, startSeconds, peakMegabytes, refused } = results
  const find: Find = (name, server = 'accord') => cases[name]?.[server]
  return [
    ...protocolGoals(find),
    ...decisionGoals(find),
    ...passwordGoals(find, results.hashMs),
    ...pageGoals(find),
    ...logGoals(results.log),
    ...growthGoals(find),
    ...refusedGoals(refused),
    ...atMost('P11', 'start', 's to the first discovery', startSeconds.accord, 1),
    ...atMost('P11', 'memory', 'MB at most', peakMegabytes.accord, 300),
  ]
}

function protocolGoals(find: Find): Goal[] {
  return [
    ...statements('P1', 'code', find, 5),
    ...statements('P2', 'fapi', find, 5),
    ...cpuRatio('P2', 'fapi', find, 1.85),
    ...statements('P2', 'baseline', find, 4),
    ...cpuRatio('P2', 'baseline', find, 1.9),
    ...statements('P3', 'refresh', find, 2),
    ...cpuRatio('P3', 'refresh', find, 1.9),
    ...statements('P4', 'userinfo', find, 1),
    ...cpuRatio('P4', 'userinfo', find, 1.65),
    ...statements('P4', 'introspection', find, 1),
    ...cpuRatio('P4', 'introspection', find, 1.85),
    ...statements('P5', 'client-credentials', find, 1),
    ...cpuRatio('P5', 'client-credentials', find, 1.4),
  ]
}

// The goal is two statements a decision, and one more for the caller's token and proof.
const decisionStatements = 3

function decisionGoals(find: Find): Goal[] {
  const many = `, ${manyCallers} callers`
  return [
    ...statements('P6', 'deny', find, decisionStatements),
    ...speedRatio('P6', `deny${many}`, find, 2.4),
    ...statements('P7', 'permit', find, decisionStatements),
    ...speedRatio('P7', `permit${many}`, find, 4.5),
  ]
}

function passwordGoals(find: Find, hashMs: number | undefined): Goal[] {
  const [right, wrong, nobody] = ['password', 'password-wrong', 'password-nobody'].map((name) =>
    find(name),
  )
  const [alone, beside] = [find(tokenAlone), find(tokenBeside)]
  // Seconds per 1,000 are milliseconds each.
  const around = right && hashMs !== undefined ? cpuOf(right) - hashMs : undefined
  const same = wrong && nobody && ratioGoal(nobody.p50Ms / wrong.p50Ms)
  return [
    ...atMost('P9', 'password', `ms of CPU around the hash (${hashMs ?? 0} ms)`, around, 24),
    ...atMost(
      'P9',
      'client-credentials',
      `× p99 while ${manyCallers} passwords queue`,
      alone && beside && beside.p99Ms / alone.p99Ms,
      2,
    ),
    ...(same === undefined ? [] : [same]),
  ]
}

// The same work (test/provider/statements.test.ts) is about the same time.
function ratioGoal(ratio: number): Goal {
  const aim = "nobody's address takes the time of a wrong password, ± 3 % p50"
  const reached = Math.abs(ratio - 1) <= 0.03
  return { id: 'P9', operation: 'password', aim, measured: `× ${rounded(ratio)}`, reached }
}

function pageGoals(find: Find): Goal[] {
  return ['sharings-page', 'activity-page'].flatMap((operation) =>
    atMost('', operation, `ms p95 with ${eventsOfPages} events`, find(operation)?.p95Ms, 50),
  )
}

function logGoals(log: Results['log']): Goal[] {
  if (log === undefined) return []
  const rate = `at ${log.permitsPerSecond} permits a second`
  return [
    ...atLeast('P8', 'log', 'entries a second beside permits', log.backlogPerSecond, 25_000),
    ...atMost('P8', 'log', `of a core ${rate}`, log.coreShare, 0.12),
    ...atMost('P8', 'log', '× the CPU of a permit without it', log.permitCpuRatio, 1.1),
    ...atMost('P8', 'log', 'ms p99 from an event to the tree', log.lagP99Ms, 1000),
    ...atMost('P8', 'log', 'ms from kill -9 to entries of another', log.takeoverMs, 1000),
  ]
}

function growthGoals(find: Find): Goal[] {
  return ['deny', 'permit'].flatMap((operation) => {
    const [few, many] = [find(operation), find(`${operation}, a million consents`)]
    if (few === undefined || many === undefined) return []
    const ratio = cpuOf(many) / cpuOf(few)
    const aim = '± 15 % CPU from 10⁴ to 10⁶ consents'
    const reached = Math.abs(ratio - 1) <= 0.15
    return [{ id: 'P12', operation, aim, measured: `× ${rounded(ratio)}`, reached }]
  })
}

// A goal that was refused or not measured counts as not reached.
function refusedGoals(refused: Results['refused']): Goal[] {
  return Object.entries(refused).flatMap(([operation, { accord }]) => {
    if (accord === undefined) return []
    const aim = 'at most one wrong answer in a thousand'
    return [{ id: '', operation, aim, measured: accord, reached: false }]
  })
}

function statements(id: string, operation: string, find: Find, most: number): Goal[] {
  const counted = find(operation)?.statements
  if (counted === undefined) return []
  const parts = Object.entries(counted.requests)
  const split = parts.map(([path, count]) => `${path} ${count}`).join(', ')
  const measured = parts.length > 1 ? `${counted.alone} (${split})` : String(counted.alone)
  const aim = most === 1 ? '1 statement' : `≤ ${most} statements`
  return [{ id, operation, aim, measured, reached: counted.alone <= most }]
}

function cpuRatio(id: string, operation: string, find: Find, most: number): Goal[] {
  const [ours, theirs] = [find(operation), find(operation, 'ceiling')]
  if (ours === undefined || theirs === undefined) return []
  const ratio = cpuOf(ours) / cpuOf(theirs)
  const aim = `≤ ${most} × the CPU of the ceiling`
  return [{ id, operation, aim, measured: `× ${rounded(ratio)}`, reached: ratio <= most }]
}

function speedRatio(id: string, operation: string, find: Find, least: number): Goal[] {
  const [ours, naive] = [find(operation), find(operation, 'naive')]
  if (ours === undefined || naive === undefined) return []
  const ratio = ours.opsPerSecond / naive.opsPerSecond
  const aim = `≥ ${least} × the naive one's operations a second`
  return [{ id, operation, aim, measured: `× ${rounded(ratio)}`, reached: ratio >= least }]
}

function atMost(
  id: string,
  operation: string,
  unit: string,
  value: number | undefined,
  most: number,
): Goal[] {
  if (value === undefined) return []
  const measured = String(rounded(value))
  return [{ id, operation, aim: `≤ ${most} ${unit}`, measured, reached: value <= most }]
}

function atLeast(
  id: string,
  operation: string,
  unit: string,
  value: number | undefined,
  least: number,
): Goal[] {
  if (value === undefined) return []
  const aim = `≥ ${least.toLocaleString('en')} ${unit}`
  return [{ id, operation, aim, measured: String(rounded(value)), reached: value >= least }]
}

/** CPU seconds per 1,000 operations, server and database together. */
export function cpuOf({ nodeCpu, postgresCpu }: Result): number {
  return nodeCpu + postgresCpu
}
