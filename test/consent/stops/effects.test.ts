import * as jose from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeId } from '../../../src/base/values/ids.ts'
import { dayAfter, dayOf } from '../../../src/base/values/calendar.ts'
import { publicKeys } from '../../../src/base/keys/jws.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import { secondsAfter } from '../../../src/base/values/clock.ts'
import { openLog } from '../../../src/base/logging/log.ts'
import { tellOverdue } from '../../../src/consent/stops/index.ts'
import { noteEffect } from '../../../src/consent/stops/effect-report.ts'
import { stopTeller } from '../../../src/consent/stops/fold.ts'
import { effectsOf } from '../../../src/consent/stops/store.ts'
import type { FoldedConsent } from '../../../src/consent/record/index.ts'
import type { EventKind, Payload } from '../../../src/ledger/chain/index.ts'
import { verifyTimeline } from '../../../src/ledger/chain/index.ts'
import type { Register } from '../../../src/registry/index.ts'
import { issuer } from '../../support/broker.ts'
import { differencesOf } from '../../support/fold.ts'
import { schemaProblems } from '../../support/ledger-schema.ts'
import { counts } from '../../support/moving-stage.ts'
import type { Bodies } from '../../support/reporting.ts'
import { bodiesOf, wholeList } from '../../support/reporting.ts'
import { json } from '../../support/service.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import {
  allowAgain,
  eventsOf,
  newSharer,
  openLoad,
  portOf,
  stopAt,
  uuidOf,
  wholeTimeline,
} from '../../support/sharing-load.ts'
import type { Json, Stage } from '../../support/sharing.ts'
import { startStage } from '../../support/sharing.ts'

// What a stop leads to at the two bodies (I35): told on asking, and told back.

const written = ['revocationDelivery', 'ledgerEvent']
const path = '/disclosures/effects'

let stage: Stage
let load: Load
let bodies: Bodies
let sharer: Sharer

beforeAll(async () => {
  stage = await startStage()
  load = await openLoad(stage)
  bodies = await bodiesOf(stage)
  sharer = await newSharer(load)
})
afterAll(async () => {
  await load.close()
  await stage.stop()
})

/** A consent that its person has stopped, `con_…`. */
async function stopped(): Promise<string> {
  const consentId = await allowAgain(load, sharer.personId)
  expect((await stopAt(sharer, consentId, portOf(stage, 0))).status).toBe(303)
  return consentId
}

function waiting(by: 'asHolder' | 'asRecipient'): Promise<Json[]> {
  return wholeList((address) => bodies[by](address), path)
}

async function waitsFor(by: 'asHolder' | 'asRecipient', consentId: string): Promise<boolean> {
  return (await waiting(by)).some((item) => item['consent_id'] === consentId)
}

test('a stop is in the lists of its two bodies at once, and in no other', async () => {
  const consentId = await allowAgain(load, sharer.personId)
  expect(await waitsFor('asHolder', consentId)).toBe(false)
  await stopAt(sharer, consentId, portOf(stage, 0))

  const of = (items: readonly Json[]) => items.filter((item) => item['consent_id'] === consentId)
  const common = {
    consent_id: consentId,
    stopped_at: expect.any(String),
    holder: 'org_agence-revenu',
    recipient: 'org_aide-etudes',
    dataset: 'dst_avis-cotisation@1',
    categories: ['cat_revenu-net', 'cat_situation-familiale'],
    effect: null,
    acknowledged_at: null,
    expected_by: expect.any(String),
  }
  const atRecipient = load.pairwise.subject(sharer.personId, 'org_aide-etudes')
  expect(of(await waiting('asHolder'))).toEqual([
    { ...common, role: 'holder', expected: 'stop_disclosing', sub: sharer.sub },
  ])
  expect(of(await waiting('asRecipient'))).toEqual([
    { ...common, role: 'recipient', expected: 'stop_using', sub: atRecipient },
  ])
})

