import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client as Postgres } from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { FreshDatabase } from '../support/database.ts'
import { freshDatabase } from '../support/database.ts'
import type { Answer, Visitor } from '../support/fault-client.ts'
import { csrfIn, openVisitor, optionsIn, patiently, send, served } from '../support/fault-client.ts'
import type { Authenticator } from '../support/authenticator.ts'
import { makeAuthenticator } from '../support/authenticator.ts'
import { newFolder, until } from '../support/fault-process.ts'
import type { FaultProxy } from '../support/fault-proxy.ts'
import { openFaultProxy } from '../support/fault-proxy.ts'
import type { TestService } from '../support/fault-service.ts'
import {
  addService,
  codeIn,
  follow,
  makeAccess,
  openService,
  visitOf,
} from '../support/fault-service.ts'
import type { House } from '../support/house.ts'
import { freePorts, openHouse } from '../support/house.ts'
import { usualPatience } from '../support/patience.ts'

const issuer = 'http://localhost:7411'
const host = { Host: 'localhost:7411' }
// A database that does not answer: nothing is permitted, and the broker is back by itself.
const promisedMs = 2000
// The house, its database and this test share two cores with other tests; the sum without them is in database.test.ts.
const machineMs = 8000
const recoveryMs = 60_000
const connectionsAtMost = 16
const maxTries = 5
const planned = {
  from: '2026-01-01T00:00:00Z',
  until: '2199-01-01T00:00:00Z',
  what: { fr: 'Nous changeons un serveur.', en: 'We are replacing a server.' },
  parts: ['sign-in'],
}

let database: FreshDatabase
let proxy: FaultProxy
let dataDir: string
let house: House
let service: TestService
let person: Visitor
/** The same browser, before and after a fault. */
let calm: Visitor
let passkey: Authenticator

beforeAll(async () => {
  database = await freshDatabase()
  proxy = await openFaultProxy(database.url)
  dataDir = newFolder()
  const jwk = await addService(database.url, join(dataDir, 'keys'), 'bourses')
  writeFileSync(join(dataDir, 'planned.json'), JSON.stringify([planned]))
  const env = { PLANNED_WORK: join(dataDir, 'planned.json'), ...usualPatience }
  house = await openHouse(proxy.url, dataDir, issuer, env)
  service = await openService(house.port, issuer, jwk)
  person = openVisitor(house.port, issuer)
  calm = patiently(person)
  passkey = makeAuthenticator({ origin: issuer, counter: 0 })
  await makeAccess(calm, passkey, await service.push())
})

afterEach(() => proxy.pass())

afterAll(async () => {
  await house.stop()
  await proxy.close()
  await database.drop()
  rmSync(dataDir, { recursive: true, force: true })
})

const away = {
  refused: () => proxy.refuse(),
  frozen: () => Promise.resolve(proxy.freeze()),
}

test('whoever asks how the service is, is told that it does not work, and what the operator announced', async () => {
  await proxy.refuse()
  const status = await send(house.port, '/status.json', { headers: host })
  expect(status.status).toBe(200)
  expect(JSON.parse(status.text)).toMatchObject({
    state: 'down',
    parts: expect.arrayContaining([
      { name: 'sign-in', state: 'down', since: expect.any(String) },
      { name: 'messages', state: 'off', since: null },
    ]),
    planned: [{ what: planned.what, parts: ['sign-in'] }],
  })
})

test.each(['refused', 'frozen'] as const)(
  'while the database is %s, requests that need it get a quick 503, and afterwards everything works again',
  async (how) => {
    const asked = await everythingThatNeedsTheDatabase()
    await away[how]()

    for (const path of [
      '/',
      '/aide',
      '/en/aide',
      '/healthz',
      '/css/layout.css',
      '/jwks',
      '/status',
    ]) {
      const page = await send(house.port, path, { headers: { ...host, Cookie: 'attested=yes' } })
      expect({ path, status: page.status }).toEqual({ path, status: 200 })
    }
    const answers = await Promise.all(
      Object.entries(asked).map(async ([what, ask]) => ({ what, answer: await ask() })),
    )
    for (const { what, answer } of answers) expectUnavailable(what, answer)

    await proxy.pass()
    await until('ready again', isReady, recoveryMs)
    // In this order: the page of a visit is there until its passkey is checked.
    const after: Record<string, number> = {}
    for (const [what, ask] of Object.entries(asked)) after[what] = (await served(ask)).status
    // The code, the request and the passkey's challenge were not used up by what failed.
    expect(after).toEqual({
      readiness: 200,
      authorization: 303,
      'pushed request': 201,
      token: 200,
      userinfo: 200,
      access: 200,
      'sign-in page': 200,
      'passkey post': 303,
      introspection: 200,
      'sign-out': 200,
    })
  },
)

