import { spawnSync } from 'node:child_process'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Database } from '../../src/base/database/database.ts'
import { createMissingKeys } from '../../src/base/keys/keys.ts'
import { signerFrom } from '../../src/base/tlog/note.ts'
import { OperatorError } from '../../src/base/values/operator-error.ts'
import { openDatabase } from '../../src/base/database/database.ts'
import { canonical } from '../../src/ledger/chain/index.ts'
import type { JsonValue } from '../../src/ledger/chain/index.ts'
import { watchRegister } from '../../src/ledger/monitor/register-changes.ts'
import { registerDocument } from '../../src/registry/index.ts'
import type { FreshDatabase } from '../support/database.ts'
import { freshDatabase } from '../support/database.ts'
import { newFolder } from '../support/fault-process.ts'
import { housePatience } from '../support/patience.ts'
import { given } from '../support/seals.ts'
import { callTool } from '../support/tool.ts'
import { hashIn, signChange } from '../support/two-signers.ts'
import { unservable } from '../support/unservable.ts'
import type { Content } from './whole-register.ts'
import { another, everything, unbroken, writeFiles } from './whole-register.ts'
import { registerCommand, signingCommand } from '../support/commands.ts'

// Once two signers are in the register, nobody changes it alone (decision 0107). One story: each test goes on from the register of the
// one before.

const now = new Date('2026-11-24T15:00:00.000Z')
const days = (n: number) => new Date(now.getTime() + n * 24 * 3600 * 1000)
const names = ['one', 'two', 'three', 'mallory'] as const
type Name = (typeof names)[number]

let fresh: FreshDatabase
let db: Database
let keys: string
let dir: string

