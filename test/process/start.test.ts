import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { Client as Postgres } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { createMissingKeys } from '../../src/base/keys/keys.ts'
import { startEmbedded } from '../../src/base/postgres/embedded-server.ts'
import { emptyDatabase, freshDatabase } from '../support/database.ts'
import { send } from '../support/fault-client.ts'
import type { Launched } from '../support/fault-process.ts'
import { launch, newFolder, postgresOf, until } from '../support/fault-process.ts'
import { hostOf } from '../support/hosts.ts'
import { freePorts, refusalOf } from '../support/house.ts'
import { exitStatuses } from '../../src/base/values/operator-error.ts'
import { quickFolder } from '../support/own-server.ts'
import { callTool } from '../support/tool.ts'

const main = ['--import', './src/guard.js', 'src/main.ts']

let started: string
let startedAt: number
let dataDir: string
let port: number
let launched: Launched[]
let leftByFirst: unknown

// A first start that is stopped in its middle, then one over the same folder, which is stopped too: a copy of that folder is faster
// than a first start.
beforeAll(async () => {
  ;[dataDir, launched, port] = [newFolder(quickFolder()), [], await freePorts(6)]
  ;[started, startedAt] = [dataDir, port]
  const broken = startDemo()
  await until('its folder is taken', () => existsSync(join(dataDir, 'accord.pid')))
  await broken.end('SIGINT')
  await until('nobody works in the folder', () => workersIn(dataDir).length === 0)
  leftByFirst = { ...leftIn(dataDir), hasKeys: existsSync(join(dataDir, 'keys')) }

  const stop = await openDemo()
  await until('its register is in a signed log', () =>
    existsSync(join(started, 'ledger', 'signed.json')),
  )
  await stop()
}, 180_000)

afterAll(() => {
  const orphan = postgresOf(started)
  if (orphan !== undefined) process.kill(orphan, 'SIGQUIT')
  rmSync(started, { recursive: true, force: true, maxRetries: 20 })
})

beforeEach(async () => {
  ;[dataDir, launched, port] = [newFolder(quickFolder()), [], await freePorts(6)]
})

afterEach(async () => {
  await Promise.all(launched.map((one) => one.end('SIGKILL')))
  const orphan = postgresOf(dataDir)
  if (orphan !== undefined) process.kill(orphan, 'SIGQUIT')
  await until('PostgreSQL is gone', () => postgresOf(dataDir) === undefined)
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 20 })
})

test('each of the three busy ports of the demonstration is named in one sentence, and nothing starts', async () => {
  for (const wanted of [port, port + 1, port + 2]) {
    const busy = await occupy(wanted)
    const words = new RegExp(`^Port ${wanted} is busy: .*PORT=\\d+\\.$`)
    expect(await refusalOf('demo', environment({}))).toMatch(words)
    busy.close()
    expectNothingLeft()
  }
})

test('serve names a busy port too, and stops the database that it had started', async () => {
  copyStarted()
  const busy = await occupy(port)
  // The folder's register is the demonstration's: its services are on these addresses, and ask this issuer.
  const refused = await refusalOf(
    'serve',
    environment({
      ISSUER: 'http://localhost:3000',
      OUTBOUND_ALLOW: 'localhost:3001,localhost:3002',
    }),
  )
  busy.close()
  expect(refused).toMatch(new RegExp(`\\b${port}\\b.*EADDRINUSE`))
  expectNothingLeft()
})

const modes = ['serve', 'work', 'migrate', 'demo'] as const
const nobodyListens = 'postgres://accord:guessed-word@127.0.0.1:9/accord'

test('a database where nobody answers ends what is typed with one sentence, without its password', async () => {
  const sentence = /^The database of DATABASE_URL .*\.$/
  expect(await refusalOf('demo', environment({ DATABASE_URL: nobodyListens }))).toMatch(sentence)
  const migrate = start('migrate', { DATABASE_URL: nobodyListens })
  expect(await migrate.gone()).toBe(1)
  expectSentence(migrate, sentence)
  expect(migrate.output()).toBe(migrate.complaint())
  expect(migrate.complaint()).not.toContain('guessed-word')
})

test('a process that waits for its database says so without its password, and a stop ends it', async () => {
  await createMissingKeys(join(dataDir, 'keys'))
  const serve = start('serve', { DATABASE_URL: nobodyListens, INSTANCE: 'web-3' })
  await until('it says so', () => serve.output().includes('this process waits for it'))
  const line = JSON.parse(serve.output()) as { level: number; instance: string }
  expect(line).toMatchObject({ level: 50, instance: 'web-3', error: { code: 'ECONNREFUSED' } })
  expect((await get('/readyz')).status).toBe(503)
  await expectCleanEnd(serve, 'SIGTERM')
  expect(serve.output()).not.toContain('guessed-word')
})

