import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase, transact } from '../../../src/base/database/database.ts'
import { dayAfter, dayOf, endOfDay } from '../../../src/base/values/calendar.ts'
import { signalMapping } from '../../../src/consent/signals/index.ts'
import { makeVault } from '../../../src/ledger/chain/index.ts'
import type { MandateVault } from '../../../src/people/mandates/index.ts'
import {
  endOffice,
  mandateSeals,
  officesOf,
  openOffice,
} from '../../../src/people/mandates/index.ts'
import type { NamingTools } from '../../../src/people/offices/name-officer.ts'
import { nameOfficer } from '../../../src/people/offices/name-officer.ts'
import { proposeNaming } from '../../../src/people/offices/propose-naming.ts'
import type { DeskOfficer, ProposalDecision } from '../../../src/people/offices/proposals.ts'
import {
  decideProposal,
  payloadHash,
  waitingProposals,
} from '../../../src/people/offices/proposals.ts'
import type { DeskRole } from '../../../src/people/offices/roles.ts'
import { roles } from '../../../src/people/offices/roles.ts'
import { accessOfNumber } from '../../../src/people/offices/work-accesses.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'
import { differencesOf } from '../../support/fold.ts'
import { housePatience } from '../../support/patience.ts'

// What two officers decide together, against each other and against the end of an office, on connections of their own.

const keys = { data: [randomBytes(32)], seal: [randomBytes(32)] }
const vault: MandateVault = { vault: makeVault(keys, signalMapping), seals: mandateSeals(keys) }
const house = { type: 'broker' } as const
const organisation = 'org_aide-etudes'
const holder = { status: 'open', acr: 'urn:accord:aal:3', isHeld: false, isWork: true } as const
const standing = () => Promise.resolve(holder)
const until = dayAfter(dayOf(new Date()), 'P200D')

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

async function newPerson(): Promise<string> {
  const personId = randomUUID()
  await db('persons').insert({ personId, createdAt: new Date() })
  return personId
}

async function newOfficer(role: DeskRole = 'namer', body = organisation) {
  const officerId = await newPerson()
  const given = {
    officerId,
    organisation: body,
    role,
    acts: roles[role],
    untilAt: endOfDay(until),
    orderSha256: null,
    namedBy: [],
  }
  const mandateId = await transact(db, (tx) => openOffice(tx, vault, given, house))
  return { mandateId, at: { officerId, organisation: body, holder } satisfies DeskOfficer }
}

let employees = 0
const naming = (role: DeskRole = 'counter') =>
  ({ number: `E-${++employees}`, role, until, keys: 'new' }) as const
type Naming = ReturnType<typeof naming>

async function proposed(by: DeskOfficer, content: Naming, on = db) {
  const { proposalId } = await transact(on, (tx) =>
    proposeNaming(tx, vault, by, content, new Date()),
  )
  return proposalId
}

const nothing = () => Promise.resolve()
const parts: NamingTools = {
  vault,
  endKeys: nothing,
  origin: { requestId: 'test', network: undefined },
}

/** Whose the number is; undefined: nobody’s. */
const officerOf = ({ number }: Naming) =>
  transact(db, async (tx) => (await accessOfNumber(tx, vault, organisation, number))?.personId)
async function officesNamed(content: Naming) {
  const officerId = await officerOf(content)
  return officerId === undefined ? [] : officesOf(db, vault, officerId)
}

/** Decides and does it, in one transaction. @returns the office; undefined: it was refused */
function decided(by: DeskOfficer, deciding: ProposalDecision, on = db) {
  return transact(on, async (tx) => {
    const both = await decideProposal(tx, vault, by, deciding, standing)
    if (both === undefined) return undefined
    if (both.deed !== 'office.name') throw new Error(both.deed)
    return (await nameOfficer(tx, parts, both)).officeId
  })
}

const yes = (proposalId: string, content: Naming): ProposalDecision => ({
  proposalId,
  decision: 'done',
  seen: payloadHash(content),
})
const isDecided = { code: 'desk.decided', status: 409 }
const mayNot = { code: 'desk.act', status: 403 }

test('two namers name an officer, whose event names both of their offices', async () => {
  const [one, two] = [await newOfficer(), await newOfficer()]
  const content = naming()
  const proposalId = await proposed(one.at, content)
  expect(await waitingProposals(db, vault, organisation, new Date())).toContainEqual(
    expect.objectContaining({ proposalId, madeBy: one.at.officerId, content }),
  )
  expect(await decided(two.at, yes(proposalId, content))).toBe(proposalId)
  const [office] = await officesNamed(content)
  expect(office).toMatchObject({ mandateId: proposalId, organisation, sides: 'agree' })
  const waiting = await waitingProposals(db, vault, organisation, new Date())
  expect(waiting.map((each) => each.proposalId)).not.toContain(proposalId)
  for (const officerId of [one.at.officerId, two.at.officerId, await officerOf(content)])
    expect(await differencesOf({ db, vault: vault.vault }, officerId ?? '')).toEqual([])
})

test('nobody decides alone, and whoever proposed it may take it back', async () => {
  const one = await newOfficer()
  const content = naming()
  const proposalId = await proposed(one.at, content)
  await expect(decided(one.at, yes(proposalId, content))).rejects.toMatchObject(isDecided)
  const back = { ...yes(proposalId, content), decision: 'refused' } as const
  expect(await decided(one.at, back)).toBeUndefined()
  await expect(decided((await newOfficer()).at, yes(proposalId, content))).rejects.toMatchObject(
    isDecided,
  )
})

