import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeId } from '../../../src/base/values/ids.ts'
import { reseal } from '../../support/resealed.ts'
import type { Answer } from '../../support/browser.ts'
import { formsOf } from '../../support/browser.ts'
import { signUp } from '../../support/broker.ts'
import type { PortalStage } from '../../support/portal.ts'
import { startPortalStage, tokenFor } from '../../support/portal.ts'
import { json } from '../../support/service.ts'
import type { Json } from '../../support/sharing.ts'
import { decide, evaluation, holderToken, reportOf } from '../../support/sharing.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import {
  allowAgain,
  currentRow,
  eventsOf,
  newSharer,
  openLoad,
  portOf,
  stopAt,
  uuidOf,
} from '../../support/sharing-load.ts'
import { untyped } from '../../support/database.ts'

// A person's consents, through a service that acts for her: what they are, and the same stop as on the pages.

let stage: PortalStage
let load: Load
let marie: Sharer
let token: string
let decideToken: string

beforeAll(async () => {
  stage = await startPortalStage()
  load = await openLoad(stage)
  marie = await newSharer(load)
  token = await tokenFor(stage.portal, marie.browser)
  decideToken = await holderToken(stage, 'decide')
})
afterAll(async () => {
  await load.close()
  await stage.stop()
})

async function read(path: string, who = token): Promise<Json> {
  const answer = await stage.portal.read(path, who)
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}`)
  return json(answer)
}

function post(path: string, key?: string, body: unknown = {}, who = token): Promise<Answer> {
  const headers: Record<string, string> = key === undefined ? {} : { 'Idempotency-Key': key }
  return stage.portal.api(path, who, body, { headers })
}

function itemsOf(page: Json): Json[] {
  return page['items'] as Json[]
}

test('a consent says what, who, why, until when, how often, and by which versions', async () => {
  const page = await read('/me/consents')
  expect(page['next']).toBeNull()
  const [consent] = itemsOf(page)
  expect(consent).toMatchObject({
    consent_id: marie.consentId,
    state: 'active',
    blocked_by: null,
    suspended_reasons: [],
    recipient: { id: 'org_aide-etudes', name: { fr: expect.any(String), en: expect.any(String) } },
    holder: { id: 'org_agence-revenu' },
    purpose: { id: 'pur_calcul-aide@1', statement: { fr: expect.any(String) } },
    dataset: { id: 'dst_avis-cotisation@1' },
    categories: [{ id: 'cat_revenu-net' }, { id: 'cat_situation-familiale' }],
    declined: [{ id: 'cat_personnes-a-charge' }],
    agreement: 'agr_2026-001@1',
    text: expect.stringMatching(/^txt_calcul-aide@\d+$/),
    legal_basis: 'consent_53',
    version_in_arrangement: 1,
    supersedes: null,
    last_day: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    limits: { uses: null, frequency: { count: 4, per: 'P1Y' }, lookback: null },
    uses: 0,
    given: { channel: 'web', acr: 'urn:accord:aal:2', language: 'fr-CA' },
  })
  expect(await read(`/me/consents/${marie.consentId}`)).toEqual(consent)
})

test('the answer says that a term is over, or that an agreement blocks the sharing', async () => {
  const other = await newSharer(load)
  const own = await tokenFor(stage.portal, other.browser)
  const consentId = uuidOf(other.consentId)
  const yesterday = new Date(Date.now() - 24 * 3600 * 1000)
  await stage.db('consentCurrent').where({ consentId }).update({ validUntil: yesterday })
  await reseal(stage.db, load.vault, consentId)
  const ended = await read(`/me/consents/${other.consentId}`, own)
  expect(ended).toMatchObject({ state: 'expired', state_at: yesterday.toISOString() })
  const answer = await post(`/me/consents/${other.consentId}/revocation`, undefined, {}, own)
  expect([answer.status, json(answer)['code']]).toEqual([409, 'illegal_transition'])
  const all = await post('/me/revocations', undefined, {}, own)
  expect([all.status, json(all)]).toEqual([200, { stopped: [] }])
  expect(await eventsOf(load, other.personId, 'consent.revoked')).toEqual([])
})

test('an active row that was put back after its stop is shown as not trustworthy', async () => {
  const other = await newSharer(load)
  const own = await tokenFor(stage.portal, other.browser)
  const where = { consentId: uuidOf(other.consentId) }
  const { known: _generated, ...before } = await stage.db('consentCurrent').where(where).first()
  await stopAt(other, other.consentId, portOf(stage, 0))
  await stage.db('consentCurrent').where(where).update(before)
  const one = await read(`/me/consents/${other.consentId}`, own)
  const [listed] = itemsOf(await read('/me/consents', own))
  const edges = (await read('/me/picture', own))['edges']
  const exported = itemsOf({ items: (await read('/me/export', own))['consents'] })
  for (const consent of [one, listed, ...exported])
    expect(consent).toMatchObject({ state: 'active', blocked_by: 'RECORD_UNTRUSTED' })
  expect(edges).toContainEqual(expect.objectContaining({ reason: 'RECORD_UNTRUSTED' }))
  const page = await other.browser.get('/acces/donnees')
  const csv = await other.browser.post('/acces/donnees/partages', formsOf(page)[0]?.fields ?? {})
  expect(csv.body).toContain('n’est plus telle que nous l’avons écrite')
  // A pause or a narrowing would be refused: she is offered the stop alone.
  for (const path of ['/mes-partages', `/mes-partages/${other.consentId}`]) {
    const { body } = await other.browser.get(path)
    expect(body).toContain(`/mes-partages/${other.consentId}/arret"`)
    expect(body).not.toMatch(/\/(pause|reprise|reduction|renouvellement|confirmation)"/)
  }
})