beforeAll(async () => {
  fresh = await freshDatabase()
  db = openDatabase(fresh.url, housePatience)
  keys = newFolder()
})
afterAll(async () => {
  await db.destroy()
  await fresh.drop()
  rmSync(keys, { recursive: true, force: true })
})
beforeEach(() => {
  dir = newFolder()
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const publicKeys = new Map<Name, string>()

async function signer(name: Name, change: Content = {}) {
  if (!publicKeys.has(name)) {
    const [line = ''] = (await signingCommand(['key', keyOf(name)], now)) ?? []
    publicKeys.set(name, line.replace('public_key: ', ''))
  }
  return another('signer', {
    signer_id: `sig_${name}`,
    public_key: publicKeys.get(name),
    ...change,
  })
}

function keyOf(name: Name): string {
  return join(keys, `${name}.jwk.json`)
}

function run(words: readonly string[], at = now, mode: Partial<typeof given> = {}) {
  return registerCommand(db, words, at, unservable, { ...given, ...mode })
}

let plans = 0

/** Plans these objects, has the plan signed by these, and leads to its file. */
async function planned(objects: Parameters<typeof writeFiles>[1], by: readonly Name[], at = now) {
  const folder = join(dir, `files${++plans}`)
  writeFiles(folder, objects)
  const file = join(dir, `change${plans}.json`)
  await run(['plan', folder, '--out', file, '--reason', 'Un essai', '--reason-en', 'A trial'], at)
  for (const name of by) await signChange(file, keyOf(name), at)
  return file
}

/** What refuses the apply; undefined: it was applied. */
async function refusal(path: string, at = now): Promise<string | undefined> {
  const before = await count()
  const refused: unknown = await run(['apply', path], at).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (refused === undefined) return undefined
  expect(await count()).toBe(before)
  if (!(refused instanceof OperatorError)) throw refused
  return refused.message
}

function read(file: string) {
  return JSON.parse(readFileSync(file, 'utf8')) as {
    plan: Content & { replaces: object[]; effects: Content }
    replaced: Content[]
    signatures: string[]
  }
}

async function count(): Promise<number> {
  const [row]: { count: string }[] = await db('registerObjects').count()
  return Number(row?.count)
}

const income = (version: number) => another('category', { version })

test('the first register needs no signature, and neither does the first pair of signers', async () => {
  writeFiles(dir, everything)
  expect(await refusal(dir)).toBeUndefined()
  expect(await refusal(await planned([await signer('one')], []))).toBeUndefined()
  expect(await refusal(await planned([await signer('two')], ['one']))).toBeUndefined()
})

test('from then on one operator, one signer, or files alone change nothing, but in a demonstration', async () => {
  writeFiles(join(dir, 'files'), [income(2)])
  const alone = 'The change is not applied: two signers must sign it, and 0 did.'
  expect(await refusal(join(dir, 'files'))).toBe(alone)
  expect(await refusal(await planned([income(2)], []))).toBe(alone)
  expect(await refusal(await planned([income(2)], ['one']))).toContain('and 1 did')
  expect(await refusal(await planned([income(2)], ['one', 'one']))).toContain(
    'sig_one signed twice',
  )
  await signer('mallory')
  expect(await refusal(await planned([income(2)], ['one', 'mallory']))).toContain('by no signer')
  // What changes nothing is applied by anybody: so a register is sealed again.
  writeFiles(join(dir, 'same'), everything)
  expect(await run(['apply', join(dir, 'same')])).toEqual(['nothing to apply'])
  const said = await run(['apply', join(dir, 'files')], now, { demandsSignatures: false })
  expect(said?.at(-1)).toBe('applied cat_income')
  expect(said?.join('\n')).toContain(
    'Ici une seule signature suffit; en production il en faut deux.',
  )
})

test('an operator who calls a deployment a demonstration changes nothing alone either', async () => {
  const [files, keysDir] = [join(dir, 'files'), join(dir, 'keys')]
  writeFiles(files, [income(3)])
  await createMissingKeys(keysDir)
  writeFileSync(join(keysDir, 'seal'), Buffer.alloc(32, 1).toString('base64url'))
  const env = { NODE_ENV: '', ISSUER: 'http://localhost:3000', KEYS_DIR: keysDir }
  const apply = () =>
    callTool(['register', 'apply', files], { ...env, DATABASE_URL: fresh.url, LEDGER_DIR: '' })
  const root = createHash('sha256').digest()
  const [log] = await db('log').insert({ year: 2026, shard: 0, root }).returning('logId')
  const { vkey } = signerFrom('id.accord.example.org/log/2026/p0', 'ed25519', root).verifier
  await db('logKey').insert({ logId: log?.logId ?? 0, vkey, firstAt: now })

  const before = await count()
  const { code, err } = await apply()
  expect({ code, err }).toEqual({
    code: 1,
    err: 'This database is that of id.accord.example.org/log/2026/p0, and no demonstration: NODE_ENV must be production, or staging.\n',
  })
  expect(await count()).toBe(before)
  await db('logKey').delete()
  await db('log').delete()
})

test('two signers change the register; who, why and when are published, and hold without the broker', async () => {
  const file = await planned([income(3)], ['one', 'two'])
  expect((await run(['apply', file], days(1)))?.at(-1)).toBe('applied cat_income')
  const rows: { id: string; version: number }[] = await db('registerObjects')
    .where({ kind: 'change' })
    .orderBy('objectNo')
  expect(rows).toHaveLength(3)
  const document = await registerDocument(db, 'change', `${rows.at(-1)?.id}@1`)
  const { content } = JSON.parse(document ?? '') as { content: Content }
  expect(content).toMatchObject({
    reason: { fr: 'Un essai', en: 'A trial' },
    planned_at: now.toISOString(),
    signatures: [{ signer: 'sig_one@1' }, { signer: 'sig_two@1' }],
    objects: [{ kind: 'category', id: 'cat_income', version: 3 }],
  })
  // The plan is put together from public documents alone, and checked by another library.
  const {
    change_id: _id,
    version: _version,
    plan_sha256: hash,
    objects,
    signatures,
    ...rest
  } = content
  const documents = await Promise.all(
    (objects as { kind: string; id: string; version: number }[]).map(
      async ({ kind, id, version }) =>
        JSON.parse((await registerDocument(db, kind, `${id}@${version}`)) ?? '') as JsonValue,
    ),
  )
  const plan = { ...rest, objects: documents } as JsonValue
  expect(createHash('sha256').update(canonical(plan)).digest('hex')).toBe(hash)
  for (const [i, { jws }] of (signatures as { jws: string }[]).entries()) {
    const [head = '', body = '', signature = ''] = jws.split('.')
    const x = publicKeys.get(names[i] ?? 'mallory')
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: x ?? '' }, format: 'jwk' })
    const bytes = Buffer.from(signature, 'base64url')
    expect(verify(null, Buffer.from(`${head}.${body}`), key, bytes)).toBe(true)
    expect(JSON.parse(Buffer.from(body, 'base64url').toString())).toMatchObject({ plan: hash })
  }
})