test('what another try cannot start ends with a status of its own', async () => {
  const lacking = await freshDatabase()
  const other = await freshDatabase()
  const empty = await emptyDatabase()
  await ask(other.url, 'create function uninvited() returns int language sql as $$ select 1 $$')
  const keys = join(dataDir, 'keys')
  await createMissingKeys(keys)
  const ends = {
    settings: start('serve', { DATABASE_URL: empty.url, ISSUER: 'nowhere' }),
    keys: start('serve', { DATABASE_URL: lacking.url, DATA_DIR: join(dataDir, 'none') }),
    schema: start('work', { DATABASE_URL: empty.url }),
    code: start('work', { DATABASE_URL: other.url }),
  }
  for (const [what, one] of Object.entries(ends))
    expect([what, await one.gone()]).toEqual([
      what,
      exitStatuses[what as keyof typeof exitStatuses],
    ])
  for (const database of [lacking, other, empty]) await database.drop()
})

test.each([
  ['refuses our password', wrongPassword, /^The database of DATABASE_URL .*28P01.*\.$/],
  ['does not exist', noSuchDatabase, /^The database of DATABASE_URL .*3D000.*\.$/],
])(
  'a database that %s is reported in one sentence in every mode, without its password',
  async (_, url, words) => {
    await createMissingKeys(join(dataDir, 'keys'))
    const env = environment({ DATABASE_URL: url() })
    for (const mode of modes) {
      const said = await refusalOf(mode, env)
      expect([mode, said]).toEqual([mode, expect.stringMatching(words)])
      expect(said).not.toContain('guessed-word')
    }
  },
)

function wrongPassword(): string {
  const url = new URL(inject('adminUrl'))
  url.password = 'guessed-word'
  return url.href
}

function noSuchDatabase(): string {
  const url = new URL(inject('adminUrl'))
  url.pathname = '/accord_test_nowhere'
  return url.href
}

test('with a database that was never migrated the error names the command to run', async () => {
  await createMissingKeys(join(dataDir, 'keys'))
  const database = await emptyDatabase()
  for (const mode of ['serve', 'work'] as const)
    expect(await refusalOf(mode, environment({ DATABASE_URL: database.url }))).toMatch(
      /npm run migrate/,
    )
  await database.drop()
})

test('a database that is not durable is refused', async () => {
  await createMissingKeys(join(dataDir, 'keys'))
  const database = await freshDatabase()
  const name = new URL(database.url).pathname.slice(1)
  await ask(database.url, `alter database ${name} set synchronous_commit = local`)
  for (const mode of ['serve', 'work'] as const)
    expect(await refusalOf(mode, environment({ DATABASE_URL: database.url }))).toMatch(
      /synchronous_commit=local/,
    )
  await database.drop()
})

test('two migrations at once both succeed', async () => {
  const database = await emptyDatabase()
  const both = [0, 1].map(() => start('migrate', { DATABASE_URL: database.url }))
  const codes = await Promise.all(both.map((one) => one.gone()))
  expect({ codes, said: both.map((one) => one.complaint()) }).toEqual({
    codes: [0, 0],
    said: ['', ''],
  })
  expect(both.map((one) => one.output()).toSorted()[0]).toBe('0 migrations applied\n')
  await database.drop()
})

test('serve without its keys names every one that is missing, and the command that makes them', async () => {
  const database = await freshDatabase()
  expect(await refusalOf('serve', environment({ DATABASE_URL: database.url }))).toMatch(
    /id-token.*cookie.*dpop-nonce.*pairwise.*keys create/,
  )
  await database.drop()
})

test('production without anything names every problem at once', async () => {
  const serve = start('serve', { NODE_ENV: 'production', DATA_DIR: '' })
  expect(await serve.gone()).toBe(exitStatuses.settings)
  for (const name of ['ISSUER', 'DATABASE_URL', 'KEYS_DIR', 'LEDGER_DIR'])
    expect(serve.complaint()).toMatch(new RegExp(`^  - ${name} is required`, 'm'))
})

test('an unknown word is answered with the usage and code 2', async () => {
  const wrong = start('toString')
  expect(await wrong.gone()).toBe(2)
  expectSentence(wrong, /^Usage: /)
})

test('a data folder that is a file is named in one sentence', async () => {
  const file = join(dataDir, 'file')
  writeFileSync(file, 'kept')
  expect(await refusalOf('demo', environment({ DATA_DIR: file }))).toMatch(
    /is not a folder .*DATA_DIR\.$/,
  )
})

test.skipIf(userInfo().uid !== 0)(
  'a data folder that an ordinary user may not write is named in one sentence',
  async () => {
    chmodSync(dataDir, 0o755)
    const command = [
      'setpriv',
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
      process.execPath,
    ]
    const demo = launch([...main, 'demo'], { env: environment({}), command })
    launched.push(demo)
    expect(await demo.gone()).toBe(1)
    expectSentence(demo, /is not writable .*DATA_DIR\.$/)
    expect(demo.output()).toBe(demo.complaint())
  },
)