describe('another person’s consent', () => {
  test('is not found, for reading or for stopping', async () => {
    const paul = await newSharer(load)
    const own = await tokenFor(stage.portal, paul.browser)
    const path = `/me/consents/${marie.consentId}`
    for (const answer of [
      await stage.portal.read(path, own),
      await post(`${path}/revocation`, undefined, {}, own),
      await stage.portal.read(`/me/consents/${writeId('con', paul.personId)}`, own),
      await stage.portal.read('/me/consents/con_x', own),
    ]) {
      expect(answer.status).toBe(404)
      expect(json(answer)).toMatchObject({ code: 'consent.not-found', status: 404 })
    }
    expect((await currentRow(load, marie.consentId)).state).toBe('active')
    expect(itemsOf(await read('/me/consents', own))).toHaveLength(1)
  })
})

test('the cursor of a list works for that list and that person only', async () => {
  const anne = await newSharer(load)
  const own = await tokenFor(stage.portal, anne.browser)
  const given = [anne.consentId]
  for (let n = 0; n < 4; n++) given.push(await allowAgain(load, anne.personId))
  const seen: unknown[] = []
  let cursor = ''
  for (let page = 0; page < 3; page++) {
    const found = await read(`/me/consents?limit=2${cursor && `&cursor=${cursor}`}`, own)
    seen.push(...itemsOf(found).map((item) => item['consent_id']))
    cursor = String(found['next'])
  }
  expect(cursor).toBe('null')
  expect(seen).toEqual(given.toReversed())
  const states = itemsOf(await read('/me/consents', own)).map((item) => item['state'])
  expect(states).toEqual(['active', ...Array.from({ length: 4 }, () => 'superseded')])

  const { next } = await read('/me/consents?limit=2', own)
  const [place = '', sign = ''] = String(next).split('.')
  const edited = Buffer.from(uuidOf(marie.consentId)).toString('base64url')
  for (const query of [
    `cursor=${edited}.${sign}`,
    `cursor=${place}`,
    `cursor=${place}.`,
    `cursor=${place}.${sign}x`,
    'cursor=',
    `cursor=${'a'.repeat(300)}`,
    `cursor=${String(next)}&cursor=${String(next)}`,
    'limit=0',
    'limit=101',
    'limit=1e9',
    'limit=x',
    'sort=state',
  ]) {
    const answer = await stage.portal.read(`/me/consents?${query}`, own)
    expect([query, answer.status, json(answer)['code']]).toEqual([query, 400, 'request.malformed'])
  }
  const foreign = await stage.portal.read(`/me/consents?cursor=${String(next)}`, token)
  expect(foreign.status).toBe(400)
  const otherList = await stage.portal.read(`/me/disclosures?cursor=${String(next)}`, own)
  expect(otherList.status).toBe(400)
})

