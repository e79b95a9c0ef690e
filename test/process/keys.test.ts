import { chmodSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createMissingKeys } from '../../src/base/keys/keys.ts'
import type { FreshDatabase } from '../support/database.ts'
import { freshDatabase } from '../support/database.ts'
import { newFolder } from '../support/fault-process.ts'
import type { House } from '../support/house.ts'
import { openHouse, refusalOf } from '../support/house.ts'
import { callTool } from '../support/tool.ts'
import type { Config } from '../../src/base/settings/config.ts'
import { announce, create, list } from '../../src/tool/change-keys.ts'
import type { House as ToolHouse } from '../../src/tool/house.ts'

// Keys of another installation, as an operator meets them.

const issuer = 'http://localhost:7413'
let database: FreshDatabase
let dataDir: string
let otherDir: string
let opened: House[] = []

beforeAll(async () => {
  database = await freshDatabase()
  ;[dataDir, otherDir] = [newFolder(), newFolder()]
  for (const dir of [dataDir, otherDir]) await createMissingKeys(join(dir, 'keys'))
  const first = await serving()
  await first.stop()
})
afterEach(async () => {
  await Promise.all(opened.map((one) => one.stop()))
  opened = []
})
afterAll(async () => {
  await database.drop()
  for (const dir of [dataDir, otherDir]) rmSync(dir, { recursive: true, force: true })
})

const strange =
  /^The keys in \S+ are not those of this database: [^\n]*pairwise is \S{22}, where \S{22} is expected, and never changes; data is [^\n]+\n$/

test.each(['serve', 'work'] as const)(
  '%s starts with the keys of its database and no others',
  async (mode) => {
    const refused = await refusalOf(mode, environmentOf(otherDir))
    expect(`${refused}\n`).toMatch(strange)
  },
)

test.each([
  ['register', 'plan', 'demo/register'],
  ['register', 'apply', 'demo/register'],
  ['account', 'show', 'con_00000000000000000000000001'],
  ['person', 'erase', 'con_00000000000000000000000001', '--through', '2020'],
  ['ledger', 'verify'],
  ['keys', 'rotate', 'cookie'],
  ['keys', 'rotate', 'log'],
])('%s %s works with the keys of its database and no others', async (...words) => {
  const refused = await callTool(words, environmentOf(otherDir))
  expect(refused).toEqual({ code: 1, out: '', err: expect.stringMatching(strange) })
})

test('the demonstration is checked for its keys too, and takes permissions of others away', async () => {
  chmodSync(join(dataDir, 'keys', 'pairwise'), 0o644)
  const serve = await serving({ LOG_LEVEL: 'warn' })
  expect(serve.output()).toContain('others could read the keys')
})

test('a key is changed by commands while processes come and go', async () => {
  const added = await run('keys', 'rotate', 'cookie')
  expect(added).toMatch(/^cookie \S{22} is announced: /)
  await serving()
  const used = await run('keys', 'rotate', 'cookie', '--use')
  expect(used).toMatch(/^cookie \S{22} is used /)
  const [newest = '', old = ''] = [...(await run('keys', 'list')).matchAll(/^cookie +(\S+)/gm)].map(
    ([, value]) => value,
  )
  expect(used).toContain(newest)
  const early = await callTool(['keys', 'retire', 'cookie', old], environmentOf(dataDir))
  expect(early).toEqual({
    code: 1,
    out: '',
    err: expect.stringContaining('in use for 0 hours, of 24 hours'),
  })
  const retired = await run('keys', 'retire', 'cookie', old, '--at-once')
  expect(retired).toContain(`cookie ${old} is retired`)
  const known = await run('keys', 'list', '--known')
  expect(known).toMatch(new RegExp(`^cookie +${old}  retired$`, 'm'))
  expect(known).toMatch(new RegExp(`^cookie +${newest}  used$`, 'm'))
  const [first] = opened
  await first?.stop()
  await serving()
})

test('keys of another database change nothing, and leave no row that would pass for forged', async () => {
  for (const words of [
    ['rotate', 'cookie'],
    ['announce', 'cookie', '--instead'],
    ['announce', 'pairwise', '--instead'],
  ])
    expect(await callTool(['keys', ...words], environmentOf(otherDir))).toMatchObject({ code: 1 })
  expect(await run('ledger', 'verify')).toMatch(/^It holds\.$/m)
})

test('keys in the folder of a signer are changed, and noted under the key of the house', async () => {
  const [house, away] = [join(dataDir, 'keys'), newFolder()]
  renameSync(join(house, 'decision'), join(away, 'decision'))
  const asked = (...words: string[]) =>
    callTool(['keys', ...words], { ...environmentOf(dataDir), KEYS_DIR: away })
  const [old = ''] = /(?<=^decision +)\S+/m.exec((await asked('list')).out) ?? []
  const alone = await asked('rotate', 'decision')
  expect(alone).toEqual({ code: 1, out: '', err: expect.stringContaining('--house DIR') })
  for (const words of [
    ['rotate', 'decision'],
    ['rotate', 'decision', '--use', '--at-once'],
    ['retire', 'decision', old, '--at-once'],
  ])
    expect(await asked(...words, '--house', house)).toMatchObject({ code: 0, err: '' })
  renameSync(join(away, 'decision'), join(house, 'decision'))
  rmSync(away, { recursive: true })
  expect(await run('ledger', 'verify')).toMatch(/^It holds\.$/m)
})

test.each([
  ['keys', 'announce', 'cookies'],
  ['keys', 'announce', 'cookie', '--house'],
  ['keys', 'list', '--house', 'keys'],
  ['keys', 'announce', 'cookie', '--now'],
  ['keys', 'rotate', 'pairwise'],
  ['keys', 'retire', 'cookie'],
  ['keys', 'retire', 'cookie', 'name', '--now'],
  ['keys', 'retire', 'data', 'name', '--at-once'],
  ['keys', 'rotate', 'cookie', '--use', '--now'],
  ['keys', 'create', 'log'],
  ['keys', 'list', 'known'],
])('%s %s %s is answered with the usage', async (...args) => {
  expect(await callTool(args, environmentOf(dataDir))).toMatchObject({ code: 2, out: '' })
})

test('without KEYS_DIR no folder is asked, and the setting is named', async () => {
  const none = { keysDir: '', signerSockets: {} } as const
  const house = { config: none as Partial<Config> as Config } as Partial<ToolHouse> as ToolHouse
  const named = 'KEYS_DIR is required for this command.'
  await expect(list({ isKnown: false }, house)).rejects.toThrow(named)
  const nothing = { log: false, logPq: false, rsa: false, upstream: false, signals: false }
  await expect(create(nothing, house)).rejects.toThrow(named)
  await expect(announce({ purpose: undefined, isInstead: false }, house)).rejects.toThrow(named)
})

async function run(...words: string[]): Promise<string> {
  const { code, out, err } = await callTool(words, environmentOf(dataDir))
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return out
}

async function serving(env: Readonly<Record<string, string>> = {}): Promise<House> {
  const one = await openHouse(database.url, dataDir, issuer, { WORK: 'yes', ...env })
  opened.push(one)
  return one
}

function environmentOf(dir: string) {
  const base = { DATABASE_URL: database.url, DATA_DIR: dir, NODE_ENV: '' }
  // A house that works long enough signs the log of its issuer, which is the one of the commands too.
  return { ...base, PORT: new URL(issuer).port }
}
