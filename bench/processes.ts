import { Client } from 'pg'
import { openKeys } from '../src/base/keys/keys.ts'
import { makePairwise } from '../src/people/accounts/index.ts'
import type { Client as Caller } from './client.ts'
import { makeClient } from './client.ts'
import { prepareJobs } from './jobs.ts'
import type { Ran } from './machine.ts'
import { cpuSeconds, describeMachine, idleSeconds, threadsOf } from './machine.ts'
import { warmUp } from './measure.ts'
import type { Winners } from './one-winner.ts'
import { requireOneWinner } from './one-winner.ts'
import type { Options } from './options.ts'
import { sharedOperations } from './options.ts'
import type { Pooler } from './pgbouncer.ts'
import { startPgbouncer } from './pgbouncer.ts'
import type { Postgres } from './postgres.ts'
import type { Figures, Processes, ProcessName, Route, Waits } from './processes-report.ts'
import { consentsAtFirst } from './results.ts'
import { seedConsents, untilTakenIn } from './seed.ts'
import type { Running } from './servers.ts'
import { addressOf, startServer } from './servers.ts'
import type { Place } from './stage.ts'
import { aim, databases, openPlace, startOf, startWorkAt } from './stage.ts'
import { median, medians, percentile, rounded } from './statistics.ts'
import type { Stops } from './stops.ts'
import { say } from './stops.ts'
import type { Target } from './target.ts'
import { issuer } from './world.ts'
import { refuseErrors, run, WrongAnswers } from './window.ts'

// Several processes of ours on one database. The driver sends each next request to the next process, as a proxy without affinity would: a
// flow's three requests come to three processes.

const connectionsOfProcess = 16
const spareConnections = 40
const maxJobs = 60_000
const spare = 1.5
const countedForEach = 4
const lookMs = 40

type Side = { readonly route: Route; readonly servers: readonly Running[] }
type Scene = {
  readonly postgres: Postgres
  readonly pooler: Pooler | undefined
  readonly look: () => Promise<Waits>
  readonly pace: Options
}
type Case = {
  readonly name: ProcessName
  readonly target: Target
  readonly servers: readonly Running[]
}

export async function measureProcesses(options: Options, stops: Stops): Promise<Processes> {
  const machine = describeMachine()
  const counts = options.processes ?? []
  const most = Math.max(...counts)
  const connections = most * connectionsOfProcess + spareConnections
  const place = await openPlace(stops, false, { max_connections: String(2 * connections) })
  const pooler = await startPgbouncer(place.urls.accord, connections, stops)
  if (pooler === undefined) say('PgBouncer is not installed: only directly')
  const sides = await startSides(place, pooler, most, stops)
  startWorkAt(place, stops)
  const { target, somebody } = await aimAt(sides, place, options, stops)
  const cases = casesOf(sides, target, options, stops)
  const scene = {
    postgres: place.postgres,
    pooler,
    look: await lookAt(place, stops),
    pace: options,
  }
  const winners = await racesOf(cases, most, somebody)
  const statements = await countTogether(cases, scene)
  const rounds = await measureRounds(cases, scene)
  return {
    at: new Date().toISOString(),
    machine,
    versions: {
      node: process.versions.node,
      postgresql: place.postgres.version,
      ...(pooler === undefined ? {} : { pgbouncer: pooler.version }),
    },
    callers: options.callers,
    rounds: options.rounds,
    seconds: options.seconds,
    winners,
    cases: cases.flatMap(({ name }, i) => {
      const measured = rounds.flatMap((round) => (round[i]?.length === 2 ? [round[i]] : []))
      if (measured.length === 0) return []
      return [{ ...name, ...middle(measured), statements: statements[i] ?? Number.NaN }]
    }),
    without: cases.flatMap(({ name }, i) =>
      rounds.some((round) => round[i]?.length === 2) ? [] : [name],
    ),
  }
}

async function startSides(
  place: Place,
  pooler: Pooler | undefined,
  most: number,
  stops: Stops,
): Promise<Side[]> {
  const routes = [
    ['direct', place.urls.accord],
    ...(pooler === undefined ? [] : [['pgbouncer', pooler.url] as const]),
  ] as const
  const sides: Side[] = []
  for (const [route, url] of routes) {
    say(`starting ${most} processes, ${route}`)
    const servers: Running[] = []
    const start = startOf('accord', { ...place, urls: { ...place.urls, accord: url } })
    while (servers.length < most) servers.push(await startServer(start, stops))
    sides.push({ route, servers })
  }
  return sides
}

