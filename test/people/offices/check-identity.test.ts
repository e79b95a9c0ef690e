import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase, transact } from '../../../src/base/database/database.ts'
import { dayAfter, dayOf, endOfDay } from '../../../src/base/values/calendar.ts'
import { openLog } from '../../../src/base/logging/log.ts'
import type { PaperKind } from '../../../src/base/values/paper-kinds.ts'
import { signalMapping } from '../../../src/consent/signals/index.ts'
import { makeVault } from '../../../src/ledger/chain/index.ts'
import { personOf } from '../../../src/people/accounts/index.ts'
import {
  identitySeals,
  statementsOf,
  trustedIssuers,
  verifiedIdentityOf,
} from '../../../src/people/identity/index.ts'
import type { MandateVault } from '../../../src/people/mandates/index.ts'
import { endOffice, mandateSeals, openOffice } from '../../../src/people/mandates/index.ts'
import { checkIdentity } from '../../../src/people/offices/index.ts'
import type { IdentityContent } from '../../../src/people/offices/proposal-shapes.ts'
import type {
  DecidedDeed,
  DeskOfficer,
  ProposalDecision,
} from '../../../src/people/offices/proposals.ts'
import { decideProposal, payloadHash, propose } from '../../../src/people/offices/proposals.ts'
import type { DeskRole } from '../../../src/people/offices/roles.ts'
import { roles } from '../../../src/people/offices/roles.ts'
import {
  makeCard,
  readCardCode,
  readCardNumber,
  takeCard,
} from '../../../src/signin/factors/index.ts'
import { cardsUnder } from '../../support/cards.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'
import { differencesOf } from '../../support/fold.ts'
import { housePatience } from '../../support/patience.ts'
import { counted } from '../../support/tries.ts'

// Somebody without a device comes to a desk with two papers: two officers say who she is, and give her a card.

const keys = { data: [randomBytes(32)], seal: [randomBytes(32)] }
const vault: MandateVault = { vault: makeVault(keys, signalMapping), seals: mandateSeals(keys) }
const identities = identitySeals(keys)
const cards = cardsUnder(keys.data)
const origin = { requestId: 'test', network: undefined }
const principalOf = () => 'iss_sub:a'
const organisation = 'org_aide-etudes'
const holder = { status: 'open', acr: 'urn:accord:aal:3', isHeld: false, isWork: true } as const
const house = { type: 'broker' } as const
const isDecided = { code: 'desk.decided', status: 409 }
const accepts: PaperKind[] = ['passport', 'birth-certificate', 'photo-card']
const believing = { identityProviders: new Map(), checkingBodies: [organisation] }

let database: FreshDatabase
let db: Database
let other: Database

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase(database.url, housePatience)
  other = openDatabase(database.url, housePatience)
})
afterAll(async () => {
  await Promise.all([db.destroy(), other.destroy()])
  await database.drop()
})

async function newOfficer(role: DeskRole = 'counter', body = organisation) {
  const officerId = randomUUID()
  await db('persons').insert({ personId: officerId, createdAt: new Date() })
  const given = {
    officerId,
    organisation: body,
    role,
    acts: roles[role],
    untilAt: endOfDay(dayAfter(dayOf(new Date()), 'P200D')),
    orderSha256: null,
    namedBy: [],
  }
  const mandateId = await transact(db, (tx) => openOffice(tx, vault, given, house))
  return { mandateId, at: { officerId, organisation: body, holder } satisfies DeskOfficer }
}
type Officer = Awaited<ReturnType<typeof newOfficer>>

function papersOf(more: Partial<IdentityContent> = {}): IdentityContent {
  return {
    person: randomUUID(),
    access: 'new',
    language: 'fr',
    papers: [
      { kind: 'passport', last_four: '12AB', issued_on: '2024-02-29' },
      { kind: 'birth-certificate', last_four: '0042', issued_on: '1990-05-01' },
    ],
    given_name: 'Marie-Ève',
    family_name: 'St-Onge',
    birthdate: '1942-03-01',
    ...more,
  }
}

