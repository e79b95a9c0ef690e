import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { CallFailed } from '../../../src/base/values/outbound-error.ts'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase, transact } from '../../../src/base/database/database.ts'
import type { Job, Jobs, Places, Worker } from '../../../src/base/jobs/jobs.ts'
import type { Meter } from '../../../src/base/logging/meter.ts'
import { makeMeter, noMeter } from '../../../src/base/logging/meter.ts'
import { readingSession } from '../../../src/base/database/db-session.ts'
import { jobsDue, jobsGivenUp, workersSince } from '../../../src/base/jobs/queue-metrics.ts'
import { seriesIn } from '../../support/series.ts'
import { enqueue, startWorker, sweepGivenUp } from '../../../src/base/jobs/jobs.ts'
import type { Log, LogFields } from '../../../src/base/logging/log.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase, patience, untyped } from '../../support/database.ts'
import { until } from '../../support/fault-process.ts'
import { openFaultProxy } from '../../support/fault-proxy.ts'

let fresh: FreshDatabase
let db: Database
let worker: Worker | undefined
const said: (LogFields & { readonly message: string })[] = []
const say = (fields: LogFields, message: string) => said.push({ ...fields, message })
const log: Log = { debug: say, info: say, warn: say, error: say }

beforeAll(async () => {
  fresh = await freshDatabase()
  db = openDatabase(fresh.url, patience)
})
afterEach(async () => {
  await worker?.stop()
  worker = undefined
  await db.raw('delete from graphile_worker._private_jobs')
  await db('workerBeat').delete()
  await db('jobGivenUp').delete()
  said.length = 0
})
afterAll(async () => {
  await db.destroy()
  await fresh.drop()
})

// As in a deployment in its proportions, and ten times as fast.
const pace = { everyMs: 100, silentMs: 700, pollMs: 50, restartMs: 200 }

async function start(
  jobs: Jobs,
  url = fresh.url,
  meter: Meter = noMeter,
  places: Places = {},
): Promise<void> {
  worker = await startWorker(url, { jobs, places }, { log, meter }, pace)
}

const put = (...jobs: Job[]) =>
  transact(db, async (tx) => {
    for (const job of jobs) await enqueue(tx, job)
  })

type Row = { readonly attempts: number; readonly maxAttempts: number; readonly lockedBy: string }
async function jobs(): Promise<Row[]> {
  const { rows } = await db.raw<{ rows: Row[] }>('select * from graphile_worker.jobs order by id')
  return rows
}

const notice = (name: string, call: number): Job => ({
  name: 'notice',
  payload: { name },
  maxAttempts: 1,
  receiver: { name, call: String(call) },
})

test('jobs with places of their own and the others hold one another up by nothing', async () => {
  const hanging = Promise.withResolvers<void>()
  const done: string[] = []
  let letters = 0
  const letter = async (payload: unknown) => {
    if ((payload as { name: string }).name === 'hangs') {
      letters += 1
      await hanging.promise
    }
    done.push('letter')
  }
  const other = () => Promise.resolve(void done.push('other'))
  const [hangs, code] = ['hangs', 'code'].map((name, n): Job => {
    return { name: 'letter', payload: { name }, maxAttempts: 1, priority: 10 - 10 * n }
  }) as [Job, Job]
  await put(...Array.from({ length: 40 }, () => hangs))
  await start({ letter, other }, fresh.url, noMeter, { letter: 12 })
  await until('twelve of them hang', () => letters === 12)
  await put({ name: 'other', payload: {}, maxAttempts: 1 }, code)
  await until('the other one is done', () => done.includes('other'))
  expect([letters, done]).toEqual([12, ['other']])
  // Both are one process.
  const session = readingSession(db)
  const before = new Date(Date.now() - 60_000)
  await until('they count as one', async () => (await workersSince(session, before)) === 1)
  hanging.resolve()
  await until('nothing is left', async () => (await jobs()).length === 0)
  expect(done).toHaveLength(42)
})

