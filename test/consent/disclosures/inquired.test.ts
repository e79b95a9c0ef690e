import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dayAfter, dayOf, endOfDay, startOfDay } from '../../../src/base/values/calendar.ts'
import { secondsAfter } from '../../../src/base/values/clock.ts'
import { overdueDays } from '../../../src/base/jobs/day-closing.ts'
import { readingSession } from '../../../src/base/database/db-session.ts'
import { makeMeter } from '../../../src/base/logging/meter.ts'
import { readId } from '../../../src/base/values/ids.ts'
import {
  closeInquiries,
  inquiriesClosing,
  lastTotals,
  tellInquiries,
} from '../../../src/consent/disclosures/index.ts'
import type { Payload } from '../../../src/ledger/chain/index.ts'
import { readTimeline, verifyTimeline } from '../../../src/ledger/chain/index.ts'
import type { Authenticator } from '../../support/authenticator.ts'
import { postAndFollow, signIn } from '../../support/broker.ts'
import type { Answer } from '../../support/browser.ts'
import { formOf } from '../../support/browser.ts'
import { until } from '../../support/fault-process.ts'
import { differencesOf } from '../../support/fold.ts'
import { schemaProblems } from '../../support/ledger-schema.ts'
import { bodiesOf, wholeList } from '../../support/reporting.ts'
import { json } from '../../support/service.ts'
import type { Json, Shared, Stage } from '../../support/sharing.ts'
import {
  decide,
  evaluation,
  holderToken,
  shareAsNewcomer,
  startStage,
} from '../../support/sharing.ts'
import type { Load } from '../../support/sharing-load.ts'
import { openLoad } from '../../support/sharing-load.ts'
import { letTimeMove, passUntil } from '../../support/time.ts'

// A holder that introspects a sharing's token and asks for no decision: counted, closed as an event of her day, read by her and by both
// bodies (I58, decision 0180).

const margin = 30 * 60

let stage: Stage
let load: Load
let mustDecide: string

beforeAll(async () => {
  letTimeMove()
  mustDecide = dayOf(secondsAfter(new Date(), 30 * 24 * 3600))
  stage = await startStage(undefined, undefined, undefined, {
    env: { HOLDERS_MUST_DECIDE: mustDecide },
  })
  load = await openLoad(stage)
})
afterAll(async () => {
  await load.close()
  await stage.stop()
})

type Met = Shared & { readonly personId: string; readonly authenticator: Authenticator }

/** Tomorrow at noon somebody allows a sharing, which the holder introspects once. */
async function meet(): Promise<Met> {
  await passUntil(stage.db, secondsAfter(endOfDay(dayOf(new Date())), 12 * 3600))
  await close()
  const shared = await shareAsNewcomer(stage)
  return { ...shared, personId: load.pairwise.person(shared.sub, 'org_agence-revenu') ?? '' }
}

const close = () => closeInquiries(load, new Date())

async function nightAfter(day: string): Promise<void> {
  await passUntil(stage.db, secondsAfter(endOfDay(day), margin + 60))
}

async function counted(personId: string, times: number): Promise<void> {
  await until(`${times} introspections are counted`, async () => {
    const rows: { introspected: number }[] = await stage
      .db('inquiryTally')
      .select('introspected')
      .where({ personId })
    return rows.reduce((sum, { introspected }) => sum + introspected, 0) === times
  })
}

async function toldTo({ personId }: Met): Promise<Payload[]> {
  const timeline = await readTimeline(stage.db, load.vault, personId, { after: 0, limit: 100 })
  return timeline
    .map(({ payload }) => payload ?? {})
    .filter(({ kind }) => kind === 'disclosure.inquired')
}