test('a body’s report is recorded and acknowledged, and ends the waiting for that body only', async () => {
  const consentId = await stopped()
  const answer = await bodies.asHolder(path, { consent_id: consentId, effect: 'stopped' })
  expect(answer.status).toBe(201)
  const { ack, ...told } = json(answer)
  expect(told).toEqual({
    consent_id: consentId,
    role: 'holder',
    effect: 'stopped',
    law: null,
    kept_until: null,
    reported_at: expect.any(String),
    ledger: {
      origin: expect.stringMatching(/^accord\.localhost\/log\//),
      commitment: expect.stringMatching(/^[\w+/]{43}=$/),
      integrated_by: expect.any(String),
    },
  })
  const keys = await openKeys(stage.keysDir)
  const { payload } = await jose.jwtVerify(String(ack), jose.createLocalJWKSet(publicKeys(keys)), {
    issuer,
    audience: 'org_agence-revenu',
    typ: 'effect-ack+jwt',
    algorithms: ['ES256'],
  })
  expect(payload).toMatchObject({ consent_id: consentId, effect: 'stopped', role: 'holder' })
  expect(await waitsFor('asHolder', consentId)).toBe(false)
  expect(await waitsFor('asRecipient', consentId)).toBe(true)
})

test('a body’s reports may only get stronger; each is an event, and a repeated one gets the same answer', async () => {
  const consentId = await stopped()
  const before = (await wholeTimeline(load, sharer.personId)).length
  const say = (effect: string, law?: string) =>
    bodies.asRecipient(path, {
      consent_id: consentId,
      effect,
      ...(law === undefined ? {} : { law }),
    })
  expect((await say('pending')).status).toBe(201)
  expect(await waitsFor('asRecipient', consentId)).toBe(true)
  expect((await say('stopped')).status).toBe(201)
  const kept = await say('kept_by_law', 'LAI, art. 73')
  const again = await say('kept_by_law', 'LAI, art. 73')
  expect([again.status, json(again)['reported_at']]).toEqual([200, json(kept)['reported_at']])
  expect((await say('deleted')).status).toBe(201)
  for (const weaker of [say('stopped'), say('pending'), say('kept_by_law', 'LAI, art. 73')]) {
    const answer = await weaker
    expect([answer.status, json(answer)['code']]).toEqual([409, 'effect.settled'])
  }
  const told = (await wholeTimeline(load, sharer.personId)).slice(before)
  expect(told.map(({ kind, payload }) => [kind, payload?.['effect'], payload?.['law']])).toEqual([
    ['revocation.acknowledged', undefined, undefined],
    ['revocation.effect-reported', 'stopped', null],
    ['revocation.effect-reported', 'kept_by_law', 'LAI, art. 73'],
    ['revocation.effect-reported', 'deleted', null],
  ])
  expect(told.flatMap(({ payload }) => schemaProblems(payload))).toEqual([])
  expect(await verifyTimeline(load.db, load.vault, sharer.personId)).toMatchObject({ holds: true })
})

const inDays = (days: number) => dayAfter(dayOf(new Date()), `P${days}D`)

test('what is kept by law is held against the retention that the purpose announced', async () => {
  const consentId = await stopped()
  const { live, vault, db } = load
  // The demonstration's purposes count from something else than the stop.
  const within = (atMost: string) => {
    const register = live.current()
    const purposeByNo: Register['purposeByNo'] = (no) => {
      const purpose = register.purposeByNo(no)
      return purpose && { ...purpose, retention: { ...purpose.retention, atMost } }
    }
    return { ...live, at: () => Promise.resolve({ ...register, purposeByNo }) }
  }
  const caller = { orgId: 'org_aide-etudes' } as Parameters<typeof noteEffect>[1]
  const keep = (keptUntil: string | undefined) =>
    noteEffect({ db, vault, live: within('P1Y') }, caller, {
      consentId,
      effect: 'kept_by_law',
      law: 'LAI, art. 73',
      keptUntil,
    })
  for (const late of [undefined, inDays(400)])
    await expect(keep(late)).rejects.toMatchObject({ code: 'effect.kept-too-long' })
  const { delivery } = await keep(inDays(300))
  expect(delivery.keptUntil).toBe(inDays(300))
  const [event] = (await eventsOf(load, sharer.personId, 'revocation.effect-reported')).slice(-1)
  expect(event).toMatchObject({ effect: 'kept_by_law', kept_until: inDays(300) })
  expect(schemaProblems(event)).toEqual([])
})

test('the same report many times at once on two processes is recorded once', async () => {
  const consentId = await stopped()
  const before = (await eventsOf(load, sharer.personId, 'revocation.effect-reported')).length
  const body = { consent_id: consentId, effect: 'stopped' }
  const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(() => bodies.asHolder(path, body)))
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
    200, 200, 200, 200, 200, 201,
  ])
  expect(await eventsOf(load, sharer.personId, 'revocation.effect-reported')).toHaveLength(
    before + 1,
  )
})

