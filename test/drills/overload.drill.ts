import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeBrowser } from '../../bench/browser.ts'
import type { Answer, Client, Sent } from '../../bench/client.ts'
import { makeClient } from '../../bench/client.ts'
import { prepareFlow, freshNonce } from '../../bench/flow.ts'
import { prepareJobs } from '../../bench/jobs.ts'
import { startPostgres } from '../../bench/postgres.ts'
import { seedConsents } from '../../bench/seed.ts'
import type { Running } from '../../bench/servers.ts'
import { addressOf, startServer } from '../../bench/servers.ts'
import type { SignedIn } from '../../bench/sign-up.ts'
import { shareAsNewcomer } from '../../bench/sign-up.ts'
import { rounded } from '../../bench/statistics.ts'
import { makeStops } from '../../bench/stops.ts'
import type { Target } from '../../bench/target.ts'
import { servicesOf } from '../../bench/target.ts'
import { furnish, issuer, makeSigners } from '../../bench/world.ts'
import { chances } from '../support/chances.ts'
import { formOf } from '../support/browser.ts'
import { askBeside } from './beside.ts'
import { oneOf } from './chance.ts'
import type { Counts, Outcome, Row, Salvo, Shot } from './open-loop.ts'
import { closedLoop, countsIn, openLoop, reasonsIn, slowest } from './open-loop.ts'
import { seed, tell } from './report.ts'

// A process gets three times as many requests as it can do, at a rate that waits for nobody: decisions, stops, steps of sign-ins, beginnings
// of sign-ins, and pages. What it can do is found before, by callers who wait.

const callers = 64
const times = 3
const [closedSeconds, openSeconds] = [3, 5]
// As many as would hardly wait for one another: what waits inside the driver was not refused by anybody.
const connections = 1500
const people = 40
const goals = { goodput: 0.8, admittedMs: 2000, refusedMs: 50 }

// Of a hundred requests.
const mix: Readonly<Record<string, number>> = {
  deny: 20,
  permit: 10,
  credentials: 10,
  userinfo: 15,
  pushed: 10,
  auth: 10,
  home: 15,
  register: 10,
}

const stops = makeStops()
let target: Target
let running: Running
let stopping: readonly SignedIn[]

class Busy extends Error {}

beforeAll(async () => {
  const dir = mkdtempSync(join(tmpdir(), 'accord-overload-'))
  stops.add(async () => {
    await Promise.resolve(rmSync(dir, { recursive: true, force: true }))
  })
  const postgres = await startPostgres(dir, stops)
  const [url, keysDir, signers] = [
    await postgres.createDatabase('overload'),
    join(dir, 'keys'),
    makeSigners(),
  ]
  await furnish(url, keysDir, signers)
  // The limits of networks and services count, but are too high to refuse anything.
  const lifted = { PUSHED_PER_MINUTE: '1000000', VISITS_PER_MINUTE: '1000000' }
  const env = {
    KEYS_DIR: keysDir,
    DATABASE_URL: url,
    TRUSTED_PROXIES: '1',
    WORK: 'no',
    SMTP_URL: 'smtp://mail.invalid',
    ...lifted,
  }
  running = await startServer({ name: 'accord', issuer, env, dir }, stops)
  const client = counting(makeClient(issuer, addressOf(running.port), connections))
  stops.add(() => client.close())
  const services = servicesOf('accord', signers)
  const signedIn: SignedIn[] = []
  while (signedIn.length < people)
    signedIn.push(await shareAsNewcomer(client, issuer, services.relying))
  stopping = signedIn
  const { anyone } = await seedConsents(url, keysDir, 10_000)
  target = {
    name: 'accord',
    issuer,
    client,
    pids: { server: running.pid, postgres: postgres.pid },
    output: () => running.output(),
    database: 'overload',
    services,
    jars: signedIn.map(({ jar }) => jar),
    refreshTokens: signedIn.map(({ refreshToken }) => refreshToken),
    typists: [],
    anyone,
  }
}, 300_000)

afterAll(() => stops.all())

/** A 503 that says when to come back is thrown as such, before anybody looks for the rest of the answer. */
function counting(client: Client): Client {
  return {
    ...client,
    async send(sent: Sent): Promise<Answer> {
      const answer = await client.send(sent)
      if (answer.status === 503 && /^\d+$/.test(answer.retryAfter ?? '')) throw new Busy()
      return answer
    },
  }
}

function shotsOf(kind: string, jobs: readonly ((caller: number) => Promise<void>)[]): Shot[] {
  return jobs.map((job, n) => ({
    kind,
    send: () =>
      job(n % people).then(
        (): Outcome => ({ is: 'good' }),
        (error: unknown): Outcome => {
          if (error instanceof Busy) return { is: 'refused' }
          throw error
        },
      ),
  }))
}

