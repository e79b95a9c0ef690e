import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeId } from '../../../src/base/values/ids.ts'
import { answerDispute } from '../../../src/consent/disputes/dispute.ts'
import { disputeTeller } from '../../../src/consent/disputes/fold.ts'
import type { DisputeRow } from '../../../src/consent/disputes/rows.ts'
import { disputePage } from '../../../src/consent/disputes/store.ts'
import type { EventKind, Payload } from '../../../src/ledger/chain/index.ts'
import { verifyTimeline } from '../../../src/ledger/chain/index.ts'
import type { Answer } from '../../support/browser.ts'
import { formOf } from '../../support/browser.ts'
import type { ErasedEvent } from '../../../src/ledger/fold/index.ts'
import { differencesOf } from '../../support/fold.ts'
import { schemaProblems } from '../../support/ledger-schema.ts'
import { counts } from '../../support/moving-stage.ts'
import type { PortalStage } from '../../support/portal.ts'
import { startPortalStage, tokenFor } from '../../support/portal.ts'
import type { Bodies } from '../../support/reporting.ts'
import { bodiesOf, wholeList } from '../../support/reporting.ts'
import { json } from '../../support/service.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import {
  decisionRows,
  eventsOf,
  newSharer,
  openLoad,
  portOf,
  stopAt,
} from '../../support/sharing-load.ts'
import type { Json } from '../../support/sharing.ts'
import { decide, evaluation, holderToken } from '../../support/sharing.ts'

// « Ce n’est pas normal ? »: from a person's line to the body that answers for it, and back.

const written = ['dispute', 'ledgerEvent']
const words = 'Je n’ai rien demandé ce jour-là.\n<b>Pourquoi ?</b>'

function olderRegister(): never {
  throw new Error('a body is not in this register')
}

let stage: PortalStage
let load: Load
let bodies: Bodies

beforeAll(async () => {
  stage = await startPortalStage()
  load = await openLoad(stage)
  bodies = await bodiesOf(stage)
})
afterAll(async () => {
  await load.close()
  await stage.stop()
})

type Asking = { readonly sharer: Sharer; readonly decisionId: string }

async function withPermit(): Promise<Asking> {
  const sharer = await newSharer(load)
  const permit = await bodies.permit(sharer)
  await bodies.report(permit)
  return { sharer, decisionId: String(permit.context['decision_id']) }
}

function place(decisionId: string): string {
  return `/mes-partages/signalements/${decisionId}`
}

function ask({ sharer, decisionId }: Asking, texte = words): Promise<Answer> {
  const { browser, csrf } = sharer
  return browser.post(place(decisionId), { csrf, texte })
}

async function waiting(by: 'asHolder' | 'asRecipient', decisionId: string): Promise<Json[]> {
  const all = await wholeList((path) => bodies[by](path), '/disclosures/disputes')
  return all.filter((item) => item['decision_id'] === decisionId)
}

