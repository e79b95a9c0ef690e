import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import * as jose from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { publicKeys, signStatement } from '../../../src/base/keys/jws.ts'
import type { Keys } from '../../../src/base/keys/keys.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import { dayOf, endOfDay, startOfDay } from '../../../src/base/values/calendar.ts'
import type { Database, Transaction } from '../../../src/base/database/database.ts'
import { transact } from '../../../src/base/database/database.ts'
import { signerFrom, signNote, splitNote } from '../../../src/base/tlog/note.ts'
import { newUuid, writeId } from '../../../src/base/values/ids.ts'
import { NotProvedError } from '../../../src/base/values/operator-error.ts'
import { proofText, readProof } from '../../../src/base/tlog/log-proof.ts'
import { dossierClaims } from '../../../src/consent/dossiers/build-dossier.ts'
import { commitmentTo, logEntry } from '../../../src/ledger/chain/index.ts'
import { issuer } from '../../support/broker.ts'
import type { Load } from '../../support/sharing-load.ts'
import { eventsOf, openLoad } from '../../support/sharing-load.ts'
import type { Json, Shared, Stage } from '../../support/sharing.ts'
import {
  decide,
  evaluation,
  holderToken,
  shareAsNewcomer,
  startStage,
  stop,
} from '../../support/sharing.ts'
import { signLog } from '../../support/sign-log.ts'
import type { TwoSigners } from '../../support/two-signers.ts'
import { twoSigners } from '../../support/two-signers.ts'
import { statementsBy } from '../../support/statements.ts'
import { breachCommand, dossierCommand, readingCommand } from '../../support/commands.ts'

// What an auditor gets of one person: by whose order, what it tells, and what its check refuses.

let stage: Stage
let load: Load
let keys: Keys
let two: TwoSigners
let shared: Shared
let published: string

beforeAll(async () => {
  stage = await startStage()
  load = await openLoad(stage)
  keys = await openKeys(stage.keysDir)
  two = await twoSigners()
  published = two.file('keys.json')
  writeFileSync(published, JSON.stringify(publicKeys(keys)))
  shared = await shareAsNewcomer(stage)
  await stop(shared.browser, shared.consentId)
})
afterAll(async () => {
  two.remove()
  await load.close()
  await stage.stop()
})

const today = () => dayOf(new Date())
const why = ['--reason', 'vérification annuelle', '--reason-en', 'yearly audit']
const personId = () => load.pairwise.person(shared.sub, 'org_agence-revenu') ?? ''

function audit(...words: string[]): Promise<string[] | undefined> {
  return auditIn(stage.db, 'person', shared.consentId, ...words)
}

function auditIn(db: Database, ...words: string[]): Promise<string[] | undefined> {
  return dossierCommand(db, words, new Date(), () =>
    Promise.resolve({
      vault: load.vault,
      statements: statementsBy(keys),
      pairwise: load.pairwise,
      issuer,
      signers: two.signers,
    }),
  )
}

let orders = 0
/** An order for a dossier of today, signed by these keys. */
async function ordered(by: readonly string[], ...words: string[]): Promise<string> {
  const file = two.file(`order-${(orders += 1)}.json`)
  await audit(...span(), ...words, '--out', file, ...why)
  await two.sign(file, ...by)
  return file
}

const span = () => ['--from', today(), '--to', today()]
const check = (file: string, ...words: string[]) =>
  readingCommand('', ['verify', file, '--keys', published, ...words])

test('a dossier is made by the order of two, read by its owner alone, and tells what her chain tells; she sees it', async () => {
  const [into, before] = [two.file('dossier'), await eventsOf(load, personId(), 'access.ordered')]
  await audit(...span(), '--into', into, '--order', await ordered(two.keys))
  expect(statSync(into).mode & 0o777).toBe(0o600)
  const says = (await check(into)) ?? []
  expect(says[0]).toContain(`about ${shared.consentId}`)
  expect(says[1]).toContain(
    'Bureau un · Office un and Bureau deux · Office deux: vérification annuelle',
  )
  const lines = says.slice(4).map((line) => line.split('  ')[2])
  expect(lines).toEqual([
    'access.opened',
    'consent.presented',
    'consent.granted',
    'consent.revoked',
    'access.ordered',
  ])
  expect(says.join('\n')).toMatch(/consent\.granted .*recipient=org_aide-etudes/)
  expect(says.join('\n')).not.toContain(personId())
  expect(await eventsOf(load, personId(), 'access.ordered')).toHaveLength(before.length + 1)
  const { body } = await shared.browser.get('/activite/impression?quoi=acces')
  expect(body).toContain('Un dossier sur vous a été remis à une personne qui vérifie.')
  expect(body).toContain('vérification annuelle')
  expect(await messages()).toHaveLength(1)
})

