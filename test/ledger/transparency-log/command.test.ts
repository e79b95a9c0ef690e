import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { createMissingKeys, openKeys } from '../../../src/base/keys/keys.ts'
import { readWhole } from '../../../src/base/settings/atomic-file.ts'
import { leafOf } from '../../../src/registry/changes/log-entries.ts'
import { another, everything, writeFiles } from '../../registry/whole-register.ts'
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

afterEach(() => void vi.restoreAllMocks())

async function answer(path: string, response: ServerResponse): Promise<void> {
  const bytes = await readWhole(join(stage.ledgerDir, path))
  response.statusCode = bytes === undefined ? 404 : 200
  response.end(bytes)
}

const accord = (...args: string[]) => tool('ledger', ...args)
const tool = (...words: string[]) =>
  callTool(words, {
    DATABASE_URL: stage.databaseUrl,
    KEYS_DIR: keysDir,
    LEDGER_DIR: stage.ledgerDir,
    ISSUER: 'http://accord.localhost',
  })

test('an unchanged log is valid with the database: exit 0; from outside nothing wrong is found, and nothing is proved', async () => {
  const inside = await accord('verify')
  expect(inside).toMatchObject({ code: 0, err: '' })
  expect(inside.out).toContain(`${stage.origin}: 300 entries, 1 checkpoints`)
  expect(inside.out).toContain('300 events of 1 people')
  expect(await accord('verify', '--url', url, '--copy')).toMatchObject({ code: 2 })
  const outside = await accord('verify', '--url', url)
  expect(outside).toMatchObject({ code: 3 })
  expect(outside.out).toContain(`${stage.origin}: 300 entries, 0 cosignatures`)
  expect(outside.err).toContain('give --policy')
  expect(outside.err).toMatch(/\nNothing wrong was found\.\n$/)
  for (const from of [[], ['--url', url]])
    expect(JSON.parse((await accord('verify', '--json', ...from)).out)).toMatchObject({
      holds: from.length === 0,
      findings: [],
    })
})

test('a long check says every ten seconds how far it is, and nothing where JSON is wanted', async () => {
  const written: unknown[] = []
  vi.spyOn(process.stderr, 'write').mockImplementation((line) => written.push(line) > 0)
  let at = Date.now()
  vi.spyOn(performance, 'now').mockImplementation(() => (at += 10_000))
  await accord('verify', '--json')
  expect(written.splice(0)).toEqual([])
  await accord('verify')
  expect(written.splice(0)).toEqual(['1 people, 300 events, 0 differences\n'])
  vi.spyOn(Date, 'now').mockImplementation(() => (at += 10_000))
  await accord('verify', '--url', url)
  expect(written[0]).toBe(`${stage.origin}: 0 of 300 entries\n`)
})

