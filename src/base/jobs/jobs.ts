import { EventEmitter } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import type { Runner, WorkerEvents } from 'graphile-worker'
import type { Beats, JobPool, Pace } from './worker-heartbeats.ts'
import { startBeats, usualPace as usualBeats } from './worker-heartbeats.ts'
import { CallFailed } from '../values/outbound-error.ts'
import type { Database, Transaction } from '../database/database.ts'
import { openPool } from '../database/database.ts'
import type { Log } from '../logging/log.ts'
import type { Meter } from '../logging/meter.ts'
import type { jobResults } from '../logging/metric-labels.ts'
import { deleteBatch } from '../database/sweep.ts'
import type { SpanName } from '../logging/tracing.ts'
import { inNewTrace } from '../logging/tracing.ts'

export type Job = {
  readonly name: string
  readonly payload: Readonly<Record<string, unknown>>
  /** Tries before the job is given up; the queue waits e^attempt seconds between them, at most 6 h (graphile-worker). */
  readonly maxAttempts: number
  /** Whom the job calls, and which call it is: two jobs at a time go to one receiver, so that one that hangs holds up nobody else's. */
  readonly receiver?: { readonly name: string; readonly call: string }
  /** Higher waits for lower, of the same receiver too; 0, if absent. */
  readonly priority?: number
}

type JobContext = { readonly attempt: number; readonly maxAttempts: number }
export type Jobs = Readonly<
  Record<string, (payload: unknown, context: JobContext) => Promise<void>>
>
/** `minute hour day month weekday` → the job's name, UTC. */
export type Schedule = Readonly<Record<string, string>>
/** Jobs that have places of their own, so many at once in a process: neither they nor the other jobs wait for one another. */
export type Places = Readonly<Record<string, number>>

/** What a worker does. */
export type Work = {
  readonly jobs: Jobs
  readonly schedule?: Schedule
  readonly places?: Places
}

/** Puts a job into the queue in the deed's own transaction: no job is lost, and no job runs for a deed that was undone. */
export async function enqueue(tx: Transaction, job: Job): Promise<void> {
  const { name, payload, maxAttempts, receiver, priority = 0 } = job
  const call = [receiver?.name ?? null, receiver?.call ?? null]
  await tx.raw(
    'select graphile_worker.add_job(?, ?::json, max_attempts => ?, queue_name => queue_of(?, ?), priority => ?)',
    [name, JSON.stringify(payload), maxAttempts, ...call, priority],
  )
}

/** Whether a job of this name waits or runs. One that was given up does neither. */
export async function isQueued(db: Database, name: string): Promise<boolean> {
  const { rows } = await db.raw<{ rows: { isThere: boolean }[] }>(
    `select exists (select from graphile_worker.jobs
       where task_identifier = ? and (attempts < max_attempts or locked_at is not null)) as is_there`,
    [name],
  )
  return rows[0]?.isThere === true
}

export async function installQueue(databaseUrl: string, lockMs: number): Promise<void> {
  const { Logger, makeWorkerUtils } = await import('graphile-worker')
  const pool = openPool(databaseUrl, 2, { lockMs })
  try {
    const logger = new Logger(silent)
    const utils = await makeWorkerUtils({ pgPool: pool, logger })
    await utils.migrate()
    await utils.release()
  } finally {
    await pool.end()
  }
}

// The queue's own statements are short. A database that hangs must not keep a worker from its stop.
const patienceMs = 10_000

export type Worker = {
  /** Whether it told the database lately that it lives. */
  isAlive(): boolean
  stop(): Promise<void>
}

const jobsAtOnce = 8
// Of a worker's own, beside those of what its jobs do.
const connections = 8
// The schedule's own next run may be a day away.
const timedAttempts = 3

// In a batch, the end of a job that cannot be written stops the queue, which is taken up again. Alone, the library does not look at that
// error, and it would end the process.
const endsOfJobs = { completeJobBatchDelay: 0, failJobBatchDelay: 0 }

/** How often a worker says that it lives, and looks for jobs. */
export type QueuePace = Pace & {
  /** Of two workers that look at once one sees no queue of a receiver, and looks again after this long. */
  readonly pollMs: number
  /** After an outage the worker starts again after this long; no request waits for it. */
  readonly restartMs: number
}

const usualPace: QueuePace = { ...usualBeats, pollMs: 500, restartMs: 2000 }

type Watched = { readonly log: Log; readonly meter: Meter }

