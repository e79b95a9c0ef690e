import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database, Transaction } from '../../../src/base/database/database.ts'
import { openDatabase, transact } from '../../../src/base/database/database.ts'
import { dayAfter, dayBefore, dayOf, endOfDay } from '../../../src/base/values/calendar.ts'
import type { CountedTry } from '../../../src/base/web/limits/tries.ts'
import { signalMapping } from '../../../src/consent/signals/index.ts'
import { makeVault } from '../../../src/ledger/chain/index.ts'
import type { MandateVault } from '../../../src/people/mandates/index.ts'
import { endOffice, mandateSeals, openOffice } from '../../../src/people/mandates/index.ts'
import type { DeskOfficer } from '../../../src/people/offices/index.ts'
import {
  codeOfBrowser,
  decideProposal,
  endOfficeAtDesk,
  giveCode,
  mostTries,
  nameByOrder,
  nameOfficer,
  officesOfBody,
  payloadHash,
  proposeNaming,
  readEmployeeNumber,
  readTypedNaming,
  roles,
  standingHolder,
  useUpCode,
} from '../../../src/people/offices/index.ts'
import { openWorkAccess } from '../../../src/people/accounts/index.ts'
import { accessOfNumber, workAccessRenewal } from '../../../src/people/offices/work-accesses.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'
import { differencesOf } from '../../support/fold.ts'
import { housePatience } from '../../support/patience.ts'

// A number of an employee leads to one work access, and both halves of a code to his keys.

const keys = { data: [randomBytes(32)], seal: [randomBytes(32)] }
const vault: MandateVault = { vault: makeVault(keys, signalMapping), seals: mandateSeals(keys) }
const house = { type: 'broker' } as const
const origin = { requestId: 'test', network: undefined }
const body = 'org_aide-etudes'
const holder = { status: 'open', acr: 'urn:accord:aal:3', isHeld: false, isWork: true } as const
const now = new Date()
const until = dayAfter(dayOf(now), 'P200D')
const nothing = () => Promise.resolve()
const counted = {} as CountedTry // no count is tried here

let database: FreshDatabase
let db: Database
let other: Database
let namers: readonly [DeskOfficer, DeskOfficer]

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase(database.url, housePatience)
  other = openDatabase(database.url, housePatience)
  namers = [await newNamer(), await newNamer()]
})
afterAll(async () => {
  await Promise.all([db.destroy(), other.destroy()])
  await database.drop()
})

function newNamer(): Promise<DeskOfficer & { readonly mandateId: string }> {
  return transact(db, async (tx) => {
    const officerId = await openWorkAccess(tx, vault.vault, {
      origin,
      now: new Date(),
      by: { actor: house },
    })
    const office = { officerId, organisation: body, role: 'namer', acts: roles.namer }
    const last = { untilAt: endOfDay(until), orderSha256: null, namedBy: [] }
    const mandateId = await openOffice(tx, vault, { ...office, ...last }, house)
    return { officerId, organisation: body, holder, mandateId }
  })
}

const ended: string[] = []
const parts = {
  vault,
  endKeys: async (_: Transaction, officerId: string) => void ended.push(officerId),
  origin,
}

let employees = 0
type Typed = { number?: string; role?: string; until?: string; keys?: string }
const typed = (changed: Typed = {}) => ({
  number: `e ${++employees}`,
  role: 'counter',
  until,
  keys: 'new',
  ...changed,
})

function proposed(changed?: Typed, [by] = namers) {
  const content = readTypedNaming(typed(changed), now)
  return transact(db, async (tx) => ({
    content,
    ...(await proposeNaming(tx, vault, by, content, new Date())),
  }))
}
type Proposed = Awaited<ReturnType<typeof proposed>>

function decided({ proposalId, content }: Proposed, on = db, [, by] = namers) {
  const deciding = { proposalId, decision: 'done', seen: payloadHash(content) } as const
  return transact(on, async (tx) => {
    const proposer = (id: string) => standingHolder(tx, vault, id)
    const both = await decideProposal(tx, vault, by, deciding, proposer)
    if (both?.deed !== 'office.name') throw new Error('it was refused')
    return nameOfficer(tx, parts, both)
  })
}

async function named(changed?: Typed) {
  const proposal = await proposed(changed)
  const done = await decided(proposal)
  return { ...done, number: proposal.content.number, one: proposal.half, two: done.half }
}

const hour = (hours: number) => new Date(Date.now() + hours * 3_600_000)
const give = (one = '', two = '', at = new Date()) =>
  giveCode(counted, { db, seals: vault.seals, beginsAnew: nothing }, { one, two }, at)