/** What she was told by messages: of each dossier one, by the way that she chose. */
function messages(): Promise<object[]> {
  return stage.db('notification').where({ personId: personId(), kind: 'dossier.made' })
}

/** Makes an auditor’s key. */
async function toKey(file: string): Promise<string[]> {
  const [line = ''] = (await readingCommand('', ['key', file])) ?? []
  writeFileSync(`${file}.pub`, line)
  expect(line).not.toContain('"d"')
  return ['--to-key', `${file}.pub`]
}

test('a dossier is sealed to the auditor’s key, which the order names', async () => {
  const [own, other] = [two.file('auditor.jwk'), two.file('other.jwk')]
  const [mine, others] = [await toKey(own), await toKey(other)]
  const order = await ordered(two.keys, ...mine)
  const into = two.file('sealed')
  for (const words of [others, []])
    await expect(audit(...span(), '--into', into, ...words, '--order', order)).rejects.toThrow(
      'over something else',
    )
  await audit(...span(), '--into', into, ...mine, '--order', order)
  const sealed = readFileSync(into, 'utf8')
  expect(sealed.split('.')).toHaveLength(5)
  expect(await check(into, '--key', own)).toHaveLength(4 + 6)
  await expect(check(into, '--key', other)).rejects.toThrow('sealed to another key')
  await expect(check(into)).rejects.toThrow('its signature does not hold')
  await expect(audit(...span(), '--into', `${into}-2`, ...mine, '--order', order)).rejects.toThrow(
    'carried out before',
  )
  expect(existsSync(`${into}-2`)).toBe(false)
})

test.each<[string, string[]]>([
  ['more than a year', ['--from', '2025-01-01', '--to', '2026-01-01']],
  ['days that are turned around', ['--from', '2026-02-01', '--to', '2026-01-01']],
  ['no day', ['--from', '2026-02-30', '--to', '2026-03-01']],
  ['no span', []],
])('%s is wrong usage', async (_, words) => {
  expect(await audit(...words, '--into', two.file('x'), ...why)).toBeUndefined()
})

test('other words are wrong usage, and an order is either written or carried out', async () => {
  const file = two.file('usage')
  const whole = [...span(), '--into', file]
  for (const words of [
    ['people', shared.consentId, ...whole],
    ['person', ...whole],
    ['person', shared.consentId, 'con_x', ...whole],
    ['person', shared.consentId, ...span()],
  ])
    expect([words, await auditIn(stage.db, ...words)]).toEqual([words, undefined])
  const twice = ['--out', file, '--order', await ordered(two.keys)]
  await expect(auditIn(stage.db, 'person', shared.consentId, ...span(), ...twice)).rejects.toThrow(
    'Of --order, --out and --key only one is said.',
  )
  for (const words of [['read', file], ['verify'], ['key', file, '--keys', published]])
    expect([words, await readingCommand('', words)]).toEqual([words, undefined])
  expect(existsSync(file)).toBe(false)
})

test('a reference of nobody, and a file that is no key, are refused by their names', async () => {
  const [file, nobody] = [two.file('no-key'), 'con_00000000000000000000000000']
  await expect(auditIn(stage.db, 'person', nobody, ...span(), '--into', file)).rejects.toThrow(
    `Nobody belongs to ${nobody}.`,
  )
  for (const content of ['{}', 'no JSON']) {
    writeFileSync(file, content)
    await expect(
      audit(...span(), '--into', two.file('never'), '--to-key', file, ...why),
    ).rejects.toThrow(`${file} is no public key of « accord audit key ».`)
    await expect(check(file, '--key', file)).rejects.toThrow(
      `${file} is no key of « accord audit key ».`,
    )
  }
})

