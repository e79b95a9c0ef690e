import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Profiler } from 'node:inspector'
import { pathToFileURL } from 'node:url'
import { setTimeout as pause } from 'node:timers/promises'
import type { Frame } from './flame.ts'
import { flame, framesOf, sharesOf } from './flame.ts'
import { prepareJobs } from './jobs.ts'
import { warmUp } from './measure.ts'
import type { Operation, Options } from './options.ts'
import { decisions, protocol } from './options.ts'
import { aligned } from './report.ts'
import { consentsAtFirst, manyCallers } from './results.ts'
import { seedConsents, untilTakenIn } from './seed.ts'
import type { ServerName } from './servers.ts'
import { startServer } from './servers.ts'
import type { Place } from './stage.ts'
import { aim, openPlace, startOf, startWorkAt } from './stage.ts'
import type { Stops } from './stops.ts'
import type { Target } from './target.ts'
import { frozenCommit, root, treeAt } from './trees.ts'
import { measure } from './window.ts'

const folder = join(root, 'docs/profile')
const writtenMs = 20_000
const pollMs = 20
const warmUps = 3
const leastShare = 0.005

type Profiled = { readonly file: string; readonly target: Target }

/** An operation at a server, and the microseconds that each part of it is busy for one of them. */
type Column = { readonly title: string; readonly parts: ReadonlyMap<string, number> }

/**
 * Runs operations under V8's profiler, one after the other, those of the protocol at the ceiling too. Writes a picture of each of ours
 * to docs/profile/.
 * @returns a table of the busy time of one operation, part by part
 */
export async function profileOperations(
  asked: readonly Operation[],
  options: Options,
  stops: Stops,
): Promise<string> {
  const place = await openPlace(stops, options.signer)
  const given = { ...options, only: asked }
  const accord = await startProfiled('accord', place, given, stops)
  startWorkAt(place, stops)
  const ceiling = asked.some((operation) => protocol.has(operation))
    ? await startProfiled('ceiling', place, given, stops)
    : undefined
  const { anyone } = await seedConsents(place.urls.accord, place.keysDir, consentsAtFirst)
  await untilTakenIn(place.urls.accord)
  const ours = { ...accord, target: { ...accord.target, anyone } }
  mkdirSync(folder, { recursive: true })
  const columns: Column[] = []
  for (const operation of asked) {
    const callers = callersOf(operation, options)
    const { frames, parts } = await profileOf(operation, ours, options)
    const title = `${operation}: where Node's busy time goes, ${callers} callers`
    writeFileSync(join(folder, `${operation}.svg`), flame(title, frames))
    columns.push({ title: operation, parts })
    if (ceiling === undefined || !protocol.has(operation)) continue
    const floor = await profileOf(operation, ceiling, options)
    columns.push({ title: `${operation}, ceiling`, parts: floor.parts })
  }
  return `${aligned(rowsOf(columns))}\n`
}

async function startProfiled(
  name: ServerName,
  place: Place,
  options: Options,
  stops: Stops,
): Promise<Profiled> {
  const file = join(place.dir, `profile-${name}`)
  const start = startOf(name, place)
  const loaded = `--import=${pathToFileURL(join(import.meta.dirname, 'profiled.ts')).href}`
  const flags = [process.env['NODE_OPTIONS'], loaded].filter((flag) => flag !== undefined).join(' ')
  const env = { ...start.env, NODE_OPTIONS: flags, PROFILE: file }
  const tree = name === 'ceiling' ? await treeAt(frozenCommit, join(place.dir, 'frozen')) : root
  const running = await startServer({ ...start, env, tree }, stops)
  return { file, target: await aim(name, running, place, options, stops) }
}

function callersOf(operation: Operation, { callers }: Options): number {
  return decisions.has(operation) ? manyCallers : callers
}

async function profileOf(
  operation: Operation,
  { file, target }: Profiled,
  options: Options,
): Promise<{ readonly frames: Frame; readonly parts: ReadonlyMap<string, number> }> {
  const callers = callersOf(operation, options)
  let rate = 0
  for (let i = 0; i < warmUps; i++) rate = await warmUp({ operation, callers }, target)
  const jobs = await prepareJobs(operation, target, Math.ceil(rate * options.seconds * 1.5))
  process.kill(target.pids.server, 'SIGUSR2')
  const figures = await measure(jobs, { callers, seconds: options.seconds }, target.pids)
  process.kill(target.pids.server, 'SIGUSR2')
  const frames = framesOf(await profileIn(file, target))
  const microseconds = frames.whole / (figures.opsPerSecond * options.seconds)
  const parts = [...sharesOf(frames)].map(([part, share]) => [part, share * microseconds] as const)
  return { frames, parts: new Map(parts) }
}

async function profileIn(file: string, target: Target): Promise<Profiler.Profile> {
  for (let waited = 0; waited < writtenMs; waited += pollMs) {
    await pause(pollMs)
    const profile = existsSync(file) ? wholeProfile(readFileSync(file, 'utf8')) : undefined
    if (profile === undefined) continue
    rmSync(file)
    return profile
  }
  throw new Error(`no profile was written:\n${target.output()}`)
}

/** Undefined while the server still writes it. */
function wholeProfile(text: string): Profiler.Profile | undefined {
  try {
    return JSON.parse(text) as Profiler.Profile // V8 wrote it.
  } catch {
    return undefined
  }
}

function rowsOf(columns: readonly Column[]): string[][] {
  const whole = ({ parts }: Column) => parts.values().reduce((sum, part) => sum + part, 0)
  const share = (column: Column, part: string) => (column.parts.get(part) ?? 0) / whole(column)
  const mean = (part: string) =>
    columns.reduce((sum, column) => sum + share(column, part), 0) / columns.length
  const rows = [...new Set(columns.flatMap(({ parts }) => [...parts.keys()]))]
    .filter((part) => mean(part) >= leastShare)
    .toSorted((a, b) => mean(b) - mean(a))
    .map((part) => [part, ...columns.map(({ parts }) => (parts.get(part) ?? 0).toFixed(0))])
  return [
    ['µs of busy time', ...columns.map(({ title }) => title)],
    ...rows,
    ['all', ...columns.map((column) => whole(column).toFixed(0))],
  ]
}
