import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase, transact } from '../../../src/base/database/database.ts'
import { dayAfter, dayOf, startOfDay } from '../../../src/base/values/calendar.ts'
import { signalMapping } from '../../../src/consent/signals/index.ts'
import { makeVault } from '../../../src/ledger/chain/index.ts'
import { strayRows } from '../../../src/ledger/fold/store.ts'
import { readingSession } from '../../../src/base/database/db-session.ts'
import type { Act } from '../../../src/people/mandates/acts.ts'
import { deskActs } from '../../../src/base/values/desk-acts.ts'
import { acts, maskOf } from '../../../src/people/mandates/acts.ts'
import type { Ground } from '../../../src/people/mandates/ground.ts'
import { groundIds, groundOf } from '../../../src/people/mandates/grounds.ts'
import { closingJobs } from '../../../src/people/mandates/jobs.ts'
import { mayAct } from '../../../src/people/mandates/may-act.ts'
import type { MandateVault, NewOffice } from '../../../src/people/mandates/offices.ts'
import {
  endOffice,
  officeFacts,
  officesOf,
  openOffice,
} from '../../../src/people/mandates/offices.ts'
import { mandateRenewals, mandateSeals } from '../../../src/people/mandates/sealed-sides.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'
import { differencesOf } from '../../support/fold.ts'
import { housePatience } from '../../support/patience.ts'

const keys = { data: [randomBytes(32)], seal: [randomBytes(32)] }
const parts: MandateVault = { vault: makeVault(keys, signalMapping), seals: mandateSeals(keys) }
const house = { type: 'broker' } as const
const organisation = 'org_aide-etudes'
const atWork = { status: 'open', acr: 'urn:accord:aal:3', isHeld: false, isWork: true } as const

let database: FreshDatabase
let db: Database

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase(database.url, housePatience)
})
afterAll(async () => {
  await db.destroy()
  await database.drop()
})

/** In so many days, in Québec. */
function inDays(days: number): Date {
  return startOfDay(dayAfter(dayOf(new Date()), `P${days}D`))
}

async function newOfficer(office: Partial<NewOffice> = {}) {
  const officerId = randomUUID()
  const now = new Date()
  await db('persons').insert({ personId: officerId, createdAt: now })
  await db('accounts').insert({ personId: officerId, openedAt: now })
  const given = {
    officerId,
    organisation,
    role: 'counter',
    acts: ['search', 'identify', 'card', 'assist'],
    untilAt: inDays(200),
    orderSha256: 'ab'.repeat(32),
    namedBy: [],
    ...office,
  } as const satisfies NewOffice
  const mandateId = await transact(db, (tx) => openOffice(tx, parts, given, house))
  return { officerId, mandateId }
}

/** Whether the officer may search at this instant. */
async function maySearch(officerId: string, now = new Date()) {
  const offices = await officesOf(db, parts, officerId)
  const about = { organisation, isSensitive: false, isPutToHolder: false }
  return offices.map((office) => {
    const may = mayAct({ act: 'search', about }, officeFacts(office, atWork), now)
    return may.may ? 'may' : may.because
  })
}

const differences = (personId: string) => differencesOf({ db, vault: parts.vault }, personId)

test('an office lets its holder do the acts of his role, for its body, until its last day', async () => {
  const { officerId, mandateId } = await newOfficer()
  const [office] = await officesOf(db, parts, officerId)
  expect(office).toMatchObject({ mandateId, organisation, sides: 'agree', ground: 'office' })
  expect(await maySearch(officerId)).toEqual(['may'])
  expect(await maySearch(officerId, inDays(200))).toEqual(['over'])
  expect(await differences(officerId)).toEqual([])
})

test.each<[Partial<ReturnType<typeof atDesk>>, string]>([
  [{ act: 'name' }, 'act'],
  [{ organisation: 'org_another' }, 'subject'],
  [{ acr: 'urn:accord:aal:2' }, 'level'],
  [{ isWork: false }, 'work'],
  [{ isHeld: true }, 'held'],
])('with %j it lets him do nothing', async (other, because) => {
  const { officerId } = await newOfficer()
  const asked = { ...atDesk(), ...other }
  const [office] = await officesOf(db, parts, officerId)
  if (office === undefined) throw new Error('no office')
  const about = { organisation: asked.organisation, isSensitive: false, isPutToHolder: false }
  const holder = { ...atWork, acr: asked.acr, isWork: asked.isWork, isHeld: asked.isHeld }
  const may = mayAct({ act: asked.act, about }, officeFacts(office, holder), new Date())
  expect(may).toEqual({ may: false, because })
})

function atDesk() {
  return {
    act: 'search' as Act,
    organisation: organisation as string,
    acr: 'urn:accord:aal:3' as 'urn:accord:aal:2' | 'urn:accord:aal:3',
    isWork: true as boolean,
    isHeld: false as boolean,
  }
}

test('an office that somebody ended is over at once, and is ended once', async () => {
  const office = await newOfficer()
  const end = () => transact(db, (tx) => endOffice(tx, parts, office, 'body', house))
  expect(await end()).toBe(true)
  expect(await maySearch(office.officerId)).toEqual([])
  expect(await end()).toBe(false)
  expect(await differences(office.officerId)).toEqual([])
})

test.each([0, 366, 400])('an office cannot end in %i days', async (days) => {
  const naming = newOfficer({ untilAt: inDays(days) })
  await expect(naming).rejects.toThrow('An office ends within twelve months: nobody was named.')
})

