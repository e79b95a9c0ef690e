import { randomBytes, randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database, Transaction } from '../../src/base/database/database.ts'
import { openDatabase, transact } from '../../src/base/database/database.ts'
import { createMissingKeys, openKeys } from '../../src/base/keys/keys.ts'
import { publicKeys, readByPublishedKeys } from '../../src/base/keys/jws.ts'
import { dayAfter, dayOf, endOfDay } from '../../src/base/values/calendar.ts'
import { systemClock } from '../../src/base/values/clock.ts'
import { writeId } from '../../src/base/values/ids.ts'
import { signalMapping } from '../../src/consent/signals/index.ts'
import { makeVault } from '../../src/ledger/chain/index.ts'
import { publishObject } from '../../src/ledger/transparency-log/index.ts'
import { endOffice, mandateSeals, openOffice } from '../../src/people/mandates/index.ts'
import type { DeskOfficer, DeskRole, StopReason } from '../../src/people/offices/index.ts'
import { roles, waitingProposals } from '../../src/people/offices/index.ts'
import { toldBrakes } from '../../src/pages/status/told-brakes.ts'
import type { BrakeWanted, DeskBraking } from '../../src/registry/index.ts'
import {
  applyRegister,
  brakeByOrder,
  decideBrake,
  openRegister,
  proposeBrake,
  registerFindings,
  stopAtDesk,
} from '../../src/registry/index.ts'
import { brakeDocument } from '../../src/registry/changes/brake-document.ts'
import { hashOf } from '../../src/registry/changes/order-signatures.ts'
import { RegisterUntrusted } from '../../src/registry/changes/seal.ts'
import type { RegisterObject } from '../../src/registry/changes/store.ts'
import { signingCommand } from '../support/commands.ts'
import type { FreshDatabase } from '../support/database.ts'
import { freshDatabase } from '../support/database.ts'
import { newFolder } from '../support/fault-process.ts'
import { differencesOf } from '../support/fold.ts'
import { housePatience } from '../support/patience.ts'
import { statementsBy } from '../support/statements.ts'
import { letTimeMove, pass } from '../support/time.ts'
import { signOrder } from '../support/two-signers.ts'
import { another, everything } from './whole-register.ts'

// Incident officers of a body stop what is their body’s, by the brakes of signers. Each test has objects of its own.

letTimeMove()

const issuer = 'https://id.test'
const house = { type: 'broker' } as const
const holder = { status: 'open', acr: 'urn:accord:aal:3', isHeld: false, isWork: true } as const
const standing = () => Promise.resolve(holder)
const until = dayAfter(dayOf(new Date()), 'P300D')
const agreements = Array.from({ length: 24 }, (_, n) => `agr_desk-${n}`)

let fresh: FreshDatabase
let db: Database
let other: Database
let parts: DeskBraking
let folder: string
let used = 0

beforeAll(async () => {
  fresh = await freshDatabase()
  db = openDatabase(fresh.url, housePatience)
  other = openDatabase(fresh.url, housePatience)
  folder = newFolder()
  await createMissingKeys(join(folder, 'keys'))
  const keys = await openKeys(join(folder, 'keys'))
  const vault = { vault: makeVault(keys, signalMapping), seals: mandateSeals(keys) }
  const signers = await Promise.all(['one', 'two'].map(signer))
  const own = agreements.map((id) => another('agreement', { agreement_id: id }))
  const far = another('agreement', {
    agreement_id: 'agr_far',
    recipient_org_id: 'org_far',
    purposes: ['pur_far@1'],
  })
  const bodies = [
    another('organisation', { org_id: 'org_far' }),
    another('purpose', { purpose_id: 'pur_far', recipient_org_id: 'org_far' }),
  ]
  const others = everything.filter(({ kind }) => kind !== 'signer')
  const objects = [...others, ...signers, ...own, ...bodies, far]
  await transact(db, (tx) =>
    applyRegister(tx, vault.seals.rows, { objects, problems: [] }, systemClock()),
  )
  parts = {
    db,
    clock: systemClock,
    live: await openRegister(db, vault.seals.rows),
    issuer,
    vault,
    statements: statementsBy(keys),
  }
})
afterAll(async () => {
  await Promise.all([db.destroy(), other.destroy()])
  await fresh.drop()
  rmSync(folder, { recursive: true, force: true })
})