test('a person asks about a line, the holder gets the question, and she reads its answer', async () => {
  const asking = await withPermit()
  const { sharer, decisionId } = asking
  const sharing = await sharer.browser.get(`/mes-partages/${sharer.consentId}`)
  expect(sharing.body).toContain(`href="${place(decisionId)}">Ce n’est pas normal?`)
  const page = await sharer.browser.get(place(decisionId))
  expect(page.body).toContain('Agence du revenu (démo)')
  expect(new URL(formOf(page).action, page.url).pathname).toBe(place(decisionId))

  const sent = await ask(asking)
  expect([sent.status, sent.location?.endsWith('?fait')]).toEqual([303, true])
  const [item] = await waiting('asHolder', decisionId)
  expect(item).toEqual({
    dispute_id: expect.stringMatching(/^dsp_\w{26}$/),
    decision_id: decisionId,
    consent_id: sharer.consentId,
    opened_at: expect.any(String),
    due_at: expect.any(String),
    text: words,
    sub: sharer.sub,
  })
  expect(await waiting('asRecipient', decisionId)).toEqual([])
  const days =
    (Date.parse(String(item?.['due_at'])) - Date.parse(String(item?.['opened_at']))) / 86_400_000
  expect(days).toBeGreaterThan(20)
  expect(days).toBeLessThan(21.1)

  const answer = { outcome: 'error', text: 'Envoyé par erreur.\nNous l’avons effacé.' }
  const path = `/disclosures/disputes/${String(item?.['dispute_id'])}/answer`
  expect((await bodies.asHolder(path, answer)).status).toBe(201)
  const again = await bodies.asHolder(path, answer)
  expect([again.status, json(again)]).toMatchObject([200, { outcome: 'error' }])
  // A process that still holds an older register, in which there was no such body, asks for that of the database.
  const behind = { ...load, live: { ...load.live, current: olderRegister } }
  const holder = { clientId: 'agence-revenu', orgId: 'org_agence-revenu' }
  const reply = { ...answer, disputeId: String(item?.['dispute_id']), outcome: 'error' } as const
  expect(await answerDispute(behind, holder, reply)).toMatchObject({ isNew: false })
  const other = await bodies.asHolder(path, { ...answer, text: 'Non.' })
  expect([other.status, json(other)['code']]).toEqual([409, 'dispute.answered'])
  expect(await waiting('asHolder', decisionId)).toEqual([])

  const read = await sharer.browser.get(place(decisionId))
  expect(read.body).toContain('reconnaît une erreur')
  expect(read.body).toContain('Nous l’avons effacé.')
  expect(read.body).toContain('&lt;b&gt;Pourquoi ?&lt;/b&gt;')
  expect((await sharer.browser.get(`/mes-partages/${sharer.consentId}`)).body).toContain(
    'Voir la réponse',
  )

  const events = [
    ...(await eventsOf(load, sharer.personId, 'disclosure.disputed')),
    ...(await eventsOf(load, sharer.personId, 'disclosure.answered')),
  ]
  expect(events).toMatchObject([
    {
      actor: { type: 'person', acr: 'urn:accord:aal:2' },
      decision_id: decisionId,
      routed_to: 'org_agence-revenu',
    },
    { actor: { type: 'organisation', organisation: 'org_agence-revenu' }, outcome: 'error' },
  ])
  expect(events.flatMap((event) => schemaProblems(event))).toEqual([])
  expect(await verifyTimeline(load.db, load.vault, sharer.personId)).toMatchObject({ holds: true })
})

test('her words and the answer are stored nowhere in clear', async () => {
  const asking = await withPermit()
  await ask(asking, 'un mot très rare')
  const row = await stage.db('dispute').where({ personId: asking.sharer.personId }).first<Json>()
  const body = row?.['body']
  if (!Buffer.isBuffer(body)) throw new Error('no body')
  expect(JSON.stringify(row) + body.toString('latin1')).not.toContain('rare')
})

test('a question about a deny goes to the body that asked, or to the holder where nobody knows that body', async () => {
  const sharer = await newSharer(load)
  await stopAt(sharer, sharer.consentId, portOf(stage, 0))
  const token = await holderToken(stage, 'decide')
  await decide(stage, token, evaluation(sharer.sub))
  const [row] = await decisionRows(load, sharer.personId)
  const decisionId = writeId('dec', row?.decisionId ?? '')
  expect((await ask({ sharer, decisionId })).status).toBe(303)
  expect(await waiting('asRecipient', decisionId)).toHaveLength(1)
  expect(await waiting('asHolder', decisionId)).toHaveLength(0)

  const recipient = 'org_nulle-part'
  await decide(stage, token, evaluation(sharer.sub, { recipient }))
  const rows = await decisionRows(load, sharer.personId)
  const strange = rows.find((one) => one.decisionId !== row?.decisionId)
  const about = writeId('dec', strange?.decisionId ?? '')
  for (const path of [place(about), '/mes-partages'])
    expect((await sharer.browser.get(path)).body).toContain('(démo) à un organisme inconnu')
  expect((await ask({ sharer, decisionId: about })).status).toBe(303)
  expect(await waiting('asHolder', about)).toHaveLength(1)
})

