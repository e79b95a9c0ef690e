import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { App } from '../../../src/house/app.ts'
import { buildApp } from '../../../src/house/app.ts'
import { readConfig } from '../../../src/base/settings/config.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import type { Log, LogFields } from '../../../src/base/logging/log.ts'
import { transact } from '../../../src/base/database/database.ts'
import type { Endpoint } from '../../../src/base/web/endpoints.ts'
import type { Answer } from '../../support/browser.ts'
import { issuer, ownEnv } from '../../support/broker.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase, untyped } from '../../support/database.ts'
import type { Call } from '../../support/every-route.ts'
import { everyRoute } from '../../support/every-route.ts'
import { until } from '../../support/fault-process.ts'
import { served } from '../../support/fault-client.ts'
import type { FaultProxy } from '../../support/fault-proxy.ts'
import { openFaultProxy } from '../../support/fault-proxy.ts'
import type { PortalStage } from '../../support/portal.ts'
import { startPortalStage } from '../../support/portal.ts'
import type { Decision } from '../../support/sharing.ts'
import { newSharer, openLoad } from '../../support/sharing-load.ts'

// Each route of the house is called while the database is away, in each way in which it can be away: no answer is a fault of ours, and
// no answer states a fact that only the database knows.

const promisedMs = 2000
// Hundreds of requests share two cores with the house.
const machineMs = 8000
const atOnce = 12
// Those that wait for a database that says nothing do not work meanwhile.
const waitingAtOnce = 60
// No request sends as many statements.
const mostStatements = 100
const leastDeeds = 50
// Each request is cut at its first statement and at one in six of the others, which its name deals; `npm run drill -- outages` cuts at
// each statement.
const step = process.env['DRILL_EVERY'] === 'yes' ? 1 : 6

let database: FreshDatabase
let proxy: FaultProxy
let stage: PortalStage
let calls: readonly Call[]
let callsMadeAnew: (isWanted?: (path: string) => boolean) => Promise<readonly Call[]>
const apps: App[] = []
const faults: LogFields[] = []

beforeAll(async () => {
  database = await freshDatabase()
  proxy = await openFaultProxy(database.url)
  stage = await startPortalStage(database)
  const load = await openLoad(stage)
  const sharer = await newSharer(load)
  await load.close()
  const keys = await openKeys(stage.keysDir)
  const [usual, kiosk] = [
    await openApp({ AUTHZEN_CONFORMANCE: '1' }),
    await openApp({ KIOSK: '1' }),
  ]
  const onlyThere = kiosk.app.endpoints.filter(
    ({ path }) => !usual.app.endpoints.some((endpoint) => endpoint.path === path),
  )
  expect(onlyThere).not.toEqual([])
  callsMadeAnew = async (isWanted = () => true) => {
    const wanted = (endpoints: readonly Endpoint[]) =>
      endpoints.filter(({ path }) => isWanted(path))
    const world = { stage, keys, sharer }
    return [
      ...(await everyRoute({ ...world, port: usual.port }, wanted(usual.app.endpoints))),
      ...(await everyRoute({ ...world, port: kiosk.port }, wanted(onlyThere))),
    ]
  }
  calls = await callsMadeAnew()
}, 180_000)

afterAll(async () => {
  for (const app of apps) {
    app.server.close()
    app.server.closeAllConnections()
    await app.close()
  }
  await proxy.close()
  await stage.stop()
})

async function openApp(more: Readonly<Record<string, string>>) {
  const env = { ...ownEnv, ISSUER: issuer, DATABASE_URL: proxy.url, KEYS_DIR: stage.keysDir }
  const app = await buildApp(readConfig({ ...env, ...more }), proxy.url, { log })
  apps.push(app)
  app.server.listen(0, 'localhost')
  await once(app.server, 'listening')
  const { port } = app.server.address() as AddressInfo // always so for a TCP listener
  return { app, port }
}

