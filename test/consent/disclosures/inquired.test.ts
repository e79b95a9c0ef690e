import { afterAll, beforeAll, expect, test } from 'vitest'
import { dayOf, endOfDay } from '../../../src/base/platform/calendar.ts'
import { later } from '../../../src/base/platform/clock.ts'
import { closeInquiries } from '../../../src/consent/disclosures/index.ts'
import type { Payload } from '../../../src/ledger/chain/index.ts'
import { readTimeline, verifyTimeline } from '../../../src/ledger/chain/index.ts'
import type { Authenticator } from '../../support/authenticator.ts'
import { postAndFollow, signIn } from '../../support/broker.ts'
import { formOf } from '../../support/browser.ts'
import { until } from '../../support/fault-process.ts'
import { differencesOf } from '../../support/fold.ts'
import { schemaProblems } from '../../support/ledger-schema.ts'
import { bodiesOf, wholeList } from '../../support/reporting.ts'
import { json } from '../../support/service.ts'
import type { Shared, Stage } from '../../support/sharing.ts'
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

beforeAll(async () => {
  letTimeMove()
  stage = await startStage()
  load = await openLoad(stage)
})
afterAll(async () => {
  await load.close()
  await stage.stop()
})

type Met = Shared & { readonly personId: string; readonly authenticator: Authenticator }

/** Tomorrow at noon somebody allows a sharing, which the holder introspects once. */
async function meet(): Promise<Met> {
  await passUntil(stage.db, later(endOfDay(dayOf(new Date())), 12 * 3600))
  await close()
  const shared = await shareAsNewcomer(stage)
  return { ...shared, personId: load.pairwise.person(shared.sub, 'org_agence-revenu') ?? '' }
}

const close = () => closeInquiries(load, new Date())

async function nightAfter(day: string): Promise<void> {
  await passUntil(stage.db, later(endOfDay(day), margin + 60))
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

  await passUntil(stage.db, later(endOfDay(day), margin - 60))
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
  const french = await browser.get('/activite')
  expect(french.body).toContain('Nous ne savons pas si quelque chose a été envoyé.')
  expect(french.body).toContain('a vérifié au moins 3 fois')
  const { action, fields } = formOf(await browser.follow('/en/activite'))
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