async function everythingThatNeedsTheDatabase(): Promise<Record<string, () => Promise<Answer>>> {
  const code = await newCode()
  const accessToken = accessTokenIn(await redeemed(await newCode()))
  const request = await service.push()
  const stranger = openVisitor(house.port, issuer)
  const visit = await visitOf(patiently(stranger), await service.push())
  const page = await patiently(stranger).get(visit)
  const form = { csrf: csrfIn(page), credential: passkey.get(optionsIn(page)) }
  return {
    readiness: () => send(house.port, '/readyz', { headers: host }),
    authorization: () => openVisitor(house.port, issuer).get(request),
    'pushed request': () => service.pushOnce(),
    token: () => service.redeem(code),
    userinfo: () => service.userinfo(accessToken),
    access: () => person.get('/acces'),
    'sign-in page': () => stranger.get(visit),
    'passkey post': () => stranger.post(`${visit}/cle`, form),
    introspection: () => service.introspect(accessToken),
    'sign-out': () => person.get('/session/end'),
  }
}

test('fifty requests to a frozen database end in time, and write nothing useful when it comes back', async () => {
  const codes = await Promise.all(Array.from({ length: 10 }, newCode))
  const before = await counted()
  proxy.freeze()
  const answers = await Promise.all([
    ...codes.map((code) => service.redeem(code)),
    ...Array.from({ length: 20 }, () => person.get('/acces')),
    ...Array.from({ length: 20 }, () => service.pushOnce()),
  ])
  answers.forEach((answer, i) => expectUnavailable(`request ${i}`, answer))
  expect((await send(house.port, '/healthz', { headers: host })).status).toBe(200)

  await proxy.pass()
  await until('ready again', isReady, recoveryMs)
  await until('nothing runs any more', async () => (await running()) === 0, recoveryMs)
  expect(await counted()).toEqual(before)
  expect(proxy.connections).toBeLessThanOrEqual(connectionsAtMost)
  const later = await Promise.all(codes.map((code) => redeemed(code)))
  expect(later.map((answer) => answer.status)).toEqual(codes.map(() => 200))
})

test('a token answer lost after its commit is a 503, and the same code never gives a second set of tokens', async () => {
  const code = await newCode()
  const before = await tokenCount()
  const cut = proxy.cutAnswerTo('unit-apply')
  const lost = await service.redeem(code)
  await cut
  expectUnavailable('token', lost)
  expect(lost.text).not.toContain('access_token')
  // It was committed: this is the case that a blind retry would turn into a second set.
  expect(await tokenCount()).toBe(before + 1)

  const again = await redeemed(code)
  expect([again.status, JSON.parse(again.text)]).toMatchObject([400, { error: 'invalid_grant' }])
  // A code that comes back takes the tokens of its grant with it.
  expect(await tokenCount()).toBeLessThanOrEqual(before)
})

test('a commit that arrives after its client was told 503 gives nobody a token', async () => {
  const code = await newCode()
  const before = await tokenCount()
  const frozen = proxy.freezeAt('unit-apply')
  const late = await service.redeem(code)
  await frozen
  expectUnavailable('token', late)

  await proxy.pass()
  await until('the late commit', async () => (await tokenCount()) === before + 1, recoveryMs)
  const again = await redeemed(code)
  expect([again.status, JSON.parse(again.text)]).toMatchObject([400, { error: 'invalid_grant' }])
  expect(await tokenCount()).toBeLessThanOrEqual(before)
})

test.each([
  ['its challenge', 'webauthn_challenges'],
  ['the key itself', 'from "passkeys"'],
  ['the note of its use', 'update "passkeys"'],
  ['what it proved', 'insert into "signin_attempts"'],
  ['the commit', 'COMMIT'],
])('a passkey whose check stops at %s opens nothing', async (_, word) => {
  const stranger = openVisitor(house.port, issuer)
  const visit = await visitOf(patiently(stranger), await service.push())
  const page = await patiently(stranger).get(visit)
  const form = { csrf: csrfIn(page), credential: passkey.get(optionsIn(page)) }
  const before = await endedByPostgres()
  const frozen = proxy.freezeAt(word)
  const answer = await stranger.post(`${visit}/cle`, form)
  await frozen
  expectUnavailable('passkey post', answer)
  expect(stranger.cookies.has('sid')).toBe(false)

  await proxy.pass()
  await until('every transaction has ended', isWhole, recoveryMs)
  // PostgreSQL itself ends a session that leaves a transaction open for five seconds: the broker was before it.
  expect(await endedByPostgres()).toBe(before)
  const next = await patiently(stranger).get(visit)
  expect(next.status === 200 || next.headers.location?.includes('/auth/')).toBe(true)
})

