import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { describeMachine } from '../../bench/machine.ts'
import { whyNotApart } from '../support/apart.ts'
import { until } from '../support/fault-process.ts'
import { openRollingProxy } from '../support/rolling-proxy.ts'
import { balancerVersion, openBalancer } from './balancer.ts'
import type { Front, Ground, House, Place } from './ground.ts'
import { layGround } from './ground.ts'
import type { Phase, Spread } from './hosts-report.ts'
import { hostsReport } from './hosts-report.ts'
import type { Lives } from './lives.ts'
import { startLives } from './lives.ts'
import { makeMachines } from './machines.ts'
import type { Machines } from './machines.ts'
import type { Meter } from './meter.ts'
import { startMeter } from './meter.ts'
import type { OlderVersion } from './older-version.ts'
import { commitOf, olderVersion } from './older-version.ts'
import { operationsOf, resetStatements, statementsIn } from './operations.ts'
import { requireWhole, seed, skipped } from './report.ts'
import type { Server } from './servers.ts'
import { urlOfAll } from './servers.ts'
import type { Machine, Pair } from './standby.ts'
import { follow, makePair, makeSynchronous, promote } from './standby.ts'
import type { Watch } from './watch.ts'
import { connectionsIn, holderOf, signedIn, startWatch } from './watch.ts'

// Three machines with a web process and a worker each, behind a balancer on a fourth; the primary, its synchronous standby and a spare on three
// more. One machine's cable is pulled, then the primary's, then all three hosts are upgraded, one after the other.

const here = join(import.meta.dirname, '../..')
const hostCount = 3
const mostStarts = 3
const firstPort = 3001
const workPort = 3100
const spreadLives = 12
const phaseLives = 9
const promoteAfterMs = 3000
const signedMs = 60_000
const goneMs = 60_000
const beatMs = 120_000
const settings = { shared_preload_libraries: 'pg_stat_statements' }
const document = join(here, 'docs/hosts.md')

test(`three hosts, seed ${seed}`, { timeout: 1_800_000 }, async () => {
  const machines = await makeMachines(hostCount + 4)
  if (machines === undefined) return skipped(whyNotApart)
  const older = process.env['DRILL_FROM'] === undefined ? undefined : await olderVersion()
  const ends: (() => Promise<unknown>)[] = [() => machines.remove()]
  try {
    await drill(machines, older, ends)
  } finally {
    for (const end of ends.toReversed()) await end()
    older?.remove()
  }
})

type Ends = (() => Promise<unknown>)[]

type Stage = {
  readonly machines: Machines
  readonly hosts: readonly Machine[]
  readonly pair: Pair
  readonly places: readonly Machine[]
  readonly ground: Ground
  readonly meter: Meter
  readonly watch: Watch
  /** The server that takes writes now. */
  primary: Server
}
type Living = Stage & { readonly lives: Lives }

async function drill(
  machines: Machines,
  older: OlderVersion | undefined,
  ends: Ends,
): Promise<void> {
  const machine = describeMachine()
  const stage = await lay(machines, older, ends)
  const { ground, hosts, watch } = stage
  const opened: House[] = []
  const openNext = async (host: Machine) => {
    opened.push(await start(ground, 'serve', placeOf(hosts, host)))
  }
  const [first, ...others] = hosts
  if (first === undefined) throw new Error('no hosts')
  await openNext(first)
  const operations = await operationsOf(ground.parties, stage.primary)
  const lives = startLives(ground.parties, seed)
  ends.push(() => lives.end())
  const living = Object.assign(stage, { lives })
  const spread = [await spreadOf(opened, living)]
  for (const host of others) {
    await openNext(host)
    spread.push(await spreadOf(opened, living))
  }
  for (const host of hosts) await start(ground, 'work', { ...host, port: workPort })
  const phases = await befall(living, older !== undefined, ends)
  const told = await lives.end()
  const figures = {
    commit: await commitOf(here),
    from: older?.commit.slice(0, 8),
    balancer: balancerVersion(),
    operations,
    spread,
    phases,
    passes: watch.passes(),
    mostConnections: watch.mostConnections(),
  }
  await requireWhole(ground, stage.primary, told, figures)
  expect(watch.wrong).toEqual([])
  // Nobody waited for the host that was cut off until the balancer's patience was over, and its places are free again.
  const cutOff = phases.find(({ more }) => 'leftOutMs' in more)
  expect(cutOff?.failed['504']).toBeUndefined()
  if (older === undefined) expect(cutOff?.more['connectionsGoneMs']).toBeLessThan(goneMs)
  // Among others it leaves the tree as it is.
  if (process.env['DRILL_PAGE'] === undefined) return
  writeFileSync(document, hostsReport({ ...figures, machine, seed, at: new Date(), told }))
}