async function signer(name: string): Promise<RegisterObject> {
  const [line = ''] = (await signingCommand(['key', keyOf(name)], new Date())) ?? []
  const made = { signer_id: `sig_${name}`, public_key: line.replace('public_key: ', '') }
  return another('signer', made)
}

function keyOf(name: string): string {
  return join(folder, `${name}.jwk.json`)
}

type Officer = { readonly at: DeskOfficer; readonly mandateId: string }

/** @param officerId of somebody who has an office already */
async function newOfficer(
  role: DeskRole = 'incident-officer',
  organisation = 'org_taker',
  officerId?: string,
): Promise<Officer> {
  const id = officerId ?? randomUUID()
  if (officerId === undefined)
    await db('persons').insert({ personId: id, createdAt: systemClock() })
  const given = {
    officerId: id,
    organisation,
    role,
    acts: roles[role],
    untilAt: endOfDay(until),
    orderSha256: null,
    namedBy: [],
  }
  const mandateId = await transact(db, (tx) => openOffice(tx, parts.vault, given, house))
  return { mandateId, at: { officerId: id, organisation, holder } }
}

function endOf({ at, mandateId }: Officer, on = db) {
  const office = { officerId: at.officerId, mandateId }
  return transact(on, (tx) => endOffice(tx, parts.vault, office, 'body', house))
}

function next() {
  const id = agreements[used++]
  if (id === undefined) throw new Error('more tests than agreements')
  return { kind: 'agreement', id } as const
}

type Thing = { readonly kind: 'agreement' | 'service'; readonly id: string }

function stop({ at }: Officer, thing: Thing, on = db, reason: StopReason = 'breach') {
  return stopAtDesk({ ...parts, db: on }, at, { ...thing, reason })
}

const hold: BrakeWanted = { deed: 'incident.hold', reason: 'breach' }
const lift: BrakeWanted = { deed: 'incident.lift', reason: 'mistake' }

function propose({ at }: Officer, thing: Thing, wanted: BrakeWanted) {
  return proposeBrake(parts, at, { ...thing, ...wanted })
}

async function decide({ at }: Officer, proposalId: string, on = db) {
  const waiting = await waitingProposals(db, parts.vault, at.organisation, systemClock())
  const seen = waiting.find((one) => one.proposalId === proposalId)?.seen ?? randomBytes(32)
  const deciding = { proposalId, decision: 'done', seen } as const
  return decideBrake({ ...parts, db: on }, at, deciding, standing)
}

/** The register as any process reads it. */
async function now() {
  const { rows } = await db.raw<{ rows: { epoch: string }[] }>('select epoch from register_epoch')
  return parts.live.at(Number(rows[0]?.epoch))
}

const statusOf = async ({ id }: Thing) => (await now()).agreement(id)?.status
const mayNot = { code: 'desk.act', status: 403 }
const notOurs = { code: 'desk.brake-none', status: 404 }
const isDecided = { code: 'desk.decided', status: 409 }

test('an incident officer stops an agreement of his body alone, for 24 hours, and everybody reads by whose desk', async () => {
  const [officer, thing] = [await newOfficer(), next()]
  const brake = await stop(officer, thing)
  expect(brake).toMatchObject({ isConfirmed: false, desk: 'org_taker' })
  expect(brake.until.getTime() - brake.begunAt.getTime()).toBe(24 * 3600 * 1000)
  expect(await statusOf(thing)).toBe('suspended')
  const told = toldBrakes(await now(), systemClock()).find(({ id }) => id === thing.id)
  expect(told?.by).toEqual([{ fr: 'incidents, Essai org_taker', en: 'incidents, Trial org_taker' }])
  // What is public names his office, never him, and anybody checks it with the keys that are published.
  const { rows } = await db.raw<{ rows: { document: string }[] }>(
    'select document from public_object where document like ?',
    [`%${thing.id}%`],
  )
  const [row] = rows
  const document = JSON.parse(row?.document ?? '{}') as Record<string, string>
  expect(document).toMatchObject({
    signatures: [],
    order: {
      deed: 'brake',
      details: { organisation: 'org_taker', office: writeId('man', officer.mandateId) },
    },
  })
  expect(row?.document).not.toContain(writeId('', officer.at.officerId).slice(1))
  const published = publicKeys(parts.statements.keys)
  expect(
    await readByPublishedKeys(published, 'desk-order+jwt', document['witness'] ?? ''),
  ).toMatchObject({ iss: issuer, order: document['order_sha256'] })
  expect(await faults(db)).toEqual([])
  // His chain says what he did.
  const audit = { db, vault: parts.vault.vault }
  expect(await differencesOf(audit, officer.at.officerId)).toEqual([])
  await pass(db, { hours: 25 })
  expect(await statusOf(thing)).toBe('in_force')
  // Nobody confirmed it: not again by the same one, by no office of his.
  await expect(stop(officer, thing)).rejects.toMatchObject({ code: 'desk.brake-again' })
  const again = await newOfficer('incident-officer', 'org_taker', officer.at.officerId)
  await endOf(officer)
  await expect(stop(again, thing)).rejects.toMatchObject({ code: 'desk.brake-again' })
  await stop(await newOfficer(), thing)
  expect(await statusOf(thing)).toBe('suspended')
})