describe('a question is refused', () => {
  test.each([
    ['no words', ''],
    ['spaces', ' \n\t '],
    ['2001 characters', 'x'.repeat(2001)],
    ['a control character', 'a\u0007b'],
  ])('with %s, and her text is kept on the page', async (_, texte) => {
    const asking = await withPermit()
    const before = await counts(stage, written)
    const answer = await ask(asking, texte)
    expect(answer.status).toBe(400)
    expect(answer.body).toContain('aria-invalid="true"')
    if (texte.trim() !== '') expect(answer.body).toContain(texte.slice(0, 20))
    expect(await counts(stage, written)).toEqual(before)
  })

  test('about another person’s or an unknown line, without a token, or a second time', async () => {
    const asking = await withPermit()
    const stranger = await newSharer(load)
    const before = await counts(stage, written)
    for (const decisionId of [asking.decisionId, writeId('dec', crypto.randomUUID()), 'dec_1']) {
      expect((await ask({ sharer: stranger, decisionId })).status).toBe(404)
      expect((await stranger.browser.get(place(decisionId))).status).toBe(404)
    }
    const forged = await asking.sharer.browser.post(place(asking.decisionId), {
      csrf: 'x',
      texte: words,
    })
    expect(forged.status).toBe(403)
    expect(await counts(stage, written)).toEqual(before)
    // Pressed twice at once, on two processes: one.
    const twice = await Promise.all([ask(asking), ask(asking)])
    expect(new Set(twice.map(({ status }) => status))).toEqual(new Set([303, 409]))
  })

  test('as the eleventh while ten wait, until one is answered', async () => {
    const { sharer, decisionId } = await withPermit()
    const { decisionId: known } = (await decisionRows(load, sharer.personId))[0] ?? {
      decisionId: '',
    }
    const ids = Array.from({ length: 10 }, () => crypto.randomUUID())
    for (const id of ids)
      await stage.db.raw(
        `insert into decision (decision_id, evaluated_at, person_id, holder, recipient, dataset, asked, permitted, outcome,
           reason_code, policy_version, last_at)
         select ?, evaluated_at, person_id, holder, recipient, dataset, asked, 0, 'deny', 'NO_CONSENT', 1, last_at
         from decision where decision_id = ?`,
        [id, known],
      )
    for (const id of ids)
      expect((await ask({ sharer, decisionId: writeId('dec', id) })).status).toBe(303)
    const kept = await ask({ sharer, decisionId })
    expect([kept.status, kept.body.includes('rien demandé ce jour-là')]).toEqual([429, true])
    // No link and no form lead to what would be refused.
    const leads = async () => {
      const { browser, consentId } = sharer
      const line = `/activite/${decisionId}`
      const pages = [`/mes-partages/${consentId}`, line, place(decisionId)]
      const bodies = await Promise.all(pages.map(async (page) => (await browser.get(page)).body))
      return [
        bodies[0]?.includes('Ce n’est pas normal?'),
        bodies[1]?.includes('Poser une question'),
        bodies[2]?.includes('<textarea'),
      ]
    }
    expect(await leads()).toEqual([false, false, false])
    const [item] = await waiting('asRecipient', writeId('dec', ids[0] ?? ''))
    const path = `/disclosures/disputes/${String(item?.['dispute_id'])}/answer`
    expect((await bodies.asRecipient(path, { outcome: 'explained', text: 'Non.' })).status).toBe(
      201,
    )
    expect(await leads()).toEqual([true, true, true])
    expect((await ask({ sharer, decisionId })).status).toBe(303)
  })
})

test('another body can neither read nor answer it', async () => {
  const asking = await withPermit()
  await ask(asking)
  const [item] = await waiting('asHolder', asking.decisionId)
  const path = `/disclosures/disputes/${String(item?.['dispute_id'])}/answer`
  const before = await counts(stage, written)
  for (const [by, at, body, status] of [
    ['asRecipient', path, { outcome: 'explained', text: 'x' }, 404],
    ['asHolder', '/disclosures/disputes/dsp_1/answer', { outcome: 'explained', text: 'x' }, 404],
    ['asHolder', path, { outcome: 'other', text: 'x' }, 400],
    ['asHolder', path, { outcome: 'explained', text: '' }, 400],
    ['asHolder', path, { outcome: 'explained', text: 'x'.repeat(2001) }, 400],
  ] as const)
    expect((await bodies[by](at, body)).status).toBe(status)
  expect(await counts(stage, written)).toEqual(before)
})