test('a signature counts for its plan, for seven days, and for the register that it was made against', async () => {
  const [first, second] = [
    await planned([income(4)], ['one', 'two']),
    await planned(
      [another('category', { category_id: 'cat_children', version: 2 })],
      ['one', 'two'],
    ),
  ]
  const mixed = join(dir, 'mixed.json')
  writeFileSync(mixed, JSON.stringify({ ...read(first), signatures: read(second).signatures }))
  expect(await refusal(mixed)).toContain('the signature of sig_one is not of this plan')
  const changed = join(dir, 'changed.json')
  const { plan, ...rest } = read(first)
  writeFileSync(
    changed,
    JSON.stringify({ ...rest, plan: { ...plan, reason: { fr: 'x', en: 'x' } } }),
  )
  expect(await refusal(changed)).toContain('is not of this plan')
  expect(await refusal(first, days(8))).toContain('older than seven days')
  expect(await refusal(first, days(-1))).toContain('dated in the future')
  const elsewhere = run(['apply', first], now, { issuer: 'https://other.test' })
  await expect(elsewhere).rejects.toThrow('it is for https://id.test')
  expect(await refusal(second, days(6))).toBeUndefined()
  expect(await refusal(first)).toContain('the register has changed since this plan')
  // The same plan is not applied twice.
  expect(await run(['apply', second])).toEqual(['nothing to apply'])
})

test('of two signers none is exchanged in one change, whoever signs it', async () => {
  const refused = 'two who stay must sign it: where there are two, add a third one first'
  const over = await signer('two', { version: 2, until: '2026-11-23' })
  const soon = await signer('two', { version: 2, until: '2026-11-25' })
  const key = await signer('two', { version: 2, public_key: await keyOfThree() })
  const three = await signer('three')
  for (const change of [[over], [soon], [key], [over, three], [soon, three]])
    expect(await refusal(await planned(change, ['one', 'two']))).toContain(refused)
  // The one who comes is no signer before a change has brought him.
  for (const by of [
    ['one', 'three'],
    ['one', 'two', 'three'],
  ] as const)
    expect(await refusal(await planned([over, three], by))).toContain('by no signer')
})

test('of two signers one is exchanged in two changes: all three sign', async () => {
  const three = await signer('three')
  expect(await refusal(await planned([three], ['one']))).toContain('and 1 did')
  expect(await refusal(await planned([three], ['one', 'two']))).toBeUndefined()
  const over = await signer('two', { version: 2, until: '2026-11-23' })
  expect(await refusal(await planned([over], ['one', 'two']))).toContain('two who stay')
  expect(await refusal(await planned([over], ['two', 'three']))).toContain('two who stay')
  expect(await refusal(await planned([over], ['one', 'three']))).toBeUndefined()
  expect(await refusal(await planned([income(6)], ['one', 'two']))).toContain(
    'signed until 2026-11-23, and in Québec it is',
  )
  expect(await refusal(await planned([income(6)], ['three', 'one']))).toBeUndefined()
})

test('a term is made longer by any two, and shorter by two others', async () => {
  const term = (version: number, until?: string) =>
    signer('one', { version, ...(until !== undefined && { until }) })
  expect(await refusal(await planned([await term(2, '2027-06-30')], ['one', 'three']))).toContain(
    'two who stay',
  )
  expect(
    await refusal(await planned([await signer('two', { version: 3 })], ['one', 'three'])),
  ).toBe(undefined)
  const short = await planned([await term(2, '2027-06-30')], ['two', 'three'])
  expect(await refusal(short)).toBeUndefined()
  const longer = await planned([await term(3, '2027-12-31')], ['one', 'three'])
  expect(await refusal(longer)).toBeUndefined()
})

async function keyOfThree(): Promise<unknown> {
  return (await signer('three')).content['public_key']
}

