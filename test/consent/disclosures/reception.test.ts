import * as jose from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readId, writeId } from '../../../src/base/values/ids.ts'
import { publicKeys } from '../../../src/base/keys/jws.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import { receivedPage } from '../../../src/consent/disclosures/reception-store.ts'
import { makePairwise } from '../../../src/people/accounts/index.ts'
import { signalMapping } from '../../../src/consent/signals/index.ts'
import { makeVault, readTimeline, verifyTimeline } from '../../../src/ledger/chain/index.ts'
import { issuer } from '../../support/broker.ts'
import { vaultOf } from '../../support/law.ts'
import { differencesOf } from '../../support/fold.ts'
import { schemaProblems } from '../../support/ledger-schema.ts'
import { counts } from '../../support/moving-stage.ts'
import type { Bodies } from '../../support/reporting.ts'
import { bodiesOf, receivedOf, wholeList } from '../../support/reporting.ts'
import { saidIn } from '../../support/said.ts'
import { json } from '../../support/service.ts'
import type { Decision, Json, Shared, Stage } from '../../support/sharing.ts'
import { shareAsNewcomer, startStage, stop } from '../../support/sharing.ts'

// The recipient's mirror: beside the holder's report, and where the holder says nothing.

const written = ['disclosureReceived', 'disclosureAnomaly', 'ledgerEvent']

let stage: Stage
let bodies: Bodies
let shared: Shared

beforeAll(async () => {
  stage = await startStage()
  bodies = await bodiesOf(stage)
  shared = await shareAsNewcomer(stage)
})
afterAll(() => stage.stop())

function idIn({ context }: Decision): string {
  return String(context['decision_id'])
}

async function openAbout(read: Bodies['asHolder'], decisionId: string): Promise<unknown[]> {
  const items = await wholeList((path) => read(path), '/disclosures/anomalies')
  return items.filter((item) => item['decision_id'] === decisionId).map((item) => item['anomaly'])
}

async function permitted(change: Json = {}): Promise<Decision> {
  // Four a year, and each test its own.
  shared = await shareAsNewcomer(stage)
  return bodies.permit(shared, change)
}

test('a reception is recorded, acknowledged, and matched with the holder’s report', async () => {
  const permit = await permitted()
  const occurredAt = new Date().toISOString()
  const first = await bodies.receive({ decision_id: idIn(permit), occurred_at: occurredAt })
  expect([first.status, json(first)]).toEqual([
    201,
    {
      received_id: expect.stringMatching(/^rcv_\w{26}$/),
      decision_id: idIn(permit),
      status: 'received',
      recorded_at: expect.any(String),
      reconciliation: 'waiting',
      anomalies: [],
      ledger: {
        origin: expect.stringMatching(/\/log\/\d{4}\/p0$/),
        commitment: expect.stringMatching(/^[\w+/]{43}=$/),
        integrated_by: expect.any(String),
      },
      ack: expect.any(String),
    },
  ])
  await bodies.report(permit)
  const again = await bodies.receive({ decision_id: idIn(permit), occurred_at: occurredAt })
  expect([again.status, json(again)]).toEqual([
    200,
    { ...json(first), reconciliation: 'matched', ack: expect.any(String) },
  ])

  const keys = await openKeys(stage.keysDir)
  const { payload } = await jose.jwtVerify(
    String(json(first)['ack']),
    jose.createLocalJWKSet(publicKeys(keys)),
    { issuer, audience: 'org_aide-etudes', typ: 'disclosure-ack+jwt', algorithms: ['ES256'] },
  )
  expect(payload).toMatchObject({
    jti: json(first)['received_id'],
    decision_id: idIn(permit),
    status: 'received',
    categories: ['cat_revenu-net'],
    occurred_at: occurredAt,
  })
  expect(await openAbout(bodies.asHolder, idIn(permit))).toEqual([])
})