const log: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  // Nobody here writes the log: after a minute it rings, as it has to.
  error: (fields) => void (fields['code'] === 'LOG_LATE' || faults.push(fields)),
}

const away = {
  refused: { begin: () => proxy.refuse(), end: () => proxy.pass() },
  frozen: { begin: () => Promise.resolve(proxy.freeze()), end: () => proxy.pass() },
  'read-only': { begin: () => onlyReads(true), end: () => onlyReads(false) },
}
const told: Record<string, Map<string, number>> = {}

test.each([
  ['refused', 150],
  ['frozen', 150],
  ['read-only', 100],
] as const)(
  'while the database is %s, no route answers 500',
  async (how, least) => {
    await away[how].begin()
    const answers = await all(calls, how === 'frozen' ? waitingAtOnce : atOnce)
    await away[how].end()
    for (const [{ what, errors }, { answer, ms }] of answers) {
      if (answer.status >= 500) expectOutage(what, errors, answer)
      expect({ what, isInTime: ms < promisedMs + machineMs, ms }).toMatchObject({ isInTime: true })
    }
    told[how] = new Map(answers.map(([{ what }, { answer }]) => [what, answer.status]))
    expect(told[how].get('GET /readyz')).toBe(503)
    expect(told[how].get('GET /healthz')).toBe(200)
    expect(answers.filter(([, { answer }]) => answer.status === 503).length).toBeGreaterThan(least)
    expect(faults).toEqual([])
    await until('ready again', async () => (await ready().send()).status === 200)
  },
  120_000,
)

test('while the register is forged, a decision is a deny, and no route answers 500', async () => {
  const evaluation = 'POST /access/v1/evaluation'
  const answers = await withForgedRegister(async () => {
    const found = await all(calls)
    // On a busy machine a decision may be an outage too: then it is asked again.
    const asked = calls.filter(({ what }) => what === evaluation)
    for (const call of asked) found.push([call, { answer: await served(() => call.send()), ms: 0 }])
    return found
  })
  for (const [{ what, errors }, { answer }] of answers)
    if (answer.status >= 500) expectOutage(what, errors, answer)
  const bodies = new Map(answers.map(([{ what }, { answer }]) => [what, answer.body]))
  const { decision, context } = JSON.parse(bodies.get(evaluation) ?? '') as Decision
  expect([decision, context['reason_codes']]).toEqual([false, ['RECORD_UNTRUSTED']])
  expect(answers.filter(([, { answer }]) => answer.status === 503).length).toBeGreaterThan(30)
  expect(faults.filter(({ code }) => code !== 'RECORD_UNTRUSTED')).toEqual([])
  faults.length = 0
}, 180_000)

test('a request whose database goes away at any of its statements is a 503', async () => {
  const later = new Map<string, number>()
  for (const call of calls) later.set(call.what, await cutAtStatements(call, 'message'))
  expect(faults).toEqual([])
  // An answer given without the database is the same as the answer given with it.
  for (const how of ['refused', 'frozen'])
    for (const [what, status] of told[how] ?? [])
      if (status !== 503) expect([how, what, status]).toEqual([how, what, later.get(what)])
}, 300_000)

test('a deed whose answers from the database are lost, and that is sent again, is no fault of ours', async () => {
  const deeds = await callsMadeAnew((path) => deedsWithStatements.has(path))
  expect(deeds.length).toBeGreaterThan(leastDeeds)
  for (const call of deeds) if (isDeed(call)) await cutAtStatements(call, 'answer')
  expect(faults).toEqual([])
}, 300_000)

/** Somebody with SQL and no key adds an agreement, and makes every process read the register again. */
async function withForgedRegister<T>(deed: () => Promise<T>): Promise<T> {
  const copy = `insert into register_objects (kind, id, version, content, applied_at)
    select kind, 'agr_forged', 1, content, applied_at from register_objects where kind = 'agreement' limit 1`
  await forge(copy, 1)
  try {
    return await deed()
  } finally {
    await forge(`delete from register_objects where id = 'agr_forged'`, -1)
  }
}