async function aimAt(
  [side]: readonly Side[],
  place: Place,
  options: Options,
  stops: Stops,
): Promise<{ readonly target: Target; readonly somebody: string }> {
  const [server] = side?.servers ?? []
  if (server === undefined) throw new Error('no process was started')
  const target = await aim('accord', server, place, { ...options, only: [] }, stops)
  const somebody = await someSubject(place)
  say(`filling up to ${consentsAtFirst} consents`)
  const { anyone } = await seedConsents(place.urls.accord, place.keysDir, consentsAtFirst)
  await untilTakenIn(place.urls.accord)
  return { target: { ...target, anyone }, somebody }
}

/** The identifier at the holder of a person who signed up on the pages, before anybody was written by SQL. */
async function someSubject({ urls, keysDir }: Place): Promise<string> {
  const client = new Client({ connectionString: urls.accord })
  await client.connect()
  try {
    const { rows } = await client.query<{ person_id: string }>(
      `select person_id from consent_current where state = 'active' limit 1`,
    )
    const { pairwise } = await openKeys(keysDir)
    return makePairwise(pairwise).subject(rows[0]?.person_id ?? '', 'org_agence-revenu')
  } finally {
    await client.end()
  }
}

function casesOf(
  sides: readonly Side[],
  target: Target,
  { only, processes = [], callers }: Options,
  stops: Stops,
): Case[] {
  const operations = sharedOperations.filter((name) => only?.includes(name) ?? true)
  return operations.flatMap((operation) =>
    sides.flatMap(({ route, servers: all }) =>
      processes.map((count) => {
        const servers = all.slice(0, count)
        const client = inTurn(
          servers.map(({ port }) => makeClient(issuer, addressOf(port), callers)),
        )
        stops.add(() => client.close())
        return {
          name: { operation, route, processes: count },
          target: { ...target, client },
          servers,
        }
      }),
    ),
  )
}

/** One client for several processes: the next request goes to the next one. */
export function inTurn(clients: readonly Caller[]): Caller {
  let turn = 0
  return {
    send(sent) {
      const client = clients[turn++ % clients.length]
      if (client === undefined) throw new Error('no process was started')
      return client.send(sent)
    },
    watch(watcher) {
      for (const client of clients) client.watch(watcher)
    },
    async close() {
      await Promise.all(clients.map((client) => client.close()))
    },
  }
}

/** With the most processes, on each route. */
async function racesOf(
  cases: readonly Case[],
  most: number,
  somebody: string,
): Promise<Processes['winners']> {
  const winners = new Map<Route, Winners>()
  for (const { name, target } of cases)
    if (name.processes === most && !winners.has(name.route))
      winners.set(name.route, await requireOneWinner(target, somebody))
  return Object.fromEntries(winners)
}

/** Statements for one operation, with all callers at once, before anything is timed. */
async function countTogether(cases: readonly Case[], { postgres, pace }: Scene): Promise<number[]> {
  const counted: number[] = []
  await postgres.countStatements(true)
  for (const { name, target } of cases) {
    const count = pace.callers * countedForEach
    const jobs = await prepareJobs(name.operation, target, count)
    const before = await postgres.statements(databases.accord)
    refuseErrors(await run(jobs, pace.callers, Number.POSITIVE_INFINITY))
    counted.push(rounded(((await postgres.statements(databases.accord)) - before) / count))
  }
  await postgres.countStatements(false)
  return counted
}

type Round = readonly [Figures, Waits] | readonly []

/** Rounds go through all cases in turn, so that a slow minute of the machine meets each of them. */
async function measureRounds(cases: readonly Case[], scene: Scene): Promise<Round[][]> {
  const rounds: Round[][] = []
  for (let round = 1; round <= scene.pace.rounds; round++) {
    const all: Round[] = []
    for (const each of cases) {
      const { operation, route, processes } = each.name
      const measured = await measureOrNot(each, scene)
      const [figures] = measured
      const said =
        figures === undefined
          ? 'no result'
          : `${rounded(figures.opsPerSecond)}/s  p99 ${rounded(figures.p99Ms)} ms`
      say(`round ${round}  ${operation} ${route} ${processes}  ${said}`)
      all.push(measured)
    }
    rounds.push(all)
  }
  return rounds
}

async function measureOrNot(each: Case, scene: Scene): Promise<Round> {
  try {
    return await measureOne(each, scene)
  } catch (error) {
    if (!(error instanceof WrongAnswers)) throw error
    const why = error.cause instanceof Error ? error.cause.message : ''
    say(`${error.message}: ${why}\n${each.target.output()}`)
    return []
  }
}