describe('a reception finds its permit', () => {
  test('by the query of the decision', async () => {
    const permit = await permitted({ query_id: 'q-decision' })
    const said = { consent_id: shared.consentId, query_id: 'q-decision' }
    expect(json(await bodies.receive(said))).toMatchObject({
      decision_id: idIn(permit),
      anomalies: [],
    })
  })

  test('by the query of the report', async () => {
    const permit = await permitted()
    await bodies.report(permit, { query_id: 'q-report' })
    const said = { consent_id: shared.consentId, query_id: 'q-report' }
    expect(json(await bodies.receive(said))).toMatchObject({
      decision_id: idIn(permit),
      reconciliation: 'matched',
    })
  })

  test('by a later report: until then it counts as not permitted', async () => {
    const permit = await permitted()
    const said = receivedOf({ consent_id: shared.consentId, query_id: 'q-later' })
    const early = json(await bodies.receive(said))
    expect(early).toMatchObject({
      decision_id: null,
      reconciliation: 'anomaly',
      anomalies: ['received_without_permit'],
    })
    const seen = await wholeList((path) => bodies.asHolder(path), '/disclosures/anomalies')
    expect(seen).toContainEqual({
      anomaly: 'received_without_permit',
      decision_id: null,
      received_id: early['received_id'],
      declaration_id: null,
      inquiry_id: null,
      consent_id: shared.consentId,
      noted_at: expect.any(String),
      day: null,
      times: null,
      role: 'holder',
      holder: 'org_agence-revenu',
      recipient: 'org_aide-etudes',
    })
    expect(saidIn(json(await bodies.receive(said)))).toEqual(saidIn(early))
    const ahead = await bodies.receive({ ...said, occurred_at: minutesFrom(6) })
    expect([ahead.status, json(ahead)['code']]).toEqual([422, 'report.time'])
    await bodies.report(permit, { query_id: 'q-later' })
    expect(json(await bodies.receive(said))).toMatchObject({
      decision_id: idIn(permit),
      reconciliation: 'matched',
    })
    const left = await wholeList((path) => bodies.asHolder(path), '/disclosures/anomalies')
    expect(left.map((item) => item['received_id'])).not.toContain(early['received_id'])
  })

  test('by neither if two permits have the same query: then it must name the decision', async () => {
    const first = await permitted({ query_id: 'q-twice' })
    await bodies.permit(shared, { query_id: 'q-twice' })
    const answer = await bodies.receive({ consent_id: shared.consentId, query_id: 'q-twice' })
    expect([answer.status, json(answer)['code']]).toEqual([422, 'received.ambiguous'])
    const named = await bodies.receive({ decision_id: idIn(first), query_id: 'q-twice' })
    expect(named.status).toBe(201)
  })
})

describe('both bodies see in their lists', () => {
  test.each<[string, Json | undefined, Json, string[]]>([
    [
      'other categories',
      {},
      { categories: ['cat_revenu-net', 'cat_situation-familiale'] },
      ['categories_differ'],
    ],
    ['another count', {}, { record_count: 3 }, ['counts_differ']],
    [
      'another content',
      { manifest: 'a'.repeat(64) },
      { manifest: 'b'.repeat(64) },
      ['contents_differ'],
    ],
    [
      'something received where nothing was sent',
      { status: 'nil', categories: [], record_count: 0 },
      {},
      ['nothing_sent'],
    ],
  ])('%s', async (_, report, said, kinds) => {
    for (const order of ['report first', 'mirror first']) {
      const permit = await permitted()
      const mirror = () => bodies.receive({ decision_id: idIn(permit), ...said })
      const tell = () => bodies.report(permit, report)
      const [one, two] = order === 'report first' ? [tell, mirror] : [mirror, tell]
      expect((await one()).status).toBe(201)
      expect((await two()).status).toBe(201)
      expect(await openAbout(bodies.asHolder, idIn(permit))).toEqual(kinds)
      expect(await openAbout(bodies.asRecipient, idIn(permit))).toEqual(kinds)
    }
  })

  test('two receptions under one permit', async () => {
    const permit = await permitted()
    await bodies.report(permit)
    await bodies.receive({ decision_id: idIn(permit) })
    const later = new Date(Date.now() + 60_000).toISOString()
    const second = await bodies.receive({ decision_id: idIn(permit), occurred_at: later })
    expect([second.status, json(second)['anomalies']]).toEqual([201, ['received_twice']])
    expect(await openAbout(bodies.asHolder, idIn(permit))).toEqual(['received_twice'])
  })

  test('nothing any more once a correction makes the reports agree', async () => {
    const permit = await permitted()
    await bodies.report(permit, { manifest: 'a'.repeat(64) })
    const manifest = 'b'.repeat(64)
    await bodies.receive({ decision_id: idIn(permit), record_count: 3, manifest })
    const both = ['contents_differ', 'counts_differ']
    expect(await openAbout(bodies.asHolder, idIn(permit))).toEqual(both)
    await bodies.report(permit, { status: 'corrected', record_count: 3, manifest })
    expect(await openAbout(bodies.asHolder, idIn(permit))).toEqual([])
  })
})

