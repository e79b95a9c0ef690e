import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMissingKeys, openKeys } from '../../../src/base/platform/keys.ts'
import { readWhole } from '../../../src/base/platform/whole-file.ts'
import type { LogStage } from './stage.ts'
import { openLogStage, year } from './stage.ts'
import { callTool } from '../../support/tool.ts'

// `accord ledger verify` as an operator and as a stranger run it.

let stage: LogStage
let server: Server
let url: string
let keysDir: string

beforeAll(async () => {
  const dir = `${process.env['TMPDIR'] ?? '/tmp'}/accord-verify-${process.pid}`
  keysDir = join(dir, 'keys')
  await createMissingKeys(keysDir)
  const keys = await openKeys(keysDir)
  stage = await openLogStage(keys.log, keys)
  await stage.grow(300)
  // Any web server can serve the files: this one knows nothing of us.
  server = createServer((request, response) => {
    const policy = `log ${stage.verifiers[0]?.vkey ?? ''} ${url}/log/${year}/p0\nquorum none\n`
    if (request.url === '/log/policy') return void response.end(policy)
    void answer(request.url ?? '', response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(async () => {
  server.close()
  await stage.close()
  rmSync(join(keysDir, '..'), { recursive: true, force: true })
})

async function answer(path: string, response: ServerResponse): Promise<void> {
  const bytes = await readWhole(join(stage.ledgerDir, path))
  response.statusCode = bytes === undefined ? 404 : 200
  response.end(bytes)
}

const accord = (...args: string[]) =>
  callTool(['ledger', ...args], {
    DATABASE_URL: stage.databaseUrl,
    KEYS_DIR: keysDir,
    LEDGER_DIR: stage.ledgerDir,
    ISSUER: 'http://accord.localhost',
  })

test('an unchanged log is valid: exit 0, with the database and from outside', async () => {
  const inside = await accord('verify')
  expect(inside).toMatchObject({ code: 0, err: '' })
  expect(inside.out).toContain(`${stage.origin}: 300 entries, 1 checkpoints`)
  expect(inside.out).toContain('300 events of 1 people')
  const outside = await accord('verify', '--url', url)
  expect(outside).toMatchObject({ code: 0, err: '' })
  expect(outside.out).toContain(`${stage.origin}: 300 entries, 0 cosignatures`)
  expect(outside.out).toContain('give --policy')
  expect(JSON.parse((await accord('verify', '--json')).out)).toMatchObject({
    holds: true,
    findings: [],
  })
})

test('a log with a wrong entry gives exit 1 and its name', async () => {
  const bundle = join(stage.folder, 'tile/entries/001.p/44')
  const honest = readFileSync(bundle)
  const bytes = Buffer.from(honest)
  bytes[36 * 7 + 9] = (bytes[36 * 7 + 9] ?? 0) ^ 1
  writeFileSync(bundle, bytes)
  for (const args of [['verify'], ['verify', '--url', url]]) {
    const ran = await accord(...args)
    expect(ran).toMatchObject({ code: 1, out: '' })
    expect(ran.err).toContain(`${stage.origin}, entry 263: `)
  }
  const json = JSON.parse((await accord('verify', '--json')).out) as {
    findings: { index: number }[]
  }
  expect(json.findings[0]?.index).toBe(263)
  writeFileSync(bundle, honest)
})

test('a row that no event tells gives exit 1 and its name, and names no person', async () => {
  const personId = await stage.newPerson()
  const [id, uuid] = ['con_00000000000000000000000001', '00000000-0000-0000-0000-000000000001']
  await stage.tamper(
    `insert into consent_current (person_id, consent_id, arrangement_id, holder, recipient, dataset, purpose, agreement, categories,
       state, state_seq, state_at, valid_from, valid_until)
     values (:personId, :uuid, :uuid, 1, 2, 3, 4, 5, 1, 'active', 1, now(), now(), now() + interval '1 day')`,
    { personId, uuid },
  )
  const ran = await accord('verify')
  expect(ran).toMatchObject({ code: 1, out: '' })
  expect(ran.err).toContain(`consent_current ${id}: no event tells of it`)
  expect(ran.err).toContain('Differences between rows and events: 1;')
  expect(ran.err).not.toContain(personId)
  const told = await accord('verify', '--json')
  expect(told).toMatchObject({ code: 1, err: 'It does not hold.\n' })
  expect(JSON.parse(told.out)).toMatchObject({ holds: false, differences: 1 })
  await stage.tamper('delete from consent_current where person_id = :personId', { personId })
})

test('an earlier checkpoint that the log does not contain, or that it forgot, is found', async () => {
  const since = join(keysDir, '../since')
  writeFileSync(since, (await stage.published()).note)
  await stage.grow(3)
  expect(await accord('verify', '--url', url, '--since', since)).toMatchObject({ code: 0 })
  const now = (await stage.published()).note
  writeFileSync(join(stage.folder, 'checkpoint'), readFileSync(since))
  writeFileSync(since, now)
  const ran = await accord('verify', '--url', url, '--since', since)
  expect(ran).toMatchObject({ code: 1 })
  expect(ran.err).toContain('entry 300: it has fewer entries than before')
  writeFileSync(join(stage.folder, 'checkpoint'), now)
})

test('a single log can be checked by its address, with our own policy too', async () => {
  const address = `${url}/log/${year}/p0`
  expect(await accord('verify', '--url', `${address}/`)).toMatchObject({ code: 0, err: '' })
  const file = join(keysDir, '../policy-of-others')
  writeFileSync(file, 'quorum none\n')
  const unknown = await accord('verify', '--url', address, '--policy', file)
  expect(unknown).toMatchObject({ code: 1, out: '' })
  expect(unknown.err).toContain('signed by none of these keys')
  const whole = readFileSync(join(stage.folder, 'checkpoint'))
  writeFileSync(join(stage.folder, 'checkpoint'), 'gone')
  const broken = await accord('verify', '--url', address)
  writeFileSync(join(stage.folder, 'checkpoint'), whole)
  expect(broken).toMatchObject({ code: 1, out: '' })
  expect(broken.err).toContain(`${address}/checkpoint is no signed note`)
})

test('a policy of other keys and malformed texts are named in one sentence each', async () => {
  const file = join(keysDir, '../policy')
  for (const [text, because] of [
    ['quorum', 'none of a policy'],
    ['', 'has no quorum line'],
    [
      `log journal.quebec.example/2026/p0+d3ac454e+AdBKsjJ0K7SrOhNovUYV5ObQIkq3GgFrr4UgozLJd4c3 ${url}/log/${year}/p0\nquorum none\n`,
      'signed by none of these keys',
    ],
  ]) {
    writeFileSync(file, text ?? '')
    const ran = await accord('verify', '--url', url, '--policy', file)
    expect(ran).toMatchObject({ code: 1, out: '' })
    expect(ran.err).toContain(because)
    expect(ran.err).not.toContain('    at ')
  }
  const nobody = await accord('verify', '--url', 'http://127.0.0.1:9')
  expect(nobody).toMatchObject({ code: 1 })
  expect(nobody.err).toContain('does not answer as a log does')
})

test.each([
  [],
  ['verify', 'x'],
  ['verify', '--url'],
  ['verify', '--policy', 'x'],
  ['verify', '--url', 'x'],
  ['check'],
])('wrong usage gives exit 2: %j', async (...args) => {
  expect((await accord(...args.flat())).code).toBe(2)
})
