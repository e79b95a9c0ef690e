import { join } from 'node:path'
import { prepareJobs } from './jobs.ts'
import { describeMachine, peakMegabytes, wasBusy } from './machine.ts'
import { warmUp } from './measure.ts'
import type { Operation, Options, Variant } from './options.ts'
import { decisions, operations } from './options.ts'
import { aligned } from './report.ts'
import { consentsAtFirst, manyCallers } from './results.ts'
import { seedConsents, untilTakenIn } from './seed.ts'
import { migrateBy, startServer } from './servers.ts'
import { aim, openPlace, startOf, startWorkAt } from './stage.ts'
import { median, medians, rounded } from './statistics.ts'
import type { Stops } from './stops.ts'
import { say } from './stops.ts'
import type { Target } from './target.ts'
import { treeAt } from './trees.ts'
import type { Figures } from './window.ts'
import { measure } from './window.ts'

type Measured = { readonly name: string; readonly target: Target }
type Asked = { readonly operation: Operation; readonly callers: number }
type Rounds = readonly (readonly Figures[])[]

const spare = 2
// A process of ours takes 16 at most.
const connections = { max_connections: '300' }

/**
 * Brokers of several commits or settings beside one another on one database. Each round meets all of them in a random order, so that
 * neither a slow minute of the machine nor the neighbour before has a favourite. What a figure is worth is told by a second variant
 * that is the first one again: between these two there is no difference but noise.
 * @returns the report
 */
export async function compareVariants(
  variants: readonly Variant[],
  options: Options,
  stops: Stops,
): Promise<string> {
  const machine = describeMachine()
  const measured = await startVariants(variants, options, stops)
  const asked = (options.only ?? operations).filter((part) => part !== 'log').map(askedOf(options))
  const parts: string[] = []
  for (const each of asked) parts.push(await compare(each, measured, options))
  const memory = measured.map(
    ({ name, target }) => `${name}: at most ${peakMegabytes(target.pids.server)} MB`,
  )
  const busy = wasBusy(machine) ? ['The machine was busy with other things.'] : []
  return `${[...parts, memory.join('\n'), ...busy].join('\n\n')}\n`
}

function askedOf({ callers }: Options): (operation: Operation) => Asked {
  return (operation) => ({
    operation,
    callers: decisions.has(operation) ? manyCallers : callers,
  })
}

async function startVariants(
  variants: readonly Variant[],
  options: Options,
  stops: Stops,
): Promise<Measured[]> {
  const place = await openPlace(stops, options.signer, connections)
  const measured: Measured[] = []
  let typists: Target['typists'] | undefined
  for (const { name, commit, env } of variants) {
    say(`starting ${name}: ${commit} ${Object.keys(env).join(' ')}`)
    const start = startOf('accord', place)
    const tree = await treeAt(commit, join(place.dir, `tree-${name}`))
    const own = { ...start, tree, log: name, env: { ...start.env, ...env } }
    await migrateBy(own)
    const running = await startServer(own, stops)
    const target = await aim('accord', running, place, { ...options, typists }, stops)
    typists = target.typists
    measured.push({ name, target })
  }
  startWorkAt(place, stops)
  const { anyone } = await seedConsents(place.urls.accord, place.keysDir, consentsAtFirst)
  await untilTakenIn(place.urls.accord)
  return measured.map(({ name, target }) => ({ name, target: { ...target, anyone } }))
}

async function compare(
  asked: Asked,
  measured: readonly Measured[],
  { rounds, seconds }: Options,
): Promise<string> {
  const rates: number[] = []
  for (const { target } of measured) rates.push(await warmUp(asked, target))
  const figures: Figures[][] = measured.map(() => [])
  for (let round = 1; round <= rounds; round++) {
    for (const at of shuffled(measured.map((_, i) => i))) {
      const [{ target } = {}, rate = 0] = [measured[at], rates[at]]
      if (target === undefined) continue
      const count = Math.ceil(rate * seconds * spare) + asked.callers
      const jobs = await prepareJobs(asked.operation, target, count)
      figures[at]?.push(await measure(jobs, { callers: asked.callers, seconds }, target.pids))
    }
    say(`${asked.operation}: round ${round}`)
  }
  const names = measured.map(({ name }) => name)
  return aligned([headOf(asked), ...names.map((name, at) => rowOf(name, figures, at))])
}

function shuffled(list: readonly number[]): number[] {
  return list
    .map((value) => ({ value, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ value }) => value)
}

function headOf({ operation, callers }: Asked): string[] {
  const cpu = 'CPU s per 1,000: Node + PostgreSQL'
  const ratios = ['× CPU (rounds)', '× per second']
  return [`${operation}, ${callers} callers`, 'per second', 'p50 ms', 'p99 ms', cpu, ...ratios]
}

function rowOf(name: string, figures: Rounds, at: number): string[] {
  const own = figures[at] ?? []
  const { opsPerSecond, p50Ms, p99Ms, nodeCpu, postgresCpu } = medians(own)
  const cpu = ratiosTo(figures, at, (one) => one.nodeCpu + one.postgresCpu)
  const speed = ratiosTo(figures, at, (one) => one.opsPerSecond)
  const sum = rounded(nodeCpu + postgresCpu)
  return [
    name,
    ...[opsPerSecond, p50Ms, p99Ms].map((value) => String(rounded(value))),
    `${rounded(nodeCpu)} + ${rounded(postgresCpu)} = ${sum}`,
    `${twoDigits(median(cpu))} (${twoDigits(Math.min(...cpu))}–${twoDigits(Math.max(...cpu))})`,
    twoDigits(median(speed)),
  ]
}

/** By the base, round by round: what both met in the same minute. */
function ratiosTo(figures: Rounds, at: number, value: (one: Figures) => number): number[] {
  const [base = []] = figures
  return (figures[at] ?? []).map((one, round) => {
    const beside = base[round]
    return beside === undefined ? Number.NaN : value(one) / value(beside)
  })
}

function twoDigits(value: number): string {
  return value.toFixed(3)
}