describe('a report is refused', () => {
  test.each<[string, Json, number, string]>([
    ['an effect that is none', { effect: 'gone' }, 400, 'request.malformed'],
    ['no effect', { effect: undefined }, 400, 'request.malformed'],
    ['kept by a law that is not named', { effect: 'kept_by_law' }, 400, 'request.malformed'],
    ['a law for what is deleted', { effect: 'deleted', law: 'LAI' }, 400, 'request.malformed'],
    [
      'a law of 256 characters',
      { effect: 'kept_by_law', law: 'L'.repeat(256) },
      400,
      'request.malformed',
    ],
    ['half a character', { effect: 'kept_by_law', law: 'a\ud800' }, 400, 'request.malformed'],
    [
      'a consent of nobody',
      { consent_id: writeId('con', crypto.randomUUID()) },
      404,
      'effect.not-found',
    ],
    ['something else', { consent_id: 'con_1' }, 404, 'effect.not-found'],
  ])('of %s', async (_, change, status, code) => {
    const consentId = await stopped()
    const before = await counts(stage, written)
    const answer = await bodies.asHolder(path, {
      consent_id: consentId,
      effect: 'stopped',
      ...change,
    })
    expect([answer.status, json(answer)['code']]).toEqual([status, code])
    expect(await counts(stage, written)).toEqual(before)
  })

  test('on a consent that was not stopped', async () => {
    const before = await counts(stage, written)
    const answer = await bodies.asHolder(path, { consent_id: sharer.consentId, effect: 'stopped' })
    expect([answer.status, json(answer)['code']]).toEqual([409, 'effect.not-stopped'])
    expect(await counts(stage, written)).toEqual(before)
  })
})

test('stops come page by page, in their order, and a cursor works for one body', async () => {
  for (let i = 0; i < 3; i++) await stopped()
  const whole = await waiting('asRecipient')
  const paged = await wholeList((address) => bodies.asRecipient(address), path, 2)
  expect(paged).toEqual(whole)
  const times = whole.map((item) => String(item['stopped_at']))
  expect(times).toEqual(times.toSorted((a, b) => (a < b ? -1 : 1)))
  const { next } = json(await bodies.asRecipient(`${path}?limit=1`)) as { next: string }
  for (const query of [`cursor=${next}x`, 'cursor=x', 'limit=0', 'limit=101', 'party=1'])
    expect((await bodies.asRecipient(`${path}?${query}`)).status).toBe(400)
  expect((await bodies.asHolder(`${path}?cursor=${next}`)).status).toBe(400)
})