test.each<[string, (it: Case) => Promise<unknown> | undefined, object]>([
  ['of another role', async (it) => void (it.by = (await newOfficer('counter')).at), mayNot],
  [
    'of another body',
    async (it) => void (it.by = (await newOfficer('namer', 'org_b')).at),
    isDecided,
  ],
  [
    'without an office',
    async (it) => void (it.by = { ...it.by, officerId: await newPerson() }),
    mayNot,
  ],
  [
    'at a lower level',
    async (it) => void (it.by = { ...it.by, holder: { ...holder, acr: 'urn:accord:aal:2' } }),
    mayNot,
  ],
  [
    'who saw something else',
    async (it) =>
      void (it.deciding = { ...it.deciding, seen: payloadHash({ ...it.content, role: 'namer' }) }),
    isDecided,
  ],
  [
    'after its proposer lost her office',
    (it) => transact(db, (tx) => endOffice(tx, vault, it.proposer, 'body', house)),
    mayNot,
  ],
  [
    'after his own office ended',
    (it) => transact(db, (tx) => endOffice(tx, vault, it.own, 'body', house)),
    mayNot,
  ],
  ['of a proposal that somebody wrote', (it) => setIn(it, { madeBy: it.stranger }), isDecided],
  [
    'of a proposal that somebody lengthened',
    (it) => setIn(it, { expiresAt: endOfDay(until) }),
    isDecided,
  ],
  ['of a proposal that is over', (it) => expire(it), isDecided],
])('it is not decided by an officer %s', async (_what, change, refusal) => {
  const [one, two] = [await newOfficer(), await newOfficer()]
  const content = naming()
  const proposalId = await proposed(one.at, content)
  const it: Case = {
    content,
    by: two.at,
    deciding: yes(proposalId, content),
    proposer: { officerId: one.at.officerId, mandateId: one.mandateId },
    own: { officerId: two.at.officerId, mandateId: two.mandateId },
    stranger: await newPerson(),
  }
  await change(it)
  await expect(decided(it.by, it.deciding)).rejects.toMatchObject(refusal)
  expect(await officesNamed(content)).toEqual([])
})

type Key = { readonly officerId: string; readonly mandateId: string }
type Case = {
  readonly content: Naming
  readonly proposer: Key
  readonly own: Key
  readonly stranger: string
  by: DeskOfficer
  deciding: ProposalDecision
}
const setIn = (
  { deciding: { proposalId } }: Case,
  columns: { madeBy?: string; expiresAt?: Date },
) => db('proposal').where({ proposalId }).update(columns)

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000)

/** As an hour later: the row with the seal of then. */
async function expire({ deciding: { proposalId } }: Case) {
  const { proposalTable } = await import('../../../src/people/offices/tables.ts')
  const row = await db('proposal').where({ proposalId }).first()
  if (row === undefined) throw new Error('no proposal')
  const over = {
    ...row,
    madeAt: hoursAgo(200),
    expiresAt: hoursAgo(1),
    deed: 'office.name',
    decision: null,
  } as const
  await db('proposal')
    .where({ proposalId })
    .update({ ...over, seal: vault.seals.rows.seal(proposalTable, over) })
}

test('a decided proposal that is put back as it was is not done again', async () => {
  const [one, two] = [await newOfficer(), await newOfficer()]
  const content = naming()
  const proposalId = await proposed(one.at, content)
  const before = await db('proposal').where({ proposalId }).first()
  await decided(two.at, yes(proposalId, content))
  const officerId = (await officerOf(content)) ?? ''
  await transact(db, (tx) =>
    endOffice(tx, vault, { officerId, mandateId: proposalId }, 'body', house),
  )
  await db('proposal')
    .where({ proposalId })
    .update({ decidedBy: null, decidedAt: null, decision: null, seal: before?.seal ?? null })
  await expect(decided(two.at, yes(proposalId, content))).rejects.toThrow('mandate_pkey')
  expect(await officesNamed(content)).toEqual([])
})

const rounds = Number(process.env['DESK_ROUNDS'] ?? 8)

test('of two who decide at once one does it; none after the end of an office', async () => {
  for (let round = 0; round < rounds; round++) {
    const [one, two, three] = [await newOfficer(), await newOfficer(), await newOfficer()]
    const content = naming()
    const proposalId = await proposed(one.at, content)
    const both = await Promise.allSettled([
      decided(two.at, yes(proposalId, content), db),
      decided(three.at, yes(proposalId, content), other),
    ])
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(await officesNamed(content)).toHaveLength(1)

    const next = naming()
    const nextId = await proposed(one.at, next)
    const [done, ended] = await Promise.allSettled([
      decided(two.at, yes(nextId, next), db),
      transact(other, (tx) =>
        endOffice(
          tx,
          vault,
          { officerId: two.at.officerId, mandateId: two.mandateId },
          'body',
          house,
        ),
      ),
    ])
    expect(ended.status).toBe('fulfilled')
    expect(await officesNamed(next)).toHaveLength(done.status === 'fulfilled' ? 1 : 0)
    await expect(decided(two.at, yes(await proposed(one.at, next), next))).rejects.toMatchObject(
      mayNot,
    )
  }
})
