import { appendFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { syncBuiltinESMExports } from 'node:module'
import type { TimerOptions } from 'node:timers'
import timers, { setImmediate } from 'node:timers/promises'
import { aheadOfMachine, runWithMachine } from '../../src/base/values/clock.ts'
import { readConfig } from '../../src/base/settings/config.ts'
import { openLog } from '../../src/base/logging/log.ts'
import { asOperatorError } from '../../src/base/database/database-fault.ts'
import { OperatorError } from '../../src/base/values/operator-error.ts'
import { startEverything } from '../../src/demonstration/demonstration.ts'
import { runMigrate } from '../../src/house/migration.ts'
import { startServing, startWorkAlone } from '../../src/house/processes.ts'
import type { StopProcess } from '../../src/house/shutdown.ts'
import { stopEach } from '../../src/house/shutdown.ts'
import { isUsual, quickCost } from './codes.ts'
import { keepCodeAnswers } from './known-code.ts'
import { codeMsOf, housePatience, isUsuallyPatient } from './patience.ts'

// A process that serves one house after another, each with a configuration, a database and keys of its own: modules are loaded
// and compiled once, for the whole run. `hosts.ts` speaks with it.

const starts = {
  serve: startServing,
  work: startWorkAlone,
  migrate: runMigrate,
  demo: startEverything,
}

export type Mode = keyof typeof starts

/** A command to the host, and the host's answer when it is done. */
export type HostCommand = { readonly id: number } & (
  | {
      readonly deed: 'open'
      readonly mode: Mode
      readonly env: Readonly<Record<string, string | undefined>>
      readonly logFile: string
    }
  | { readonly deed: 'close' | 'hold' | 'release' | 'count' | 'counted' }
)
export type Done = {
  readonly id: number
  readonly failed?: Failed
  /** The source files of which a function ran since the counting began. */
  readonly ran?: readonly string[]
}
/** `sentence`: what `src/main.ts` says of it, where an operator can mend it. */
export type Failed = { readonly stack: string; readonly sentence: string | undefined }

const source = new URL('../../src/', import.meta.url).href

const open = new Map<number, StopProcess[]>()

keepCodeAnswers()
process.on('message', (told: HostCommand) => void obey(told))
// The worker has ended, so this process ends too.
process.once('disconnect', () => process.exit())

async function obey(told: HostCommand): Promise<void> {
  const done: Done = await answerTo(told).then(
    (ran) => ({ id: told.id, ...(ran === undefined ? {} : { ran }) }),
    (error: unknown) => ({ id: told.id, failed: failedBy(error) }),
  )
  process.send?.(done)
}

async function answerTo(told: HostCommand): Promise<readonly string[] | undefined> {
  switch (told.deed) {
    case 'open':
      await openOne(told)
      return undefined
    case 'close':
      await closeOne(told.id)
      return undefined
    case 'hold':
    case 'release':
      return hold(told.deed === 'hold')
    case 'count':
      await startCounting()
      return undefined
    case 'counted':
      return filesThatRan()
  }
}

function failedBy(thrown: unknown): Failed {
  const error = asOperatorError(thrown)
  return {
    stack: String(error instanceof Error ? error.stack : error),
    sentence: error instanceof OperatorError ? error.message : undefined,
  }
}

// What a house does by itself, again and again, stands still while deeds are counted: it is no part of a deed. Intervals pass over their
// turn, and a pause that a signal may end, as those of loops are, ends once nothing is held.
let holding: PromiseWithResolvers<void> | undefined

const { setInterval } = globalThis
globalThis.setInterval = Object.assign(
  (look: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) =>
    setInterval(() => (holding === undefined ? look(...args) : undefined), ms),
  setInterval,
)
const { setTimeout: pause } = timers
timers.setTimeout = Object.assign(async <T>(ms?: number, value?: T, options?: TimerOptions) => {
  const ended = await pause(ms, value as T, options)
  if (options?.signal !== undefined) await holding?.promise
  return ended
}, pause)
syncBuiltinESMExports()

function hold(isHeld: boolean): undefined {
  if (isHeld) holding ??= Promise.withResolvers()
  else {
    holding?.resolve()
    holding = undefined
  }
}

// A test waits for what was counted.
const soonMs = 20

const profiler = new Session()

async function startCounting(): Promise<void> {
  profiler.connect()
  await profiler.post('Profiler.enable')
  await profiler.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  // That took half a second: timers that came due meanwhile begin before the counting does.
  await setImmediate()
  await profiler.post('Profiler.takePreciseCoverage')
}

async function filesThatRan(): Promise<readonly string[]> {
  const { result } = await profiler.post('Profiler.takePreciseCoverage')
  // What is counted runs slower; the tests after this one are not counted.
  profiler.disconnect()
  return result
    .filter(({ url }) => url.startsWith(source))
    .filter(({ functions }) => functions.some(({ ranges }) => (ranges[0]?.count ?? 0) > 0))
    .map(({ url }) => url.slice(source.length))
}

async function openOne({ id, mode, env, logFile }: HostCommand & { deed: 'open' }): Promise<void> {
  if (open.size === 0) runWithMachine()
  else if (aheadOfMachine() > 0 && env['CLOCK_OFFSET'] === undefined)
    throw new Error('a house whose clock was moved is still open in this host: stop it first')
  const config = readConfig(env, mode === 'serve' || mode === 'demo')
  const stops: StopProcess[] = []
  open.set(id, stops)
  const log = openLog(config.logLevel, { write: (line) => appendFileSync(logFile, line) })
  try {
    // Hundreds of people sign up and in: what a deployment's hash costs is tested by itself (test/signin/factors/password-hash.test.ts).
    const isDeployed = config.mode !== 'demonstration'
    await starts[mode](config, stops, {
      log,
      ...(!isDeployed && !isUsual(env) && { hashCost: quickCost }),
      ...(!isDeployed && !isUsuallyPatient(env) && { patience: housePatience }),
      ...(!isDeployed && { inquiryMs: soonMs, codeMs: codeMsOf(env) }),
    })
  } catch (error) {
    await closeOne(id)
    throw error
  }
}

async function closeOne(id: number): Promise<void> {
  const stops = open.get(id) ?? []
  open.delete(id)
  await stopEach(stops)
}
