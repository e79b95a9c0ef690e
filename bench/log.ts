import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { prepareJobs } from './jobs.ts'
import { cpuSeconds, ownCpuSeconds } from './machine.ts'
import type { LogFigures } from './results.ts'
import { fewCallers } from './results.ts'
import type { Launched } from './servers.ts'
import { medians, percentile } from './statistics.ts'
import type { Stops } from './stops.ts'
import { say } from './stops.ts'
import type { Target } from './target.ts'
import { measure, refuseErrors, run } from './window.ts'

// Measures the public log as in production: another process takes entries in, writes tiles and signs, while permits go on.

/** Where the log of a target is: its database, and a process that does its background work, started when asked. */
export type LogDesk = {
  readonly databaseUrl: string
  startWork(): Launched
}

type Pace = { readonly callers: number; readonly rounds: number; readonly seconds: number }

const backlog = 100_000
const pollMs = 5
const lagPollMs = 20
const limitMs = 60_000
const maxWaiting = 4096
const spare = 2
const drainSeconds = 20
const maxJobs = 60_000

/** Each round begins without a log process and ends with one that took over from another. */
export async function measureLog(
  context: LogDesk,
  target: Target,
  pace: Pace,
  stops: Stops,
): Promise<LogFigures> {
  const client = new Client({ connectionString: context.databaseUrl })
  await client.connect()
  stops.add(() => client.end())
  const scene = { context, target, pace, watch: watching(client) }
  const rounds: LogFigures[] = []
  for (let round = 1; round <= pace.rounds; round++) {
    const figures = await oneRound(scene)
    say(`round ${round}  log ${JSON.stringify(figures)}`)
    rounds.push(figures)
  }
  return medians(rounds)
}

type Scene = {
  readonly context: LogDesk
  readonly target: Target
  readonly pace: Pace
  readonly watch: Watch
}

async function oneRound(scene: Scene): Promise<LogFigures> {
  const { context, watch } = scene
  const alone = await permitsAlone(scene)
  await watch.queue(backlog)
  // Connections of the kind that a duty has: those of the web process stay apart.
  const others = await watch.duties()
  const first = context.startWork()
  try {
    const backlogPerSecond = await drain(scene, alone.opsPerSecond)
    const duties = (await watch.duties()).filter((pid) => !others.includes(pid))
    if (duties.length === 0) throw new Error('no duty has a connection')
    const beside = await permitsBeside(scene, first.pid, duties)
    const lagP99Ms = await lag(scene, alone.opsPerSecond)
    const second = context.startWork()
    // One that waits has those of sequencing and of signing; one that works may have more.
    const withBoth = others.length + duties.length + 2
    await watch.until(
      'a second process waits',
      async () => (await watch.duties()).length >= withBoth,
    )
    const takeover = await takeOver(scene, first).catch((cause: unknown) => {
      throw new Error(`nobody took over; the other said:\n${second.output()}`, { cause })
    })
    await second.stop()
    await watch.until('nobody works', async () => (await watch.duties()).length <= others.length)
    const { permitsPerSecond, coreShare, permitCpu } = beside
    const permitCpuRatio = permitCpu / (alone.nodeCpu + alone.postgresCpu)
    const beats = { backlogPerSecond, permitsPerSecond, coreShare, permitCpuRatio, lagP99Ms }
    return { ...beats, ...takeover }
  } catch (cause) {
    throw new Error(`the log is not measured; its process said:\n${first.output()}`, { cause })
  }
}

async function permitsAlone({ target, pace: { callers, seconds } }: Scene) {
  const warm = await run(await prepareJobs('permit', target, callers * 32), callers, seconds)
  refuseErrors(warm)
  const rate = warm.latenciesMs.length / warm.seconds
  const jobs = await prepareJobs('permit', target, Math.ceil(rate * seconds * spare) + callers)
  return measure(jobs, { callers, seconds }, target.pids)
}

/** Asks for permits until `work` is done, at most `count`. */
async function whilePermitting<T>(
  target: Target,
  { callers, count }: { readonly callers: number; readonly count: number },
  work: () => Promise<T>,
): Promise<T> {
  const jobs = await prepareJobs('permit', target, count)
  let [isOver, isShort] = [false, false]
  const until = jobs.map((job) => async (caller: number) => {
    if (!isOver) await job(caller)
  })
  const running = run(until, callers, limitMs / 1000).then((ran) => {
    isShort = !isOver
    return ran
  })
  try {
    const result = await work()
    if (isShort) throw new Error('the permits were over before what was measured beside them')
    return result
  } finally {
    isOver = true
    refuseErrors(await running)
  }
}