describe('a reception is refused without a hint', () => {
  test('from a body that is not the recipient, or with unknown names', async () => {
    const permit = await permitted()
    const before = await counts(stage, written)
    const nobody = [
      bodies.asHolder('/disclosures', receivedOf({ decision_id: idIn(permit) })),
      bodies.asHolder('/disclosures', receivedOf({ consent_id: shared.consentId, query_id: 'q' })),
      bodies.receive({ decision_id: writeId('dec', crypto.randomUUID()) }),
      bodies.receive({ consent_id: writeId('con', crypto.randomUUID()), query_id: 'q' }),
      bodies.receive({ decision_id: shared.consentId }),
      bodies.receive({ consent_id: 'con_1', query_id: 'q' }),
    ]
    for (const answer of await Promise.all(nobody))
      expect([answer.status, json(answer)['code'], json(answer)['detail']]).toEqual([
        404,
        'received.not-found',
        'no such decision or consent of yours',
      ])
    expect(await counts(stage, written)).toEqual(before)
  })

  test.each<[string, Json, number, string]>([
    ['neither decision nor query', { decision_id: undefined }, 400, 'request.malformed'],
    ['a query of no consent', { decision_id: undefined, query_id: 'q' }, 400, 'request.malformed'],
    ['no categories', { categories: [] }, 400, 'request.malformed'],
    ['a category that the dataset has not', { categories: ['cat_x'] }, 422, 'report.categories'],
    ['a time six minutes ahead', { occurred_at: minutesFrom(6) }, 422, 'report.time'],
    ['a time before the permit', { occurred_at: minutesFrom(-60) }, 422, 'report.time'],
    ['a time without zone', { occurred_at: '2026-11-24T12:00:00' }, 400, 'request.malformed'],
    ['half a character', { query_id: 'a\ud800b' }, 400, 'request.malformed'],
    ['a count below nothing', { record_count: -1 }, 400, 'request.malformed'],
  ])('with %s', async (_, change, status, code) => {
    const permit = await permitted()
    const before = await counts(stage, written)
    const answer = await bodies.receive({ decision_id: idIn(permit), ...change })
    expect([answer.status, json(answer)['code']]).toEqual([status, code])
    expect(await counts(stage, written)).toEqual(before)
  })

  test('if it differs at the same time, reuses the key, or is the sixth', async () => {
    const permit = await permitted()
    const said = { decision_id: idIn(permit), occurred_at: minutesFrom(0) }
    await bodies.receive(said)
    const key = { 'idempotency-key': idIn(permit) }
    const [other, underKey, strange] = [
      await bodies.receive({ ...said, record_count: 2 }),
      await bodies.receive({ ...said, occurred_at: minutesFrom(1) }, key),
      await bodies.receive(said, { 'idempotency-key': 'mine' }),
    ]
    expect([other, underKey, strange].map((one) => json(one)['code'])).toEqual([
      'report.differs',
      'report.differs',
      'report.key',
    ])
    expect((await bodies.receive(said, key)).status).toBe(200)
    for (let i = 1; i < 5; i++)
      expect((await bodies.receive({ ...said, occurred_at: minutesFrom(i / 10) })).status).toBe(201)
    const sixth = await bodies.receive({ ...said, occurred_at: minutesFrom(2) })
    expect([sixth.status, json(sixth)['code']]).toEqual([422, 'report.too-many'])
  })

  test('if it is the eleventh without a permit, so that nobody can fill a person’s chain', async () => {
    shared = await shareAsNewcomer(stage)
    const of = (i: number) => ({ consent_id: shared.consentId, query_id: `invented-${i}` })
    for (let i = 0; i < 10; i++) expect((await bodies.receive(of(i))).status).toBe(201)
    expect(json(await bodies.receive(of(10)))['code']).toBe('report.too-many')
  })
})