test('a file that was written goes again where it cannot be noted that she is told', async () => {
  const [into, order] = [two.file('unnoted'), await ordered(two.keys)]
  const told = await messages()
  const transaction = (deed: (tx: Transaction) => Promise<unknown>) =>
    stage.db.transaction(async (tx) => {
      await deed(tx)
      expect(existsSync(into)).toBe(true)
      throw new Error('the database is gone')
    })
  const failing = new Proxy(stage.db, {
    get: (db, name) => (name === 'transaction' ? transaction : (Reflect.get(db, name) as unknown)),
  })
  await expect(
    auditIn(failing, 'person', shared.consentId, ...span(), '--into', into, '--order', order),
  ).rejects.toThrow('the database is gone')
  expect(existsSync(into)).toBe(false)
  expect(await messages()).toEqual(told)
})

test('of what is erased a dossier has the entry alone; more than a thousand events are refused', async () => {
  const day = '2020-03-01'
  const erased = (tx: Transaction, from: number, to: number) =>
    tx.raw(
      `insert into ledger_event select :personId, gen_random_uuid(), :at, :at, n, 0, 2020, 'consent.refused',
         sha256(n::text::bytea), '' from generate_series(:from::integer, :to::integer) n`,
      { personId: personId(), at: startOfDay(day), from, to },
    )
  const [about, reason] = [shared.consentId, { fr: 'r', en: 'r' }]
  const order = { type: 'accord.order.v1', issuer, deed: 'dossier', about, reason } as const
  const making = {
    vault: load.vault,
    pairwise: load.pairwise,
    issuer,
    personId: personId(),
    span: { from: day, to: day, since: startOfDay(day), until: endOfDay(day) },
    ordered: {
      order: { ...order, details: {}, made_at: '', nonce: '' },
      sha256: '',
      signatures: [],
      operator: 'Anna',
    },
    now: new Date(),
  }
  const file = two.file('erased')
  const tooMany = transact(stage.db, async (tx) => {
    await tx.raw(
      `insert into dek values (?, 2020, null, '\\x0000000000000000', now(), now(), gen_random_uuid())`,
      [personId()],
    )
    await erased(tx, 100_001, 100_002)
    const claims = await dossierClaims(tx, making)
    writeFileSync(file, await signStatement(statementsBy(keys), 'audit-dossier+jwt', claims))
    await erased(tx, 100_003, 101_001)
    return dossierClaims(tx, making)
  })
  await expect(tooMany).rejects.toThrow('more than 1000 events: ask for fewer days')
  const says = (await check(file)) ?? []
  expect(says[1]).toContain('Ordered by Anna')
  expect(says.slice(4)).toEqual(['100001', '100002'].map((seq) => `${seq}  its content is erased`))
})

test('one signature, or a name, makes no dossier, and nothing is written', async () => {
  const into = two.file('none')
  const [one] = two.keys
  const order = await ordered([one])
  const [before, told] = [await eventsOf(load, personId(), 'access.ordered'), await messages()]
  for (const words of [
    ['--order', order],
    ['--key', one, ...why],
    ['--operator', 'Anna', ...why],
  ])
    await expect(audit(...span(), '--into', into, ...words)).rejects.toThrow(/signers must/)
  expect(existsSync(into)).toBe(false)
  expect(await eventsOf(load, personId(), 'access.ordered')).toHaveLength(before.length)
  expect(await messages()).toHaveLength(told.length)
})

test('a file that is there already stays, and the order is not spent', async () => {
  const [into, order] = [two.file('there'), await ordered(two.keys)]
  writeFileSync(into, 'mine')
  await expect(audit(...span(), '--into', into, '--order', order)).rejects.toThrow(
    'is there already',
  )
  expect(readFileSync(into, 'utf8')).toBe('mine')
  await audit(...span(), '--into', `${into}-free`, '--order', order)
})

// The list of people whom a breach touched.