const proposed = ({ at }: Officer, content: IdentityContent) =>
  transact(db, (tx) => propose(tx, vault, at, { deed: 'identity.check', content }))

function checked(
  { at }: Officer,
  proposalId: string,
  content: IdentityContent,
  { typed = ['12AB', '0042'], on = db, accepted = accepts } = {},
) {
  const deciding: ProposalDecision = { proposalId, decision: 'done', seen: payloadHash(content) }
  return transact(on, async (tx) => {
    const both = await decideProposal(tx, vault, at, deciding, () => Promise.resolve(holder))
    const tools = { vault, identities, principalOf, accepted, origin }
    return checkIdentity(tx, tools, both as DecidedDeed<'identity.check'>, typed) // as proposed
  })
}

async function identified(content = papersOf()) {
  const [one, two] = [await newOfficer(), await newOfficer()]
  const found = await checked(two, await proposed(one, content), content)
  return { ...found, one, two }
}

async function cardFor(
  { one, two }: { readonly one: Officer; readonly two: Officer },
  content: { readonly person: string; readonly check: string },
) {
  const id = await transact(db, (tx) => propose(tx, vault, one.at, { deed: 'card.make', content }))
  const deciding: ProposalDecision = {
    proposalId: id,
    decision: 'done',
    seen: payloadHash(content),
  }
  return transact(db, async (tx) => {
    const both = await decideProposal(tx, vault, two.at, deciding, () => Promise.resolve(holder))
    const tools = { vault: vault.vault, identities, cards, origin }
    return makeCard(tx, tools, both as DecidedDeed<'card.make'>) // as proposed
  })
}

const kindsOf = async (personId: string) => {
  const rows: { kind: string }[] = await db('ledgerEvent')
    .select('kind')
    .where({ personId })
    .orderBy('personSeq')
  return rows.map(({ kind }) => kind)
}

test('two papers that two officers saw say who she is, and her card opens an access of her own', async () => {
  const { personId, checkId, one, two } = await identified()
  const said = await statementsOf(db, identities, personId)
  expect(verifiedIdentityOf(said, trustedIssuers(believing))).toMatchObject({
    given_name: { value: 'Marie-Ève', source: { level: 'urn:accord:aal:2' } },
    family_name: { value: 'St-Onge' },
    birthdate: { value: '1942-03-01' },
  })
  // A desk that the register no longer lets check papers is not heard.
  const nobody = { ...believing, checkingBodies: [] }
  expect(verifiedIdentityOf(said, trustedIssuers(nobody))).toEqual({})

  const drawn = await cardFor({ one, two }, { person: personId, check: checkId })
  const typed = await cards.prove(counted, {
    number: readCardNumber(drawn.number),
    code: readCardCode(drawn.codes[0] ?? ''),
  })
  const at = { db, seals: vault.vault.seals, log: openLog('silent'), origin, now: new Date() }
  const opened = await transact(db, (tx) => takeCard(counted, tx, typed, at))
  expect(opened.personId).toBe(personId)
  expect(await kindsOf(personId)).toEqual(['access.opened', 'identity.checked', 'card.made'])
  expect(await differencesOf({ db, vault: vault.vault }, personId)).toEqual([])
})

test('the database has neither name nor number of a paper in clear, and the chain has four characters', async () => {
  const { personId } = await identified()
  const rows = [
    await db('vouchedValues').where({ personId }),
    await db('proposal').where({ deed: 'identity.check' }),
  ]
  const text = JSON.stringify(rows)
  for (const clear of ['Marie', 'Onge', '1942', '12AB']) expect(text).not.toContain(clear)
  expect(await personOf(db, `con_${'0'.repeat(26)}`)).toBeUndefined()
})

test('a second check of the same desk takes the place of the first, which counts no more if it is put back', async () => {
  const first = await identified()
  const [old] = await db('vouchedValues').where({ personId: first.personId })
  const again = await identified(
    papersOf({ person: first.personId, access: 'known', given_name: 'Ève' }),
  )
  expect(again.personId).toBe(first.personId)
  if (old !== undefined) await db('vouchedValues').insert(old)
  const said = await statementsOf(db, identities, first.personId)
  expect(said.map(({ vouched }) => vouched.given_name)).toEqual(['Ève'])
  const { personId: person, checkId: check } = first
  await expect(cardFor(again, { person, check })).rejects.toMatchObject(isDecided)
  await db('vouchedValues').where({ factorId: check }).delete()
  expect(await differencesOf({ db, vault: vault.vault }, person)).toEqual([])
})