const preparing: Readonly<Record<string, (count: number) => Promise<Shot[]>>> = {
  deny: async (count) => shotsOf('deny', await prepareJobs('deny', target, count)),
  permit: async (count) => shotsOf('permit', await prepareJobs('permit', target, count)),
  credentials: async (count) =>
    shotsOf('credentials', await prepareJobs('client-credentials', target, count)),
  userinfo: async (count) => shotsOf('userinfo', await prepareJobs('userinfo', target, count)),
  pushed: async (count) => {
    const { client, services } = target
    const nonce = await freshNonce(client, services.holder)
    const all = Array.from({ length: count }, () => prepareFlow(services.relying, nonce).push)
    return shotsOf(
      'pushed',
      all.map((sent) => async () => {
        if (sent === undefined) throw new Error('nothing is pushed')
        expectOf(await client.send(sent), 201)
      }),
    )
  },
  auth: async (count) => {
    const { client, services } = target
    const nonce = await freshNonce(client, services.holder)
    return shotsOf(
      'auth',
      Array.from({ length: count }, () => {
        const { authorization } = prepareFlow(services.desk, nonce)
        const path = `/auth?${new URLSearchParams(authorization).toString()}`
        return async () => expectOf(await client.send({ path }), 303)
      }),
    )
  },
  home: (count) => pages('home', '/', count),
  register: (count) => pages('register', '/en/register', count),
}

function pages(kind: string, path: string, count: number): Promise<Shot[]> {
  const headers = { cookie: '__Host-attested=yes' }
  const job = async () => expectOf(await target.client.send({ path, headers }), 200)
  return Promise.resolve(
    shotsOf(
      kind,
      Array.from({ length: count }, () => job),
    ),
  )
}

function expectOf({ status, url, body }: Answer, wanted: number): void {
  if (status !== wanted) throw new Error(`${url} answered ${status}: ${body.slice(0, 200)}`)
}

// Connections that all come at once wait for the kernel, and not for the process.
async function openConnections(): Promise<void> {
  for (let count = 100; count <= connections; count += 100)
    await Promise.all(Array.from({ length: count }, () => target.client.send({ path: '/healthz' })))
}

async function mixed(count: number, shares = mix): Promise<Shot[]> {
  const chance = chances(seed)
  const names = Object.entries(shares).flatMap(([kind, share]) => Array<string>(share).fill(kind))
  const kinds = Array.from({ length: count }, () => oneOf(names, chance))
  const made = new Map<string, Shot[]>()
  for (const kind of new Set(kinds)) {
    const wanted = kinds.filter((one) => one === kind).length
    made.set(kind, (await preparing[kind]?.(wanted)) ?? [])
  }
  return kinds.flatMap((kind) => made.get(kind)?.pop() ?? [])
}

/** A stop by each person, whose page was opened before: spread over the window. */
async function stopsOf(some: readonly SignedIn[]): Promise<Shot[]> {
  const { client } = target
  return Promise.all(
    some.map(async ({ jar }): Promise<Shot> => {
      const browser = makeBrowser(client, issuer, jar)
      const list = await browser.get('/mes-partages')
      const [, path = ''] = /href="(\/mes-partages\/con_[^"/]+)"/.exec(list.body) ?? []
      const page = await browser.get(`${path}/arret`)
      const { fields } = formOf({ ...page, headers: {} })
      const [shot] = shotsOf('stop', [
        async () => expectOf(await client.send({ path: `${path}/arret`, form: fields, jar }), 303),
      ])
      if (shot === undefined) throw new Error('no stop')
      return shot
    }),
  )
}

// How much of a second one of a kind takes, by callers who wait.
type Costs = Readonly<Record<string, number>>

function worth(rows: Salvo['rows'], costs: Costs): number {
  return rows
    .filter(({ outcome, ms }) => outcome.is === 'good' && ms <= goals.admittedMs)
    .reduce((sum, { kind }) => sum + (costs[kind] ?? 0), 0)
}

function byKind({
  rows,
  seconds,
}: Salvo): Readonly<Record<string, Counts & { goodPerSecond: number }>> {
  return Object.fromEntries(
    [...Map.groupBy(rows, ({ kind }) => kind)].map(([kind, those]) => {
      const counts = countsIn(those)
      return [kind, { ...counts, goodPerSecond: rounded(counts.good / seconds) }]
    }),
  )
}