test('jobs that hang at one receiver hold up nobody else’s', async () => {
  const hanging = Promise.withResolvers<void>()
  let [atOnce, most, others] = [0, 0, 0]
  const call = async (payload: unknown) => {
    if ((payload as { name: string }).name !== 'one') return void (others += 1)
    atOnce += 1
    most = Math.max(most, atOnce)
    await hanging.promise
    atOnce -= 1
  }
  await put(...Array.from({ length: 16 }, (_, n) => notice('one', n)))
  await start({ notice: call, other: () => Promise.resolve(void (others += 1)) })
  await until('two of them hang', () => atOnce === 2)
  const more = Array.from({ length: 20 }, (_, n) => notice('another', n))
  await put(...more, { name: 'other', payload: {}, maxAttempts: 1 })
  await until('all others are done', () => others === 21)
  expect(most).toBe(2)
  hanging.resolve()
  await until('nothing is left', async () => (await jobs()).length === 0)
  expect(most).toBe(2)
})

function tried(name: string, maxAttempts: number): Job {
  return { name, payload: {}, maxAttempts }
}

test('who watches learns what waits, and what became of what ran', async () => {
  await put(tried('good', 1), tried('bad', 1), tried('bad', 2), tried('from-elsewhere', 1))
  await db.raw(`select graphile_worker.add_job('good', run_at => now() + interval '1 hour')`)
  const [session, now] = [readingSession(db), new Date(Date.now() + 1000)]
  const due = await jobsDue(session, now)
  expect(Object.fromEntries(due.map(({ task, jobs: waiting }) => [task, waiting]))).toEqual({
    bad: 2,
    'from-elsewhere': 1,
    good: 1,
  })
  expect(due.every(({ oldestAt }) => oldestAt < now)).toBe(true)

  const meter = makeMeter()
  await start(
    { good: () => Promise.resolve(), bad: () => Promise.reject(new Error('no')) },
    fresh.url,
    meter,
  )
  const runs = async () =>
    [...seriesIn(await meter.text())].filter(
      ([name, value]) => name.startsWith('accord_job_runs_total') && value > 0,
    )
  await until('three have run', async () => (await runs()).length === 3)
  expect(Object.fromEntries(await runs())).toEqual({
    'accord_job_runs_total{task="bad",result="failed"}': 1,
    'accord_job_runs_total{task="bad",result="given-up"}': 1,
    'accord_job_runs_total{task="good",result="done"}': 1,
  })
  expect((await jobsDue(session, now)).map(({ task }) => task)).toEqual(['from-elsewhere'])
  expect(await jobsGivenUp(session, new Date(Date.now() - 1000))).toEqual([
    { task: 'bad', times: 1 },
  ])
  // Its first sign of life comes beside its first jobs, and may come after them.
  const before = new Date(Date.now() - 60_000)
  await until('a worker lives', async () => (await workersSince(session, before)) === 1)
  expect(await workersSince(session, new Date(Date.now() + 5000))).toBe(0)
})