describe('a stop through the API', () => {
  test('has the effect of a stop on the pages: the next decision is a deny, and her chain tells it', async () => {
    const jean = await newSharer(load)
    const own = await tokenFor(stage.portal, jean.browser)
    const before = await decide(stage, decideToken, evaluation(jean.sub))
    expect(before.decision).toBe(true)
    const answer = await post(`/me/consents/${jean.consentId}/revocation`, undefined, {}, own)
    expect(answer.status).toBe(200)
    const after = await decide(stage, decideToken, evaluation(jean.sub))
    expect(after.context['reason_codes']).toEqual(['CONSENT_REVOKED'])

    const said = json(answer)
    expect(said).toMatchObject({
      consent_id: jean.consentId,
      state: 'revoked',
      revoked_at: said['state_at'],
      event: { event_id: expect.stringMatching(/^evt_/), commitment: expect.any(String) },
      parties: [{ id: 'org_agence-revenu' }, { id: 'org_aide-etudes' }],
    })
    // What is not there is not claimed.
    expect(said).not.toHaveProperty('receipt_uri')
    expect(JSON.stringify(said)).not.toContain('delivery')
    const [event] = await eventsOf(load, jean.personId, 'consent.revoked')
    expect(event).toMatchObject({
      consent_id: jean.consentId,
      revoked_at: said['revoked_at'],
      event_id: (said['event'] as Json)['event_id'],
      actor: { type: 'person', acr: 'urn:accord:aal:2' },
    })
    expect((await stage.aid.refresh('none')).status).toBe(400)

    const again = await post(`/me/consents/${jean.consentId}/revocation`, undefined, {}, own)
    expect([again.status, json(again)]).toEqual([200, said])
    expect(await eventsOf(load, jean.personId, 'consent.revoked')).toHaveLength(1)
    const page = await jean.browser.get(`/mes-partages/${jean.consentId}`)
    expect(page.body).toContain('Arrêté par vous')
  })

  test('and a stop on the page at once are one stop', async () => {
    const lea = await newSharer(load)
    const own = await tokenFor(stage.portal, lea.browser)
    await stopAt(lea, lea.consentId, stage.ports[0] ?? 0)
    const answer = await post(`/me/consents/${lea.consentId}/revocation`, undefined, {}, own)
    expect(json(answer)).toMatchObject({ state: 'revoked' })
    expect(await eventsOf(load, lea.personId, 'consent.revoked')).toHaveLength(1)
  })

  test('of a consent that has ended otherwise is refused and writes nothing', async () => {
    const rose = await newSharer(load)
    const own = await tokenFor(stage.portal, rose.browser)
    await allowAgain(load, rose.personId)
    const row = await currentRow(load, rose.consentId)
    expect(row.state).toBe('superseded')
    const answer = await post(`/me/consents/${rose.consentId}/revocation`, 'a-key', {}, own)
    expect(answer.status).toBe(409)
    expect(json(answer)).toMatchObject({ code: 'illegal_transition', title: 'Conflict' })
    expect(await currentRow(load, rose.consentId)).toEqual(row)
    const activity = await activityOf(rose.personId)
    expect(activity).toEqual([])
  })

  test.each(['refused', 'superseded', 'expired', 'void'])(
    'of a consent that is %s is refused and writes nothing',
    async (state) => {
      const consentId = uuidOf(marie.consentId)
      const row = await currentRow(load, marie.consentId)
      await stage.db('consentCurrent').where({ consentId }).update({ state })
      await reseal(stage.db, load.vault, consentId)
      const edited = await currentRow(load, marie.consentId)
      const answer = await post(`/me/consents/${marie.consentId}/revocation`)
      expect([answer.status, json(answer)['code']]).toEqual([409, 'illegal_transition'])
      expect(await currentRow(load, marie.consentId)).toEqual(edited)
      await stage.db('consentCurrent').where({ consentId }).update({ state: row.state })
      await reseal(stage.db, load.vault, consentId)
      expect(await eventsOf(load, marie.personId, 'consent.revoked')).toEqual([])
    },
  )

  test('tells the person which service stopped it', async () => {
    const nina = await newSharer(load)
    const own = await tokenFor(stage.portal, nina.browser)
    await post(`/me/consents/${nina.consentId}/revocation`, undefined, {}, own)
    expect(await activityOf(nina.personId)).toMatchObject([
      { serviceId: 'portail', reason: 'revocation', acr: 'urn:accord:aal:2', result: 'done' },
    ])
  })

  test('needs an empty JSON object and an existing action', async () => {
    const path = `/me/consents/${marie.consentId}`
    for (const [what, body, status] of [
      ['revocation', { reason: 'none' }, 400],
      ['revocation', [], 400],
      ['revocation', '{', 400],
      ['revocation', `{"a":"${'x'.repeat(300_000)}"}`, 413],
      ['erasure', {}, 404],
      ['__proto__', {}, 404],
    ] as const) {
      const answer = await post(`${path}/${what}`, undefined, body)
      expect([what, JSON.stringify(body).slice(0, 20), answer.status]).toEqual([
        what,
        JSON.stringify(body).slice(0, 20),
        status,
      ])
    }
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await stage.portal.api(`${path}/revocation`, token, 'a=b', { headers: form })
    expect(answer.status).toBe(415)
    expect((await stage.portal.read(`${path}/revocation`, token)).status).toBe(405)
    expect((await currentRow(load, marie.consentId)).state).toBe('active')
  })
})