test.each<[string, (it: { one: Officer; two: Officer }) => Promise<unknown>, object]>([
  [
    'who has other papers in his hands',
    () => Promise.resolve(['12AB', '0043']),
    { code: 'desk.papers' },
  ],
  ['who proposed it himself', (it) => Promise.resolve(void (it.two = it.one)), isDecided],
  [
    'of a telephone',
    async (it) => void (it.two = await newOfficer('telephone')),
    { code: 'desk.act' },
  ],
  [
    'of another body',
    async (it) => void (it.two = await newOfficer('counter', 'org_b')),
    isDecided,
  ],
  [
    'whose office ended',
    (it) =>
      transact(db, async (tx) => {
        const { at, mandateId } = it.two
        await endOffice(tx, vault, { officerId: at.officerId, mandateId }, 'body', house)
      }),
    { code: 'desk.act' },
  ],
])('nobody is identified by an officer %s', async (_what, change, refusal) => {
  const it = { one: await newOfficer(), two: await newOfficer() }
  const content = papersOf()
  const proposalId = await proposed(it.one, content)
  const typed = (await change(it)) as string[] | undefined // of the first case
  const trying = checked(it.two, proposalId, content, typed === undefined ? {} : { typed })
  await expect(trying).rejects.toMatchObject(refusal)
  expect(await db('persons').where({ personId: content.person })).toEqual([])
  expect(await db('vouchedValues').where({ personId: content.person })).toEqual([])
})

test.each([
  ['two papers of one kind', papersOf().papers.map((paper) => ({ ...paper, kind: 'passport' }))],
  ['one paper', papersOf().papers.slice(1)],
  ['a whole number', papersOf().papers.map((paper) => ({ ...paper, last_four: 'AB123456' }))],
])('%s cannot be decided', async (_what, papers) => {
  const [one, two] = [await newOfficer(), await newOfficer()]
  const content = { ...papersOf(), papers } as unknown as IdentityContent // what no page sends
  const proposalId = await proposed(one, content)
  await expect(checked(two, proposalId, content)).rejects.toMatchObject(isDecided)
})

test('of two who decide at once, on two processes, one opens her access', async () => {
  const [one, two, three] = [await newOfficer(), await newOfficer(), await newOfficer()]
  const content = papersOf()
  const proposalId = await proposed(one, content)
  const tries = await Promise.allSettled([
    checked(two, proposalId, content),
    checked(three, proposalId, content, { on: other }),
  ])
  expect(tries.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  expect(await kindsOf(content.person)).toEqual(['access.opened', 'identity.checked'])
})

test('a statement of a desk that somebody wrote for another body is not believed', async () => {
  const { personId } = await identified()
  await db('vouchedValues').where({ personId }).update({ issuer: 'urn:accord:desk:org_b' })
  expect(await statementsOf(db, identities, personId)).toEqual([])
})

test('a paper that the register does not let the desk accept says nothing', async () => {
  const [one, two] = [await newOfficer(), await newOfficer()]
  const content = papersOf()
  const proposalId = await proposed(one, content)
  const accepted: PaperKind[] = ['passport', 'photo-card']
  await expect(checked(two, proposalId, content, { accepted })).rejects.toMatchObject({
    code: 'desk.paper-kind',
  })
  expect(await kindsOf(content.person)).toEqual([])
})

test.each(['', 'X2', '😀'])('nobody is identified under the family name %j', async (name) => {
  const [one, two] = [await newOfficer(), await newOfficer()]
  const content = papersOf({ family_name: name })
  const proposalId = await proposed(one, content)
  await expect(checked(two, proposalId, content)).rejects.toMatchObject({ code: 'desk.unreadable' })
})