const sub = () => load.pairwise.subject(personId(), 'org_aide-etudes')
let lists = 0

function list(...words: string[]): Promise<string[] | undefined> {
  const { vault, pairwise } = load
  const register = { ...load.live.current(), signers: two.signers }
  return breachCommand(stage.db, ['list', ...words], new Date(), () =>
    Promise.resolve({ vault, pairwise, issuer, register }),
  )
}

async function orderFor(by: readonly string[], ...words: string[]): Promise<string> {
  const file = two.file(`breach-${(lists += 1)}`)
  await list(...words, '--out', file, ...why)
  await two.sign(file, ...by)
  return file
}

const linesIn = (file: string) =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Json)
const hersIn = (file: string) => linesIn(file).filter((line) => line['sub'] === sub())

const made = async (...of: string[]) => {
  const file = two.file(`of-${of.join('-')}`)
  const order = await orderFor(two.keys, ...of, ...span())
  await list(...of, ...span(), '--into', file, '--order', order)
  return hersIn(file)
}

test('by two signers alone; each is named as that one body knows her, and reads that she is on it', async () => {
  const own = await shareAsNewcomer(stage)
  shared = own
  const permit = await decide(stage, await holderToken(stage, 'decide'), evaluation(own.sub))
  const [into, none] = [two.file('touched'), two.file('not-touched')]
  const of = ['organisation', 'org_aide-etudes', ...span()]
  const one = await orderFor(two.keys.slice(0, 1), ...of)
  for (const words of [
    ['--order', one],
    ['--key', two.keys[0], ...why],
    ['--operator', 'Anna', ...why],
  ])
    await expect(list(...of, '--into', none, ...words)).rejects.toThrow(/signers must/)
  for (const words of [
    ['person', 'org_aide-etudes', ...span(), '--into', none],
    ['organisation', 'org_aide-etudes', '--from', today(), '--into', none],
    ['organisation', 'org_aide-etudes', ...span()],
  ])
    expect(await list(...words)).toBeUndefined()
  await expect(list('service', 'nobody', ...span(), '--into', none, ...why)).rejects.toThrow(
    'The register has no service nobody.',
  )
  expect(existsSync(none)).toBe(false)

  const order = await orderFor(two.keys, ...of)
  // An order makes one list, whoever asks at once.
  const both = [into, two.file('touched-too')]
  const made = await Promise.allSettled(
    both.map((file) => list(...of, '--into', file, '--order', order)),
  )
  expect(made.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  const [file = '', ...others] = both.filter(existsSync)
  expect([others, statSync(file).mode & 0o777]).toEqual([[], 0o600])
  await expect(list(...of, '--into', none, '--order', order)).rejects.toThrow('before')
  expect(existsSync(none)).toBe(false)

  const lines = linesIn(file)
  expect(lines[0]).toMatchObject({ about: 'organisation org_aide-etudes', from: today() })
  expect(lines.at(-1)).toEqual({ people: lines.length - 2 })
  expect(hersIn(file)).toMatchObject([
    {
      sendings: [
        {
          decision_id: permit.context['decision_id'],
          categories: ['cat_revenu-net'],
          as_told: true,
        },
      ],
      services: [{ service: 'aide-etudes' }],
    },
  ])
  const text = readFileSync(file, 'utf8')
  for (const name of [personId(), own.sub]) expect(text).not.toContain(name)
  const { body } = await own.browser.get('/activite/impression?quoi=acces')
  expect(body).toContain('Vous êtes sur une liste des personnes qu’un incident a pu toucher.')
  expect(body).toContain('vérification annuelle')
})

test('of an agreement and of a service too; a row that somebody changed is said to be so', async () => {
  const of = { personId: personId(), outcome: 'permit' }
  const [row] = await stage.db('decision').where(of).select('agreement', 'evaluatedAt')
  const id = load.live.current().agreementByNo(Number(row?.agreement))?.id ?? ''
  const later = new Date((row?.evaluatedAt ?? new Date()).getTime() + 1)
  await stage.db('decision').where(of).update({ evaluatedAt: later })
  expect(await made('agreement', id)).toMatchObject([
    { sendings: [{ as_told: false }], services: [] },
  ])
  expect(await made('service', 'aide-etudes')).toMatchObject([
    { sendings: [], services: [{ service: 'aide-etudes' }] },
  ])
  await stage.db('decision').where(of).update({ evaluatedAt: row?.evaluatedAt })
})

test('what the law shows her later is not on it, and its line says so', async () => {
  const decisionId = newUuid(new Date())
  await stage.db.raw(
    `insert into decision (decision_id, evaluated_at, person_id, person_seq, holder, recipient, dataset, purpose, agreement,
       legal_basis_id, asked, permitted, outcome, reason_code, policy_version, valid_until, status, last_at, visible_from)
     select :decisionId::uuid, evaluated_at, person_id, 1, holder, recipient, dataset, purpose, agreement, 'investigation_59',
       asked, permitted, outcome, 'LAW', policy_version, valid_until, status, last_at, evaluated_at + interval '30 days'
     from decision where person_id = :personId::uuid and outcome = 'permit' limit 1`,
    { decisionId, personId: personId() },
  )
  const [into, of] = [two.file('later'), ['organisation', 'org_aide-etudes', ...span()]]
  const order = await orderFor(two.keys, ...of)
  const said = await list(...of, '--into', into, '--order', order)
  await stage.db('decision').where({ decisionId }).delete()
  expect(said?.at(-1)).toMatch(/^1 sendings are not on it/)
  expect(readFileSync(into, 'utf8')).not.toContain(writeId('dec', decisionId))
  expect(hersIn(into)).toMatchObject([{ sendings: [{ as_told: true }] }])
})

test('of days on which nobody was touched there is none, and the order is not spent', async () => {
  const [into, days] = [two.file('nobody'), ['--from', '2020-03-01', '--to', '2020-03-02']]
  const of = ['agreement', 'agr_2026-001', ...days]
  const order = await orderFor(two.keys, ...of)
  for (const _ of [1, 2])
    expect(await list(...of, '--into', into, '--order', order)).toEqual([
      'Nobody whom it may name was touched; nothing was written.',
    ])
  expect(existsSync(into)).toBe(false)
})

type Told = {
  readonly person_seq: number
  readonly entry: string
  readonly payload?: string
  readonly salt?: string
  readonly proof?: string
}
type Claims = { readonly events: readonly Told[] }

/** An event of this text, as the house could have sealed it. */
function sealed(seq: number, payload: string): Told {
  const salt = Buffer.alloc(32, 7)
  const entry = logEntry(commitmentTo(salt, payload)).toString('base64')
  return { person_seq: seq, payload, salt: salt.toString('base64'), entry }
}

test('the check refuses a dossier that the house itself changed: an event left out, other words, another order of events', async () => {
  const into = two.file('whole')
  await audit(...span(), '--into', into, '--order', await ordered(two.keys))
  const claims = jose.decodeJwt<Claims>(readFileSync(into, 'utf8').trim())
  const again = async (events: Claims['events']) => {
    const file = two.file(`forged-${(orders += 1)}`)
    writeFileSync(
      file,
      await signStatement(statementsBy(keys), 'audit-dossier+jwt', { ...claims, events }),
    )
    return check(file)
  }
  const [first, second, third, ...rest] = claims.events
  expect(await again(claims.events)).toHaveLength(4 + claims.events.length)
  if (first === undefined || second === undefined || third === undefined) throw new Error('few')
  await expect(again([first, third, ...rest])).rejects.toThrow('the one before it is missing')
  const reworded = { ...second, payload: second.payload?.replace('aide', 'laid') ?? '' }
  await expect(again([first, reworded, third])).rejects.toThrow('make another entry')
  await expect(again([second, first, third])).rejects.toThrow('is missing')
  await expect(again([{ ...first, entry: 'AAAA' }])).rejects.toThrow('it has no entry of a log')
  for (const text of ['no JSON', 'null', '{"person_seq":2}'])
    await expect(again([sealed(1, text)])).rejects.toThrow('its payload has another number')
  const unlinked = sealed(2, '{"person_seq":2,"prev_commitment":"AAAA"}')
  await expect(again([first, unlinked])).rejects.toThrow('it does not follow the one before it')
  const none = await signStatement(statementsBy(keys), 'audit-dossier+jwt', { iss: issuer })
  writeFileSync(two.file('nothing'), none)
  await expect(check(two.file('nothing'))).rejects.toThrow('does not have the members of a dossier')
  const forged = await new jose.SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'audit-dossier+jwt' })
    .sign((await jose.generateKeyPair('EdDSA')).privateKey)
  writeFileSync(two.file('strange'), forged)
  await expect(check(two.file('strange'))).rejects.toThrow('its signature does not hold')
})