describe('a stop of everything', () => {
  test('ends all live consents, and lists them', async () => {
    const luc = await newSharer(load)
    const own = await tokenFor(stage.portal, luc.browser)
    const second = await allowAgain(load, luc.personId)
    const apart = writeId('con', await apartFrom(second))
    const answer = await post('/me/revocations', undefined, {}, own)
    expect(answer.status).toBe(200)
    const stopped = json(answer)['stopped'] as Json[]
    expect(new Set(stopped.map((item) => item['consent_id']))).toEqual(new Set([second, apart]))
    expect(stopped).toHaveLength(2)
    for (const item of stopped) expect(item).toMatchObject({ state: 'revoked', event: {} })
    const decided = await decide(stage, decideToken, evaluation(luc.sub))
    expect(decided.decision).toBe(false)
    const events = await eventsOf(load, luc.personId, 'consent.revoked')
    expect(new Set(events.map((event) => event['consent_id']))).toEqual(new Set([second, apart]))
    const again = await post('/me/revocations', undefined, {}, own)
    expect(json(again)).toEqual({ stopped: [] })
  })

  test('of a person without consents ends nothing', async () => {
    const { browser } = await signUp(stage, stage.portal)
    const own = await tokenFor(stage.portal, browser)
    expect(json(await post('/me/revocations', undefined, {}, own))).toEqual({ stopped: [] })
    expect(await read('/me/consents', own)).toEqual({ items: [], next: null })
    expect(await read('/me/disclosures', own)).toEqual({ items: [], next: null })
    expect(await read('/me/timeline', own)).toMatchObject({ items: [{ kind: 'access.opened' }] })
  })
})

test('a paused consent denies, a resumed one permits again, and a move that its state does not allow is refused', async () => {
  const zoe = await newSharer(load)
  const own = await tokenFor(stage.portal, zoe.browser)
  const path = `/me/consents/${zoe.consentId}`
  const permits = async () => (await decide(stage, decideToken, evaluation(zoe.sub))).decision
  expect(json(await post(`${path}/pause`, undefined, {}, own))).toMatchObject({
    state: 'suspended',
  })
  expect(await permits()).toBe(false)
  expect(await read(path, own)).toMatchObject({ state: 'suspended', suspended_reasons: ['person'] })
  const early = await post(`${path}/confirmation`, undefined, {}, own)
  expect([early.status, json(early)['code']]).toEqual([409, 'illegal_transition'])
  expect(json(await post(`${path}/resumption`, undefined, {}, own))).toMatchObject({
    state: 'active',
  })
  expect(await permits()).toBe(true)
  expect((await post(`${path}/confirmation`, undefined, {}, own)).status).toBe(200)
})

