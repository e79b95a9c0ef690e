import { afterAll, beforeAll, expect, test } from 'vitest'
import { counts } from '../../support/moving-stage.ts'
import type { Bodies } from '../../support/reporting.ts'
import { bodiesOf } from '../../support/reporting.ts'
import { json } from '../../support/service.ts'
import type { Load } from '../../support/sharing-load.ts'
import { currentRow, eventsOf, openLoad, uuidOf } from '../../support/sharing-load.ts'
import { schemaProblems } from '../../support/ledger-schema.ts'
import type { Decision, Json, Shared, Stage } from '../../support/sharing.ts'
import { reportOf, shareAsNewcomer, startStage } from '../../support/sharing.ts'
import { saidIn } from '../../support/said.ts'

// A report that was wrong: what holds is corrected, what was said stays.

const both = ['cat_revenu-net', 'cat_situation-familiale']
const written = ['disclosure', 'ledgerEvent']

let stage: Stage
let load: Load
let bodies: Bodies

beforeAll(async () => {
  stage = await startStage()
  load = await openLoad(stage)
  bodies = await bodiesOf(stage)
})
afterAll(async () => {
  await load.close()
  await stage.stop()
})

type Reported = { readonly shared: Shared; readonly permit: Decision; readonly body: Json }

async function reported(change: Json = {}): Promise<Reported> {
  const shared = await shareAsNewcomer(stage)
  const permit = await bodies.permit(shared, { categories: both })
  const body = reportOf(permit, change)
  expect((await bodies.asHolder('/disclosures', body)).status).toBe(201)
  return { shared, permit, body }
}

function personOf({ sub }: Shared): string {
  return load.pairwise.person(sub, 'org_agence-revenu') ?? ''
}

test('a correction counts from now on; the earlier report stays in her chain', async () => {
  // Who sends no records has nothing to count.
  const { shared, permit, body } = await reported({ record_count: undefined, result: undefined })
  const reason = { fr: 'Une catégorie de trop', en: 'One category too many' }
  const corrected = { ...body, status: 'corrected', categories: [both[0]], reason }
  const first = await bodies.asHolder('/disclosures', corrected)
  expect([first.status, json(first)]).toMatchObject([
    201,
    { status: 'corrected', decision_id: permit.context['decision_id'] },
  ])
  const again = await bodies.asHolder('/disclosures', corrected)
  expect([again.status, saidIn(json(again))]).toEqual([200, saidIn(json(first))])

  const events = await eventsOf(load, personOf(shared), 'disclosure.corrected')
  expect(events).toMatchObject([
    { categories_before: both, categories_actual: [both[0]], reason, in_flight: false },
  ])
  expect(events.flatMap((event) => schemaProblems(event))).toEqual([])
  const said = await eventsOf(load, personOf(shared), 'disclosure.recorded')
  expect(said).toMatchObject([{ categories_actual: both }])
  const row = await stage
    .db('disclosure')
    .where({ personId: personOf(shared) })
    .first<Json>()
  expect(row).toMatchObject({
    categoriesActual: '1',
    recordCount: null,
    result: null,
    corrections: 1,
    status: 'recorded',
    correction: reason,
  })
  const [from, to] = [-1, 1].map((hours) => new Date(Date.now() + hours * 3_600_000).toISOString())
  const span = `from=${from}&to=${to}`
  const { items } = json(await bodies.asHolder(`/disclosures?${span}`)) as { items: Json[] }
  const { decision_id, recorded_at } = json(first)
  expect(items.find((item) => item['decision_id'] === decision_id)).toMatchObject({
    report: { corrected_at: recorded_at, categories: [both[0]], record_count: null },
  })
})

test('a correction that nothing was sent gives the use back once, and is final', async () => {
  const { shared, body } = await reported()
  const nothing = {
    ...body,
    status: 'corrected',
    categories: [],
    record_count: 0,
    result: 'not_found',
  }
  expect((await bodies.asHolder('/disclosures', nothing)).status).toBe(201)
  expect((await bodies.asHolder('/disclosures', nothing)).status).toBe(200)
  expect(await currentRow(load, shared.consentId)).toMatchObject({ uses: 0, windowUses: 0 })
  const after = await bodies.asHolder('/disclosures', { ...nothing, categories: both })
  expect([after.status, json(after)['code']]).toEqual([422, 'report.nil'])
})

test('the same correction many times at once on two processes is recorded once', async () => {
  const { shared, body } = await reported()
  const corrected = { ...body, status: 'corrected', categories: [], record_count: 0 }
  const answers = await Promise.all(
    [1, 2, 3, 4, 5, 6].map(() => bodies.asHolder('/disclosures', corrected)),
  )
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
    200, 200, 200, 200, 200, 201,
  ])
  expect(await currentRow(load, shared.consentId)).toMatchObject({ uses: 0 })
  expect(await eventsOf(load, personOf(shared), 'disclosure.corrected')).toHaveLength(1)
})

test.each<[string, Json, number, string]>([
  [
    'more than was permitted',
    { categories: [...both, 'cat_personnes-a-charge'] },
    422,
    'report.categories',
  ],
  [
    'a time ahead',
    { occurred_at: new Date(Date.now() + 3_600_000).toISOString() },
    422,
    'report.time',
  ],
  ['words in one language', { reason: { fr: 'Erreur' } }, 400, 'request.malformed'],
])('a correction to %s is refused, and changes nothing', async (_, change, status, code) => {
  const { body } = await reported()
  const before = await counts(stage, written)
  const answer = await bodies.asHolder('/disclosures', { ...body, status: 'corrected', ...change })
  expect([answer.status, json(answer)['code']]).toEqual([status, code])
  expect(await counts(stage, written)).toEqual(before)
})

test('a correction without a report is refused, and so is the eleventh correction', async () => {
  const shared = await shareAsNewcomer(stage)
  const permit = await bodies.permit(shared, { categories: both })
  const early = await bodies.report(permit, { status: 'corrected' })
  expect([early.status, json(early)['code']]).toEqual([409, 'report.none'])
  const body = reportOf(permit)
  await bodies.asHolder('/disclosures', body)
  for (let i = 0; i < 10; i++)
    await bodies.asHolder('/disclosures', { ...body, status: 'corrected', record_count: 100 + i })
  const late = await bodies.asHolder('/disclosures', {
    ...body,
    status: 'corrected',
    record_count: 7,
  })
  expect([late.status, json(late)['code']]).toEqual([422, 'report.too-many'])
  expect(
    await stage
      .db('disclosure')
      .where({ decisionId: uuidOf(String(permit.context['decision_id'])) })
      .first<Json>(),
  ).toMatchObject({
    recordCount: 109,
    corrections: 10,
  })
})