function forge(text: string, epochs: number): Promise<void> {
  return transact(stage.db, async (tx) => {
    await tx.raw('set local session_replication_role = replica')
    await tx.raw(text)
    await tx.raw('update register_state set epoch = epoch + ?', [epochs])
  })
}

/** @returns the status of the first answer to which nothing was cut */
async function cutAtStatements(
  { what, errors, send }: Call,
  instead: 'message' | 'answer',
): Promise<number> {
  const path = what.split(' ').at(-1) ?? ''
  for (const count of placesOf(what, instead)) {
    const cut = proxy.cutAt(count, instead)
    const answer = await send().catch(brokenOff)
    const { isDone } = cut
    cut.giveUp()
    if (isDone && isDeed({ what })) deedsWithStatements.add(path)
    // A download that has begun breaks off: it must not look whole.
    if (answer === undefined) expect([what, isDone]).toEqual([streamed.exec(what)?.[0], true])
    else if (answer.status >= 500) expectOutage(`${what}, statement ${count}`, errors, answer)
    if (answer !== undefined && !isDone) return answer.status
  }
  throw new Error(`more than ${mostStatements} statements: ${what}`)
}

/** A database that is away from the first statement on is tried above; of a deed it is asked here whether there is one. */
function placesOf(what: string, instead: 'message' | 'answer'): readonly number[] {
  const place = createHash('sha256').update(what).digest().readUInt8() % step
  const isCounted = instead === 'message' && isDeed({ what })
  const all = Array.from({ length: mostStatements }, (_, count) => count)
  return all.filter((count) => count % step === place || (count === 0 && isCounted))
}

/** Paths of deeds that the database was asked for, as far as the tests have come. */
const deedsWithStatements = new Set<string>()

function isDeed({ what }: Pick<Call, 'what'>): boolean {
  return !what.startsWith('GET ')
}

const streamed = /^(GET|POST) \/(me\/export|acces\/donnees\/:what|activite\/(csv|json))$/

function brokenOff(error: unknown): undefined {
  if (!(error instanceof Error && 'code' in error && error.code === 'ECONNRESET')) throw error
}

type Timed = { readonly answer: Answer; readonly ms: number }

async function all(them: readonly Call[], count = atOnce): Promise<[Call, Timed][]> {
  const found: [Call, Timed][] = []
  const waiting = [...them]
  const work = async () => {
    for (let call = waiting.shift(); call !== undefined; call = waiting.shift()) {
      const begun = performance.now()
      const answer = await call.send()
      found.push([call, { answer, ms: performance.now() - begun }])
    }
  }
  await Promise.all(Array.from({ length: count }, work))
  return found
}

const types = {
  page: 'text/html; charset=utf-8',
  problem: 'application/problem+json',
  oauth: 'application/json; charset=utf-8',
  authzen: 'application/json; charset=utf-8',
}

function expectOutage(
  what: string,
  errors: Call['errors'],
  { status, headers, body }: Answer,
): void {
  const { 'retry-after': retryAfter, 'content-type': type, location } = headers
  expect({ what, status, retryAfter, type, location }).toEqual({
    what,
    status: 503,
    retryAfter: '5',
    type: types[errors],
    location: undefined,
  })
  if (errors === 'oauth') expect(JSON.parse(body)).toEqual({ error: 'temporarily_unavailable' })
}

function ready(): Call {
  const found = calls.find(({ what }) => what === 'GET /readyz')
  if (found === undefined) throw new Error('/readyz is no route')
  return found
}

/** As a demoted server: who is connected reads only, and so does who connects. */
async function onlyReads(is: boolean): Promise<void> {
  const db = untyped(stage.db)
  const name = new URL(database.url).pathname.slice(1)
  await db.raw(`set default_transaction_read_only = off`)
  await db.raw(`alter database ${name} set default_transaction_read_only = ${is ? 'on' : 'off'}`)
  if (!is) return
  await db.raw(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`)
}