test('two signers with one key are one', async () => {
  const twin = await signer('one', { signer_id: 'sig_twin' })
  writeFiles(dir, [twin])
  await expect(run(['plan', dir])).rejects.toThrow('it is the key of sig_one@1 too')
})

test.each([
  [['plan', 'a', '--out', 'b']],
  [['plan', 'a', '--reason', 'b', '--reason-en', 'c']],
  [['apply', 'a', '--out', 'b', '--reason', 'b', '--reason-en', 'c']],
  [['sign', 'a']],
  [['plan', 'a', '--new']],
])('the words %j are wrong usage', async (words) => {
  expect(await run(words)).toBeUndefined()
})

test('a file that is no change, a key that is none, and a plan of nothing are said in one sentence', async () => {
  const file = join(dir, 'no.json')
  writeFileSync(file, '{"plan":1}')
  await expect(run(['apply', file])).rejects.toThrow(/no\.json is no change of a register/)
  writeFileSync(file, 'x')
  await expect(run(['apply', file])).rejects.toThrow('cannot be read as the change of a register')
  const change = await planned([income(7)], [])
  await expect(signingCommand(['sign', change, '--key', file], now)).rejects.toThrow(
    'is no private key',
  )
  await expect(signingCommand(['key', keyOf('one')], now)).rejects.toThrow('is there already')
  await expect(planned([income(6)], [])).rejects.toThrow('There is nothing to apply')
  expect(await signingCommand(['sign', change], now)).toBeUndefined()
})

function textIn(lines: readonly string[] = []): string[] {
  return lines.filter((line) => !/^(= |wrote |signed |applied )/.test(line))
}

test('who plans, who signs and who applies read one text, with the old values', async () => {
  const objects = [
    income(8),
    another('service', {
      version: 2,
      redirect_uris: ['https://giver.test/cb', 'https://giver.test/other'],
    }),
  ]
  const folder = join(dir, 'one-text')
  writeFiles(folder, objects)
  const file = join(dir, 'one-text.json')
  const planning = ['--reason', 'Une adresse', '--reason-en', 'An address']
  const text = textIn(await run(['plan', folder, '--out', file, ...planning]))
  expect(text.join('\n')).toContain('+ redirect_uris[ → 1]: "https://giver.test/other"')
  expect(text.at(-1)).toBe(`hash ${hashIn(file)}`)
  expect(textIn(await signChange(file, keyOf('one'), now))).toEqual(text)
  expect(textIn(await signChange(file, keyOf('three'), now))).toEqual(text)
  expect(textIn(await run(['apply', file]))).toEqual(text)
})

test('nothing is signed by who has not read it, and a refusal leaves the file as it was', async () => {
  const file = await planned([income(9)], [])
  const before = readFileSync(file)
  const key = ['--key', keyOf('one')]
  // The tool itself, where nobody is at a terminal.
  const env = { NODE_ENV: 'test', ISSUER: 'https://id.test', DATA_DIR: dir }
  const answer = await callTool(['register', 'sign', file, ...key], env)
  expect(answer).toMatchObject({ code: 2, err: expect.stringContaining(`--yes ${hashIn(file)}`) })
  expect(answer.out).toContain('~ category cat_income version 8 → 9')
  const other = await callTool(['register', 'sign', file, ...key, '--yes', 'f'.repeat(64)], env)
  expect(other).toMatchObject({ code: 1, err: expect.stringContaining('names another hash') })
  const wrong = { ask: () => Promise.resolve('ffffff') }
  await expect(signingCommand(['sign', file, ...key], now, wrong)).rejects.toThrow('not the first')
  expect(await signingCommand(['sign', file], now)).toBeUndefined()
  expect(readFileSync(file).equals(before)).toBe(true)
  const right = { ask: () => Promise.resolve(hashIn(file).slice(0, 6)) }
  expect(await signingCommand(['sign', file, ...key], now, right)).toEqual([
    `signed ${hashIn(file)}`,
  ])
  expect(read(file).signatures).toHaveLength(1)
})