async function measureOne({ name, target, servers }: Case, scene: Scene) {
  const { callers, seconds } = scene.pace
  const { operation } = name
  const rate = await warmUp({ operation, callers }, target)
  const count = Math.min(maxJobs, Math.ceil(rate * seconds * spare) + callers)
  const jobs = await prepareJobs(operation, target, count)
  const looks: Waits[] = []
  let looking = Promise.resolve()
  const lookOnce = async (before: Promise<void>) => {
    await before
    looks.push(await scene.look())
  }
  const timer = setInterval(() => {
    looking = lookOnce(looking)
  }, lookMs)
  const before = countersOf(scene, servers)
  const ran = await run(jobs, callers, seconds)
  const after = countersOf(scene, servers)
  clearInterval(timer)
  await looking
  refuseErrors(ran)
  return [figuresOf(ran, before, after), meanOf(looks)] as const
}

type Counters = {
  readonly mains: readonly Ran[]
  readonly node: number
  readonly postgres: number
  readonly pooler: number
  readonly driver: number
  readonly idle: number
}

function countersOf({ postgres, pooler }: Scene, servers: readonly Running[]): Counters {
  const threads = servers.map(({ pid }) => threadsOf(pid))
  const { user, system } = process.cpuUsage()
  return {
    mains: threads.map(({ main }) => main),
    node: threads.reduce((sum, { all }) => sum + all.ran, 0),
    postgres: cpuSeconds(postgres.pid),
    pooler: pooler === undefined ? 0 : threadsOf(pooler.pid).all.ran,
    driver: (user + system) / 1e6,
    idle: idleSeconds(),
  }
}

type Finished = Awaited<ReturnType<typeof run>>

function figuresOf(ran: Finished, before: Counters, after: Counters): Figures {
  const { seconds, latenciesMs } = ran
  const cores = (of: (counters: Counters) => number) => (of(after) - of(before)) / seconds
  const mains = after.mains.map((main, i) => ({
    ran: (main.ran - (before.mains[i]?.ran ?? 0)) / seconds,
    waited: (main.waited - (before.mains[i]?.waited ?? 0)) / seconds,
  }))
  const busiest = mains.toSorted((one, other) => other.ran - one.ran)[0]
  return {
    opsPerSecond: latenciesMs.length / seconds,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    node: cores(({ node }) => node),
    postgres: cores(({ postgres }) => postgres),
    pooler: cores(({ pooler }) => pooler),
    driver: cores(({ driver }) => driver),
    idle: cores(({ idle }) => idle),
    mainRuns: busiest?.ran ?? Number.NaN,
    mainWaits: busiest?.waited ?? Number.NaN,
  }
}

/** @returns how many connections that do something wait for each thing, now */
async function lookAt({ urls }: Place, stops: Stops): Promise<() => Promise<Waits>> {
  const client = new Client({ connectionString: urls.accord })
  await client.connect()
  stops.add(() => client.end())
  const text = `select case when state like 'idle in transaction%' then 'its process, inside a transaction'
      else coalesce(wait_event_type || ':' || wait_event, 'running') end as what, count(*)::int as count
    from pg_stat_activity
    where datname = $1 and backend_type = 'client backend' and state <> 'idle' and pid <> pg_backend_pid()
    group by 1`
  return async () => {
    const { rows } = await client.query<{ what: string; count: number }>({
      name: 'look',
      text,
      values: [databases.accord],
    })
    return Object.fromEntries(rows.map(({ what, count }) => [what, count]))
  }
}

function meanOf(looks: readonly Waits[]): Waits {
  const names = new Set(looks.flatMap((look) => Object.keys(look)))
  const sum = (name: string) => looks.reduce((all, look) => all + (look[name] ?? 0), 0)
  return Object.fromEntries([...names].map((name) => [name, sum(name) / looks.length]))
}

function middle(rounds: readonly (readonly [Figures, Waits])[]) {
  const figures = rounds.map(([each]) => each)
  const waits = rounds.map(([, each]) => each)
  const pairs = Object.entries(medians(figures)).map(([name, value]) => [name, rounded(value)])
  const names = [...new Set(waits.flatMap((each) => Object.keys(each)))]
  const means = names.map(
    (name) => [name, rounded(median(waits.map((each) => each[name] ?? 0)))] as const,
  )
  return {
    ...(Object.fromEntries(pairs) as Figures), // the same members, rounded
    waits: Object.fromEntries(means.filter(([, mean]) => mean >= 0.05)),
  }
}
