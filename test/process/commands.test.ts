import { once } from 'node:events'
import { rmSync } from 'node:fs'
import type { AddressInfo, Server } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createMissingKeys } from '../../src/base/platform/keys.ts'
import { launch, newFolder } from '../support/fault-process.ts'

// What an operator reads when a command meets an outage: one sentence, and the exit code 1.

let folder: string
let hanging: Server

beforeAll(async () => {
  folder = newFolder()
  await createMissingKeys(join(folder, 'keys'))
  hanging = createServer(() => undefined).listen(0, '127.0.0.1')
  await once(hanging, 'listening')
})
afterAll(() => {
  hanging.close()
  rmSync(folder, { recursive: true, force: true })
})

const sharing = 'con_00000000000000000000000001'
const commands: readonly (readonly string[])[] = [
  ['register', 'plan', 'demo/register'],
  ['register', 'apply', 'demo/register'],
  ['register', 'export', 'nowhere/register'],
  ['account', 'show', sharing],
  ['account', 'counter-code', sharing],
  ['account', 'close', sharing, '--confirm'],
  ['person', 'erase', sharing, '--through', '2020'],
  ['seals', 'first', '--operator', 'somebody', '--reason', 'a test'],
  ['ledger', 'verify'],
  ['ledger', 'remember'],
  ['keys', 'announce'],
  ['keys', 'announce', 'cookie'],
  ['keys', 'list', '--known'],
  ['keys', 'rotate', 'cookie'],
  ['keys', 'rotate', 'log'],
  ['keys', 'retire', 'log'],
]

test.each(commands)('%s %s without its database', async (...args) => {
  const { code, said } = await run(args, 'postgres://accord:guessed-word@127.0.0.1:9/accord')
  expect({ code, said }).toEqual({
    code: 1,
    said: 'The database of DATABASE_URL does not answer (ECONNREFUSED).\n',
  })
})

test.each([
  ['that hangs', hangingUrl, /does not answer \(no answer in time\)/],
  [
    'that refuses our password',
    () => changed({ password: 'guessed-word' }),
    /refuses us \(28P01\)/,
  ],
  [
    'that does not exist',
    () => changed({ pathname: '/accord_test_nowhere' }),
    /refuses us \(3D000\)/,
  ],
  ['that was never migrated', () => changed({ pathname: '/template1' }), /npm run migrate/],
])('a database %s', async (_, url, words) => {
  for (const args of commands.filter((_, i) => [0, 3, 8].includes(i))) {
    const { code, said } = await run(args, url())
    expect(said).toMatch(/^[^\n]+\n$/)
    expect({ args, code, said }).toMatchObject({ code: 1, said: expect.stringMatching(words) })
    expect(said).not.toContain('guessed-word')
  }
})

test.each([
  ['ledger', 'verify', '--url', 'http://127.0.0.1:9'],
  ['ledger', 'monitor', 'http://127.0.0.1:9', '--state', 'state', '--once'],
])('%s %s without the address that it reads', async (...args) => {
  const { code, said } = await run(args, '')
  expect(code).not.toBe(0)
  expect(said).not.toMatch(/\n\s+at /)
})

test.each([
  ['register', 'plan', '/nowhere/register'],
  ['receipt', 'verify', '/nowhere/receipt'],
  ['receipt', 'verify', 'package.json', '--keys', 'http://127.0.0.1:9/keys'],
])('%s %s without its file', async (...args) => {
  const { code, said } = await run(args, inject('adminUrl'))
  expect({ code, said }).toEqual({ code: 1, said: expect.stringMatching(/^[^\n]+\n$/) })
  expect(said).not.toMatch(/\s+at /)
})

function hangingUrl(): string {
  const { port } = hanging.address() as AddressInfo
  return `postgres://accord@127.0.0.1:${port}/accord`
}

function changed(change: { password?: string; pathname?: string }): string {
  return Object.assign(new URL(inject('adminUrl')), change).href
}

async function run(args: readonly string[], url: string) {
  const one = launch(['--import', './src/guard.js', 'src/accord.ts', ...args], {
    env: { DATABASE_URL: url, DATA_DIR: folder, NODE_ENV: '' },
  })
  return { code: await one.gone(), said: one.complaint() }
}
