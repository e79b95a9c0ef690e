import { once } from 'node:events'
import { rmSync } from 'node:fs'
import type { AddressInfo, Server } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createMissingKeys } from '../../src/base/keys/keys.ts'
import { firstWords } from '../../src/tool/commands.ts'
import { launch, newFolder } from '../support/fault-process.ts'
import { callTool } from '../support/tool.ts'

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

const nobodyListens = 'postgres://accord:guessed-word@127.0.0.1:9/accord'
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
  const { code, said } = await run(args, nobodyListens)
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
  const chosen = commands.filter((_, i) => [0, 3, 8].includes(i))
  // At once: each waits for as long as a command waits for its database.
  const answers = await Promise.all(chosen.map((args) => run(args, url())))
  for (const [i, { code, said }] of answers.entries()) {
    expect(said).toMatch(/^[^\n]+\n$/)
    expect({ args: chosen[i], code, said }).toMatchObject({
      code: 1,
      said: expect.stringMatching(words),
    })
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

test.each(firstWords)(
  'accord %s --help prints what it does, without a configuration',
  async (word) => {
    const { code, out, err } = await callTool([word, '--help'], { NODE_ENV: 'production' })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    for (const line of out.matchAll(/^  accord ([\w-]+)/gm)) expect(line[1]).toBe(word)
    expect((await callTool(['--help'], {})).out).toContain(out)
  },
)

test('help names every command, and whoever types one otherwise is told what it does', async () => {
  const help = await callTool(['help'], {})
  expect(help).toMatchObject({ code: 0, err: '' })
  const named = [...help.out.matchAll(/^  accord ([\w-]+)/gm)].map(([, word = '']) => word)
  expect([...new Set(named)]).toEqual(firstWords)
  const signer = ['signer', 'serve', '--keys', 'none', '--issuer', 'none', '--sockets', 'none']
  const misused = [signer, [...signer, 'pairwise'], ['signer'], [...signer, 'id-token', '--away']]
  expect(await callTool([], {})).toEqual({ code: 2, out: '', err: help.out })
  for (const words of [['keys', 'toString'], ...misused]) {
    const { code, out, err } = await callTool(words, {})
    const own = (await callTool([words[0] ?? '', '--help'], {})).out
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect([err.length < own.length + 250, err.includes(own)], err).toEqual([true, true])
  }
  const away = await callTool([...signer, 'id-token', '--away'], {})
  expect(away.err).toMatch(/^Unknown option '--away'\.\nUsage: /)
  expect(await callTool(['toString'], {})).toEqual({
    code: 2,
    out: '',
    err: expect.stringMatching(/^There is no command « toString », but: config, [^\n]+\n$/),
  })
})

test.each([
  [['keys', 'list'], 0, /^log +\S{22}  first$/m, /^$/],
  [['ledger', 'verify'], 1, /^$/, /^The database [^\n]* does not answer \(ECONNREFUSED\)\.\n$/],
  [['keys'], 2, /^$/, /^Usage: npm run -s accord/],
  [['witness', '--help'], 0, /^  accord witness serve /, /^$/],
])('the program passes on %j, what is said, and exit code %i', async (args, code, out, err) => {
  const one = launch(['--import', './src/guard.js', 'src/accord.ts', ...args], {
    env: environmentOf(nobodyListens),
  })
  const ended = await one.gone()
  const said = one.complaint()
  const printed = one.output().replace(said, '')
  expect({ ended, said, printed }).toEqual({
    ended: code,
    said: expect.stringMatching(err),
    printed: expect.stringMatching(out),
  })
})

function hangingUrl(): string {
  const { port } = hanging.address() as AddressInfo
  return `postgres://accord@127.0.0.1:${port}/accord`
}

function changed(change: { password?: string; pathname?: string }): string {
  return Object.assign(new URL(inject('adminUrl')), change).href
}

async function run(args: readonly string[], url: string) {
  const { code, err } = await callTool(args, environmentOf(url))
  return { code, said: err }
}

function environmentOf(url: string) {
  return { DATABASE_URL: url, DATA_DIR: folder, NODE_ENV: '' }
}
