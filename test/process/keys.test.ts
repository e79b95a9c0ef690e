import { chmodSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createMissingKeys } from '../../src/base/platform/keys.ts'
import type { FreshDatabase } from '../support/database.ts'
import { freshDatabase } from '../support/database.ts'
import { send } from '../support/fault-client.ts'
import type { Launched } from '../support/fault-process.ts'
import { launch, newFolder, until } from '../support/fault-process.ts'
import { freePorts } from '../support/house.ts'

// Keys of another installation, as an operator meets them.

let database: FreshDatabase
let dataDir: string
let otherDir: string
let port: number
let launched: Launched[] = []

beforeAll(async () => {
  database = await freshDatabase()
  ;[dataDir, otherDir, port] = [newFolder(), newFolder(), await freePorts(1)]
  for (const dir of [dataDir, otherDir]) await createMissingKeys(join(dir, 'keys'))
  const first = process('serve')
  await answering(first)
  await first.end('SIGTERM')
})
afterEach(async () => {
  await Promise.all(launched.map((one) => one.end('SIGKILL')))
  launched = []
})
afterAll(async () => {
  await database.drop()
  for (const dir of [dataDir, otherDir]) rmSync(dir, { recursive: true, force: true })
})

test.each([
  ['src/main.ts', 'serve'],
  ['src/main.ts', 'work'],
  ['src/accord.ts', 'register', 'plan', 'demo/register'],
  ['src/accord.ts', 'register', 'apply', 'demo/register'],
  ['src/accord.ts', 'account', 'show', 'con_00000000000000000000000001'],
  ['src/accord.ts', 'person', 'erase', 'con_00000000000000000000000001', '--through', '2020'],
  ['src/accord.ts', 'ledger', 'verify'],
  ['src/accord.ts', 'keys', 'rotate', 'cookie'],
  ['src/accord.ts', 'keys', 'rotate', 'log'],
])('%s %s starts with the keys of its database and no others', async (...args) => {
  const refused = start(args, otherDir)
  expect(await refused.gone()).toBe(1)
  expect(refused.complaint()).toMatch(
    /^The keys in \S+ are not those of this database: [^\n]*pairwise is \S{22}, where \S{22} is expected; data is [^\n]+\n$/,
  )
  expect(refused.output()).toBe(refused.complaint())
})

test('the demonstration is checked for its keys too, and takes permissions of others away', async () => {
  chmodSync(join(dataDir, 'keys', 'pairwise'), 0o644)
  const serve = process('serve', { LOG_LEVEL: 'warn' })
  await answering(serve)
  await until('it says so', () => serve.output().includes('others could read the keys'))
})

test('a key is changed by commands while processes come and go', async () => {
  const added = await run('keys', 'rotate', 'cookie')
  expect(added).toMatch(/^cookie \S{22} is announced: /)
  await answering(process('serve'))
  const used = await run('keys', 'rotate', 'cookie', '--use')
  expect(used).toMatch(/^cookie \S{22} is used /)
  const [newest = '', old = ''] = [...(await run('keys', 'list')).matchAll(/^cookie +(\S+)/gm)].map(
    ([, value]) => value,
  )
  expect(used).toContain(newest)
  expect(await run('keys', 'retire', 'cookie', old)).toContain(`cookie ${old} is retired`)
  const known = await run('keys', 'list', '--known')
  expect(known).toMatch(new RegExp(`^cookie +${old}  retired$`, 'm'))
  expect(known).toMatch(new RegExp(`^cookie +${newest}  used$`, 'm'))
  const [first] = launched
  await first?.end('SIGTERM')
  await answering(process('serve'))
})

test.each([
  ['keys', 'announce', 'cookies'],
  ['keys', 'announce', 'cookie', '--now'],
  ['keys', 'rotate', 'pairwise'],
  ['keys', 'retire', 'cookie'],
  ['keys', 'create', 'log'],
  ['keys', 'list', 'known'],
])('%s %s %s is answered with the usage', async (...args) => {
  const wrong = start(['src/accord.ts', ...args], dataDir)
  expect(await wrong.gone()).toBe(2)
})

function process(mode: string, env: Readonly<Record<string, string>> = {}): Launched {
  return start(['src/main.ts', mode], dataDir, env)
}

async function run(...args: string[]): Promise<string> {
  const one = start(['src/accord.ts', ...args], dataDir)
  expect({ code: await one.gone(), said: one.complaint() }).toEqual({ code: 0, said: '' })
  return one.output()
}

function start(
  args: readonly string[],
  dir: string,
  env: Readonly<Record<string, string>> = {},
): Launched {
  const one = launch(['--import', './src/guard.js', ...args], {
    env: { DATABASE_URL: database.url, DATA_DIR: dir, PORT: String(port), NODE_ENV: '', ...env },
  })
  launched.push(one)
  return one
}

async function answering(one: Launched): Promise<void> {
  await until(
    'the house answers',
    async () => {
      if (one.process.exitCode !== null) throw new Error(`it ended: ${one.output()}`)
      return send(port, '/readyz', { headers: { Host: `localhost:${port}` } }).then(
        ({ status }) => status === 200,
        () => false,
      )
    },
    30_000,
  )
}