test('the list comes page by page, and a cursor works for one list and one body', async () => {
  const whole = await wholeList((path) => bodies.asHolder(path), '/disclosures/anomalies')
  expect(whole.length).toBeGreaterThan(5)
  expect(await wholeList((path) => bodies.asHolder(path), '/disclosures/anomalies', 2)).toEqual(
    whole,
  )
  const { next } = json(await bodies.asHolder('/disclosures/anomalies?limit=1'))
  for (const query of [`cursor=${String(next)}x`, 'cursor=a.b', 'limit=0', 'limit=101', 'more=1'])
    expect((await bodies.asHolder(`/disclosures/anomalies?${query}`)).status).toBe(400)
  expect((await bodies.asRecipient(`/disclosures/anomalies?cursor=${String(next)}`)).status).toBe(
    400,
  )
})

test('the person’s chain has all of it, in the form of the published schemas', async () => {
  const permit = await permitted()
  await bodies.report(permit, { manifest: 'a'.repeat(64) })
  await bodies.receive({ decision_id: idIn(permit), record_count: 2, manifest: 'b'.repeat(64) })
  await bodies.receive({ consent_id: shared.consentId, query_id: 'none' })
  await stop(shared.browser, shared.consentId)
  const keys = await openKeys(stage.keysDir)
  const vault = makeVault(keys, signalMapping)
  const personId = makePairwise(keys.pairwise).person(shared.sub, 'org_agence-revenu') ?? ''
  const events = await readTimeline(stage.db, vault, personId, { after: 0, limit: 100 })
  expect(events.flatMap(({ payload }) => schemaProblems(payload))).toEqual([])
  const received = events.filter(({ kind }) => kind === 'disclosure.received')
  expect(received.map(({ payload }) => payload)).toMatchObject([
    {
      actor: { type: 'organisation', organisation: 'org_aide-etudes' },
      decision_id: idIn(permit),
      anomalies: ['counts_differ', 'contents_differ'],
      manifest: 'b'.repeat(64),
    },
    { decision_id: null, query_id: 'none', anomalies: ['received_without_permit'] },
  ])
  expect(await verifyTimeline(stage.db, vault, personId)).toMatchObject({ holds: true })
  expect(readId('dec', idIn(permit))).toBeDefined()
  const newest = await receivedPage(stage.db, personId, undefined, 2)
  expect(newest.map(({ queryId }) => queryId)).toEqual(['none', null])
  expect(await receivedPage(stage.db, personId, newest[0], 2)).toEqual(newest.slice(1))
})

test('no process logged an error during these tests', () => {
  expect(stage.output()).toBe('')
})

function minutesFrom(minutes: number): string {
  return new Date(Date.now() + minutes * 60_000).toISOString()
}

test('the rows of these tests are as events tell them (I1)', async () => {
  expect(await differencesOf({ db: stage.db, vault: await vaultOf(stage) })).toEqual([])
})