test('each answer and each move leaves a receipt that only the person gets', async () => {
  const lea = await newSharer(load)
  const own = await tokenFor(stage.portal, lea.browser)
  for (const move of ['pause', 'resumption', 'revocation'])
    expect((await post(`/me/consents/${lea.consentId}/${move}`, undefined, {}, own)).status).toBe(
      200,
    )
  const receipts = itemsOf(await read('/me/receipts', own))
  expect(receipts.map(({ kind }) => kind)).toEqual([
    'consent.revoked',
    'consent.resumed',
    'consent.suspended',
    'consent.granted',
  ])
  const pages = [await read('/me/receipts?limit=3', own)]
  pages.push(await read(`/me/receipts?limit=3&cursor=${String(pages[0]?.['next'])}`, own))
  expect(pages.flatMap(itemsOf)).toEqual(receipts)
  expect(pages.map(({ next }) => typeof next)).toEqual(['string', 'object'])
  const id = String(receipts[0]?.['receipt_id'])
  const receipt = String((await read(`/me/receipts/${id}`, own))['receipt'])
  expect(decodeJwt(receipt)).toMatchObject({ receipt_id: id, record_id: lea.consentId })
  for (const path of [`/me/receipts/${id}`, '/me/receipts/rcp_x'])
    expect((await stage.portal.read(path, token)).status).toBe(404)
})

describe('an Idempotency-Key', () => {
  test('gives a repeated request the same answer, even after later changes', async () => {
    const ines = await newSharer(load)
    const own = await tokenFor(stage.portal, ines.browser)
    const first = await post('/me/revocations', 'all-of-it', {}, own)
    const later = await allowAgain(load, ines.personId)
    const again = await post('/me/revocations', 'all-of-it', {}, own)
    expect(json(again)).toEqual(json(first))
    expect((await currentRow(load, later)).state).toBe('active')

    const other = await post(`/me/consents/${later}/revocation`, 'all-of-it', {}, own)
    expect([other.status, json(other)['code']]).toEqual([422, 'idempotency-key.reused'])
    expect((await currentRow(load, later)).state).toBe('active')
    // Another person's key, and another service's, are other keys.
    expect((await post(`/me/consents/${marie.consentId}/widening`, 'all-of-it')).status).toBe(404)
    const counter = await tokenFor(stage.counter, ines.browser)
    const headers = { 'Idempotency-Key': 'all-of-it' }
    const path = `/me/consents/${later}/revocation`
    expect((await stage.counter.api(path, counter, {}, { headers })).status).toBe(200)
  })

  test('makes many requests at once one act, and can be used again after a day', async () => {
    const omar = await newSharer(load)
    const own = await tokenFor(stage.portal, omar.browser)
    const path = `/me/consents/${omar.consentId}/revocation`
    const answers = await Promise.all(Array.from({ length: 5 }, () => post(path, 'k', {}, own)))
    for (const answer of answers) expect([200, 503]).toContain(answer.status)
    const told = answers.filter(({ status }) => status === 200).map(json)
    for (const answer of told) expect(answer).toEqual(told[0])
    expect(await activityOf(omar.personId)).toHaveLength(1)
    const old = new Date(Date.now() - 25 * 3600 * 1000)
    await stage.db('meAnswer').update({ at: old })
    expect((await post('/me/revocations', 'k', {}, own)).status).toBe(200)
  })

  test('can be used again after a refusal, and must be well formed', async () => {
    const eve = await newSharer(load)
    const own = await tokenFor(stage.portal, eve.browser)
    const missing = `/me/consents/${marie.consentId}/revocation`
    expect((await post(missing, 'again', {}, own)).status).toBe(404)
    expect((await post('/me/revocations', 'again', {}, own)).status).toBe(200)
    for (const key of ['a b', 'x'.repeat(256), 'é'])
      expect((await post('/me/revocations', key, {}, own)).status).toBe(400)
  })
})