test.each<[string, () => Promise<unknown>, object]>([
  [
    'a service of another body',
    async () => stop(await newOfficer(), { kind: 'service', id: 'giver' }),
    notOurs,
  ],
  [
    'an agreement of two other bodies',
    async () => stop(await newOfficer(), { kind: 'agreement', id: 'agr_far' }),
    notOurs,
  ],
  [
    'what the register does not have',
    async () => stop(await newOfficer(), { kind: 'agreement', id: 'agr_none' }),
    notOurs,
  ],
  [
    'an agreement, by an officer with another role',
    async () => stop(await newOfficer('privacy-officer'), next()),
    mayNot,
  ],
  [
    'an agreement, by an officer whose office ended',
    async () => {
      const officer = await newOfficer()
      await endOf(officer)
      return stop(officer, next())
    },
    mayNot,
  ],
  [
    'an agreement, by an officer with a weaker sign-in',
    async () => {
      const { at, mandateId } = await newOfficer()
      const weak = { ...at, holder: { ...holder, acr: 'urn:accord:aal:2' as const } }
      return stop({ at: weak, mandateId }, next())
    },
    mayNot,
  ],
])('an officer does not stop %s', async (_what, deed, refusal) => {
  const before = await deeds()
  await expect(deed()).rejects.toMatchObject(refusal)
  expect(await deeds()).toBe(before)
})

test('an office that ends while its order is signed stops nothing, and lets nothing stand', async () => {
  const [one, two, thing] = [await newOfficer(), await newOfficer(), next()]
  await stop(one, thing)
  const proposal = await propose(one, thing, hold)
  const before = await deeds()
  const meanwhile = (officer: Officer): DeskBraking => {
    const { statements } = parts
    const sign: typeof statements.signer.sign = async (asked) => {
      await endOf(officer, other)
      return statements.signer.sign(asked)
    }
    return { ...parts, statements: { ...statements, signer: { sign } } }
  }
  const asked = { ...next(), reason: 'fault' } as const
  await expect(stopAtDesk(meanwhile(two), two.at, asked)).rejects.toMatchObject(mayNot)
  const three = await newOfficer()
  const open = await waitingProposals(db, parts.vault, 'org_taker', systemClock())
  const seen = open.find((each) => each.proposalId === proposal)?.seen ?? randomBytes(32)
  const deciding = { proposalId: proposal, decision: 'done', seen } as const
  for (const officer of [one, three])
    await expect(
      decideBrake(meanwhile(officer), three.at, deciding, standing),
    ).rejects.toMatchObject(mayNot)
  expect(await deeds()).toBe(before)
})

const deeds = async () => (await db('registerBrake')).length

test('an officer stops a service of his own body', async () => {
  await stop(await newOfficer('incident-officer', 'org_giver'), { kind: 'service', id: 'giver' })
  expect((await now()).services.has('giver')).toBe(false)
})