test('what a holder introspects without a decision is an event of her day, and a line of hers (I58)', async () => {
  const met = await meet()
  const day = dayOf(new Date())
  for (let n = 0; n < 3; n++)
    expect(json(await stage.revenue.introspect(met.accessToken))['active']).toBe(true)
  // Its recipient may look at its own token as often as it likes.
  for (let n = 0; n < 2; n++)
    expect(json(await stage.aid.introspect(met.accessToken))['active']).toBe(true)
  const token = await holderToken(stage, 'decide')
  expect(await decide(stage, token, evaluation(met.sub))).toMatchObject({ decision: true })
  await counted(met.personId, 4)

  await passUntil(stage.db, secondsAfter(endOfDay(day), margin - 60))
  expect(await close()).toBe(0)
  await nightAfter(day)
  const closed = await Promise.all([close(), close()])
  expect(closed[0] + closed[1]).toBe(1)
  expect(await close()).toBe(0)

  const [event, ...more] = await toldTo(met)
  expect(more).toEqual([])
  expect(event).toMatchObject({
    actor: { type: 'broker' },
    day,
    tz: 'America/Toronto',
    consent_id: met.consentId,
    holder: 'org_agence-revenu',
    recipient: 'org_aide-etudes',
    dataset: 'dst_avis-cotisation@1',
    introspected: 4,
    decided: 1,
    excused: {},
    undecided: 3,
  })
  expect(schemaProblems(event)).toEqual([])
  expect(await verifyTimeline(stage.db, load.vault, met.personId)).toMatchObject({ holds: true })
  expect(await differencesOf(load, met.personId)).toEqual([])

  const meter = makeMeter()
  meter.declare('receiver', ['org_agence-revenu'])
  const register = load.live.current()
  const totals = await lastTotals(readingSession(stage.db))
  meter.atScrape((gauges) => tellInquiries({ gauges, meter, register }, totals))
  const measured = await meter.text()
  expect(measured).toContain('accord_inquiries{holder="org_agence-revenu"} 4')
  expect(measured).toContain('accord_inquiries_undecided{holder="org_agence-revenu"} 3')

  const bodies = await bodiesOf(stage)
  for (const [read, role] of [
    [bodies.asHolder, 'holder'],
    [bodies.asRecipient, 'recipient'],
  ] as const) {
    const anomalies = await wholeList((path) => read(path), '/disclosures/anomalies')
    expect(anomalies.find(({ anomaly }) => anomaly === 'introspected_only')).toMatchObject({
      role,
      inquiry_id: event?.['inquiry_id'] ?? '',
      consent_id: met.consentId,
      received_id: null,
      day,
      times: 3,
    })
  }

  // A session of the day before is over.
  const { browser } = await signIn(stage, stage.aid, met.authenticator)
  const own = `/mes-partages/${met.consentId}`
  const sharing = await browser.get(own)
  expect(sharing.body).toContain('Nous ne savons pas si quelque chose a été envoyé.')
  expect(sharing.body).toContain('a vérifié au moins 3 fois')
  const french = await browser.get('/activite/impression')
  expect(french.body).toContain('Nous ne savons pas si quelque chose a été envoyé.')
  expect(french.body).toContain('a vérifié au moins 3 fois')
  const { action, fields } = formOf(await browser.follow('/en/activite/impression'))
  const english = await postAndFollow(browser, action, fields)
  expect(english.body).toContain('We do not know whether anything was sent.')
  expect(english.body).toContain('checked at least 3 times')
})

test('what a decision follows each time is told to nobody, a refusal as well as a permit', async () => {
  const met = await meet()
  const day = dayOf(new Date())
  await stage.revenue.introspect(met.accessToken)
  await counted(met.personId, 2)
  const token = await holderToken(stage, 'decide')
  await decide(stage, token, evaluation(met.sub))
  const refused = await decide(
    stage,
    token,
    evaluation(met.sub, { categories: ['cat_personnes-a-charge'] }),
  )
  expect(refused.decision).toBe(false)
  await nightAfter(day)
  expect(await close()).toBe(1)
  expect(await toldTo(met)).toEqual([])
  expect(await stage.db('inquiryTally').select('day').where({ personId: met.personId })).toEqual([])
})