test('decisions come newest first, with their reports, page by page', async () => {
  const zoe = await newSharer(load)
  const own = await tokenFor(stage.portal, zoe.browser)
  const reportToken = await holderToken(stage, 'report')
  const permit = await decide(stage, decideToken, evaluation(zoe.sub))
  await stage.revenue.api('/disclosures', reportToken, reportOf(permit, { query_id: 'dossier-7' }))
  const open = await decide(stage, decideToken, evaluation(zoe.sub))
  const denied = evaluation(zoe.sub, { categories: ['cat_personnes-a-charge'] })
  await decide(stage, decideToken, denied)
  await decide(stage, decideToken, denied)
  const page = await read('/me/disclosures', own)
  const [refused, allowed, sent] = itemsOf(page)
  expect(itemsOf(page)).toHaveLength(3)
  expect(refused).toMatchObject({
    outcome: 'deny',
    reason_code: 'CATEGORY_NOT_COVERED',
    times: 2,
    asked: [{ id: 'cat_personnes-a-charge' }],
    permitted: [],
    disclosure: null,
    holder: { id: 'org_agence-revenu' },
    recipient: { id: 'org_aide-etudes' },
  })
  expect(allowed).toMatchObject({
    decision_id: open.context['decision_id'],
    outcome: 'permit',
    status: 'authorised',
    consent_id: zoe.consentId,
    disclosure: null,
  })
  expect(sent).toMatchObject({
    decision_id: permit.context['decision_id'],
    status: 'recorded',
    disclosure: {
      categories: [{ id: 'cat_revenu-net' }],
      record_count: 1,
      result: 'found',
      query_id: 'dossier-7',
      late: false,
      in_flight: false,
      anomaly: false,
    },
  })
  const first = await read('/me/disclosures?limit=2', own)
  const rest = await read(`/me/disclosures?limit=2&cursor=${String(first['next'])}`, own)
  expect([...itemsOf(first), ...itemsOf(rest)]).toEqual(itemsOf(page))
  expect(rest['next']).toBeNull()
})

test('no process logged an error during these tests', () => {
  expect(stage.output()).toBe('')
})

async function activityOf(personId: string): Promise<Json[]> {
  const rows: Json[] = await stage.db('activity').where({ personId, kind: 'sharing.changed' })
  return rows
}

/** The same consent once more, in an arrangement of its own: as another purpose would have. */
async function apartFrom(consentId: string): Promise<string> {
  const { db } = stage
  const [copy, presentation] = [crypto.randomUUID(), crypto.randomUUID()]
  const key = { consentId: uuidOf(consentId) }
  const record = await db('consentRecord').where(key).first<Json>()
  const current = await db('consentCurrent').where(key).first<Json>()
  const { presentationId } = record
  const shown = await untyped(db)('presentation').where({ presentationId }).first<Json>()
  // Shown twice to the same visit, in other words: as in the other language.
  await db.raw(
    `insert into rendered_page select sha256(convert_to(html || ' ', 'UTF8')), html || ' ', now()
     from rendered_page where sha256 = ? on conflict do nothing`,
    [shown['renderedSha256'] as Buffer],
  )
  const other = await db('renderedPage')
    .whereNot({ sha256: shown['renderedSha256'] as Buffer })
    .first<{ sha256: Buffer }>()
  const named = { consentId: copy, arrangementId: copy }
  await untyped(db)('presentation').insert({
    ...shown,
    presentationId: presentation,
    renderedSha256: other.sha256,
  })
  await untyped(db)('consentRecord').insert({ ...record, ...named, presentationId: presentation })
  await untyped(db)('consentCurrent').insert({ ...current, ...named })
  await reseal(db, load.vault, copy)
  return copy
}