test('the night writes the end of an office that is over', async () => {
  const { officerId, mandateId } = await newOfficer()
  const close = (now: Date) =>
    closingJobs(db, parts.vault, () => now)['mandates.close']?.({}, {} as never)
  await close(new Date())
  expect(await maySearch(officerId)).toEqual(['may'])
  await close(inDays(200))
  expect(await maySearch(officerId)).toEqual([])
  expect(await db('mandate').select('endedBecause').where({ mandateId }).first()).toEqual({
    endedBecause: 'over',
  })
  expect(await differences(officerId)).toEqual([])
})

type Office = Awaited<ReturnType<typeof newOfficer>>
const set =
  (columns: string) =>
  async ({ mandateId }: Office) =>
    db.raw(`update mandate set ${columns} where mandate_id = ?`, [mandateId])

/** What is sealed is looked at wherever it opens something, and not in the night. */
test.each<[string, (office: Office) => Promise<unknown>, string[], 'found in the night'?]>([
  ['gets another act', set(`acts = acts | ${deskActs.name}`), ['untrusted'], 'found in the night'],
  [
    'lasts longer',
    set(`until_at = until_at + interval '1 year'`),
    ['untrusted'],
    'found in the night',
  ],
  [
    'is of another body',
    set(`org_id = 'org_b', organisations = '{org_b}'`),
    ['untrusted'],
    'found in the night',
  ],
  [
    'has another holder',
    async ({ mandateId }) => {
      const { officerId } = await newOfficer()
      await db('mandateHeld').where({ heldId: mandateId }).update({ holderId: officerId })
    },
    [],
    'found in the night',
  ],
  [
    'has the other side of another office',
    async ({ mandateId }) => {
      const other = await newOfficer()
      const row: { sealed: Buffer } | undefined = await db('mandateHeld')
        .select('sealed')
        .where({ heldId: other.mandateId })
        .first()
      await db('mandateHeld').where({ heldId: mandateId }).update({ sealed: row?.sealed })
    },
    ['untrusted'],
  ],
])(
  'an office whose row somebody changed, so that it %s, lets him do nothing',
  async (_what, change, found, night) => {
    const office = await newOfficer()
    await change(office)
    expect(await maySearch(office.officerId)).toEqual(found)
    expect((await differences(office.officerId)).length > 0).toBe(night !== undefined)
  },
)

test('both rows of an ended office, put back as they were with their true seals, let him do nothing', async () => {
  const office = await newOfficer()
  const { mandateId, officerId } = office
  const rows = await Promise.all([
    db('mandate').where({ mandateId }).first(),
    db('mandateHeld').where({ heldId: mandateId }).first(),
  ])
  await transact(db, (tx) => endOffice(tx, parts, office, 'body', house))
  await db('mandate')
    .where({ mandateId })
    .update({ ...rows[0], seal: rows[0]?.seal })
  await db('mandateHeld')
    .where({ heldId: mandateId })
    .update({ ...rows[1] })
  expect(await maySearch(officerId)).toEqual(['untrusted'])
  expect(await differences(officerId)).not.toEqual([])
})

test('a mandate without the other side is found', async () => {
  const { mandateId } = await newOfficer()
  await db('mandateHeld').where({ heldId: mandateId }).delete()
  const strays = await strayRows(readingSession(db), ['strays_of_mandates'], 10)
  expect(strays).toContainEqual({ table: 'mandate', about: mandateId })
})

test('what is sealed is put under the newest key, and is believed as before', async () => {
  const { officerId, mandateId } = await newOfficer()
  const newer = { data: [randomBytes(32), ...keys.data], seal: [randomBytes(32), ...keys.seal] }
  const seals = mandateSeals(newer)
  const before: { sealed: Buffer } | undefined = await db('mandate')
    .select('sealed')
    .where({ mandateId })
    .first()
  for (const renewal of mandateRenewals(seals))
    await transact(db, (tx) => renewal.renew(tx, { from: 0, to: 1000 }))
  const after: { sealed: Buffer } | undefined = await db('mandate')
    .select('sealed')
    .where({ mandateId })
    .first()
  expect(after?.sealed.subarray(0, 8)).not.toEqual(before?.sealed.subarray(0, 8))
  const [office] = await officesOf(db, { vault: makeVault(newer, signalMapping), seals }, officerId)
  expect(office?.sides).toBe('agree')
})

test('the database has no act under a ground that does not have it here', async () => {
  const wrong = await transact(db, async (tx) => {
    const found: string[] = []
    for (const ground of groundIds)
      for (const act of acts) {
        const most: readonly Act[] = groundOf(ground).most
        const isTaken = await isInserted(tx, ground, groundOf(ground), maskOf([act]))
        const mustRefuse =
          Object.hasOwn(deskActs, act) !== (ground === 'office') ||
          (['answer', 'represent'].includes(act) && !most.includes(act))
        if (isTaken === mustRefuse) found.push(`${ground} ${act}`)
      }
    return found
  })
  expect(wrong).toEqual([])
  await expect(
    transact(db, (tx) => isInserted(tx, 'will', groundOf('will'), maskOf(['read', 'search']))),
  ).resolves.toBe(false)
})

type Tx = Parameters<Parameters<typeof transact>[1]>[0]

async function isInserted(
  tx: Tx,
  ground: string,
  { principal }: Ground,
  mask: number,
): Promise<boolean> {
  const personId = randomUUID()
  await tx('persons').insert({ personId, createdAt: new Date() })
  const mandate = {
    mandateId: randomUUID(),
    principalId: principal === 'organisation' ? null : personId,
    orgId: ['office', 'help'].includes(ground) ? organisation : null,
    ground: ground as 'office',
    holderKind: 'person' as const,
    sealed: randomBytes(8),
    acts: mask,
    invitedAt: new Date(),
  }
  await tx.raw('savepoint one')
  try {
    await tx('mandate').insert(mandate)
    return true
  } catch {
    return false
  } finally {
    await tx.raw('rollback to savepoint one')
  }
}
