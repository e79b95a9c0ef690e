import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from '../base/settings/config.ts'

export type StopProcess = () => Promise<void>

type Start = (
  config: Config,
  stops: StopProcess[],
  around: { readonly told: AbortSignal },
) => Promise<void>

// How long a start that hangs is waited for before what it has started is stopped. A PostgreSQL of ours is not known before it has
// started, and making its files takes time.
const startMs = 2000
const embeddedStartMs = 30_000
// How long everything together may take. A database that hangs keeps jobs and connections from ending.
const stopMs = 30_000

/** A start that a signal stops at any moment, as an error half-way does: it takes no further step, and everything that was started is stopped. */
export function stoppable(start: Start): (config: Config) => Promise<void> {
  return async (config) => {
    const stops: StopProcess[] = []
    const ending = new AbortController()
    const starting = start(config, stops, { told: ending.signal })
    let stopping: Promise<void> | undefined
    const stopAll = () => (stopping ??= stopStarted(config, starting, stops))
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        ending.abort()
        void stopAll().then(
          () => process.exit(0),
          () => process.exit(1),
        )
      })
    }
    try {
      await starting
    } catch (error) {
      await stopAll()
      throw error
    }
  }
}

// A start under way is awaited: only then is the list of things to stop complete. What a start that hangs would still bring ends
// with the process.
async function stopStarted(
  { databaseUrl, stopGraceMs }: Config,
  starting: Promise<void>,
  stops: readonly StopProcess[],
): Promise<void> {
  const ended = starting.catch(() => undefined)
  await within(databaseUrl === undefined ? embeddedStartMs : startMs, ended)
  if (await within(stopGraceMs + stopMs, stopEach(stops))) return
  process.stderr.write('Not everything could be stopped: what is left is broken off.\n')
  throw new Error('not stopped in time')
}

/** Stops in the reverse order of the start: applications, jobs, web, database, and PostgreSQL at the end. */
export async function stopEach(stops: readonly StopProcess[]): Promise<void> {
  for (const stop of stops.toReversed()) {
    await stop().catch((error: unknown) => process.stderr.write(`${String(error)}\n`))
  }
}

/** @returns whether the work ended in time */
async function within(ms: number, work: Promise<void>): Promise<boolean> {
  const ending = new AbortController()
  const late = pause(ms, false, { signal: ending.signal }).catch(() => false)
  const inTime = await Promise.race([work.then(() => true), late])
  ending.abort()
  return inTime
}