/** The holder introspects once. @returns the name of that introspection */
async function introspect(met: Met): Promise<string> {
  const seen = json(await stage.revenue.introspect(met.accessToken))
  const [told] = seen['authorization_details'] as Json[]
  return String(told?.['inquiry'])
}

async function statuses(...answers: Promise<Answer>[]): Promise<unknown[]> {
  return (await Promise.all(answers)).map((answer) => [answer.status, json(answer)['code']])
}

describe('a holder that says why it asked for no decision', () => {
  test('is heard once for each introspection, and its word is shown as its word', async () => {
    const met = await meet()
    const day = dayOf(new Date())
    const bodies = await bodiesOf(stage)
    const [one, other] = [await introspect(met), await introspect(met)]
    await introspect(met)
    await counted(met.personId, 4)
    const excuse = (inquiry: string, why = 'not_found', by = bodies.asHolder) =>
      by('/disclosures', { status: 'none', inquiry, why })

    const said = await excuse(one)
    expect([said.status, json(said)]).toEqual([
      201,
      { status: 'none', inquiry: one, why: 'not_found', day, recorded_at: expect.any(String) },
    ])
    const again = await Promise.all([excuse(one), excuse(one)])
    expect(again.map(({ status, body }) => [status, body])).toEqual([
      [200, said.body],
      [200, said.body],
    ])
    const [text = '', mark = ''] = other.split('.')
    expect(
      await statuses(
        excuse(one, 'join_needed'),
        // Of its recipient, of nobody, of a sharing that its own hand wrote, and of no reason that there is.
        excuse(other, 'not_found', bodies.asRecipient),
        excuse('nobody'),
        excuse(`${Buffer.from(`${atob(text)} `).toString('base64url')}.${mark}`),
        excuse(`${other}.${mark}`),
        excuse(other, 'it was late'),
      ),
    ).toEqual([
      [422, 'report.differs'],
      [422, 'inquiry.unknown'],
      [422, 'inquiry.unknown'],
      [422, 'inquiry.unknown'],
      [422, 'inquiry.unknown'],
      [400, 'request.malformed'],
    ])

    await nightAfter(day)
    const late = await bodiesOf(stage)
    expect(await statuses(excuse(other, 'not_found', late.asHolder))).toEqual([
      [409, 'inquiry.closed'],
    ])
    await close()
    const [event] = await toldTo(met)
    expect(event).toMatchObject({ introspected: 4, excused: { not_found: 1 }, undecided: 3 })
    expect(await differencesOf(load, met.personId)).toEqual([])
    const { browser } = await signIn(stage, stage.aid, met.authenticator)
    const { body } = await browser.get('/activite/impression')
    expect(body).toContain('dit pourquoi\u00a0: aucun dossier n’a été trouvé')
  })

  test('and says so each time, is no anomaly, and she reads it all the same', async () => {
    const met = await meet()
    const day = dayOf(new Date())
    const bodies = await bodiesOf(stage)
    const token = await holderToken(stage, 'decide')
    // The introspection with which she was met.
    await decide(stage, token, evaluation(met.sub))
    const inquiry = await introspect(met)
    await bodies.asHolder('/disclosures', { status: 'none', inquiry, why: 'proof_refused' })
    await counted(met.personId, 2)
    await nightAfter(day)
    await close()
    const [event] = await toldTo(met)
    expect(event).toMatchObject({ decided: 1, excused: { proof_refused: 1 }, undecided: 0 })
    expect(schemaProblems(event)).toEqual([])
    expect(await differencesOf(load, met.personId)).toEqual([])
    const own = { consentId: readId('con', met.consentId) ?? '' }
    expect(await stage.db('disclosureAnomaly').select('kind').where(own)).toEqual([])
    const { browser } = await signIn(stage, stage.aid, met.authenticator)
    const { body } = await browser.get('/activite/impression')
    expect(body).toContain('et dit pourquoi rien n’a suivi')
    // Of the two times one was decided.
    expect(body).toContain('a vérifié au moins une fois')
    const sharing = await browser.get(`/mes-partages/${met.consentId}`)
    expect(sharing.body).toContain('a vérifié au moins une fois')
    expect(body).toContain('Aucun envoi ne nous a été annoncé.')
  })
})