test('a file of an older form is refused, with the command that makes it anew, and so is one whose old values are not those of its plan', async () => {
  const file = await planned([income(9)], ['one', 'three'])
  const { plan, replaced, signatures } = read(file)
  const { replaces: _replaces, effects: _effects, unasked: _unasked, ...old } = plan
  const older = { plan: { ...old, type: 'accord.register-plan.v1' }, signatures }
  const [was] = replaced
  const forged: [object, string][] = [
    [older, 'Make it anew, and have it signed again: accord register plan DIR --out FILE'],
    [{ plan, replaced: [], signatures }, 'not those that its plan names'],
    [
      {
        plan,
        replaced: [{ ...was, content: { ...income(8).content, label: { fr: 'x', en: 'x' } } }],
        signatures,
      },
      'not those that its plan names',
    ],
    [{ plan, replaced: [was, was], signatures }, 'not those that its plan names'],
    [
      {
        plan: { ...plan, objects: [plan['objects'], plan['objects']].flat() },
        replaced,
        signatures,
      },
      'two versions of one thing',
    ],
  ]
  for (const [content, because] of forged) {
    const path = join(dir, 'forged.json')
    writeFileSync(path, JSON.stringify(content))
    await expect(
      signingCommand(['sign', path, '--key', keyOf('one'), '--yes', hashIn(path)], now),
    ).rejects.toThrow(because)
    expect(readFileSync(path, 'utf8')).toBe(JSON.stringify(content))
    expect(await refusal(path)).toContain(because)
  }
})

test('a plan that tells its signers something else than the register holds is not applied', async () => {
  const moved = another('service', { version: 3, redirect_uris: ['https://stranger.test/cb'] })
  const file = await planned([moved], [])
  const { plan, replaced } = read(file)
  // As somebody who plans would hide it: the stranger's address was there before, or the service is a new one.
  const [was] = replaced
  const lie = { ...was, content: { ...moved.content, version: 2, contacts: ['a@giver.test'] } }
  const sha256 = createHash('sha256').update(canonical(lie)).digest('hex')
  const lies = [
    { plan: { ...plan, replaces: [{ ...plan.replaces[0], sha256 }] }, replaced: [lie] },
    { plan: { ...plan, replaces: [] }, replaced: [] },
    {
      plan: {
        ...plan,
        effects: { ...plan.effects, stops: [], begins: [], sign_in_stops: ['service other'] },
      },
      replaced,
    },
    { plan: { ...plan, refused: [{ id: 'agr_one', people: '<10' }] }, replaced },
    { plan: { ...plan, objects: [...(plan['objects'] as object[]), income(8)] }, replaced },
  ]
  for (const [n, content] of lies.entries()) {
    const path = join(dir, `lie${n}.json`)
    writeFileSync(path, JSON.stringify({ ...content, signatures: [] }))
    for (const name of ['one', 'three'] as const) await signChange(path, keyOf(name), now)
    expect(await refusal(path)).toContain('not what the register holds')
  }
})

test('a change whose old values are not those of today is refused in one sentence, whatever else is wrong with it', async () => {
  const first = await planned([income(9)], ['one', 'three'])
  const other = another('category', { version: 9, example: { fr: 'Autre', en: 'Other' } })
  const second = await planned([other], ['one', 'three'])
  const { epoch } = read(second).plan
  expect(await refusal(first)).toBeUndefined()
  const refused = (await refusal(second)) ?? ''
  expect(refused).toMatch(
    new RegExp(
      `^The change is not applied: the register has changed since this plan \\(at epoch ${String(epoch)}; it is at \\d+ now\\)`,
    ),
  )
  expect(refused.split('\n')).toHaveLength(1)
})