test('silently dead connections are given up one by one, and no statement is tried twice', async () => {
  await twelvePages()
  proxy.strand()
  for (const answer of await twelvePages())
    if (answer.status !== 200) expectUnavailable('stranded', answer)
  // Several requests share a connection, so that those dead may be found in several rounds: each of them once.
  for (let round = 0; round < connectionsAtMost; round++) {
    const later = await twelvePages()
    if (later.every((answer) => answer.status === 200)) return
    for (const answer of later) if (answer.status !== 200) expectUnavailable('stranded', answer)
  }
  throw new Error('dead connections are used again')
})

function twelvePages(): Promise<Answer[]> {
  return Promise.all(Array.from({ length: 12 }, () => person.get('/acces')))
}

test('a connection that breaks in the middle of an answer is a 503 once', async () => {
  for (const bytes of [1, 40, 400]) expectUnavailable(`${bytes} bytes`, await brokenAfter(bytes))
  expect((await calm.get('/acces')).status).toBe(200)
})

/** Two pages, of which one met a connection that broke. @returns that one */
async function brokenAfter(bytes: number): Promise<Answer> {
  for (let tries = 0; tries < maxTries; tries++) {
    const cut = proxy.cutAfter(bytes)
    const answers = [await person.get('/acces'), await person.get('/acces')]
    await cut
    const [broken, ...more] = answers.filter((answer) => answer.status !== 200)
    expect(more).toEqual([])
    if (broken !== undefined) return broken
    // What broke was a connection just being opened, after the test before, for nobody yet.
  }
  throw new Error('no page met the connection that broke')
}

test('a statement that waits for a lock is given up by us and by PostgreSQL', async () => {
  const code = await newCode()
  const blocker = new Postgres({ connectionString: database.url })
  await blocker.connect()
  try {
    await blocker.query('begin')
    await blocker.query('lock table oidc_artifacts in access exclusive mode')
    expectUnavailable('token', await service.redeem(code))
    await until('PostgreSQL gave up too', async () => (await running()) === 0, recoveryMs)
    await blocker.query('rollback')
  } finally {
    await blocker.end()
  }
  expect((await redeemed(code)).status).toBe(200)
})

test('a process that starts while its database is away waits for it, and its jobs go on after an outage', async () => {
  const wire = await openFaultProxy(database.url)
  const port = await freePorts(2)
  await wire.refuse()
  const env = {
    WORK: 'yes',
    PORT: String(port),
    METRICS_PORT: String(port + 1),
    LOG_LEVEL: 'info',
  }
  // A fault that would end its process ends its host, and with it the run.
  const opening = openHouse(wire.url, dataDir, issuer, env, 1)
  const at = (path: string, accept: string) =>
    send(port, path, { headers: { ...host, Accept: accept } }).catch(() => undefined)
  await until('it answers', async () => (await at('/healthz', '*/*'))?.status === 200, recoveryMs)
  const page = await at('/en/aide', 'text/html')
  expect([page?.status, page?.headers['content-type']]).toEqual([503, 'text/html; charset=utf-8'])
  expect(page?.text).toContain('lang="en"')
  expect(page?.headers['content-security-policy']).toContain("default-src 'none'")
  expect(Number(page?.headers['retry-after'])).toBeGreaterThan(1)
  expect(JSON.parse((await at('/readyz', 'application/json'))?.text ?? '')).toMatchObject({
    status: 503,
    code: 'unavailable',
  })
  expect((await send(port + 1, '/healthz', {})).status).toBe(200)
  expect((await send(port + 1, '/readyz', {})).status).toBe(503)
  const { text: metrics } = await send(port + 1, '/metrics', {})
  await wire.pass()
  const worker = await opening
  const { text: later } = await send(port + 1, '/metrics', {})
  expect([metrics, later].map((text) => /^accord_database_up (\d)$/m.exec(text)?.[1])).toEqual([
    '0',
    '1',
  ])
  const told = worker
    .output()
    .split('\n')
    .filter((line) => line.includes('the database'))
    .map((line) => JSON.parse(line) as { level: number; msg: string; instance: string })
  expect(told.map(({ level, msg }) => [level, msg])).toEqual([
    [50, 'the database does not answer: this process waits for it'],
    [30, 'the database answers: this process starts'],
  ])
  try {
    const workOff = async () => {
      await count(`select count(*) from graphile_worker.add_job('house.sweep')`)
      const waiting = `select count(*) from graphile_worker.jobs where task_identifier = 'house.sweep'`
      await until('the job is done', async () => (await count(waiting)) === 0, 15_000)
    }
    await workOff()
    await wire.refuse()
    const isUp = async () => (await send(port, '/readyz', { headers: host })).status === 200
    expect(await isUp()).toBe(false)
    await wire.pass()
    await until('ready again', isUp, recoveryMs)
    await workOff()
  } finally {
    await worker.stop()
    await wire.close()
  }
})