/** What the check says of these claims, if the house signs them. */
async function said(claims: object, policy: string): Promise<string[] | undefined> {
  const file = two.file(`proved-${(orders += 1)}`)
  writeFileSync(file, await signStatement(statementsBy(keys), 'audit-dossier+jwt', { ...claims }))
  writeFileSync(`${file}.policy`, policy)
  return check(file, '--policy', `${file}.policy`)
}

describe('with a policy of the log', () => {
  let claims: Claims
  let policy: string

  beforeAll(async () => {
    await signLog(stage.db, stage.keysDir)
    const into = two.file('in-log')
    await audit(...span(), '--into', into, '--order', await ordered(two.keys))
    claims = jose.decodeJwt<Claims>(readFileSync(into, 'utf8').trim())
    policy = (await shared.browser.get('/log/policy')).body
  })

  test('it says how many entries the log holds, and which have no signed tree yet', async () => {
    const proved = claims.events.filter(({ proof }) => proof !== undefined)
    expect(proved.length).toBeGreaterThan(3)
    // The order of this dossier came after the tree.
    expect(proved.length).toBeLessThan(claims.events.length)
    const holds = `A log that you trust holds ${proved.length} of them; the others had no signed tree yet.`
    // Its policy demands no witness: nothing wrong was found, and nothing is proved.
    await expect(said(claims, policy)).rejects.toMatchObject({
      constructor: NotProvedError,
      message: expect.stringContaining('quorum none'),
      lines: expect.arrayContaining([holds]),
    })
  })

  test.each<[string, (text: string) => string, string]>([
    [
      'of another log',
      () =>
        'log journal.quebec.example/2026/p0+d3ac454e+AdBKsjJ0K7SrOhNovUYV5ObQIkq3GgFrr4UgozLJd4c3\nquorum none\n',
      'its proof ',
    ],
    [
      'that demands a witness',
      (text) =>
        `${text.replace('quorum none', '')}
witness w temoin.cai.example/1+5bd9e2c0+BKCapfR6Z1mAL/lV+NwtKhSlyZ0jvpf4ZBJ/+Tg0VaTw
quorum w
`,
      'too few witnesses',
    ],
  ])('a policy %s refuses it', async (_, change, because) => {
    await expect(said(claims, change(policy))).rejects.toThrow(because)
  })

  test('the proof of another event, or a changed one, is refused, though the house signed it', async () => {
    const [first, second, ...rest] = claims.events
    if (first?.proof === undefined || second?.proof === undefined) throw new Error('few')
    const swapped = (proof: string) => ({
      ...claims,
      events: [{ ...first, proof }, second, ...rest],
    })
    await expect(said(swapped(second.proof), policy)).rejects.toThrow(
      'event 1: its path does not lead to the signed tree',
    )
    await expect(said(swapped(first.proof.replace(/\n— .*/s, '\n')), policy)).rejects.toThrow(
      'event 1: ',
    )
    await expect(said(swapped('no proof'), policy)).rejects.toThrow('event 1: its proof')

    // A log signs trees of its own name alone.
    const other = signerFrom('other.example/log', 'ed25519', Buffer.alloc(32, 1))
    const proof = readProof(first.proof)
    const note = signNote(splitNote(proof.checkpoint).text, [other])
    const lent = swapped(proofText({ ...proof, checkpoint: note }))
    await expect(said(lent, `log ${other.verifier.vkey}\nquorum none\n`)).rejects.toThrow(
      'its tree is not signed by a log that you trust',
    )
  })
})
