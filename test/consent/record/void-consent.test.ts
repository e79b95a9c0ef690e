import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transact } from '../../../src/base/database/database.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import { dayAfter, dayOf, endOfDay } from '../../../src/base/values/calendar.ts'
import { systemClock } from '../../../src/base/values/clock.ts'
import type { DeskVoiding, VoidWanted } from '../../../src/consent/record/index.ts'
import { decideVoid, proposeVoid, receiptsOf } from '../../../src/consent/record/index.ts'
import { endOffice, mandateSeals, openOffice } from '../../../src/people/mandates/index.ts'
import type { DeskOfficer, DeskRole } from '../../../src/people/offices/index.ts'
import { roles, waitingProposals } from '../../../src/people/offices/index.ts'
import { differencesOf } from '../../support/fold.ts'
import { schemaProblems } from '../../support/ledger-schema.ts'
import type { Bodies } from '../../support/reporting.ts'
import { bodiesOf, wholeList } from '../../support/reporting.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import {
  allowAgain,
  eventsOf,
  newSharer,
  openLoad,
  portOf,
  stopAt,
  uuidOf,
} from '../../support/sharing-load.ts'
import type { Stage } from '../../support/sharing.ts'
import { decide, evaluation, holderToken, startStage } from '../../support/sharing.ts'

// A sharing that should never have begun: two officers of one of its bodies void it, and she, both bodies and each decision know it.

const house = { type: 'broker' } as const
const holder = { status: 'open', acr: 'urn:accord:aal:3', isHeld: false, isWork: true } as const
const standing = () => Promise.resolve(holder)
const until = endOfDay(dayAfter(dayOf(new Date()), 'P200D'))
const found: VoidWanted = { deed: 'consent.void', reason: 'no-right' }
const ordered: VoidWanted = { deed: 'order.commission', number: '1023456-S', day: '2026-01-15' }

let stage: Stage
let load: Load
let bodies: Bodies
let sharer: Sharer
let parts: DeskVoiding
let token: string

beforeAll(async () => {
  stage = await startStage()
  load = await openLoad(stage)
  bodies = await bodiesOf(stage)
  sharer = await newSharer(load)
  token = await holderToken(stage, 'decide')
  const seals = mandateSeals(await openKeys(stage.keysDir))
  parts = { db: load.db, notary: load.notary, vault: { vault: load.vault, seals } }
})
afterAll(async () => {
  await load.close()
  await stage.stop()
})

type Officer = { readonly at: DeskOfficer; readonly mandateId: string }

async function newOfficer(
  role: DeskRole = 'privacy-officer',
  organisation = 'org_aide-etudes',
): Promise<Officer> {
  const officerId = randomUUID()
  await load.db('persons').insert({ personId: officerId, createdAt: systemClock() })
  const given = { officerId, organisation, role, acts: roles[role], untilAt: until }
  const mandateId = await transact(load.db, (tx) =>
    openOffice(tx, parts.vault, { ...given, orderSha256: null, namedBy: [] }, house),
  )
  return { mandateId, at: { officerId, organisation, holder } }
}

async function decided({ at }: Officer, proposalId: string) {
  const waiting = await waitingProposals(load.db, parts.vault, at.organisation, systemClock())
  const seen = waiting.find((one) => one.proposalId === proposalId)?.seen ?? randomBytes(32)
  return decideVoid(parts, at, { proposalId, decision: 'done', seen }, standing)
}

async function stateOf(consentId: string): Promise<unknown> {
  const row = await load
    .db('consentCurrent')
    .where({ consentId: uuidOf(consentId) })
    .first()
  return row?.state
}

const waits = async (by: 'asHolder' | 'asRecipient', consentId: string) =>
  (await wholeList((at) => bodies[by](at), '/disclosures/effects')).some(
    (item) => item['consent_id'] === consentId,
  )
const notOurs = { code: 'desk.consent-none', status: 404 }
const isDecided = { code: 'desk.decided', status: 409 }
const mayNot = { code: 'desk.act', status: 403 }