test('nothing is made anew or let go on where nothing was lost', async () => {
  const remembered = await accord('remember')
  expect(remembered).toMatchObject({ code: 1, out: '' })
  expect(remembered.err).toContain('signed.json is there')
  const restored = await accord('restored', '--reason', 'the disk is lost', '--operator', 'Anna')
  expect(restored).toMatchObject({ code: 1, out: '' })
  expect(restored.err).toContain('there is nothing to let go on')
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

test('what the database runs beside the release is named first, object by object: exit 1', async () => {
  const held = await accord('verify')
  expect(held.out).toMatch(/^[0-9]+ objects of the database’s code are those of the release\n/)
  await stage.db.raw('create view third as select 1 as one')
  await stage.db.raw('alter table decision disable trigger decision_no_past_deny')
  const ran = await accord('verify')
  const json = await accord('verify', '--json')
  await stage.db.raw('drop view third')
  await stage.db.raw('alter table decision enable trigger decision_no_past_deny')
  const names = [
    'trigger public.decision.decision_no_past_deny is another one',
    'relation public.third is not of this version',
  ]
  expect(ran).toMatchObject({ code: 1, out: '' })
  for (const name of names) expect(ran.err).toContain(`  code of the database: ${name}\n`)
  expect(ran.err).toMatch(/in 2 objects: docs\/operate\/incidents\/code-untrusted\.en\.md says/)
  const told = JSON.parse(json.out) as { findings: { because: string }[] }
  expect(json.code).toBe(1)
  expect(told).toMatchObject({ holds: false, code: expect.stringMatching(/^The database runs/) })
  expect(told.findings.map(({ because }) => because)).toEqual(expect.arrayContaining(names))
  const outside = await accord('verify', '--url', url)
  expect(outside.out).toContain('Not looked at: what the database runs (from outside).')
  expect(await accord('verify')).toMatchObject({ code: 0 })
})

test('an earlier checkpoint that the log does not contain, or that it forgot, is found', async () => {
  const since = join(keysDir, '../since')
  writeFileSync(since, (await stage.published()).note)
  await stage.grow(3)
  expect(await accord('verify', '--url', url, '--since', since)).toMatchObject({ code: 3 })
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
  expect(await accord('verify', '--url', `${address}/`)).toMatchObject({ code: 3 })
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
  expect(nobody.err).toContain('does not answer as it should')
})

test.each([
  [],
  ['verify', 'x'],
  ['verify', '--url'],
  ['verify', '--policy', 'x'],
  ['verify', '--url', 'x'],
  ['check'],
  ['remember', 'x'],
  ['remember', '--checkpoint'],
  ['restored'],
  ['restored', '--reason', ' '],
  ['restored', '--reason', 'x', 'y'],
  ['restored', '--reason', 'x', '--operator', 'x'.repeat(101)],
])('wrong usage gives exit 2: %j', async (...args) => {
  expect((await accord(...args.flat())).code).toBe(2)
})

// Somebody with SQL and no key takes every seal of the register away, and changes what an earlier version says, with all rows that tell it.
test('a register without seals gets them only beside a log that says what was signed', async () => {
  const files = join(keysDir, '../register')
  const apply = () => tool('register', 'apply', files)
  writeFiles(files, everything)
  expect(await apply()).toMatchObject({ code: 0, err: '' })
  const suspended = another('agreement', { version: 2, status: 'suspended' })
  writeFiles(files, [suspended])
  expect(await apply()).toMatchObject({ code: 0, out: expect.stringMatching(/^applied agr_one$/m) })
  const why = ['--reason', 'un essai', '--reason-en', 'a try', '--operator', 'Anna']
  expect(await tool('brake', 'begin', 'agreement', 'agr_one', ...why)).toMatchObject({ code: 0 })
  await stage.sequence()
  await stage.sign()
  const verified = await accord('verify')
  await stage.tamper('update register_brake set sha256 = sha256(sha256)')
  await stage.tamper(
    `insert into public_object (document, sha256, leaf_id, announced_at)
     select '{', sha256('{'), event_id, now() from ledger_event limit 1`,
  )
  const unspoken = await accord('verify')
  await stage.tamper(`delete from public_object where document = '{'`)
  await stage.tamper(
    `update register_brake set sha256 = (select sha256 from public_object where document like '%register-brake%')`,
  )
  expect(verified).toMatchObject({ code: 0, err: '' })
  // Each kind is counted apart.
  expect(verified.out).toMatch(
    /^\d+ register versions, 1 orders about brakes, \d+ events of \d+ people$/m,
  )
  expect(unspoken).toMatchObject({ code: 1, out: '' })
  for (const found of [
    'register: its versions or its brakes do not bear the seal of this broker together',
    'register_brake 1: it is not what its public document says',
    'register_brake of agreement agr_one: it was published, and its row is gone or another one',
  ])
    expect(unspoken.err).toContain(found)
  expect(unspoken.err).toMatch(
    /other \/log\/objects\/[0-9a-f]{64}\.json, entry \d+: its entry is of something else/,
  )
  await stage.tamper('delete from register_seal')
  await stage.tamper('update register_state set seal = null')
  expect(await apply()).toMatchObject({ code: 0, out: 'nothing to apply\n' })

  await stage.tamper('delete from register_seal')
  await stage.tamper('update register_state set seal = null')
  const forged = another('agreement', { status: 'ended' })
  const sha256 = leafOf(forged)
  await stage.tamper(
    `with changed as (update register_objects set content = :content where id = 'agr_one' and version = 1 returning object_no),
       told as (update register_leaf l set sha256 = :sha256 from changed c where c.object_no = l.object_no returning leaf_id)
     update ledger_position p set commitment = :sha256 from told t where p.event_id = t.leaf_id`,
    { content: JSON.stringify(forged.content), sha256 },
  )
  const refused = await apply()
  expect(refused).toMatchObject({ code: 1, out: '' })
  expect(refused.err).toContain('The register bears no seal, and gets none')
  expect(refused.err).toContain(`${stage.origin}, entry `)

  for (const table of ['register_objects', 'register_leaf', 'ledger_position', 'log_node', 'log'])
    await stage.tamper(`delete from ${table}`)
  await stage.tamper('update register_state set epoch = 0')
  expect((await apply()).err).toContain('were signed, but the database has no such log')
})
