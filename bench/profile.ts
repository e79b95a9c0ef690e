import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Profiler } from 'node:inspector'
import { pathToFileURL } from 'node:url'
import { setTimeout as pause } from 'node:timers/promises'
import { flame, framesOf, sharesOf } from './flame.ts'
import { prepareJobs } from './jobs.ts'
import { warmUp } from './measure.ts'
import type { Operation, Options } from './options.ts'
import { decisions } from './options.ts'
import { aligned } from './report.ts'
import { consentsAtFirst, manyCallers } from './results.ts'
import { seedConsents } from './seed.ts'
import { startServer } from './servers.ts'
import { aim, openPlace, startOf } from './stage.ts'
import type { Stops } from './stops.ts'
import type { Target } from './target.ts'
import { root } from './trees.ts'
import { measure } from './window.ts'

const folder = join(root, 'docs/profile')
const writtenMs = 20_000
const pollMs = 20
const warmUps = 3
const leastShare = 0.005

/**
 * Runs operations under V8's profiler, one after the other. Writes a picture of each to docs/profile/.
 * @returns a table of the shares of busy time
 */
export async function profileOperations(
  asked: readonly Operation[],
  options: Options,
  stops: Stops,
): Promise<string> {
  const place = await openPlace(stops, options.signer)
  const file = join(place.dir, 'profile')
  const start = startOf('accord', place)
  const loaded = `--import=${pathToFileURL(join(import.meta.dirname, 'profiled.ts')).href}`
  const flags = [process.env['NODE_OPTIONS'], loaded].filter((flag) => flag !== undefined).join(' ')
  const running = await startServer(
    { ...start, env: { ...start.env, NODE_OPTIONS: flags, PROFILE: file } },
    stops,
  )
  const signedIn = await aim('accord', running, place, { ...options, only: asked }, stops)
  const { anyone } = await seedConsents(place.urls.accord, place.keysDir, consentsAtFirst)
  const target = { ...signedIn, anyone }
  mkdirSync(folder, { recursive: true })
  const columns: [Operation, ReadonlyMap<string, number>][] = []
  for (const operation of asked) {
    const frames = framesOf(await profileOf(operation, target, file, options))
    const title = `${operation}: where Node's busy time goes, ${callersOf(operation, options)} callers`
    writeFileSync(join(folder, `${operation}.svg`), flame(title, frames))
    columns.push([operation, sharesOf(frames)])
  }
  return `${aligned(rowsOf(columns))}\n`
}

function callersOf(operation: Operation, { callers }: Options): number {
  return decisions.has(operation) ? manyCallers : callers
}

async function profileOf(
  operation: Operation,
  target: Target,
  file: string,
  options: Options,
): Promise<Profiler.Profile> {
  const callers = callersOf(operation, options)
  let rate = 0
  for (let i = 0; i < warmUps; i++) rate = await warmUp({ operation, callers }, target)
  const jobs = await prepareJobs(operation, target, Math.ceil(rate * options.seconds * 1.5))
  process.kill(target.pids.server, 'SIGUSR2')
  await measure(jobs, { callers, seconds: options.seconds }, target.pids)
  process.kill(target.pids.server, 'SIGUSR2')
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

function rowsOf(columns: readonly [Operation, ReadonlyMap<string, number>][]): string[][] {
  const parts = new Set(columns.flatMap(([, shares]) => [...shares.keys()]))
  const mean = (part: string) =>
    columns.reduce((sum, [, shares]) => sum + (shares.get(part) ?? 0), 0) / columns.length
  const rows = [...parts]
    .filter((part) => mean(part) >= leastShare)
    .toSorted((a, b) => mean(b) - mean(a))
    .map((part) => [
      part,
      ...columns.map(([, shares]) => ((shares.get(part) ?? 0) * 100).toFixed(1)),
    ])
  return [['share of busy time, %', ...columns.map(([operation]) => operation)], ...rows]
}