const refused = { code: 'desk.code-refused' }
const linesOf = async (officerId: string) =>
  (await officesOfBody(db, vault, body, new Date())).filter((line) => line.officerId === officerId)

test('a number has one spelling, of 1 to 40 characters', () => {
  expect(['a-12', ' A - 12 ', 'Ａ-１２'].map(readEmployeeNumber)).toEqual(['A-12', 'A-12', 'A-12'])
  expect([readEmployeeNumber('7'), readEmployeeNumber('x'.repeat(40)).length]).toEqual(['7', 40])
  for (const wrong of ['', '  ', 'x'.repeat(41), 'А-12', 'é7', '-7', '7/', 'a"b'])
    expect(() => readEmployeeNumber(wrong), wrong).toThrow('desk.number')
})

test.each([
  ['role', 'director', 'desk.role'],
  ['until', dayBefore(dayOf(now), 'P1D'), 'desk.until'],
  ['until', dayAfter(dayOf(now), 'P370D'), 'desk.until'],
  ['until', 'tomorrow', 'desk.until'],
  ['keys', 'mine', 'desk.keys'],
])('a naming with %s %s is refused', (name, value, code) => {
  expect(() => readTypedNaming(typed({ [name]: value }), now)).toThrow(code)
})

test('two name a number, and each has one half of the code, of which none alone opens anything', async () => {
  const { officerId, one, two, number } = await named()
  expect(await linesOf(officerId)).toMatchObject([{ number, role: 'counter' }])
  expect(await differencesOf({ db, vault: vault.vault }, officerId)).toEqual([])
  await expect(give(one, one)).rejects.toMatchObject(refused)
  await expect(give(one, '')).rejects.toMatchObject(refused)
  await expect(give('', two)).rejects.toMatchObject(refused)
  const given = await give(two, one?.toLowerCase().replace('-', ' '))
  expect(given.personId).toBe(officerId)
  const rows = await db('deskCode').where({ namingId: given.namingId })
  for (const secret of [one, two, given.token])
    expect(JSON.stringify(rows)).not.toContain(String(secret))
})

test('the code of an undecided naming opens nothing', async () => {
  const { half } = await proposed()
  await expect(give(half, half)).rejects.toMatchObject(refused)
})

test('whoever has one half has ten tries for the other', async () => {
  const { one, two } = await named()
  for (let tried = 0; tried < mostTries; tried++)
    await expect(give(one, `AAAA-AAA${tried}`)).rejects.toMatchObject(refused)
  await expect(give(one, two)).rejects.toMatchObject(refused)
})

test('a code is of one browser, for an hour, seven days long, until both keys are made', async () => {
  const { one, two, officeId } = await named()
  const whose = (token: string, at = new Date()) =>
    transact(db, (tx) => codeOfBrowser(tx, vault.seals, token, at))
  const first = await give(one, two)
  expect(await whose(first.token, hour(0.9))).toMatchObject({ personId: first.personId })
  expect(await whose(first.token, hour(1.1))).toBeUndefined()
  const second = await give(one, two)
  expect(await whose(first.token)).toBeUndefined()
  await expect(give(one, two, hour(7 * 24 + 1))).rejects.toMatchObject(refused)
  await transact(db, (tx) => useUpCode(tx, vault.seals, officeId, new Date()))
  expect(await whose(second.token)).toBeUndefined()
  await expect(give(one, two)).rejects.toMatchObject(refused)
})

test('a code whose row somebody moved to another officer opens nothing', async () => {
  const [one, two] = [await named(), await named()]
  await db('deskCode').where({ namingId: one.officeId }).update({ personId: two.officerId })
  await expect(give(one.one, one.two)).rejects.toMatchObject(refused)
})

test('a second role is added to the same access, whose keys stay; the same role again takes its place', async () => {
  const first = await named()
  ended.length = 0
  const again = { number: first.number, keys: 'kept' }
  const second = await named({ ...again, role: 'telephone' })
  const longer = await named({ ...again, until: dayAfter(dayOf(now), 'P300D') })
  expect([second.officerId, longer.officerId]).toEqual([first.officerId, first.officerId])
  expect([second.half, longer.half, ended]).toEqual([undefined, undefined, []])
  const lines = await linesOf(first.officerId)
  expect(lines.map(({ mandateId }) => mandateId)).toEqual([second.officeId, longer.officeId])
  expect(await differencesOf({ db, vault: vault.vault }, first.officerId)).toEqual([])
})

test('with lost keys he is named again: the older keys and the older code end with it', async () => {
  const first = await named()
  ended.length = 0
  const again = await named({ number: first.number })
  expect(again.officerId).toBe(first.officerId)
  expect(ended).toEqual([first.officerId])
  await expect(give(first.one, first.two)).rejects.toMatchObject(refused)
  expect((await give(again.one, again.two)).personId).toBe(first.officerId)
})

