import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase, transact } from '../../../src/base/database/database.ts'
import { dayAfter, dayOf, endOfDay } from '../../../src/base/values/calendar.ts'
import { secondsAfter, systemClock } from '../../../src/base/values/clock.ts'
import { writeId } from '../../../src/base/values/ids.ts'
import { Refusal } from '../../../src/base/values/refusal.ts'
import type { Tries } from '../../../src/base/web/limits/tries.ts'
import { makeTries } from '../../../src/base/web/limits/tries.ts'
import { signalMapping } from '../../../src/consent/signals/index.ts'
import { makeVault, readTimeline } from '../../../src/ledger/chain/index.ts'
import {
  closeAccount,
  makePairwise,
  openAccount,
  openWorkAccess,
} from '../../../src/people/accounts/index.ts'
import { changeStanding } from '../../../src/people/accounts/standing-store.ts'
import type { MandateVault } from '../../../src/people/mandates/index.ts'
import { endOffice, mandateSeals, openOffice } from '../../../src/people/mandates/index.ts'
import type { DeskRole } from '../../../src/people/offices/index.ts'
import { roles } from '../../../src/people/offices/index.ts'
import { searchAccess } from '../../../src/people/searches/find-access.ts'
import type { SearchReason } from '../../../src/people/searches/reference.ts'
import { readReference } from '../../../src/people/searches/reference.ts'
import { countSearches } from '../../../src/people/searches/search-counts.ts'
import { deskDeedsIn } from '../../../src/people/searches/desk-lines.ts'
import type { CountedDatabase } from '../../support/counted.ts'
import { countedDatabase } from '../../support/counted.ts'
import { differencesOf } from '../../support/fold.ts'
import { housePatience } from '../../support/patience.ts'

// A search at a desk, by rows: what it finds, what it writes, and what it costs.

const keys = { data: [randomBytes(32)], seal: [randomBytes(32)] }
const vault: MandateVault = { vault: makeVault(keys, signalMapping), seals: mandateSeals(keys) }
const pairwise = makePairwise(randomBytes(32))
const house = { actor: { type: 'broker' } } as const
const origin = { requestId: 'test', network: undefined }
const holder = { status: 'open', acr: 'urn:accord:aal:3', isHeld: false, isWork: true } as const
const own = { organisation: 'org_aide-etudes', body: 7 }
const foreign = { organisation: 'org_logement', body: 8 }
type Body = typeof own

let database: CountedDatabase
let db: Database
let other: Database
let tries: readonly [Tries, Tries]

beforeAll(async () => {
  database = await countedDatabase()
  db = openDatabase(database.url, housePatience)
  other = openDatabase(database.url, housePatience)
  tries = [makeTries({ db, clock: systemClock }), makeTries({ db: other, clock: systemClock })]
})
afterAll(async () => {
  await Promise.all([db.destroy(), other.destroy()])
  await database.drop()
})

const newPerson = () =>
  transact(db, (tx) =>
    openAccount(tx, vault.vault.seals, { language: 'fr', origin, now: new Date() }),
  )

async function newOfficer(role: DeskRole = 'counter', at: Body = own) {
  const officerId = await transact(db, (tx) =>
    openWorkAccess(tx, vault.vault, { origin, now: new Date(), by: house }),
  )
  const office = {
    officerId,
    organisation: at.organisation,
    role,
    acts: roles[role],
    untilAt: endOfDay(dayAfter(dayOf(new Date()), 'P200D')),
    orderSha256: null,
    namedBy: [],
  }
  const mandateId = await transact(db, (tx) => openOffice(tx, vault, office, house.actor))
  return { ...at, officerId, holder, mandateId }
}
type Officer = Awaited<ReturnType<typeof newOfficer>>

