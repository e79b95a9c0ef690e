import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLog } from '../../../src/base/logging/log.ts'
import { judgeEach } from '../../../src/consent/disclosures/report-list.ts'
import type { Answer } from '../../support/browser.ts'
import { issuer } from '../../support/broker.ts'
import { counts } from '../../support/moving-stage.ts'
import { json } from '../../support/service.ts'
import type { Decision, Json, Stage } from '../../support/sharing.ts'
import {
  decide,
  evaluation,
  holderToken,
  reportOf,
  shareAsNewcomer,
  startStage,
} from '../../support/sharing.ts'

// Reports in a list: each is judged as if it had come alone.

const written = ['decision', 'disclosure', 'disclosureReceived', 'ledgerEvent']

let stage: Stage
let tokens: { readonly decide: string; readonly report: string; readonly aid: string }

beforeAll(async () => {
  stage = await startStage()
  const aid = json(await stage.aid.clientCredentials(`${issuer}/disclosures`, 'report'))
  tokens = {
    decide: await holderToken(stage, 'decide'),
    report: await holderToken(stage, 'report'),
    aid: String(aid['access_token']),
  }
})

afterAll(() => stage.stop())

async function permits(of: number): Promise<Decision[]> {
  const { sub } = await shareAsNewcomer(stage)
  const made: Decision[] = []
  for (let n = 0; n < of; n++) made.push(await decide(stage, tokens.decide, evaluation(sub)))
  expect(made.map(({ decision }) => decision)).toEqual(made.map(() => true))
  return made
}

function send(reports: readonly unknown[], headers: Record<string, string> = {}): Promise<Answer> {
  return stage.revenue.api('/disclosures', tokens.report, { reports }, { headers })
}

type Result = { readonly status: number; readonly answer?: Json; readonly problem?: Json }

function resultsOf(answer: Answer): readonly Result[] {
  expect(answer.status).toBe(200)
  return json(answer)['results'] as Result[]
}

/** Status with what was recorded, or with why not. */
function briefly({ status, answer, problem }: Result): unknown[] {
  return [status, answer?.['status'] ?? problem?.['code']]
}

test('of a hundred reports ten are refused, in their places; the list again records nothing', async () => {
  const [one, two] = await permits(2)
  if (one === undefined || two === undefined) throw new Error('no permits')
  const good = reportOf(one)
  const bad: readonly [unknown, unknown[]][] = [
    [reportOf(two, { occurred_at: '2025-11-24T12:00:00Z' }), [422, 'report.time']],
    [reportOf(two, { categories: ['cat_inconnue'] }), [422, 'report.categories']],
    [reportOf(two, { decision_token: 'words' }), [422, 'decision-token.invalid']],
    [reportOf(two, { status: 'corrected', categories: ['cat_inconnue'] }), [409, 'report.none']],
    [reportOf(one, { record_count: 2 }), [422, 'report.differs']],
    [reportOf(two, { query_id: 'a\u0000b' }), [400, 'request.invalid']],
    [reportOf(two, { occurred_at: undefined }), [400, 'request.malformed']],
    [{ status: 'none', inquiry: 'inq_1', why: 'not_found' }, [422, 'inquiry.unknown']],
    [{ reports: [reportOf(two)] }, [400, 'request.malformed']],
    [7, [400, 'request.malformed']],
  ]
  const reports = Array.from({ length: 100 }, (_, at): unknown =>
    at % 10 === 9 ? bad[(at - 9) / 10]?.[0] : good,
  )
  reports[98] = reportOf(two)
  const expected = reports.map((_, at) =>
    at % 10 === 9 ? bad[(at - 9) / 10]?.[1] : [at === 0 || at === 98 ? 201 : 200, 'recorded'],
  )

  const first = resultsOf(await send(reports))
  expect(first.map(briefly)).toEqual(expected)
  expect(first.at(98)?.answer).toMatchObject({
    decision_id: two.context['decision_id'],
    ack: expect.stringMatching(/^eyJ/),
  })
  const before = await counts(stage, written)
  const again = resultsOf(await send(reports))
  // By now something was reported of the second permit, too.
  expect(again.filter(({ status }) => status === 201)).toEqual([])
  expect(again.map(({ answer }) => answer?.['disclosure_id'])).toEqual(
    first.map(({ answer }) => answer?.['disclosure_id']),
  )
  expect(await counts(stage, written)).toEqual(before)
})

test('reports of one person are judged in the order of the list', async () => {
  const [one, two] = await permits(2)
  if (one === undefined || two === undefined) throw new Error('no permits')
  const correction = { status: 'corrected', categories: ['cat_revenu-net'] }
  const results = resultsOf(
    await send([
      reportOf(one),
      reportOf(one, correction),
      reportOf(two, correction),
      reportOf(two),
      { ...reportOf(two), status: 'nil', categories: [] },
    ]),
  )
  expect(results.map(briefly)).toEqual([
    [201, 'recorded'],
    [201, 'corrected'],
    [409, 'report.none'],
    [201, 'recorded'],
    [422, 'report.differs'],
  ])
})

test('a recipient mirrors in a list, and reports of the holder in it are none of its own', async () => {
  const [permit] = await permits(1)
  if (permit === undefined) throw new Error('no permit')
  const { decision_id, permitted_categories: categories } = permit.context
  const mirror = {
    status: 'received',
    decision_id,
    occurred_at: new Date().toISOString(),
    categories,
  }
  const reports = [mirror, mirror, reportOf(permit), { ...mirror, decision_id: 'dec_1' }]
  const answer = await stage.aid.api('/disclosures', tokens.aid, { reports })
  expect(resultsOf(answer).map(briefly)).toEqual([
    [201, 'received'],
    [200, 'received'],
    [403, 'report.not-holder'],
    [404, 'received.not-found'],
  ])
})

test.each<[string, unknown, number, string]>([
  ['of nothing', { reports: [] }, 400, 'request.malformed'],
  ['of 101', { reports: Array.from({ length: 101 }, () => 7) }, 400, 'request.malformed'],
  ['that is none', { reports: { 0: 7 } }, 400, 'request.malformed'],
  ['with a report beside it', { reports: [7], status: 'nil' }, 400, 'request.malformed'],
  ['of 257 KiB', { reports: ['x'.repeat(257 * 1024)] }, 413, 'request.too-large'],
])('a list %s is refused as a whole', async (_, body, status, code) => {
  const before = await counts(stage, written)
  const answer = await stage.revenue.api('/disclosures', tokens.report, body)
  expect([answer.status, json(answer)['code']]).toEqual([status, code])
  expect(await counts(stage, written)).toEqual(before)
})

test('a list takes no key of its own', async () => {
  const answer = await send([7], { 'Idempotency-Key': 'dec_1' })
  expect([answer.status, json(answer)['code']]).toEqual([422, 'report.key'])
})

test('a report whose turn comes after ten seconds is to be sent again; a fault is its own', async () => {
  const times = [0, 0, 9_999, 10_001]
  const results = await judgeEach(
    ['fails', 'taken', 'late'],
    (said) =>
      said === 'fails'
        ? Promise.reject(new Error('no answer'))
        : Promise.resolve({ isNew: true, answer: {} as never }),
    openLog('silent'),
    () => times.shift() ?? Number.NaN,
  )
  expect(results.map(({ status }) => status)).toEqual([500, 201, 503])
})