async function lay(
  machines: Machines,
  older: OlderVersion | undefined,
  ends: Ends,
): Promise<Stage> {
  const hosts = machines.list.slice(0, hostCount)
  const places = machines.list.slice(hostCount, -1)
  const front = machines.list.at(-1)
  if (front === undefined) throw new Error('no machines')
  const pair = await makePair(ends, places, settings)
  await pair.primary.ask('create extension pg_stat_statements')
  const balancer = frontOf(front, hosts)
  const ground = await layGround(urlOfAll([pair.primary, pair.standby]), {
    ...(older === undefined ? {} : { tree: older.tree }),
    openFront: balancer.open,
  })
  ends.push(() => ground.end())
  await pair.confirm()
  const watch = startWatch(() => stage.primary)
  const meter = balancer.meter()
  const stage = { machines, hosts, places, pair, ground, meter, watch, primary: pair.primary }
  ends.push(() => watch.end())
  return stage
}

/** What happens to a deployment in which people live. @returns what they saw of it */
async function befall(stage: Living, isOlder: boolean, ends: Ends): Promise<readonly Phase[]> {
  const { hosts, lives, ground } = stage
  const phases: Phase[] = []
  const during = async (name: string, deed: () => Promise<Phase['more'] | void>) => {
    const phase = await phaseOf(stage, name, deed)
    phases.push(phase)
    process.stdout.write(`${JSON.stringify(phase)}\n`)
  }
  const undisturbed = () => lives.goOn(phaseLives).then(() => undefined)
  await during('before', undisturbed)
  const signer = await holderOf(stage.primary, 'log.sign/0')
  const chosen = hosts.find(({ address }) => address === signer) ?? hosts[seed % hostCount]
  if (chosen === undefined) throw new Error('no host')
  await during('a host is cut off', () => cut(stage, chosen))
  await during('the host is back', () => back(stage, chosen))
  await during('the primary is lost', () => failOver(stage))
  await followAgain(stage, ends)
  await during('a new standby follows', undisturbed)
  if (isOlder) expect(await ground.migrate({ tree: here })).toMatchObject({ code: 0 })
  await during('the hosts are upgraded', () => upgrade(stage))
  await during('after', undisturbed)
  return phases
}

// A busy machine may not find the primary in time, and the process says so and ends. Whoever keeps it running starts it again.
async function start(ground: Ground, kind: House['kind'], place: Place): Promise<House> {
  for (let tries = 1; ; tries++) {
    try {
      return await ground.open(kind, place)
    } catch (error) {
      if (tries === mostStarts) throw error
    }
  }
}

function placeOf(hosts: readonly Machine[], host: Machine): Place {
  return { ...host, port: firstPort + hosts.indexOf(host) }
}

type Balancer = { readonly open: (host: string) => Promise<Front>; readonly meter: () => Meter }

function frontOf(machine: Machine, hosts: readonly Machine[]): Balancer {
  let meter: Meter | undefined
  const open = async (host: string): Promise<Front> => {
    if (balancerVersion() === undefined) {
      meter = startMeter('localhost')
      return openRollingProxy(host)
    }
    const backends = hosts.map((one, n) => ({ address: one.address, port: firstPort + n }))
    const balancer = await openBalancer(host, machine, backends)
    ;({ meter } = balancer)
    return balancer
  }
  return {
    open,
    meter() {
      if (meter === undefined) throw new Error('no balancer')
      return meter
    },
  }
}

async function phaseOf(
  { lives, meter }: Living,
  name: string,
  deed: () => Promise<Phase['more'] | void>,
): Promise<Phase> {
  meter.seen()
  const broken = lives.told().brokenLives
  const more = (await deed()) ?? {}
  const decisions = meter.decisions()
  return { name, ...meter.seen(), decisions, brokenLives: lives.told().brokenLives - broken, more }
}