function search(
  by: Officer,
  typed: string,
  {
    reason = 'present',
    note = '',
    process = 0,
  }: { readonly reason?: SearchReason; readonly note?: string; readonly process?: 0 | 1 } = {},
) {
  const reference = readReference(pairwise, by.organisation, typed)
  if (reference === undefined) throw new Error(`no reference: ${typed}`)
  const asked = { reference, reason, note }
  return tries[process].judge(
    { kind: 'desk-search', peer: '192.0.2.7', account: by.officerId },
    (counted) =>
      transact(process === 0 ? db : other, (tx) => searchAccess(counted, tx, vault, by, asked)),
  )
}

/** A question of a service of the body, and what was decided about the person: rows as those rooms write them, as far as a search reads them. */
async function questionTo(personId: string, recipient: number): Promise<string> {
  const [requestId, consentId] = [randomUUID(), randomUUID()]
  const now = new Date()
  await db('consentRequest').insert({
    requestId,
    visit: randomBytes(32),
    personId,
    clientId: 'a-service',
    recipient,
    createdAt: now,
    expiresAt: secondsAfter(now, 600),
  })
  const numbers = { agreement: 1, purpose: 1, dataset: 1, text: 1 }
  await db('consentRequestItem').insert({
    ...numbers,
    requestId,
    itemNo: 1,
    consentId,
    categoriesRequired: '1',
    categoriesOptional: '0',
    validUntil: secondsAfter(now, 3600),
    validUntilLocal: dayOf(now),
  })
  return writeId('con', consentId)
}

async function decisionAbout(
  personId: string,
  { holder: no, recipient }: { readonly holder: number; readonly recipient: number },
  visibleFrom: Date | null = null,
): Promise<string> {
  const decisionId = randomUUID()
  const now = new Date()
  await db('decision').insert({
    decisionId,
    personId,
    holder: no,
    recipient,
    evaluatedAt: now,
    lastAt: now,
    visibleFrom,
    legalBasisId: visibleFrom === null ? null : 'investigation_59',
    dataset: 1,
    asked: '1',
    permitted: '0',
    outcome: 'deny',
    reasonCode: 'NO_CONSENT',
    policyVersion: 1,
  })
  return writeId('dec', decisionId)
}

const subOf = (personId: string, { organisation } = own) => pairwise.subject(personId, organisation)
const tomorrow = () => secondsAfter(new Date(), 86_400)

test.each<[string, (personId: string) => Promise<string> | string, 'open' | 'none']>([
  ['its own sub', (id) => subOf(id), 'open'],
  ['a question of its own', (id) => questionTo(id, own.body), 'open'],
  ['what it was asked for', (id) => decisionAbout(id, { holder: 7, recipient: 9 }), 'open'],
  ['what it asked for', (id) => decisionAbout(id, { holder: 9, recipient: 7 }), 'open'],
  ['a question of another body', (id) => questionTo(id, foreign.body), 'none'],
  ['a decision of others', (id) => decisionAbout(id, { holder: 8, recipient: 9 }), 'none'],
  [
    'a decision that she sees later',
    (id) => decisionAbout(id, { holder: 7, recipient: 9 }, tomorrow()),
    'none',
  ],
  ['the sub of another body', (id) => subOf(id, foreign), 'none'],
  ['a sharing that never was', () => writeId('con', randomUUID()), 'none'],
  ['the sub of nobody', () => subOf(randomUUID()), 'none'],
])(
  'a body finds what is its own to know, and nothing else: by %s',
  async (_what, referenceTo, answer) => {
    const [by, personId] = [await newOfficer(), await newPerson()]
    expect(await search(by, await referenceTo(personId))).toBe(answer)
  },
)

test.each([
  'Tremblay',
  '1944-03-02',
  '12, rue de la Paix',
  'con_',
  'con_01',
  '../',
  '4402 1187 3095',
])('nobody is looked for by « %s »', (typed) => {
  expect(readReference(pairwise, own.organisation, typed)).toBeUndefined()
})

const suspend = (personId: string) =>
  transact(db, (tx) =>
    changeStanding(tx, vault.vault, personId, house, () => ({ suspendedAt: new Date() })),
  )