/** A process whose worker takes one job and never ends it. */
async function startElsewhere(): Promise<{
  kill(): Promise<void>
  signal(by: NodeJS.Signals): void
}> {
  const file = join(import.meta.dirname, 'stuck-worker.ts')
  const child = spawn(process.execPath, [file, fresh.url], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return {
    async kill() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
    signal: (by) => child.kill(by),
  }
}

test('the job of a worker that was killed is taken again, its last try too', async () => {
  await put({ name: 'some', payload: {}, maxAttempts: 1 })
  const elsewhere = await startElsewhere()
  expect(await jobs()).toMatchObject([{ attempts: 1, maxAttempts: 1 }])
  let [done, others] = [0, 0]
  await start({
    some: () => Promise.resolve(void (done += 1)),
    other: () => Promise.resolve(void (others += 1)),
  })
  // While it lives, nobody else takes what it has.
  await until('five signs of life', async () => (await beats()) > 1)
  await elsewhere.kill()
  await until('it is done here', () => done === 1)
  expect(said).toContainEqual(
    expect.objectContaining({ job: 'some', message: expect.stringContaining('taken again') }),
  )
  await until('it is over', async () => (await jobs()).length === 0)
  expect(await db('workerBeat')).toHaveLength(1)
})

function beats(): Promise<number> {
  return untyped(db)('workerBeat').then((rows: unknown[]) => rows.length)
}

test('a job that ends while the database is away ends no process, and is done again', async () => {
  const wire = await openFaultProxy(fresh.url)
  let done = 0
  await put({ name: 'some', payload: {}, maxAttempts: 3 })
  await start({ some: async () => (done++ === 0 ? wire.refuse() : undefined) }, wire.url)
  await until('the queue has stopped', () =>
    said.some(({ message }) => message === 'the queue stopped and is taken up again'),
  )
  await wire.pass()
  await until('it is done again', () => done === 2)
  await until('it is over', async () => (await jobs()).length === 0)
  await worker?.stop()
  worker = undefined
  await wire.close()
})

test('a worker that only seemed dead does its job beside the one that took it', async () => {
  await put({ name: 'some', payload: {}, maxAttempts: 3 })
  const elsewhere = await startElsewhere()
  elsewhere.signal('SIGSTOP')
  let done = 0
  await start({ some: () => Promise.resolve(void (done += 1)) })
  await until('it is done here', () => done === 1)
  elsewhere.signal('SIGCONT')
  await until('both live', async () => (await beats()) === 2)
  expect(await jobs()).toEqual([])
  await elsewhere.kill()
})

test('a job that the one who seemed dead has ended does not leave its queue locked', async () => {
  const held = Promise.withResolvers<void>()
  let begun = 0
  const call = { name: 'one', call: 'always the same' }
  const job: Job = { name: 'some', payload: {}, maxAttempts: 3, receiver: call }
  await put(job)
  await start({
    some: async () => {
      begun += 1
      await held.promise
    },
  })
  await until('it has begun here', () => begun === 1)
  // What the library does for the other one, which ends the job that it lost.
  await db.raw('delete from graphile_worker._private_jobs')
  held.resolve()
  await put(job)
  await until('the next one of that queue is done', () => begun === 2)
})

test('a job that ends its workers again and again is given up, and said', async () => {
  await put({ name: 'some', payload: {}, maxAttempts: 1 })
  await db.raw(
    `update graphile_worker._private_jobs set attempts = 25, max_attempts = 25, locked_by = 'gone', locked_at = now()`,
  )
  await start({ some: () => Promise.reject(new Error('not again')) })
  const given = { job: 'some', message: 'job given up', why: 'its workers ended' }
  await until('it is said', () => said.some(({ message }) => message === 'job given up'))
  expect(said).toContainEqual(expect.objectContaining(given))
  expect(await jobs()).toMatchObject([{ attempts: 25, lockedBy: null }])
})

test('a job that is given up names service, status and reason, and is counted', async () => {
  await start({
    notice: () =>
      Promise.reject(
        new CallFailed({ host: 'one.test', serviceId: 'one', status: 500, why: 'answered 500' }),
      ),
    some: () => Promise.reject(new TypeError('a secret')),
  })
  const twice = [0, 1].map(() => ({ name: 'notice', payload: {}, maxAttempts: 1 }))
  await put(...twice, { name: 'some', payload: {}, maxAttempts: 1 })
  const rows = () =>
    db('jobGivenUp').orderBy('job').select('job', 'serviceId', 'why', 'status', 'times')
  await until('all are counted', async () => {
    const counted: { times: number }[] = await rows()
    return counted.reduce((sum, { times }) => sum + times, 0) === 3
  })
  expect(await rows()).toEqual([
    { job: 'notice', serviceId: 'one', why: 'answered 500', status: 500, times: 2 },
    { job: 'some', serviceId: '', why: 'TypeError', status: 0, times: 1 },
  ])
  expect(await sweepGivenUp(db, new Date(Date.now() + 60_000))).toBe(2)
})

test('a worker that cannot reach the database for a while is not alive, until it can again', async () => {
  await start({})
  await until('it lives', () => worker?.isAlive() === true)
  await db.raw('alter function beat(text[], integer) rename to beat_away')
  await until('it does not', () => worker?.isAlive() === false)
  await db.raw('alter function beat_away(text[], integer) rename to beat')
  await until('it lives again', () => worker?.isAlive() === true)
})