/** What the same callers make of so many hosts, and what it costs the database. No worker runs yet. */
async function spreadOf(
  houses: readonly House[],
  { lives, meter, primary }: Living,
): Promise<Spread> {
  await lives.goOn()
  await resetStatements(primary)
  const before = houses.map(answeredBy)
  meter.seen()
  const from = performance.now()
  await lives.goOn(spreadLives)
  const { requests, p50Ms, p99Ms } = meter.seen()
  const connections = await connectionsIn(primary)
  return {
    hosts: houses.length,
    requests,
    seconds: (performance.now() - from) / 1000,
    p50Ms,
    p99Ms,
    statements: await statementsIn(primary),
    connections: Object.values(connections).toSorted((a, b) => a - b),
    requestsAHost: houses.map((house, n) => answeredBy(house) - (before[n] ?? 0)),
  }
}

/** How many requests a process says that it answered, those of the balancer's check apart. */
function answeredBy({ output }: House): number {
  return output()
    .split('\n')
    .filter((line) => line.includes('"msg":"request"') && !line.includes('/readyz')).length
}

async function allBeat({ ask }: Server): Promise<boolean> {
  const [row] = await ask(
    `select count(*)::int as count from worker_beat where beside is null and beat_at > now() - interval '15 seconds'`,
  )
  return Number(row?.['count']) >= hostCount
}

async function cut({ machines, ground, lives, primary: server }: Living, host: Machine) {
  const before = (await connectionsIn(server))[host.address] ?? 0
  await machines.unplug(host)
  const from = performance.now()
  const since = () => Math.round(performance.now() - from)
  const noticed = until(
    'the balancer leaves it out',
    () => ground.front.ready().length === hostCount - 1,
  ).then(since)
  const signed = signedOn(server).then(since)
  const gone = until(
    'the database knows that its connections are gone',
    async () => (await connectionsIn(server))[host.address] === undefined,
    goneMs,
  ).then(since)
  const livedOnAfterMs = await lives.goOn()
  await lives.goOn(phaseLives)
  const times = await Promise.allSettled([noticed, signed, gone])
  const [leftOutMs, signedAgainMs, connectionsGoneMs] = times.map((one) =>
    one.status === 'fulfilled' ? one.value : undefined,
  )
  return { connections: before, leftOutMs, livedOnAfterMs, signedAgainMs, connectionsGoneMs }
}

async function back({ machines, ground, lives }: Living, host: Machine) {
  await machines.plug(host)
  const from = performance.now()
  await until('it gets requests again', () => ground.front.ready().length === hostCount, signedMs)
  const readyAgainMs = Math.round(performance.now() - from)
  await lives.goOn(phaseLives)
  return { readyAgainMs }
}

async function failOver(stage: Living) {
  const { machines, places, pair, lives } = stage
  const [one] = places
  if (one === undefined) throw new Error('no machine')
  await machines.unplug(one)
  pair.primary.signal('SIGKILL', 'all')
  const from = performance.now()
  const since = () => Math.round(performance.now() - from)
  await setTimeout(promoteAfterMs)
  await promote(pair.standby)
  const promotedMs = since()
  stage.primary = pair.standby
  const livedOnAfterMs = await lives.goOn().then(since)
  const signedAgainMs = await signedOn(stage.primary).then(since)
  const workersBackMs = await until(
    'all workers work on',
    () => allBeat(stage.primary),
    beatMs,
  ).then(since)
  await lives.goOn(phaseLives)
  return { promotedMs, livedOnAfterMs, signedAgainMs, workersBackMs }
}

/** The old primary never comes back; a spare machine follows the new one, and processes that start are told of it. */
async function followAgain(stage: Living, ends: Ends): Promise<void> {
  const { places, ground, primary } = stage
  const host = places.at(-1)
  if (host === undefined) throw new Error('no machine')
  const next = await follow(primary, { name: 'three', ends, settings, host })
  await makeSynchronous(primary, 'three')
  ground.moveTo(urlOfAll([primary, next]))
}

async function signedOn(server: Server): Promise<void> {
  const before = await signedIn(server)
  await until('more is signed', async () => (await signedIn(server)) > before, signedMs)
}

/** Each host's two processes end, and others are started in their places. */
async function upgrade({ hosts, ground, lives }: Living) {
  const from = performance.now()
  for (const host of hosts) {
    const own = [...ground.houses].filter(({ place }) => place.address === host.address)
    await Promise.all(own.map((house) => ground.close(house)))
    await Promise.all(own.map(({ kind, place }) => start(ground, kind, { ...place, tree: here })))
    await lives.goOn()
  }
  return { tookMs: Math.round(performance.now() - from) }
}
