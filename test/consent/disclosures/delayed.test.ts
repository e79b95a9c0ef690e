import { makeWords } from '../../../src/base/web/words.ts'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transact } from '../../../src/base/database/database.ts'
import { newUuid, readId, writeId } from '../../../src/base/values/ids.ts'
import { verifyTimeline } from '../../../src/ledger/chain/index.ts'
import { applyRegister, readRegister } from '../../../src/registry/index.ts'
import { signIn } from '../../support/broker.ts'
import { formOf } from '../../support/browser.ts'
import { investigated, investigation, vaultOf } from '../../support/law.ts'
import type { PortalStage } from '../../support/portal.ts'
import { startPortalStage, tokenFor } from '../../support/portal.ts'
import type { Bodies } from '../../support/reporting.ts'
import { bodiesOf } from '../../support/reporting.ts'
import { json } from '../../support/service.ts'
import { signLog } from '../../support/sign-log.ts'
import type { Decision, Json } from '../../support/sharing.ts'
import { decide, holderToken, shareAsNewcomer } from '../../support/sharing.ts'
import { letTimeMove, pass } from '../../support/time.ts'
import { changed } from '../../support/world.ts'
import { coolDown } from '../../support/cooling.ts'
import { sealsOf } from '../../support/seals.ts'

// What both bodies say of a permit that the person sees later is as hidden as the permit: reports, corrections, mirrors, what
// does not fit, and the way to ask about it (I20, decision 0023).

const days = 30
const aid = 'org_aide-etudes'

let stage: PortalStage
let bodies: Bodies
let marie: Awaited<ReturnType<typeof shareAsNewcomer>>
let permit: Decision

beforeAll(async () => {
  letTimeMove()
  stage = await startPortalStage()
  const { objects } = await readRegister(join(import.meta.dirname, '../../../demo/register'))
  const added = investigation(days).map((change) =>
    changed(objects, { ...change, set: { ...change.set, recipient_org_id: aid } }),
  )
  const seals = await sealsOf(stage.keysDir)
  await transact(stage.db, (tx) =>
    applyRegister(tx, seals, { objects: added, problems: [] }, new Date()),
  )
  await coolDown(stage.db, seals)
  marie = await shareAsNewcomer(stage)
  bodies = await bodiesOf(stage)
  permit = await decide(
    stage,
    await holderToken(stage, 'decide'),
    investigated(marie.sub, { recipient: aid }),
  )
  expect(permit.context['reason_codes']).toEqual(['LAW_PROVISION'])
}, 180_000)
afterAll(() => stage.stop())

const decisionId = () => String(permit.context['decision_id'])

const places = [
  '/mes-partages',
  '/activite',
  '/preuves',
  '/acces/donnees',
  '/acces',
  '/acces/rien-ne-manque',
]
const lists = [
  '/me/consents',
  '/me/disclosures',
  '/me/timeline',
  '/me/timeline/shown-later',
  '/me/picture',
  '/me/receipts',
  '/me/export',
]

/** All that she can read anywhere, as one text. */
async function allThatShows(): Promise<string> {
  const token = await tokenFor(stage.portal, marie.browser)
  const pages = await Promise.all(places.map((path) => marie.browser.get(path)))
  const answers = await Promise.all(lists.map((path) => stage.portal.read(path, token)))
  for (const { status } of [...pages, ...answers]) expect(status).toBe(200)
  return [...pages, ...answers].map(({ body }) => body).join('\n')
}

async function proofBy(eventId: string): Promise<number> {
  const token = await tokenFor(stage.portal, marie.browser)
  return (await stage.portal.read(`/me/proofs/${eventId}`, token)).status
}

function place(id: string): string {
  return `/mes-partages/signalements/${id}`
}

function day(at: string): string {
  return makeWords().date('fr', new Date(at))
}

/** What differs in an answer from another of the same kind. */
function plain(body: string): string {
  return body.replaceAll(
    /(req|dec)_\w+|value="[^"]*"|"request_id":"[^"]*"|<code[^>]*>[^<]*<\/code>/g,
    '',
  )
}

test('before its time no report on a delayed permit is visible to the person', async () => {
  expect((await bodies.report(permit)).status).toBe(201)
  const received = { decision_id: decisionId(), record_count: 2 }
  expect((await bodies.receive(received)).status).toBe(201)
  const reason = { fr: 'Compté autrement', en: 'Counted otherwise' }
  const corrected = { status: 'corrected', record_count: 3, reason }
  expect((await bodies.report(permit, corrected)).status).toBe(201)

  // What is found is named, and not all that was searched.
  const all = await allThatShows()
  const words = [decisionId(), 'investigation', 'enquete', 'agr_2026-090', 'Compté autrement']
  expect(words.filter((word) => all.includes(word))).toEqual([])
  const timeline = json(
    await stage.portal.read('/me/timeline', await tokenFor(stage.portal, marie.browser)),
  )
  const numbers = (timeline['items'] as Json[]).map((event) => Number(event['person_seq']))
  const sorted = numbers.toSorted((a, b) => a - b)
  expect(sorted).toEqual(sorted.map((_, i) => i + 1))
})