const close = (personId: string) =>
  transact(db, (tx) => closeAccount(tx, vault.vault, personId, { by: house, origin }, new Date()))

const standings = [
  ['open', () => Promise.resolve(), 'open'],
  ['suspended', suspend, 'suspended'],
  ['closed', close, 'closed'],
  [
    'of a dead person',
    (personId: string) =>
      transact(db, (tx) =>
        changeStanding(tx, vault.vault, personId, house, () => ({ status: 'deceased' })),
      ),
    'closed',
  ],
  [
    'opened again by SQL alone',
    async (personId: string) => {
      await suspend(personId)
      await db('accounts').where({ personId }).update({ suspendedAt: null })
    },
    'suspended',
  ],
] as const

test.each(standings)('an access that is %s', async (_what, change, answer) => {
  const [by, personId] = [await newOfficer(), await newPerson()]
  await change(personId)
  expect(await search(by, subOf(personId))).toBe(answer)
})

test('a work access is nobody, and so is the officer himself', async () => {
  const [by, colleague] = [await newOfficer(), await newOfficer()]
  expect(await search(by, subOf(colleague.officerId))).toBe('none')
  expect(await search(by, subOf(by.officerId))).toBe('none')
})

test('each search stands in the chain of whom it found, with body, function and reason, and nothing of what was typed', async () => {
  const [by, personId] = [await newOfficer('telephone'), await newPerson()]
  const typed = await questionTo(personId, own.body)
  const note = 'a colleague wrote down this number'
  await search(by, typed, { reason: 'other', note })
  const event = await lastEvent(personId)
  expect(event).toMatchObject({
    kind: 'desk.searched',
    actor: { type: 'organisation', organisation: own.organisation },
    organisation: own.organisation,
    role: 'telephone',
    reason: 'other',
    reference: 'consent',
  })
  const line = await db('activity').where({ personId, kind: 'desk.searched' }).first()
  const told = await deskDeedsIn(db, vault.vault, personId, [line?.reason ?? ''])
  expect([...told.values()]).toEqual([
    { organisation: own.organisation, role: 'telephone', reason: 'other', days: undefined },
  ])
  const row = await db('deskSearch').where({ officerId: by.officerId }).first()
  for (const written of [event, line, row])
    for (const never of [typed, note]) expect(JSON.stringify(written)).not.toContain(never)
  expect(JSON.stringify([event, line])).not.toContain(by.officerId)
  expect(JSON.stringify(row)).not.toContain(personId)
  expect(row).toMatchObject({ isFound: true, reason: 'other', officeId: by.mandateId })
  expect(JSON.parse(vault.seals.open(row?.sealed ?? Buffer.of(), row?.searchId ?? ''))).toEqual({
    note,
    event: event['event_id'],
  })
})

test('a search that found nobody stands in the chain of the officer alone', async () => {
  const by = await newOfficer()
  const before = await eventsInAll()
  await search(by, subOf(randomUUID()))
  expect(await eventsInAll()).toBe(before + 1)
  expect(await lastEvent(by.officerId)).toMatchObject({
    kind: 'desk.found-nobody',
    role: 'counter',
    reference: 'sub',
  })
  expect(await db('deskSearch').where({ officerId: by.officerId, isFound: false })).toHaveLength(1)
  expect(await differencesOf({ db, vault: vault.vault }, by.officerId)).toEqual([])
})