test('two let it stand for thirty days, and two let it go on', async () => {
  const [one, two, thing] = [await newOfficer(), await newOfficer(), next()]
  await stop(one, thing)
  const holding = await propose(one, thing, hold)
  await expect(decide(one, holding)).rejects.toMatchObject(isDecided)
  const brake = await decide(two, holding)
  expect(brake).toMatchObject({ isConfirmed: true, desk: 'org_taker' })
  await pass(db, { hours: 25 })
  expect(await statusOf(thing)).toBe('suspended')
  const lifting = await propose(two, thing, lift)
  expect(await decide(one, lifting)).toMatchObject({ releasedAt: expect.any(Date) as Date })
  expect(await statusOf(thing)).toBe('in_force')
  expect(await faults(db)).toEqual([])
  // Two found it right: the same one may stop it again, and what was proposed about the brake before says nothing of this one.
  const late = await stop(one, thing).then(() => propose(one, thing, lift))
  await decide(two, late)
  await expect(decide(two, late)).rejects.toMatchObject(isDecided)
  for (const { at } of [one, two])
    expect(await differencesOf({ db, vault: parts.vault.vault }, at.officerId)).toEqual([])
})

test.each<[string, (it: { one: Officer; two: Officer; thing: Thing }) => unknown, object]>([
  ['after an hour', () => pass(db, { seconds: 3601 }), isDecided],
  ['after the office of who proposed it ended', ({ one }) => endOf(one), mayNot],
  ['after the office of who decides ended', ({ two }) => endOf(two), mayNot],
  [
    'after two signers released it',
    ({ thing }) => release(thing),
    { code: 'desk.brake-moved', status: 409 },
  ],
  [
    'after another stop took its place',
    async ({ thing }) => {
      await release(thing)
      await stop(await newOfficer(), thing)
    },
    { code: 'desk.brake-moved', status: 409 },
  ],
])('two do not let it stand %s', async (_when, change, refusal) => {
  const it = { one: await newOfficer(), two: await newOfficer(), thing: next() }
  await stop(it.one, it.thing)
  const proposal = await propose(it.one, it.thing, hold)
  await change(it)
  const before = await deeds()
  await expect(decide(it.two, proposal)).rejects.toMatchObject(refusal)
  expect(await deeds()).toBe(before)
})

/** By two signers. */
async function release(thing: Thing) {
  const file = join(folder, `${thing.id}.json`)
  const words = { reason: 'Un essai', 'reason-en': 'A trial' }
  const order = (said: object) =>
    brakeByOrder(
      db,
      { seals: parts.vault.seals.rows, issuer },
      { deed: 'brake-release', ...thing, words: { ...words, ...said } },
      systemClock(),
    )
  await order({ out: file })
  for (const name of ['one', 'two']) await signOrder(file, keyOf(name), systemClock())
  await order({ order: file })
}

test('what signers suspended is not the desk’s, and neither is what another desk did', async () => {
  const [ours, theirs] = [await newOfficer(), await newOfficer('incident-officer', 'org_giver')]
  const [bySigner, byGiver] = [next(), next()]
  await brakeByOrder(
    db,
    { seals: parts.vault.seals.rows, issuer },
    {
      deed: 'brake',
      ...bySigner,
      words: { reason: 'Un essai', 'reason-en': 'A trial', key: keyOf('one') },
    },
    systemClock(),
  )
  await stop(theirs, byGiver)
  for (const thing of [bySigner, byGiver])
    for (const wanted of [hold, lift])
      await expect(propose(ours, thing, wanted)).rejects.toMatchObject(notOurs)
  await expect(stop(ours, byGiver)).rejects.toMatchObject({ code: 'desk.brake-stands' })
})

const rounds = Number(process.env['DESK_ROUNDS'] ?? 2)

test('of two who stop at once one does, of hold and lift at once the lift wins, and none after the end of an office', async () => {
  for (let round = 0; round < rounds; round++) {
    const [one, two, thing] = [await newOfficer(), await newOfficer(), next()]
    const both = await Promise.allSettled([stop(one, thing), stop(two, thing, other)])
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const [holding, lifting] = [await propose(one, thing, hold), await propose(one, thing, lift)]
    const [, lifted] = await Promise.allSettled([decide(two, holding), decide(two, lifting, other)])
    expect(lifted.status).toBe('fulfilled')
    expect(await statusOf(thing)).toBe('in_force')
    const last = next()
    const [stopped] = await Promise.allSettled([stop(one, last), endOf(one, other)])
    expect(await statusOf(last)).toBe(stopped.status === 'fulfilled' ? 'suspended' : 'in_force')
    await expect(stop(one, next())).rejects.toMatchObject(mayNot)
    expect(await faults(db)).toEqual([])
  }
})