test('a question that gets its permit once more follows an introspection, too', async () => {
  const met = await meet()
  const day = dayOf(new Date())
  const token = await holderToken(stage, 'decide')
  const question = evaluation(met.sub)
  const [first, again] = [
    await decide(stage, token, question),
    await decide(stage, token, question),
  ]
  expect(again.context['decision_id']).toBe(first.context['decision_id'])
  await introspect(met)
  await counted(met.personId, 2)
  await nightAfter(day)
  await close()
  expect(await toldTo(met)).toEqual([])
})

test('what is introspected just before midnight may be decided just after it', async () => {
  const met = await meet()
  const day = dayOf(new Date())
  await counted(met.personId, 1)
  await passUntil(stage.db, secondsAfter(endOfDay(day), 30))
  const token = await holderToken(stage, 'decide')
  await decide(stage, token, evaluation(met.sub))
  await nightAfter(day)
  await close()
  expect(await toldTo(met)).toEqual([])
})

test('a day that no worker closed is late, and is no difference', async () => {
  const met = await meet()
  const day = dayOf(new Date())
  await counted(met.personId, 1)
  await nightAfter(dayAfter(day, 'P1D'))
  const session = readingSession(stage.db)
  const open = await overdueDays(session, [inquiriesClosing], new Date())
  expect(open).toEqual([{ closing: 'inquiries', days: [day] }])
  expect(await differencesOf(load, met.personId)).toEqual([])
  await close()
  expect(await overdueDays(session, [inquiriesClosing], new Date())).toEqual([
    { closing: 'inquiries', days: [] },
  ])
  expect(await toldTo(met)).toMatchObject([{ day, introspected: 1, undecided: 1 }])
})

test('no page says that nothing was sent where that is not known', async () => {
  const met = await meet()
  await counted(met.personId, 1)
  const said = async () => {
    const pages = ['', `/${met.consentId}`, `/${met.consentId}/arret`]
    const read = await Promise.all(pages.map((path) => met.browser.get(`/mes-partages${path}`)))
    // Of the list her own row: what the law allows beside it never was used.
    const rows = read.map(({ body }, n) =>
      n > 0 ? body : (body.split('class="flow"').find((row) => row.includes(met.consentId)) ?? ''),
    )
    return rows.map((row) => [
      /[Jj]amais servi|Rien n’a encore été envoyé/.test(row),
      row.includes('Aucun envoi ne nous a été annoncé'),
    ])
  }
  expect(await said()).toEqual([
    [false, true],
    [false, true],
    [false, true],
  ])
  // Of one that nobody introspected it is known.
  await stage.db('inquiryTally').where({ personId: met.personId }).delete()
  expect(await said()).toEqual([
    [true, false],
    [true, false],
    [true, false],
  ])
})

test('from the day on that the house names, a holder is told of no sharing by introspection', async () => {
  const met = await meet()
  expect(dayOf(new Date()) < mustDecide).toBe(true)
  await passUntil(stage.db, secondsAfter(startOfDay(mustDecide), 60))
  const { browser } = met
  const limits = json(await browser.get('/.well-known/limits'))
  expect(limits['holders_must_decide']).toBe(mustDecide)
  const tokens = json(await stage.aid.refresh(String(met.tokens['refresh_token'])))
  const accessToken = String(tokens['access_token'])
  expect(json(await stage.revenue.introspect(accessToken))).toEqual({ active: false })
  expect(json(await stage.aid.introspect(accessToken))).toMatchObject({ active: true })
  const token = await holderToken(stage, 'decide')
  expect(await decide(stage, token, evaluation(met.sub))).toMatchObject({ decision: true })
})