test.each([
  ['two privacy officers found it', 'privacy-officer', found, 'L’organisme n’avait pas le droit'],
  ['the Commission ordered it', 'supervisor', ordered, 'Ordre 1023456-S du 15 janvier 2026'],
] as const)(
  'where %s, nothing is permitted from then on, and she reads why',
  async (_what, role, wanted, why) => {
    const own = await newSharer(load)
    const [one, two] = [await newOfficer(role), await newOfficer(role)]
    expect((await decide(stage, token, evaluation(own.sub))).decision).toBe(true)
    const proposal = await proposeVoid(parts, one.at, own.consentId, wanted)
    expect(await stateOf(own.consentId)).toBe('active')
    expect(await decided(two, proposal)).toBe(true)

    expect(await stateOf(own.consentId)).toBe('void')
    const denied = await decide(stage, token, evaluation(own.sub))
    expect(denied).toMatchObject({ decision: false })
    expect((await stage.revenue.introspect(own.accessToken)).body).toContain('"active":false')
    for (const by of ['asHolder', 'asRecipient'] as const)
      expect(await waits(by, own.consentId)).toBe(true)
    // She reads why on its page, has a receipt and a line, and was told.
    const page = (await own.browser.get(`/mes-partages/${own.consentId}`)).body
    expect(page.replaceAll('\u00a0', ' ')).toContain(why)
    expect((await own.browser.get('/activite')).body).toContain('a été annulé')
    const receipts = await receiptsOf(load.db, own.personId, { consentId: uuidOf(own.consentId) })
    expect(receipts).toHaveLength(2)
    const messages: { kind: string }[] = await load
      .db('notification')
      .select('kind')
      .where({ personId: own.personId, kind: 'consent.voided' })
    expect(messages).toHaveLength(1)
    const [told] = await eventsOf(load, own.personId, 'consent.voided')
    expect(schemaProblems(told)).toEqual([])
    expect(JSON.stringify(told)).not.toContain(one.at.officerId)
    expect(await differencesOf({ db: load.db, vault: load.vault }, own.personId)).toEqual([])
    // It is over for everybody: she cannot stop it any more, and nobody voids it twice.
    await stopAt(own, own.consentId, portOf(stage, 0))
    expect(await stateOf(own.consentId)).toBe('void')
    const again = await proposeVoid(parts, one.at, own.consentId, wanted)
    await expect(decided(two, again)).rejects.toMatchObject(notOurs)
  },
)

type Case = { one: Officer; two: Officer; consentId: string; proposal: string }

test.each<[string, (it: Case) => unknown, object, unknown]>([
  ['by who proposed it', (it) => (it.two = it.one), isDecided, 'active'],
  [
    'by another role',
    async (it) => (it.two = await newOfficer('incident-officer')),
    mayNot,
    'active',
  ],
  [
    'by another body',
    async (it) => (it.two = await newOfficer('privacy-officer', 'org_agence-revenu')),
    isDecided,
    'active',
  ],
  [
    'after the office of who decides ended',
    (it) =>
      transact(load.db, (tx) =>
        endOffice(
          tx,
          parts.vault,
          { officerId: it.two.at.officerId, mandateId: it.two.mandateId },
          'body',
          house,
        ),
      ),
    mayNot,
    'active',
  ],
  [
    'after she stopped it: a stop stays a stop',
    (it) => stopAt(sharer, it.consentId, portOf(stage, 0)),
    notOurs,
    'revoked',
  ],
])('a sharing is not voided %s', async (_what, change, refusal, state) => {
  const one = await newOfficer()
  const consentId = await allowAgain(load, sharer.personId)
  const proposal = await proposeVoid(parts, one.at, consentId, found)
  const it: Case = { one, two: await newOfficer(), consentId, proposal }
  await change(it)
  await expect(decided(it.two, proposal)).rejects.toMatchObject(refusal)
  expect(await stateOf(consentId)).toBe(state)
})

test('a sharing of other bodies, and one that never was, are the same to an officer', async () => {
  const { at } = await newOfficer('privacy-officer', 'org_bibliotheque')
  for (const reference of [sharer.consentId, `con_${'0'.repeat(26)}`, 'con_x', randomUUID()])
    await expect(proposeVoid(parts, at, reference, found)).rejects.toMatchObject(notOurs)
})

const rounds = Number(process.env['DESK_ROUNDS'] ?? 3)

test('of her stop and a voiding at once one ends it, and its events say which', async () => {
  for (let round = 0; round < rounds; round++) {
    const [one, two] = [await newOfficer(), await newOfficer()]
    const consentId = await allowAgain(load, sharer.personId)
    const proposal = await proposeVoid(parts, one.at, consentId, found)
    const [voided] = await Promise.allSettled([
      decided(two, proposal),
      stopAt(sharer, consentId, portOf(stage, 0)),
    ])
    expect(await stateOf(consentId)).toBe(voided.status === 'fulfilled' ? 'void' : 'revoked')
    const told = await receiptsOf(load.db, sharer.personId, { consentId: uuidOf(consentId) })
    expect(told).toHaveLength(2)
    expect(await differencesOf({ db: load.db, vault: load.vault }, sharer.personId)).toEqual([])
  }
})

test('a voided sharing that somebody brings back by SQL permits nothing', async () => {
  const own = await newSharer(load)
  const before = await load
    .db('consentCurrent')
    .where({ consentId: uuidOf(own.consentId) })
    .first()
  const [one, two] = [await newOfficer(), await newOfficer()]
  await decided(two, await proposeVoid(parts, one.at, own.consentId, found))
  await load.db.transaction(async (tx) => {
    await tx.raw('set local session_replication_role = replica')
    await tx.raw(
      'update consent_current set state = ?, state_at = ?, state_seq = ?, seal = ? where consent_id = ?',
      [
        before?.state ?? '',
        before?.stateAt ?? null,
        before?.stateSeq ?? 1,
        before?.seal ?? null,
        uuidOf(own.consentId),
      ],
    )
  })
  expect((await decide(stage, token, evaluation(own.sub))).decision).toBe(false)
})