function waitsOf(rows: readonly Row[]) {
  const of = (is: 'good' | 'refused', share: number) => slowest({ rows }, is, share)
  return {
    ...countsIn(rows),
    goodMs: { p50: of('good', 0.5), p99: of('good', 0.99) },
    refusedMs: { p50: of('refused', 0.5), p99: of('refused', 0.99) },
  }
}

/** All at once, and one caller beside them. */
async function overloaded(shots: readonly Shot[], perSecond: number) {
  const end = askBeside(addressOf(running.port))
  const salvo = await openLoop(shots, { perSecond, seconds: openSeconds })
  return { salvo, beside: await end() }
}

function figuresOf(salvo: Salvo, beside: readonly Row[] = []) {
  return {
    perSecond: rounded(salvo.rows.length / salvo.seconds),
    ...countsIn(salvo.rows),
    goodMs: { p50: slowest(salvo, 'good', 0.5), p99: slowest(salvo, 'good', 0.99) },
    refusedMs: { p50: slowest(salvo, 'refused', 0.5), p99: slowest(salvo, 'refused', 0.99) },
    driverLateMs: rounded(salvo.driverLateMs),
    beside: waitsOf(beside),
    kinds: byKind(salvo),
    why: reasonsIn(salvo),
  }
}

const alone: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  decisions: { deny: 70, permit: 30 },
  pages: { home: 60, register: 40 },
}
// What goes before what, one of each rank.
const inOrder = ['stop', 'deny', 'userinfo', 'pushed', 'home']

test('at three times what a process can do, it does nearly as much as it can, and what comes first', async () => {
  await openConnections()
  // What has not run yet is not compiled yet.
  await closedLoop(await mixed(20_000), { callers, seconds: closedSeconds })
  const costs = await costsOf()
  const peak = await closedLoop(await mixed(20_000), { callers, seconds: closedSeconds })
  tell({ closed: figuresOf(peak) })
  expect(countsIn(peak.rows)).toMatchObject({ refused: 0, failed: 0 })
  const rate = Math.round((peak.rows.length / peak.seconds) * times)
  const all = withStops(await mixed(rate * openSeconds), await stopsOf(stopping))
  const { salvo: open, beside } = await overloaded(all, rate)
  const goodput = worth(open.rows, costs) / open.seconds / (worth(peak.rows, costs) / peak.seconds)
  tell({ mixed: figuresOf(open, beside), goodputOfPeak: rounded(goodput) })
  for (const [name, shares] of Object.entries(alone)) await overloadBy(name, shares, costs)

  const { failed } = countsIn(open.rows)
  expect({ failed, why: reasonsIn(open) }).toEqual({ failed: 0, why: {} })
  expect(goodput).toBeGreaterThanOrEqual(goals.goodput)
  expect(slowest(open, 'good', 0.99)).toBeLessThanOrEqual(goals.admittedMs)
  expect(waitsOf(beside).refusedMs.p99).toBeLessThanOrEqual(goals.refusedMs)
  const kinds = byKind(open)
  const shares = inOrder.map((kind) => (kinds[kind]?.good ?? 0) / (kinds[kind]?.asked ?? 1))
  expect(shares).toEqual(shares.toSorted((one, other) => other - one))
}, 600_000)

async function costsOf(): Promise<Costs> {
  const costs: Record<string, number> = {}
  for (const [kind, prepare] of Object.entries(preparing)) {
    const own = await closedLoop(await prepare(4000), { callers, seconds: 1 })
    const { good, refused, failed } = countsIn(own.rows)
    tell({ kind, goodPerSecond: rounded(good / own.seconds), refused, failed, why: reasonsIn(own) })
    expect({ kind, refused, failed }).toEqual({ kind, refused: 0, failed: 0 })
    costs[kind] = own.seconds / good
  }
  return costs
}

function withStops(shots: readonly Shot[], some: readonly Shot[]): Shot[] {
  const every = Math.floor(shots.length / (some.length + 1))
  return shots.flatMap((shot, n) => {
    const stop = n % every === every - 1 ? some[(n + 1) / every - 1] : undefined
    return stop === undefined ? [shot] : [shot, stop]
  })
}

async function overloadBy(
  name: string,
  shares: Readonly<Record<string, number>>,
  costs: Costs,
): Promise<void> {
  const perHundred = Object.entries(shares).reduce(
    (sum, [kind, share]) => sum + share * (costs[kind] ?? 0),
    0,
  )
  const rate = Math.round((times * 100) / perHundred)
  const { salvo: open, beside } = await overloaded(await mixed(rate * openSeconds, shares), rate)
  tell({
    [name]: figuresOf(open, beside),
    goodputOfPeak: rounded(worth(open.rows, costs) / open.seconds),
  })
}