test('guessing the id of a delayed permit gives the answer for an unknown id', async () => {
  const none = writeId('dec', newUuid(new Date()))
  const token = await tokenFor(stage.portal, marie.browser)
  const ask = (id: string, text = 'Pourquoi?') =>
    stage.portal.api('/me/disputes', token, { decision_id: id, text })
  const [hidden, unknown] = [await ask(decisionId()), await ask(none)]
  expect([hidden.status, json(hidden)['code']]).toEqual([404, 'dispute.not-found'])
  expect(plain(hidden.body)).toBe(plain(unknown.body))

  const sharing = await marie.browser.get(`/mes-partages/${marie.consentId}/arret`)
  const csrf = formOf(sharing).fields['csrf'] ?? ''
  const read = await Promise.all([decisionId(), none].map((id) => marie.browser.get(place(id))))
  expect(read.map(({ status }) => status)).toEqual([404, 404])
  expect(plain(read[0]?.body ?? '')).toBe(plain(read[1]?.body ?? ''))
  const posted = await Promise.all(
    [decisionId(), none].map((id) => marie.browser.post(place(id), { csrf, texte: 'Pourquoi?' })),
  )
  expect(posted.map(({ status }) => status)).toEqual([404, 404])
  expect(await stage.db('dispute')).toEqual([])
  const events: { eventId: string }[] = await stage
    .db('ledgerEvent')
    .where({ personId: readId('dec', decisionId()) })
  for (const { eventId } of events) {
    const proof = await marie.browser.get(`/acces/rien-ne-manque/${writeId('evt', eventId)}`)
    expect(proof.status).toBe(404)
    expect(await proofBy(writeId('evt', eventId))).toBe(404)
  }
  expect(events).toHaveLength(4)
})

test('afterwards she sees the permit with both dates, and can ask about it', async () => {
  await pass(stage.db, { days: days + 1 })
  await signIn(stage, stage.aid, marie.authenticator, marie.browser)
  const token = await tokenFor(stage.portal, marie.browser)
  const later = json(await stage.portal.read('/me/timeline/shown-later', token))
  expect((later['items'] as Json[]).map(({ kind }) => kind)).toEqual([
    'disclosure.authorised',
    'disclosure.recorded',
    'disclosure.received',
    'disclosure.corrected',
  ])
  const vault = await vaultOf(stage)
  const chain = readId('dec', decisionId()) ?? ''
  expect(await verifyTimeline(stage.db, vault, chain)).toEqual({ holds: true, count: 4 })

  await signLog(stage.db, stage.keysDir)
  const nothingMissing = (await marie.browser.get('/acces/rien-ne-manque')).body
  // Among the proofs, which are for specialists, those of each chain stand under its date.
  const shownLater = nothingMissing.split('Montré depuis').at(-1) ?? ''
  const proofs = [...shownLater.matchAll(/href="([^"]+evt_[^"]+)"/g)].map(([, href = '']) => href)
  expect(proofs).toHaveLength(4)
  expect(nothingMissing).not.toContain('role="alert"')
  for (const proof of proofs) {
    expect((await marie.browser.get(proof)).status).toBe(200)
    expect(await proofBy(proof.split('/').at(-1) ?? '')).toBe(200)
  }

  const page = await marie.browser.get('/mes-partages/loi/agr_2026-090/pur_enquete')
  expect(page.status).toBe(200)
  const [first] = later['items'] as Json[]
  expect(page.body).toContain(day(String(first?.['recorded_at'])))
  expect(page.body).toContain(day(String(first?.['shown_from'])))
  expect(page.body).toContain('Compté autrement')

  const whole = json(await stage.portal.read('/me/export', token))
  expect(whole['received']).toMatchObject([{ decision_id: decisionId(), record_count: 2 }])

  const asked = await stage.portal.api('/me/disputes', token, {
    decision_id: decisionId(),
    text: 'Pourquoi?',
  })
  expect(asked.status).toBe(200)
  const waiting = json(
    await stage.revenue.read('/disclosures/disputes', await holderToken(stage, 'report')),
  )
  const [question] = waiting['items'] as Json[]
  expect(question).toMatchObject({ decision_id: decisionId(), consent_id: null, text: 'Pourquoi?' })
  // The question is of today, and stands in the chain of what she does; the permit's chain is as it was.
  const timeline = json(await stage.portal.read('/me/timeline', token))
  expect(JSON.stringify(timeline)).toContain('disclosure.disputed')
  expect(await verifyTimeline(stage.db, vault, chain)).toEqual({ holds: true, count: 4 })
})
