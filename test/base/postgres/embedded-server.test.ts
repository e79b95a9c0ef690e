import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { processStartOf } from '../../../src/base/settings/data-folder.ts'
import { borrowEmbedded, startEmbedded } from '../../../src/base/postgres/embedded-server.ts'
import { OperatorError } from '../../../src/base/values/operator-error.ts'
import { quickFolder } from '../../support/own-server.ts'
import { reasonIn } from '../../../src/base/postgres/postgres-files.ts'

let started: string
let dataDir: string
let owners: ChildProcess[]

// Made once: a copy is faster than a first start.
beforeAll(async () => {
  started = newFolder()
  const first = await startEmbedded({ dataDir: started })
  await query(first.url, 'create table kept_first as select 42 as answer')
  const pid = runningIn(started)
  await first.stop()
  expect(processStartOf(pid ?? 0)).toBeUndefined()
  expect(fs.existsSync(join(started, 'accord.pid'))).toBe(false)
})

afterAll(() => fs.rmSync(started, { recursive: true, force: true }))

beforeEach(() => {
  dataDir = newFolder()
  owners = []
})

afterEach(async () => {
  await Promise.all(owners.map(killOwner))
  const left = runningIn(dataDir)
  if (left !== undefined && left !== process.pid) {
    process.kill(left, 'SIGQUIT')
    await expect.poll(() => processStartOf(left)).toBeUndefined()
  }
  fs.rmSync(dataDir, { recursive: true, force: true })
})

test('the second start finds what the first one kept, and a stop leaves nothing running', async () => {
  copyStarted()
  const second = await startEmbedded({ dataDir })
  expect(await query(second.url, 'select answer from kept_first')).toEqual([{ answer: 42 }])
  await second.stop()
  expect(runningIn(dataDir)).toBeUndefined()
})

test('the server is PostgreSQL 18 on loopback only, durable, with a password that stays in one file', async () => {
  copyStarted()
  const server = await startEmbedded({ dataDir })
  const settings = `select current_setting('listen_addresses') as addresses, current_setting('fsync') as fsync,
    current_setting('unix_socket_directories') as sockets, current_setting('server_encoding') as encoding,
    current_setting('server_version_num')::int / 10000 as major, current_setting('max_connections') as connections`

  expect(await query(server.url, settings)).toEqual([
    {
      addresses: '127.0.0.1',
      fsync: 'on',
      sockets: '',
      encoding: 'UTF8',
      major: 18,
      connections: '100',
    },
  ])
  expect(fs.statSync(join(dataDir, 'postgres.json')).mode & 0o777).toBe(0o600)
  const guessed = new URL(server.url)
  guessed.password = 'guessed'
  await expect(query(guessed.href, 'select 1')).rejects.toThrow('password authentication failed')
  await server.stop()
})

test('a server whose owner was killed with -9 is found and used', async () => {
  copyStarted()
  const { owner, url } = await startOwner()
  const pid = runningIn(dataDir)
  await query(url, 'create table kept as select 42 as answer')
  await killOwner(owner)

  const found = await startEmbedded({ dataDir })
  expect(runningIn(dataDir)).toBe(pid)
  expect(found.url).toBe(url)
  expect(await query(found.url, 'select answer from kept')).toEqual([{ answer: 42 }])
  await found.stop()
  expect(processStartOf(pid ?? 0)).toBeUndefined()
})

test('after owner and server were both killed with -9, the data is recovered', async () => {
  copyStarted()
  const { owner, url } = await startOwner()
  await query(url, 'create table kept as select 42 as answer')
  const pid = runningIn(dataDir)
  await killOwner(owner)
  process.kill(pid ?? 0, 'SIGKILL')

  const again = await startEmbedded({ dataDir })
  expect(await query(again.url, 'select answer from kept')).toEqual([{ answer: 42 }])
  await again.stop()
})

test('a postmaster.pid whose pid is another program by now is ignored', async () => {
  copyStarted()
  fs.writeFileSync(join(dataDir, 'pg', 'postmaster.pid'), `${process.pid}\n\n\n1\n\n\n\nready\n`)

  const server = await startEmbedded({ dataDir })
  expect(runningIn(dataDir)).not.toBe(process.pid)
  await server.stop()
})

test('a server that no longer accepts our password is stopped, and the reason is named', async () => {
  copyStarted()
  const { owner } = await startOwner()
  const pid = runningIn(dataDir)
  await killOwner(owner)
  const other = JSON.stringify({ password: 'a'.repeat(32) })
  fs.writeFileSync(join(dataDir, 'postgres.json'), other)

  await expectRefusal(dataDir, 'password authentication failed')
  expect(processStartOf(pid ?? 0)).toBeUndefined()
  expect(runningIn(dataDir)).toBeUndefined()
})