test('the text says who is stopped, who is asked again, what begins, and who signs', async () => {
  const follows = async (...objects: Parameters<typeof writeFiles>[1]) => {
    const folder = join(dir, `follows${++plans}`)
    writeFiles(folder, objects)
    const text = unbroken(await run(['plan', folder])).join('\n')
    return text.slice(text.indexOf('What follows:'), text.indexOf('All of it, in short:'))
  }
  const both =
    'dst_notice@1 (cat_income, cat_children) from org_giver to org_taker, for pur_aid@1, under agr_one, where people allow it'
  expect(await follows(another('agreement', { version: 2, status: 'suspended' }))).toContain(
    `stopped: ${both}`,
  )
  expect(await follows(another('organisation', { version: 2, status: 'suspended' }))).toContain(
    `stopped: ${both}\n  no sign-in any more: service giver`,
  )
  expect(await follows(another('purpose', { version: 2, status: 'retired' }))).toContain(
    `stopped: ${both}`,
  )
  expect(
    await follows(
      another('agreement', {
        version: 2,
        datasets: [{ dataset_id: 'dst_notice@1', categories: ['cat_income'] }],
      }),
    ),
  ).toContain('stopped: dst_notice@1 (cat_children) from')
  // A sentence about whoever receives it: another thing is sent, and so everybody is asked.
  expect(
    await follows(
      another('category', {
        version: 10,
        sensitivity: 'ordinary',
        plain_description: { fr: 'Autre', en: 'Other' },
      }),
    ),
  ).toContain('asked again, because of category cat_income@10: whoever allowed agr_one')
  expect(await follows(another('service', { version: 3, status: 'suspended' }))).toContain(
    'no sign-in any more: service giver',
  )
  // Quoted, where its key's thumbprint begins with a dash.
  expect(await follows(await signer('one', { version: 4, until: '2026-11-01' }))).toMatch(
    /signs no more: "?sig_one /,
  )
  const law = [
    another('purpose', {
      purpose_id: 'pur_law',
      programme: 'Autre',
      label: { fr: 'Loi', en: 'Law' },
    }),
    another('agreement', {
      agreement_id: 'agr_law',
      legal_basis_id: 'mandate_67_2',
      purposes: ['pur_law@1'],
    }),
  ]
  expect(await follows(...law)).toContain(
    'begins: dst_notice@1 (cat_income, cat_children) from org_giver to org_taker, for pur_law@1, under agr_law, by law: nobody is asked',
  )
  // A new one that looks like another.
  const alike = [
    another('organisation', { org_id: 'org_giver1', name: { fr: 'Un', en: 'One' } }),
    another('organisation', { org_id: 'org_giverl', name: { fr: 'Deux', en: 'Two' } }),
  ]
  writeFiles(join(dir, 'alike'), alike)
  expect(unbroken(await run(['plan', join(dir, 'alike')]))).toContain(
    '  ! "org_giver1" looks like "org_giverl" of organisation org_giverl, and is another',
  )
  expect(
    await follows(another('category', { version: 10, dpv_pd_iri: 'https://w3id.org/x' })),
  ).toContain('nothing begins, nobody is stopped, nobody is asked again')
})

test('at a terminal the text comes first, and the characters of the hash are typed', async () => {
  const file = await planned([income(10)], [])
  const program = ['--import', './src/guard.js', 'src/accord.ts', 'register', 'sign', file]
  const words = [process.execPath, ...program, '--key', keyOf('one')].map((word) => `'${word}'`)
  const { status, stdout } = spawnSync('script', ['-qec', words.join(' '), '/dev/null'], {
    input: `${hashIn(file).slice(0, 6)}\n`,
    encoding: 'utf8',
  })
  expect({ status, stdout }).toMatchObject({ status: 0 })
  expect(stdout.indexOf('Type the first 6 characters')).toBeGreaterThan(
    stdout.indexOf('Look at this first:'),
  )
  expect(read(file).signatures).toHaveLength(1)
})

const named = (version: number) =>
  `the version category cat_income@${version} is in no change that was signed`

test('who has the public documents alone names each version that two did not sign', async () => {
  const findings = async () => {
    const register = watchRegister()
    const rows: { kind: string; id: string; version: number }[] =
      await db('registerObjects').orderBy('objectNo')
    for (const [index, { kind, id, version }] of rows.entries()) {
      const bytes = Buffer.from((await registerDocument(db, kind, `${id}@${version}`)) ?? '')
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      register.take('id.test/log/2026/p0', { index, sha256, bytes })
    }
    return (await register.findings()).map(({ because }) => because)
  }
  // What was applied above as in a demonstration.
  expect(await findings()).toEqual([named(2)])
  // Somebody with the key of seals and SQL writes one past the tool.
  const content = { ...income(99).content }
  await db('registerObjects').insert({
    kind: 'category',
    id: 'cat_income',
    version: 99,
    content,
    appliedAt: now,
  })
  expect(await findings()).toEqual([named(2), named(99)])
})
