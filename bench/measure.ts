import { prepareJobs } from './jobs.ts'
import { queueSignIns } from './passwords.ts'
import type { Operation } from './options.ts'
import type { Postgres } from './postgres.ts'
import type { ByServer, Cases, Refused, Result, Statements } from './results.ts'
import type { ServerName } from './servers.ts'
import { medians, rounded } from './statistics.ts'
import { say } from './stops.ts'
import type { Target } from './target.ts'
import type { Figures } from './window.ts'
import { measure, refuseErrors, run, WrongAnswers } from './window.ts'

/** One line of the table: an operation, so many callers, at these servers. */
export type Case = {
  readonly name: string
  readonly operation: Operation
  readonly callers: number
  readonly targets: readonly Target[]
  /** So many people send their password as it begins, and so long some of them wait. */
  readonly beside?: { readonly passwords: number; readonly seconds: number }
}

export type Pace = { readonly rounds: number; readonly seconds: number }

type ByCase<T> = Map<string, Map<ServerName, T>>
type Measured = { readonly cases: Cases; readonly refused: Refused }

const warmSeconds = 1
const maxWarmUps = 12
// The most jobs that the driver prepares before a window. The window ends early when they are used up.
const maxJobs = 60_000
const spare = 1.5

/** Rounds go through all cases and servers in turn, so that a slow minute of the machine meets each of them. */
export async function measureCases(
  cases: readonly Case[],
  pace: Pace,
  counted: ByCase<Statements>,
): Promise<Measured> {
  const rounds: ByCase<readonly Figures[]> = new Map()
  const refused: ByCase<string> = new Map()
  for (let round = 1; round <= pace.rounds; round++) {
    for (const each of cases) {
      for (const target of each.targets) {
        if (refused.get(each.name)?.has(target.name) === true) continue
        const figures = await measureOrRefuse(each, target, pace.seconds)
        say(`round ${round}  ${line(each, target, figures)}`)
        if (typeof figures === 'string') note(refused, each, target, figures)
        else note(rounds, each, target, [...(noted(rounds, each, target) ?? []), figures])
      }
    }
  }
  for (const [name, servers] of refused)
    for (const server of servers.keys()) rounds.get(name)?.delete(server)
  return { cases: resultsOf(rounds, counted), refused: asObject(refused) }
}

async function measureOrRefuse(
  each: Case,
  target: Target,
  seconds: number,
): Promise<Figures | string> {
  try {
    return await measureOnce(each, target, seconds)
  } catch (error) {
    if (!(error instanceof WrongAnswers)) throw explained(each, target, error)
    return `${error.message}: ${error.cause instanceof Error ? error.cause.message : ''}`
  }
}

async function measureOnce(each: Case, target: Target, seconds: number): Promise<Figures> {
  const { operation, callers } = each
  const rate = await warmUp(each, target)
  const count = Math.min(maxJobs, Math.ceil(rate * seconds * spare) + callers)
  const jobs = await prepareJobs(operation, target, count)
  if (each.beside === undefined) return measure(jobs, { callers, seconds }, target.pids)
  const send = await queueSignIns(target, each.beside.passwords)
  const answered = send()
  const figures = await measure(jobs, { callers, seconds: each.beside.seconds }, target.pids)
  say(`  ${await answered}`)
  return figures
}

// The server's log says more about a failure than its answer.
function explained({ name }: Case, target: Target, cause: unknown): Error {
  return new Error(`${name} at ${target.name} failed:\n${target.output()}`, { cause })
}

/** @returns operations a second, towards the end */
export async function warmUp(
  { operation, callers }: Pick<Case, 'operation' | 'callers'>,
  target: Target,
): Promise<number> {
  let rate = 0
  let count = callers * 8
  const until = performance.now() + warmSeconds * 1000
  for (let i = 0; i < maxWarmUps && performance.now() < until; i++) {
    const ran = await run(await prepareJobs(operation, target, count), callers, warmSeconds)
    refuseErrors(ran)
    rate = ran.latenciesMs.length / ran.seconds
    count = Math.min(Math.ceil(rate * warmSeconds), count * 2)
  }
  return rate
}

function note<T>(all: ByCase<T>, { name }: Case, target: Target, value: T): void {
  const ofCase = all.get(name) ?? new Map<ServerName, T>()
  all.set(name, ofCase.set(target.name, value))
}

function noted<T>(all: ByCase<T>, { name }: Case, target: Target): T | undefined {
  return all.get(name)?.get(target.name)
}

function line({ name }: Case, target: Target, figures: Figures | string): string {
  const start = `${name.padEnd(26)} ${target.name.padEnd(8)}`
  if (typeof figures === 'string') return `${start} no result, ${figures}`
  const { opsPerSecond, p99Ms, nodeCpu, postgresCpu } = figures
  const cpu = `${rounded(nodeCpu)} + ${rounded(postgresCpu)} CPU s`
  return `${start} ${rounded(opsPerSecond)}/s  p99 ${rounded(p99Ms)} ms  ${cpu}`
}

function resultsOf(rounds: ByCase<readonly Figures[]>, counted: ByCase<Statements>): Cases {
  const results: ByCase<Result> = new Map()
  for (const [name, ofCase] of rounds) {
    const byServer = [...ofCase].map(([server, list]): [ServerName, Result] => {
      const pairs = Object.entries(medians(list)).map(([key, value]) => [key, rounded(value)])
      const figures = Object.fromEntries(pairs) as Figures // the same members, rounded
      const statements = counted.get(name)?.get(server)
      return [server, { ...figures, ...(statements === undefined ? {} : { statements }) }]
    })
    results.set(name, new Map(byServer))
  }
  return asObject(results)
}

function asObject<T>(all: ByCase<T>): Readonly<Record<string, ByServer<T>>> {
  return Object.fromEntries([...all].map(([name, ofCase]) => [name, Object.fromEntries(ofCase)]))
}

const countedAlone = 20
const countedForEach = 10

/** Counts statements, before anything is timed. */
export async function countStatements(
  cases: readonly Case[],
  postgres: Postgres,
): Promise<ByCase<Statements>> {
  const counted: ByCase<Statements> = new Map()
  await postgres.countStatements(true)
  for (const each of cases) {
    for (const target of each.targets) {
      const { database } = target
      if (database === undefined) continue
      const read = () => postgres.statements(database)
      const statements = await countOne(each, target, read).catch((error: unknown) => {
        throw explained(each, target, error)
      })
      note(counted, each, target, statements)
    }
    say(`counted ${each.name}`)
  }
  await postgres.countStatements(false)
  return counted
}

async function countOne(
  { operation, callers }: Case,
  target: Target,
  read: () => Promise<number>,
): Promise<Statements> {
  const all = await prepareJobs(operation, target, countedAlone)
  const requests = new Map<string, number>()
  let before = await read()
  target.client.watch(async (path) => {
    const now = await read()
    requests.set(path, (requests.get(path) ?? 0) + now - before)
    before = now
  })
  refuseErrors(await run(all, 1, Number.POSITIVE_INFINITY))
  target.client.watch(undefined)
  const jobs = await prepareJobs(operation, target, callers * countedForEach)
  const start = await read()
  refuseErrors(await run(jobs, callers, Number.POSITIVE_INFINITY))
  const together = (await read()) - start
  const each = [...requests].map(([path, sum]) => [path, rounded(sum / countedAlone)] as const)
  return {
    alone: rounded(each.reduce((sum, [, statements]) => sum + statements, 0)),
    together: rounded(together / jobs.length),
    requests: Object.fromEntries(each),
  }
}
