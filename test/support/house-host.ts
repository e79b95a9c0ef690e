import { appendFileSync } from 'node:fs'
import { aheadOfMachine, runWithMachine } from '../../src/base/values/clock.ts'
import { readConfig } from '../../src/base/settings/config.ts'
import { openLog } from '../../src/base/logging/log.ts'
import { asStartError } from '../../src/base/database/database-fault.ts'
import { StartError } from '../../src/base/values/start-error.ts'
import { startEverything } from '../../src/demonstration/demonstration.ts'
import { runMigrate } from '../../src/house/migration.ts'
import { startServing, startWorkAlone } from '../../src/house/processes.ts'
import type { StopProcess } from '../../src/house/shutdown.ts'
import { stopEach } from '../../src/house/shutdown.ts'
import { isUsual, quickCost } from './codes.ts'
import { housePatience, isUsuallyPatient } from './patience.ts'

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
  | { readonly deed: 'close' }
)
export type Done = { readonly id: number; readonly failed?: Failed }
/** `sentence`: what `src/main.ts` says of it, where an operator can mend it. */
export type Failed = { readonly stack: string; readonly sentence: string | undefined }

const open = new Map<number, StopProcess[]>()

process.on('message', (told: HostCommand) => void obey(told))
// The worker has ended, so this process ends too.
process.once('disconnect', () => process.exit())

async function obey(told: HostCommand): Promise<void> {
  const done = await (told.deed === 'open' ? openOne(told) : closeOne(told.id)).then(
    () => ({ id: told.id }),
    (error: unknown) => ({ id: told.id, failed: failedBy(error) }),
  )
  process.send?.(done satisfies Done)
}

function failedBy(thrown: unknown): Failed {
  const error = asStartError(thrown)
  return {
    stack: String(error instanceof Error ? error.stack : error),
    sentence: error instanceof StartError ? error.message : undefined,
  }
}

// A test waits for what was counted.
const soonMs = 20

async function openOne({ id, mode, env, logFile }: HostCommand & { deed: 'open' }): Promise<void> {
  if (open.size === 0) runWithMachine()
  else if (aheadOfMachine() > 0 && env['CLOCK_OFFSET'] === undefined)
    throw new Error('a house whose clock was moved is still open in this host: stop it first')
  const config = readConfig(env, mode === 'serve' || mode === 'demo')
  const stops: StopProcess[] = []
  open.set(id, stops)
  const log = openLog(config.logLevel, { write: (line) => appendFileSync(logFile, line) })
  try {
    // Hundreds of people sign up and in: what a deployment's hash costs is tested by itself (test/signin/factors/hashing.test.ts).
    const isDeployed = config.mode !== 'demonstration'
    await starts[mode](config, stops, {
      log,
      ...(!isDeployed && !isUsual(env) && { hashCost: quickCost }),
      ...(!isDeployed && !isUsuallyPatient(env) && { patience: housePatience }),
      ...(!isDeployed && { inquiryMs: soonMs }),
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