test('every kind of stop queues its deliveries in its own transaction; a rolled-back stop leaves none', async () => {
  const consentId = await allowAgain(load, sharer.personId)
  const key = { consentId: uuidOf(consentId) }
  await expect(
    load.db.transaction(async (tx) => {
      await tx('consentCurrent').where(key).update({ state: 'revoked' })
      expect(await tx('revocationDelivery').where(key)).toHaveLength(2)
      throw new Error('undone')
    }),
  ).rejects.toThrow('undone')
  expect(await load.db('revocationDelivery').where(key)).toHaveLength(0)
})

test('an event about a stop that never was cannot be told', () => {
  const [consentId, other] = [crypto.randomUUID(), crypto.randomUUID()]
  const consent = { holder: 1, recipient: 1 } as FoldedConsent // the columns that a stop is told by
  const teller = stopTeller({
    personId: crypto.randomUUID(),
    current: new Map([[consentId, consent]]),
  })
  const tell = (kind: EventKind, of: string, change: Payload = {}) =>
    teller.tell({
      kind,
      eventId: crypto.randomUUID(),
      personSeq: 1,
      recordedAt: new Date(),
      payload: { consent_id: writeId('con', of), revoked_at: new Date().toISOString(), ...change },
      delayed: undefined,
    })
  expect(() => tell('consent.revoked', other)).toThrow('it stops what was never allowed')
  for (const [of, role] of [
    [consentId, 'holder'],
    [other, 'recipient'],
  ] as const)
    expect(() => tell('revocation.delivered', of, { role })).toThrow('a stop that never was')
  tell('consent.revoked', consentId)
  // A body that is both is told once.
  expect(teller.tables().map(({ rows }) => [...rows.values()])).toMatchObject([
    [{ role: 'holder' }],
  ])
})

test('the effects of no stops are none', async () => {
  expect(await effectsOf(load.db, [])).toEqual([])
})

test('the rows of these tests are as events tell them (I1)', async () => {
  expect(await differencesOf(load)).toEqual([])
})

test('no process logged an error during these tests', () => {
  expect(stage.output()).toBe('')
})

test('a body that has said nothing for a day is named to the operator, once, and one that spoke is not', async () => {
  const consentId = await stopped()
  await bodies.asHolder(path, { consent_id: consentId, effect: 'pending' })
  const lines: string[] = []
  const log = openLog('error', { write: (line) => lines.push(line) })
  const { live } = load
  // Only this stop is of the hour that is looked at.
  const at = new Date('2026-01-01T12:00:00.000Z')
  await load
    .db('revocationDelivery')
    .where({ consentId: uuidOf(consentId) })
    .update({ queuedAt: at })
  for (const hours of [23, 24.5, 25.5])
    await tellOverdue({ db: load.db, log, live }, secondsAfter(at, hours * 3600))
  expect(lines.map((line) => JSON.parse(line) as Json)).toEqual([
    expect.objectContaining({
      level: 50,
      job: 'stops.overdue',
      why: 'org_aide-etudes',
      outcome: '1 stops',
    }),
  ])
})

test('a body that says « not yet » for thirty days is named to the operator, once, and one that has done it is not', async () => {
  const consentId = await stopped()
  await bodies.asHolder(path, { consent_id: consentId, effect: 'pending' })
  await bodies.asRecipient(path, { consent_id: consentId, effect: 'deleted' })
  const lines: string[] = []
  const log = openLog('error', { write: (line) => lines.push(line) })
  const { live } = load
  const at = new Date('2026-02-01T12:00:00.000Z')
  await load
    .db('revocationDelivery')
    .where({ consentId: uuidOf(consentId) })
    .update({ queuedAt: at })
  for (const hours of [24.5, 719, 720.5, 721.5, 1000])
    await tellOverdue({ db: load.db, log, live }, secondsAfter(at, hours * 3600))
  expect(lines.map((line) => JSON.parse(line) as Json)).toEqual([
    expect.objectContaining({
      level: 50,
      job: 'stops.overdue',
      why: 'org_agence-revenu',
      outcome: '1 stops',
      msg: expect.stringContaining('thirty days') as unknown,
    }),
  ])
})
