import { setTimeout } from 'node:timers/promises'
import { Logger, makeWorkerUtils, parseCronItems, run } from 'graphile-worker'
import type { Transaction } from './database.ts'
import { openPool } from './database.ts'
import type { Log } from './log.ts'

export type Job = {
  readonly name: string
  readonly payload: Readonly<Record<string, unknown>>
  /** Tries before the job is given up; the queue waits e^attempt seconds between them, at most 6 h (graphile-worker). */
  readonly maxAttempts: number
}

export type JobContext = { readonly attempt: number; readonly maxAttempts: number }
export type Jobs = Readonly<
  Record<string, (payload: unknown, context: JobContext) => Promise<void>>
>
/** `minute hour day month weekday` → the job's name, UTC. */
export type Timetable = Readonly<Record<string, string>>

/** Puts a job into the queue in the deed's own transaction: no job is lost, and no job runs for a deed that was undone. */
export async function enqueue(tx: Transaction, job: Job): Promise<void> {
  await tx.raw('select graphile_worker.add_job(?, ?::json, max_attempts => ?)', [
    job.name,
    JSON.stringify(job.payload),
    job.maxAttempts,
  ])
}

export async function installQueue(databaseUrl: string): Promise<void> {
  const pool = openPool(databaseUrl, 2)
  try {
    const utils = await makeWorkerUtils({ pgPool: pool, logger: silent })
    await utils.migrate()
    await utils.release()
  } finally {
    await pool.end()
  }
}

export type Worker = { stop(): Promise<void> }

// After an outage the worker starts again after this long; no request waits for it.
const restartMs = 2000

/** Runs the jobs of the queue until `stop`, which lets running jobs finish. The worker survives outages of the database. */
export async function startWorker(
  databaseUrl: string,
  jobs: Jobs,
  timetable: Timetable,
  log: Log,
): Promise<Worker> {
  const timed = Object.entries(timetable).map(([name, when]) => ({
    task: name,
    match: when,
    options: { maxAttempts: 1 },
  }))
  const pool = openPool(databaseUrl, 6)
  const begin = () =>
    run({
      pgPool: pool,
      concurrency: 4,
      noHandleSignals: true,
      logger: silent,
      parsedCronItems: parseCronItems(timed),
      taskList: Object.fromEntries(
        Object.entries(jobs).map(([name, work]) => [name, task(name, work, log)]),
      ),
    })
  const worker = supervised(await begin(), begin, log)
  return {
    async stop() {
      await worker.stop()
      await pool.end()
    },
  }
}

type Runner = Awaited<ReturnType<typeof run>>

function supervised(first: Runner, begin: () => Promise<Runner>, log: Log): Worker {
  const ending = new AbortController()
  let current: Runner | undefined = first
  const watch = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      try {
        current ??= await begin()
        await current.promise
      } catch (error) {
        log.error({ error }, 'the queue stopped and is taken up again')
      }
      current = undefined
      await setTimeout(restartMs, undefined, { signal: ending.signal }).catch(() => undefined)
    }
  }
  const watching = watch()
  return {
    async stop() {
      ending.abort()
      await current?.stop().catch(() => undefined)
      await watching
    },
  }
}

type Helpers = { readonly job: { readonly attempts: number; readonly max_attempts: number } }

function task(name: string, work: Jobs[string], log: Log) {
  return async (payload: unknown, { job }: Helpers) => {
    try {
      await work(payload, { attempt: job.attempts, maxAttempts: job.max_attempts })
    } catch (error) {
      const last = job.attempts >= job.max_attempts
      log[last ? 'error' : 'warn'](
        { job: name, attempt: job.attempts, error },
        last ? 'job given up' : 'job failed',
      )
      throw error
    }
  }
}

const silent = new Logger(() => () => undefined)