const forged = (from: string, to: string) => `with forged as (
    select replace(document, '${from}', '${to}') as document from public_object
    where document like '%"witness":%' and document like '%"deed":"brake",%' order by announced_at desc limit 1),
  published as (
    insert into public_object (document, sha256, leaf_id, announced_at)
    select document, sha256(convert_to(document, 'UTF8')), gen_random_uuid(), now() from forged returning sha256)
  insert into register_brake (sha256, operator) select sha256, null from published`

test.each([
  [
    'a row is taken away',
    'delete from register_brake where brake_no = (select max(brake_no) from register_brake)',
  ],
  [
    'a row is made of a document that says release',
    forged('"deed":"brake",', '"deed":"brake-release",'),
  ],
  ['a row is made of a document about something else', forged('agr_desk', 'agr_one-desk')],
  ['a row is made of a document by another office', forged('"office":"man_', '"office":"man_0')],
])('where %s, nothing loads the register, and files do not seal it anew', async (_what, sql) => {
  const objects = filesOf(await now())
  const tx = await db.transaction()
  try {
    await tx.raw('set local session_replication_role = replica')
    await tx.raw(sql)
    await expect(openRegister(tx, parts.vault.seals.rows)).rejects.toThrow(RegisterUntrusted)
    expect((await faults(tx)).length).toBeGreaterThan(1)
    await takeSeals(tx)
    await expect(sealAnew(tx, objects)).rejects.toThrow()
  } finally {
    await tx.rollback()
  }
})

test('an end of a stop that is whole but for the signature of this broker is none', async () => {
  const objects = filesOf(await now())
  const { rows } = await db.raw<{ rows: { document: string }[] }>(
    `select document from public_object where document like '%"witness":%' and document like '%"deed":"brake",%' limit 1`,
  )
  const document = brakeDocument.parse(JSON.parse(rows[0]?.document ?? '{}'))
  const details = { ...document.order.details, second: `man_${'0'.repeat(26)}` }
  const order = { ...document.order, deed: 'brake-release' as const, details }
  const made = { ...document, order, order_sha256: hashOf(order) }
  const tx = await db.transaction()
  try {
    await tx.raw('set local session_replication_role = replica')
    const sha256 = await publishObject(tx, JSON.parse(JSON.stringify(made)), systemClock())
    await tx('registerBrake').insert({ sha256, operator: null })
    const why = 'this broker did not sign what officers of a desk ordered'
    expect(await faults(tx)).toContainEqual(expect.stringContaining(why))
    await takeSeals(tx)
    await expect(sealAnew(tx, objects)).rejects.toThrow(why)
  } finally {
    await tx.rollback()
  }
})

test('a register whose seals were lost is sealed anew with what officers did, only where the keys of receipts are', async () => {
  const objects = filesOf(await now())
  const tx = await db.transaction()
  try {
    await tx.raw('set local session_replication_role = replica')
    await takeSeals(tx)
    await expect(
      applyRegister(tx, parts.vault.seals.rows, { objects, problems: [] }, systemClock()),
    ).rejects.toThrow('this broker did not sign what officers of a desk ordered')
    await takeSeals(tx)
    await sealAnew(tx, objects)
    const held = (await openRegister(tx, parts.vault.seals.rows)).current()
    expect(held.brakes).toEqual((await now()).brakes)
  } finally {
    await tx.rollback()
  }
})

async function sealAnew(tx: Transaction, objects: readonly RegisterObject[]) {
  const witnessKeys = () => Promise.resolve(parts.statements.keys)
  const files = { objects, problems: [] }
  await applyRegister(tx, parts.vault.seals.rows, files, systemClock(), { witnessKeys })
}

async function takeSeals(tx: Transaction): Promise<void> {
  await tx.raw('delete from register_seal')
  await tx.raw('update register_state set seal = null')
}

function filesOf({ versions }: Awaited<ReturnType<typeof now>>): RegisterObject[] {
  const newest = new Map(versions.map((one) => [`${one.kind} ${one.id}`, one]))
  return [...newest.values()].filter(({ kind }) => kind !== 'change')
}

async function faults(of: Database | Transaction): Promise<string[]> {
  const found = await registerFindings(of, parts.vault.seals.rows, parts.statements.keys)
  return found.map(({ where, because }) => `${where}: ${because}`)
}