const oldNode = '/usr/bin/node'

test.skipIf(!isOldNode())('an old Node is told so in one sentence, by every entry', async () => {
  const entries = [
    ['--import', './src/guard.js', 'src/main.ts', 'demo'],
    ['--import', './src/guard.js', 'src/accord.ts', 'config'],
    ['src/guard.js'],
  ]
  for (const entry of entries) {
    const old = launch(entry, { env: environment({}), command: [oldNode] })
    launched.push(old)
    expect(await old.gone()).toBe(1)
    expectSentence(old, /^Accord needs Node 24 .*npm/)
  }
})

test('one demonstration works in a folder; the next start finds all data, also on other ports, and after kill -9 the database; its stop waits for a request that has begun', async () => {
  copyStarted()
  const first = startDemo()
  await answering(first)
  const keys = await jwks()
  await query('create schema apart')
  await query(`create table apart.kept as select 42 as answer`)
  const second = startDemo({ PORT: String(await freePorts(6)) })
  expect(await second.gone()).toBe(1)
  expectSentence(second, new RegExp(`process ${first.process.pid}\\b.*DATA_DIR`))
  expect((await get('/readyz')).status).toBe(200)
  const orphan = postgresOf(dataDir)
  await first.end('SIGKILL')
  expect(postgresOf(dataDir)).toBe(orphan)

  port = await freePorts(6)
  const next = startDemo()
  await answering(next)
  expect(postgresOf(dataDir)).toBe(orphan)
  expect(await query('select answer from apart.kept')).toEqual([{ answer: 42 }])
  expect(await jwks()).toEqual(keys)
  const discovery = JSON.parse((await get('/.well-known/openid-configuration')).text)
  expect(discovery.issuer).toBe(`http://localhost:${port}`)
  // Its invented file of models of keys was made once, and is believed.
  expect(discovery.acr_values_supported).toContain('urn:accord:aal:3')
  expect(await query('select no from fido_metadata')).toEqual([{ no: 1 }])
  expect(next.output()).not.toContain('FIDO')
  expect((await get('/')).text).toContain(`http://localhost:${port + 1}`)
  // The register's first day was in 2025: what changed since has its version of before.
  const versions = `select version from register_objects where id = 'txt_tarif-residents' order by 1`
  expect(await query(versions)).toEqual([{ version: 1 }, { version: 2 }])
  // It stops the database that it did not start, too.
  const idle = await keepAlive()
  const begun = await halfSent()
  const ended = expectCleanEnd(next, 'SIGTERM')
  await until('no new visitor is let in', async () => !(await listens(port)))
  expect(await begun.finish()).toMatch(/^HTTP\/1\.1 40[01] /)
  await ended
  idle.destroy()
})

test('a stop right after a start is clean', async () => {
  copyStarted()
  // About every second such stop went wrong once: the job queue's idle connections were still open when PostgreSQL stopped. Another
  // demonstration of this file, in a process of its own, is stopped when it has just started.
  const stop = await openDemo()
  await stop()
  const after = await startEmbedded({ dataDir })
  expect(await query('select count(*)::int as n from first_seals')).toEqual([{ n: 0 }])
  await after.stop()
})

test('the ledger of a demonstration that was stopped is verified in its own database', async () => {
  copyStarted()
  // The names of the logs are those of the address that it had.
  const { code, out, err } = await callTool(
    ['ledger', 'verify'],
    environment({ PORT: String(startedAt) }),
  )
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(new RegExp(`^localhost:${startedAt}/log/\\d{4}/p0: [1-9]\\d* entries`, 'm'))
  expect(out).toMatch(/\nIt holds\.\n$/)
  expectNothingLeft()
})

test('a stop in the middle of the start leaves nothing running', async () => {
  copyStarted()
  const demo = startDemo()
  await until('PostgreSQL is starting', () => postgresOf(dataDir) !== undefined)
  await demo.end('SIGTERM')
  expectNothingLeft()
})

test('a stop in the middle of the first start breaks it off, leaves nothing running, and the next start begins again', () => {
  expect(leftByFirst).toEqual({ ...nothing, hasKeys: false })
  expect(existsSync(join(started, 'ledger', 'signed.json'))).toBe(true)
})

function start(mode: string, env: Readonly<Record<string, string>> = {}): Launched {
  const one = launch([...main, mode], { env: environment(env) })
  launched.push(one)
  return one
}

function startDemo(env: Readonly<Record<string, string>> = {}): Launched {
  return start('demo', env)
}