test.each([
  ['when it reads the register', 'right join register_state'],
  ['when its work begins', 'accord.register'],
  ['when it takes up its queue', 'biggest_breaking_id'],
])('a process whose database goes away %s waits for it, too', async (_, word) => {
  const wire = await openFaultProxy(database.url)
  const env = { WORK: 'yes', LOG_LEVEL: 'info' }
  const cut = wire.cutAnswerTo(word)
  const started = await openHouse(wire.url, dataDir, issuer, env, 1)
  await cut
  try {
    const ready = await send(started.port, '/readyz', { headers: host })
    expect(ready.status).toBe(200)
    const told = started.output().match(/the database (does not answer|answers): this process/g)
    expect(told).toHaveLength(2)
  } finally {
    await started.stop()
    await wire.close()
  }
})

function expectUnavailable(what: string, answer: Answer): void {
  const { status, headers } = answer
  expect({ what, status, retryAfter: headers['retry-after'] }).toEqual({
    what,
    status: 503,
    retryAfter: '5',
  })
  expect({ what, location: headers.location, cookies: headers['set-cookie'] }).toEqual({ what })
  expect(answer.text).not.toMatch(/"(access_token|id_token|request_uri)"|"active":true/)
  expect(answer.text).not.toMatch(/postgres|ECONN|timeout|select |knex/i)
  expect({ what, inTime: answer.ms < promisedMs + machineMs, ms: answer.ms }).toMatchObject({
    what,
    inTime: true,
  })
}

async function isReady(): Promise<boolean> {
  return (await send(house.port, '/readyz', { headers: host })).status === 200
}

// A transaction that was given up keeps its locks until its connection is cut.
async function isWhole(): Promise<boolean> {
  const begun = `select count(*) from pg_stat_activity
    where datname = current_database() and xact_start is not null and pid <> pg_backend_pid()`
  return (await isReady()) && (await count(begun)) === 0
}

async function newCode(): Promise<string> {
  return codeIn(await follow(calm, await calm.get(await service.push())))
}

function redeemed(code: string): Promise<Answer> {
  return served(() => service.redeem(code))
}

function accessTokenIn(answer: Answer): string {
  const { access_token } = JSON.parse(answer.text) as { access_token: string }
  return access_token
}

function tokenCount(): Promise<number> {
  return count(`select count(*) from oidc_artifacts where model = 'AccessToken'`)
}

function endedByPostgres(): Promise<number> {
  return count(
    `select sessions_fatal as count from pg_stat_database where datname = current_database()`,
  )
}

/** What people and services have. A proof used up, or a pushed request that nobody was told of, is nothing of that. */
async function counted(): Promise<number[]> {
  const kept = [
    `oidc_artifacts where model <> 'PushedAuthorizationRequest'`,
    'oidc_sessions',
    'activity',
    'oidc_artifacts where consumed_at is not null',
  ]
  return Promise.all(kept.map((rows) => count(`select count(*) from ${rows}`)))
}

/** Statements of the house that PostgreSQL still works on. */
function running(): Promise<number> {
  return count(`select count(*) from pg_stat_activity
    where datname = current_database() and application_name = 'accord' and state <> 'idle'`)
}

async function count(sql: string): Promise<number> {
  const db = new Postgres({ connectionString: database.url })
  await db.connect()
  try {
    return Number((await db.query<{ count: string }>(sql)).rows[0]?.count)
  } finally {
    await db.end()
  }
}