test('the questions that wait come page by page, and a person’s in her export too', async () => {
  const path = '/disclosures/disputes'
  const whole = await wholeList((page) => bodies.asHolder(page), path)
  expect(whole.length).toBeGreaterThan(1)
  expect(await wholeList((page) => bodies.asHolder(page), path, 1)).toEqual(whole)
  const first = await load.db('dispute').orderBy('disputeId', 'desc').first<DisputeRow>()
  expect(await disputePage(load.db, first.personId, undefined, 1)).toEqual([first])
  expect(await disputePage(load.db, first.personId, first, 1)).toEqual([])
})

test('a first-party service asks for the person, and the export contains it', async () => {
  const { sharer, decisionId } = await withPermit()
  const token = await tokenFor(stage.portal, sharer.browser)
  const body = { decision_id: decisionId, text: words }
  const key = { headers: { 'idempotency-key': 'once' } }
  const first = await stage.portal.api('/me/disputes', token, body, key)
  expect([first.status, json(first)]).toMatchObject([
    200,
    { decision_id: decisionId, routed_to: { id: 'org_agence-revenu' } },
  ])
  expect(json(await stage.portal.api('/me/disputes', token, body, key))).toEqual(json(first))
  for (const [change, status, code] of [
    [{}, 409, 'dispute.already'],
    [{ decision_id: 'dec_1' }, 404, 'dispute.not-found'],
    [{ text: undefined }, 400, 'request.malformed'],
    [{ more: 1 }, 400, 'request.malformed'],
  ] as const) {
    const answer = await stage.portal.api('/me/disputes', token, { ...body, ...change })
    expect([answer.status, json(answer)['code']]).toEqual([status, code])
  }
  const { disputes } = json(await stage.portal.read('/me/export', token))
  expect(disputes).toMatchObject([{ decision_id: decisionId, text: words, answer: null }])
})

test('the rows of these tests are as events tell them (I1)', async () => {
  expect(await differencesOf(load)).toEqual([])
})

function tellerOf(erased: readonly ErasedEvent[]) {
  return disputeTeller({
    personId: crypto.randomUUID(),
    register: load.live.current(),
    erased,
    isGone: () => false,
  })
}

test('of an erased year, nothing tells of an answer, and its questions go with their lines', async () => {
  const [disputeId, consentId, decisionId] = [1, 2, 3].map(() => crypto.randomUUID())
  const event = (kind: EventKind, payload: Payload) => ({
    kind,
    eventId: crypto.randomUUID(),
    personSeq: 1,
    recordedAt: new Date(),
    payload: { dispute_id: writeId('dsp', String(disputeId)), ...payload },
    delayed: undefined,
  })
  const answered = event('disclosure.answered', { outcome: 'error' })
  expect(() => tellerOf([]).tell(answered)).toThrow('it answers what was never asked')
  const teller = tellerOf([answered])
  teller.tell(answered)
  expect(teller.disputes.size).toBe(0)
  const asked = {
    decision_id: writeId('dec', String(decisionId)),
    consent_id: writeId('con', String(consentId)),
    routed_to: 'org_agence-revenu',
    due_at: new Date().toISOString(),
    text_sha256: 'ab'.repeat(32),
  }
  const left = (consent: Payload[string], consentIds: readonly unknown[]) => {
    teller.tell(event('disclosure.disputed', { ...asked, consent_id: consent }))
    teller.forget(new Set(), new Set(consentIds.map(String)))
    return teller.disputes.size
  }
  expect([
    left(null, [consentId]),
    left(asked.consent_id, []),
    left(asked.consent_id, [consentId]),
  ]).toEqual([1, 1, 0])
})

test('no process logged an error during these tests', () => {
  expect(stage.output()).toBe('')
})

test('of words that are erased the list has none', async () => {
  const [item] = await wholeList((path) => bodies.asHolder(path), '/disclosures/disputes')
  const personId = load.pairwise.person(String(item?.['sub']), 'org_agence-revenu')
  const gone = { wrappedKey: null, destroyedAt: new Date(), destroyEventId: crypto.randomUUID() }
  await load.db('dek').where({ personId }).update(gone)
  const left = await waiting('asHolder', String(item?.['decision_id']))
  expect(left).toMatchObject([{ text: null }])
})