/** Runs the jobs of the queue until `stop`, which lets running jobs finish. The worker survives outages of the database. */
export async function startWorker(
  databaseUrl: string,
  { jobs, schedule = {}, places = {} }: Work,
  { log, meter }: Watched,
  pace: QueuePace = usualPace,
): Promise<Worker> {
  meter.declare('task', Object.keys(jobs))
  const pool = openPool(databaseUrl, connections, { answerMs: patienceMs })
  const beats = startBeats(pool, log, pace)
  const at = { pool, beats, pace, log, meter }
  const isApart = (name: string) => Object.hasOwn(places, name)
  const together = Object.entries(jobs).filter(([name]) => !isApart(name))
  const lines: { stop(): Promise<void> }[] = []
  const stop = async () => {
    await Promise.all(lines.map((line) => line.stop()))
    await beats.stop()
    await pool.end()
  }
  try {
    // The first one counts as the process (migrations#beat).
    lines.push(await startLine(at, { name: 'all', jobs: together, schedule }))
    for (const [name, atOnce] of Object.entries(places)) {
      const own = Object.entries(jobs).filter(([job]) => job === name)
      lines.push(await startLine(at, { name, jobs: own, atOnce }))
    }
  } catch (error) {
    await stop()
    throw error
  }
  return { isAlive: () => beats.areFresh(), stop }
}

type Line = {
  readonly name: string
  readonly jobs: readonly (readonly [string, Jobs[string]])[]
  readonly schedule?: Schedule
  readonly atOnce?: number
}

type At = Watched & { readonly pool: JobPool; readonly beats: Beats; readonly pace: QueuePace }

/** Runs some of the jobs, so many at once. */
async function startLine(
  { pool, beats, pace, log, meter }: At,
  { name: line, jobs, schedule = {}, atOnce }: Line,
): Promise<{ stop(): Promise<void> }> {
  // A process that serves alone has no use for the library.
  const { Logger, parseCronItems, run } = await import('graphile-worker')
  const timed = Object.entries(schedule).map(([name, when]) => ({
    task: name,
    match: when,
    options: { maxAttempts: timedAttempts },
  }))
  const events = new EventEmitter() as WorkerEvents // the library types its names
  events.on('pool:create', ({ workerPool }) => beats.follow(line, workerPool.id))
  // Jobs that may be very many are fetched some at a time: one look at the queue for a job each would cost more than the job.
  const fetched = atOnce === undefined ? {} : { localQueue: { size: atOnce } }
  const begin = () =>
    run({
      pgPool: pool,
      events,
      concurrency: atOnce ?? jobsAtOnce,
      pollInterval: pace.pollMs,
      noHandleSignals: true,
      logger: new Logger(silent),
      preset: { worker: { ...endsOfJobs, ...fetched } },
      parsedCronItems: parseCronItems(timed),
      taskList: Object.fromEntries(
        jobs.map(([name, work]) => [name, task(name, work, { pool, log, meter })]),
      ),
    })
  return supervised(await begin(), begin, pace.restartMs, log)
}

function supervised(
  first: Runner,
  begin: () => Promise<Runner>,
  restartMs: number,
  log: Log,
): { stop(): Promise<void> } {
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

function task(
  name: string,
  work: Jobs[string],
  { pool, log, meter }: Watched & { readonly pool: JobPool },
) {
  const own = meter.listed('task', name)
  return async (payload: unknown, { job }: Helpers) => {
    const began = performance.now()
    let result: (typeof jobResults)[number] = 'done'
    try {
      const { attempts: attempt, max_attempts: maxAttempts } = job
      await inNewTrace(jobSpan(name, attempt), () => work(payload, { attempt, maxAttempts }))
    } catch (error) {
      const fields = { job: name, attempt: job.attempts, error }
      result = job.attempts < job.max_attempts ? 'failed' : 'given-up'
      if (result === 'failed') log.warn(fields, 'job failed')
      else {
        log.error(fields, 'job given up')
        await countGivenUp(pool, name, error).catch((cause: unknown) =>
          log.warn({ job: name, error: cause }, 'a job that was given up is not counted'),
        )
      }
      throw error
    } finally {
      meter.count('jobRuns', { task: own, result })
      meter.count('jobSeconds', { task: own }, (performance.now() - began) / 1000)
    }
  }
}

function jobSpan(name: string, attempt: number): SpanName {
  const attributes = { 'accord.job': name, 'accord.attempt': attempt }
  return { name: `job ${name}`, kind: 'consumer', attributes }
}

async function countGivenUp(pool: JobPool, job: string, error: unknown): Promise<void> {
  const { serviceId = '', status = 0, why } = reasonOf(error)
  await pool.query(
    `insert into job_given_up as g (day, job, service_id, why, status, last_at)
     values (quebec_day(now() + clock_offset()), $1, $2, $3, $4, now() + clock_offset())
     on conflict (day, job, service_id, why, status) do update set times = g.times + 1, last_at = excluded.last_at`,
    [job, serviceId, why.slice(0, 200), status],
  )
}

function reasonOf(error: unknown): Partial<CallFailed['call']> & { readonly why: string } {
  if (error instanceof CallFailed) return error.call
  return { why: error instanceof Error ? error.name : typeof error }
}

/** Deletes one batch of the counts of jobs that were given up. @returns how many rows were deleted */
export function sweepGivenUp(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'job_given_up', 'last_at', before)
}

const silent = () => () => undefined