/** The demonstration in the warm host. @returns its stop, which leaves nothing and says nothing */
async function openDemo(): Promise<() => Promise<void>> {
  const host = hostOf(0)
  const env = { ...process.env, ...environment({}) }
  const stop = await host.open('demo', env, join(dataDir, 'log'))
  const mark = host.written()
  return async () => {
    await stop()
    expect(host.writtenSince(mark)).toBe('')
    expectNothingLeft()
  }
}

function environment(env: Readonly<Record<string, string>>): Record<string, string> {
  return { DATA_DIR: dataDir, PORT: String(port), DATABASE_URL: '', NODE_ENV: '', ...env }
}

async function answering(one: Launched): Promise<void> {
  await until(
    `the house answers: ${one.output()}`,
    async () => {
      if (one.process.exitCode !== null) throw new Error(`it ended: ${one.output()}`)
      return get('/readyz').then(
        (answer) => answer.status === 200,
        () => false,
      )
    },
    30_000,
  )
  // The addresses are printed when everything has started.
  if (one.process.spawnargs.includes('demo'))
    await until('its words', () => one.output().includes('Ctrl+C'))
}

function get(path: string) {
  return send(port, path, { headers: { Host: `localhost:${port}`, Accept: 'text/html' } })
}

async function jwks(): Promise<unknown> {
  return JSON.parse((await get('/jwks')).text)
}

function copyStarted(): void {
  // With the modes of files and folders, on which PostgreSQL and the keys insist.
  execFileSync('cp', ['-a', `${started}/.`, dataDir])
}

async function occupy(busy: number) {
  const server = createServer().listen({ host: 'localhost', port: busy })
  await once(server, 'listening')
  return server
}

async function keepAlive() {
  const socket = connect({ host: 'localhost', port })
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(`GET /healthz HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`)
  await once(socket, 'data')
  return socket
}

/** A request that says how long its body is, and has sent half of it. */
async function halfSent() {
  const [half, rest] = ['client_id=accord&', 'request_uri=none']
  const socket = connect({ host: 'localhost', port })
  const answered = once(socket, 'data')
  socket.write(
    `POST /request HTTP/1.1\r\nHost: localhost:${port}\r\nExpect: 100-continue\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${(half + rest).length}\r\n\r\n${half}`,
  )
  // The house says so once it has the request.
  expect(String(await answered)).toMatch(/^HTTP\/1\.1 100 /)
  return {
    /** Sends the rest. @returns the answer */
    async finish(): Promise<string> {
      const told = once(socket, 'data')
      socket.write(rest)
      return String(await told)
    },
  }
}

function listens(wanted: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: 'localhost', port: wanted })
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}

// One sentence for the person who typed the command: no trace, no second line.
function expectSentence(one: Launched, words: RegExp): void {
  const said = one.complaint()
  expect(said).toMatch(/^[^\n]+\n$/)
  expect(said.trim()).toMatch(words)
  expect(said).not.toMatch(/\n\s+at |node_modules|Error:/)
}

async function expectCleanEnd(one: Launched, signal: NodeJS.Signals): Promise<void> {
  const asked = performance.now()
  expect({ code: await one.end(signal), said: one.complaint() }).toEqual({ code: 0, said: '' })
  // A stop that had to give something up takes twenty seconds.
  expect(performance.now() - asked).toBeLessThan(18_000)
  expectNothingLeft()
}

const nothing = { postgres: undefined, workers: [], isLocked: false }

function expectNothingLeft(): void {
  expect(leftIn(dataDir)).toEqual(nothing)
}

function leftIn(folder: string) {
  return {
    postgres: postgresOf(folder),
    workers: workersIn(folder),
    isLocked: existsSync(join(folder, 'accord.pid')),
  }
}

/** The commands of all processes that have the folder as their working place or in their arguments. */
function workersIn(folder: string): string[] {
  return execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(folder))
}

function isOldNode(): boolean {
  try {
    const version = execFileSync(oldNode, ['--version'], { encoding: 'utf8' })
    return Number(/^v(\d+)/.exec(version)?.[1]) < 24
  } catch {
    return false
  }
}

async function query(sql: string): Promise<unknown[]> {
  const { password } = JSON.parse(
    execFileSync('cat', [join(dataDir, 'postgres.json')], { encoding: 'utf8' }),
  ) as { password: string }
  const pid = execFileSync('cat', [join(dataDir, 'pg', 'postmaster.pid')], { encoding: 'utf8' })
  return ask(`postgres://accord:${password}@127.0.0.1:${pid.split('\n')[3]}/accord`, sql)
}

async function ask(url: string, sql: string): Promise<unknown[]> {
  const db = new Postgres({ connectionString: url })
  await db.connect()
  try {
    return (await db.query<Record<string, unknown>>(sql)).rows
  } finally {
    await db.end()
  }
}