test('whatever it finds, a search sends the same statements', async () => {
  const by = await newOfficer()
  const [open, closed, suspended] = [await newPerson(), await newPerson(), await newPerson()]
  await close(closed)
  await suspend(suspended)
  const references = [
    subOf(open),
    subOf(closed),
    subOf(suspended),
    subOf(open, foreign),
    subOf(by.officerId),
    await questionTo(open, own.body),
    await questionTo(open, foreign.body),
    await decisionAbout(open, { holder: 7, recipient: 9 }),
    await decisionAbout(open, { holder: 8, recipient: 9 }),
    writeId('con', randomUUID()),
    writeId('dec', randomUUID()),
  ]
  // The first search of a process asks the database what its tables are.
  await search(by, subOf(open))
  const counts: number[] = []
  const answers: string[] = []
  for (const reference of references) {
    await database.statements()
    answers.push(await search(by, reference))
    counts.push(await database.statements())
  }
  expect(answers).toEqual([
    'open',
    'closed',
    'suspended',
    'none',
    'none',
    'open',
    'none',
    'open',
    'none',
    'none',
    'none',
  ])
  expect(new Set(counts).size, String(counts)).toBe(1)
})

test.each<[string, () => Promise<Officer>]>([
  ['of a role without searches', () => newOfficer('supervisor')],
  ['of another body', async () => ({ ...(await newOfficer('counter', foreign)), ...own })],
  [
    'whose office ended',
    async () => {
      const by = await newOfficer()
      await transact(db, (tx) => endOffice(tx, vault, by, 'body', house.actor))
      return by
    },
  ],
])('an officer %s searches nothing, and nothing is written', async (_what, officer) => {
  const [by, personId] = [await officer(), await newPerson()]
  const before = await eventsInAll()
  await expect(search(by, subOf(personId))).rejects.toMatchObject({ code: 'desk.act', status: 403 })
  expect(await eventsInAll()).toBe(before)
  expect(await db('activity').where({ personId, kind: 'desk.searched' })).toEqual([])
})

test('a stolen session searches thirty times an hour, over two processes at once', async () => {
  const [by, personId] = [await newOfficer(), await newPerson()]
  const both = Array.from({ length: 36 }, (_, i) =>
    search(by, subOf(personId), { process: i % 2 === 0 ? 0 : 1 }),
  )
  const ended = await Promise.allSettled(both)
  const refused = ended.filter(
    (one) =>
      one.status === 'rejected' &&
      one.reason instanceof Refusal &&
      one.reason.code === 'too-many-attempts',
  )
  expect([ended.length - refused.length, refused.length]).toEqual([30, 6])
  const told = await db('activity').where({ personId, kind: 'desk.searched' })
  expect(told).toHaveLength(30)
  expect(await differencesOf({ db, vault: vault.vault }, personId)).toEqual([])
  // A colleague still has all of his own.
  expect(await search(await newOfficer(), subOf(personId))).toBe('open')
})

test('a supervisor counts the searches of his desk by office and reason, and a row that somebody wrote is none', async () => {
  const desk = { organisation: 'org_counted', body: 11 }
  const [one, two] = [await newOfficer('counter', desk), await newOfficer('telephone', desk)]
  const sub = pairwise.subject(await newPerson(), desk.organisation)
  await search(one, sub)
  await search(one, sub)
  await search(one, pairwise.subject(randomUUID(), desk.organisation))
  await search(two, sub, { reason: 'telephone' })
  const counted = () => countSearches(db, vault, desk.organisation, new Date())
  const expected = [
    { officeId: one.mandateId, reason: 'present', count: 3, foundNobody: 1 },
    { officeId: two.mandateId, reason: 'telephone', count: 1, foundNobody: 0 },
  ]
  expect(await counted()).toEqual(expected)
  const row = await db('deskSearch').where({ officerId: two.officerId }).first()
  if (row === undefined) throw new Error('no search')
  await db('deskSearch').insert({ ...row, searchId: randomUUID() })
  expect(await counted()).toEqual(expected)
})

async function eventsInAll(): Promise<number> {
  const { rows } = await db.raw<{ rows: { count: number }[] }>(
    'select count(*)::int as count from ledger_event',
    [],
  )
  return rows[0]?.count ?? 0
}

async function lastEvent(personId: string): Promise<Readonly<Record<string, unknown>>> {
  const events = await readTimeline(db, vault.vault, personId, { after: 0, limit: 50 })
  return events.at(-1)?.payload ?? {}
}