/** Entries a second, from when the first are taken in until the last of those that waited are. */
async function drain({ watch, target, pace: { callers } }: Scene, rate: number): Promise<number> {
  const before = await watch.treeSize()
  return whilePermitting(target, { callers, count: Math.ceil(rate * drainSeconds) }, async () => {
    await watch.until('entries are taken in', async () => (await watch.treeSize()) > before)
    const [from, size] = [performance.now(), await watch.treeSize()]
    await watch.until('the backlog is taken in', async () => (await watch.waiting()) < maxWaiting)
    return ((await watch.treeSize()) - size) / ((performance.now() - from) / 1000)
  })
}

/** The CPU of the permits without that of the log's process and connections, and the latter alone. */
async function permitsBeside(
  { watch, target, pace }: Scene,
  pid: number,
  duties: readonly number[],
) {
  await watch.until('nothing waits', async () => (await watch.waiting()) < pace.callers)
  const read = () => ({ work: cpuSeconds(pid), duties: ownCpuSeconds(duties) })
  const jobs = await prepareJobs('permit', target, maxJobs)
  const [before, from] = [read(), performance.now()]
  const figures = await measure(jobs, pace, target.pids)
  const [after, seconds] = [read(), (performance.now() - from) / 1000]
  const inDatabase = after.duties - before.duties
  const perThousand = (inDatabase * 1000) / (figures.opsPerSecond * seconds)
  return {
    permitsPerSecond: figures.opsPerSecond,
    coreShare: (after.work - before.work + inDatabase) / seconds,
    permitCpu: figures.nodeCpu + figures.postgresCpu - perThousand,
  }
}

/** The time from an event's writing until it has left the queue, for events that were seen in the queue. */
async function lag({ watch, target, pace: { callers, seconds } }: Scene, rate: number) {
  const count = Math.ceil(rate * seconds * spare * 2) + callers
  return whilePermitting(target, { callers, count }, async () => {
    const lagsMs: number[] = []
    let waiting = new Set<string>()
    for (const until = performance.now() + seconds * 1000; performance.now() < until;) {
      const now = new Set(await watch.waitingEvents())
      for (const id of waiting) if (!now.has(id)) lagsMs.push(Date.now() - madeAt(id))
      waiting = now
      await pause(lagPollMs)
    }
    return percentile(lagsMs, 0.99)
  })
}

// An identifier of version 7 begins with its millisecond (RFC 9562, section 5.7).
function madeAt(uuid: string): number {
  return Number.parseInt(uuid.replaceAll('-', '').slice(0, 12), 16)
}

/** From `kill -9` of the process at work to the next entries in the tree, and to the next checkpoint. */
async function takeOver({ watch, target }: Scene, first: Launched) {
  return whilePermitting(target, { callers: fewCallers, count: 20_000 }, async () => {
    const before = await watch.lease()
    const published = await watch.published()
    const from = performance.now()
    await first.kill()
    let size: number | undefined
    await watch.until('another takes in', async () => {
      const [lease, now] = [await watch.lease(), await watch.treeSize()]
      if (lease !== before) size ??= now
      return size !== undefined && now > size
    })
    const takeoverMs = performance.now() - from
    await watch.until(
      'another signs',
      async () => (await watch.published()) > Math.max(published, size ?? 0),
    )
    return { takeoverMs, nextCheckpointMs: performance.now() - from }
  })
}

type Watch = ReturnType<typeof watching>

function watching(client: Client) {
  const number = async (sql: string) => {
    const { rows } = await client.query<{ n: string | null }>(sql)
    return Number(rows[0]?.n ?? 0)
  }
  const numbers = async (sql: string) => {
    const { rows } = await client.query<{ n: number }>(sql)
    return rows.map(({ n }) => n)
  }
  return {
    treeSize: () => number('select max(tree_size) as n from log'),
    published: () => number('select max(tree_size) as n from checkpoint'),
    waiting: () => number('select count(*) as n from ledger_pending'),
    /** The processes of PostgreSQL that serve sequencers and signers. */
    duties: () =>
      numbers(
        `select pid as n from pg_stat_activity where datname = current_database() and application_name = 'accord-duty'`,
      ),
    /** The number of the sequencer's lease: another one is another process. */
    lease: () => number("select number as n from duty_lease where duty = 'log.sequence/0'"),
    async waitingEvents(): Promise<string[]> {
      const { rows } = await client.query<{ id: string }>(
        `select event_id as id from ledger_pending order by ledger_pending.id limit ${maxWaiting}`,
      )
      return rows.map(({ id }) => id)
    },
    /** Queues entries about nobody. */
    async queue(count: number): Promise<void> {
      await client.query(
        `insert into ledger_pending (event_id, shard, commitment)
         select uuidv7(), 0, sha256(uuid_send(gen_random_uuid())) from generate_series(1, ${count})`,
      )
    },
    async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
      for (const end = performance.now() + limitMs; performance.now() < end;) {
        if (await isSo()) return
        await pause(pollMs)
      }
      throw new Error(`waited in vain: ${what}`)
    },
  }
}