test('a folder in use by a living Accord is refused, and left alone', async () => {
  copyStarted()
  const { owner, url } = await startOwner()

  await expectRefusal(dataDir, `Another Accord (process ${owner.pid}) is using`)
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('a command uses the database of a living Accord, and leaves it running', async () => {
  copyStarted()
  const { url } = await startOwner()
  const borrowed = await borrowEmbedded(dataDir)
  expect([borrowed.url, borrowed.isStarted]).toEqual([url, false])
  await borrowed.stop()
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('without one it is started for a command, then for the next that waited, and stopped', async () => {
  copyStarted()
  const first = await borrowEmbedded(dataDir)
  const waiting = borrowEmbedded(dataDir)
  // Whoever wants to stay is told, as ever.
  await expectRefusal(dataDir, 'Another Accord')
  expect(await query(first.url, 'select 1 as one')).toEqual([{ one: 1 }])
  await first.stop()
  const second = await waiting
  expect([first.isStarted, second.isStarted]).toEqual([true, true])
  expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }])
  await second.stop()
  expect(runningIn(dataDir)).toBeUndefined()
  expect(fs.existsSync(join(dataDir, 'accord.pid'))).toBe(false)
})

test('a command makes no database where there is none', async () => {
  const nowhere = join(dataDir, 'nowhere')
  await expect(borrowEmbedded(nowhere)).rejects.toThrow(`${nowhere} holds none`)
  expect(fs.existsSync(nowhere)).toBe(false)
})

test('a lock of a dead process is stale, also when its pid is alive again', async () => {
  copyStarted()
  fs.writeFileSync(join(dataDir, 'accord.pid'), `${process.pid} 1\n`)

  const server = await startEmbedded({ dataDir })
  const lock = fs.readFileSync(join(dataDir, 'accord.pid'), 'utf8')
  expect(lock).toBe(`${process.pid} ${processStartOf(process.pid)} serve\n`)
  await server.stop()
})

test('of two that start at once, one is refused', async () => {
  copyStarted()
  const starts = await Promise.allSettled([startEmbedded({ dataDir }), startEmbedded({ dataDir })])
  const started = starts.filter((start) => start.status === 'fulfilled')

  expect(started).toHaveLength(1)
  await started[0]?.value.stop()
})

test('stopping twice does not give back a folder that was taken again', async () => {
  copyStarted()
  const first = await startEmbedded({ dataDir })
  await Promise.all([first.stop(), first.stop()])
  const second = await startEmbedded({ dataDir })
  await first.stop()

  await expectRefusal(dataDir, 'Another Accord')
  await second.stop()
})

test('an initdb that was killed half-way is begun again', async () => {
  fs.mkdirSync(join(dataDir, 'pg.new-1', 'base'), { recursive: true })
  fs.writeFileSync(join(dataDir, 'pg.new-1.password'), 'x')

  await (await startEmbedded({ dataDir })).stop()
  const names = ['pg', 'postgres.json', 'postgres.log']
  expect(fs.readdirSync(dataDir).toSorted()).toEqual(names)
})

test('a folder that cannot be used is named in one sentence', async () => {
  const file = join(dataDir, 'file')
  fs.writeFileSync(file, '')
  await expectRefusal(file, 'is not a folder')
  await expectRefusal(join(file, 'below'), 'is not a folder')
  await expectRefusal('/proc/accord/data', 'is not writable')
})

test.each([
  ['17\n', 'holds a database of PostgreSQL 17'],
  [undefined, 'holds no database'],
])('a pg folder of another version (%j) is left as it is', async (version, sentence) => {
  fs.mkdirSync(join(dataDir, 'pg'))
  if (version !== undefined) fs.writeFileSync(join(dataDir, 'pg', 'PG_VERSION'), version)

  await expectRefusal(dataDir, sentence)
  expect(fs.existsSync(join(dataDir, 'accord.pid'))).toBe(false)
})

test('a lost password is named, not replaced', async () => {
  copyStarted()
  fs.rmSync(join(dataDir, 'postgres.json'))

  await expectRefusal(dataDir, 'postgres.json is lost')
})

function newFolder(): string {
  return fs.mkdtempSync(join(quickFolder(), 'accord-embedded-'))
}

function copyStarted(): void {
  fs.cpSync(started, dataDir, { recursive: true })
  // cpSync forgets the modes of folders, and PostgreSQL insists on this one.
  fs.chmodSync(join(dataDir, 'pg'), 0o700)
}

async function startOwner(): Promise<{ owner: ChildProcess; url: string }> {
  const program = join(import.meta.dirname, 'embedded-owner.ts')
  const owner = spawn(process.execPath, [program, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  owners.push(owner)
  const [line]: unknown[] = await Promise.race([once(owner.stdout, 'data'), once(owner, 'exit')])
  return { owner, url: String(line).trim() }
}

async function killOwner(owner: ChildProcess): Promise<void> {
  if (owner.exitCode !== null || owner.signalCode !== null) return
  owner.kill('SIGKILL')
  await once(owner, 'exit')
}

/** The pid of the PostgreSQL that works in the folder, by its own pid file. */
function runningIn(folder: string): number | undefined {
  const file = join(folder, 'pg', 'postmaster.pid')
  if (!fs.existsSync(file)) return undefined
  const pid = Number(fs.readFileSync(file, 'utf8').split('\n')[0])
  return processStartOf(pid) === undefined ? undefined : pid
}

async function expectRefusal(folder: string, sentence: string): Promise<void> {
  const refusal: unknown = await startEmbedded({ dataDir: folder }).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(OperatorError)
  expect(String(refusal)).toContain(sentence)
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

test('a server says why it does not start, also where the children of a killed one say that they go', () => {
  const own = 'FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use'
  const others = 'FATAL:  terminating connection due to unexpected postmaster exit'
  expect(reasonIn(`${own}\n${others}\n`)).toContain('still in use')
})