test('nobody keeps keys that he has not, and an access without an office is never taken up again', async () => {
  await expect(named({ keys: 'kept' })).rejects.toMatchObject({ code: 'desk.no-keys' })
  const first = await named()
  await transact(db, (tx) => endOfficeAtDesk(tx, vault, namers[0], first.officeId))
  await expect(give(first.one, first.two)).rejects.toMatchObject(refused)
  ended.length = 0
  const again = await named({ number: first.number })
  expect(again.officerId).not.toBe(first.officerId)
  expect(ended).toContain(first.officerId)
})

test('an access whose row somebody changed is not taken up', async () => {
  const [one, two] = [await named(), await named()]
  await db('workAccess')
    .where({ personId: two.officerId })
    .update({ seal: randomBytes(20) })
  const again = await named({ number: two.number })
  expect([one.officerId, two.officerId]).not.toContain(again.officerId)
})

test('one namer ends an office, at once, and the event says by which office', async () => {
  const { officerId, officeId } = await named()
  const ending = (by: DeskOfficer) => transact(db, (tx) => endOfficeAtDesk(tx, vault, by, officeId))
  const counter = { ...namers[0], officerId }
  await expect(ending(counter)).rejects.toMatchObject({ code: 'desk.act' })
  const elsewhere = { ...(await newNamer()), organisation: 'org_other' }
  await expect(ending(elsewhere)).rejects.toMatchObject({ code: 'desk.act' })
  await ending(namers[1])
  expect(await linesOf(officerId)).toEqual([])
  expect(await differencesOf({ db, vault: vault.vault }, officerId)).toEqual([])
  await expect(ending(namers[1])).rejects.toMatchObject({ code: 'desk.office-gone' })
})

test('an order names a namer, once', async () => {
  const order = { officeId: randomUUID(), organisation: body, number: 'ORD-1', until, now }
  const name = () =>
    transact(db, (tx) => nameByOrder(tx, parts, { ...order, orderSha256: 'a'.repeat(64) }))
  const { officerId, one, two } = await name()
  expect(await linesOf(officerId)).toMatchObject([{ role: 'namer', number: 'ORD-1' }])
  expect((await give(one, two)).personId).toBe(officerId)
  await expect(name()).rejects.toThrow('mandate_pkey')
})

test('under a newer key the number is found, and the older key is needed no more', async () => {
  const { officerId, number } = await named()
  const newest = randomBytes(32)
  const { seal } = keys
  const putUnder = (data: Buffer[]) =>
    transact(db, (tx) =>
      workAccessRenewal(mandateSeals({ data, seal })).renew(tx, { from: 0, to: 1000 }),
    )
  await putUnder([newest, ...keys.data])
  const alone = { ...vault, seals: mandateSeals({ data: [newest], seal }) }
  const found = await transact(db, (tx) => accessOfNumber(tx, alone, body, number))
  expect(found).toMatchObject({ personId: officerId, isTrue: true })
  await putUnder([...keys.data, newest])
})

const rounds = Number(process.env['DESK_ROUNDS'] ?? 6)

test('two namings of one number at once make one access; one that ends at the same time names or does not', async () => {
  // Two pairs of namers, who wait for nothing of one another’s but the number.
  const others = [await newNamer(), await newNamer()] as const
  for (let round = 0; round < rounds; round++) {
    const number = `R-${round}`
    const both = [
      await proposed({ number }),
      await proposed({ number, role: 'telephone' }, others),
    ] as const
    const done = await Promise.all([decided(both[0], db), decided(both[1], other, others)])
    const officers = new Set(done.map(({ officerId }) => officerId))
    expect(officers.size).toBe(1)
    const rows = await db('workAccess')
      .whereIn('personId', [...officers])
      .where({ endedAt: null })
    expect(rows).toHaveLength(1)
    expect(await linesOf(done[0].officerId)).toHaveLength(2)

    // A third naming against the end of the proposer’s own office, on the other connection.
    const leaving = await newNamer()
    const content = readTypedNaming(typed({ number: `L-${round}` }), now)
    const proposal = await transact(db, (tx) =>
      proposeNaming(tx, vault, leaving, content, new Date()),
    )
    const [naming, ending] = await Promise.allSettled([
      decided({ ...proposal, content }, db),
      transact(other, (tx) => endOffice(tx, vault, leaving, 'body', house)),
    ])
    expect(ending.status).toBe('fulfilled')
    const lines = await officesOfBody(db, vault, body, new Date())
    const isNamed = lines.some((line) => line.number === content.number)
    expect(isNamed).toBe(naming.status === 'fulfilled')
  }
})
