import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Answer } from '../../support/browser.ts'
import { counts } from '../../support/moving-stage.ts'
import type { Decision, Json, Stage } from '../../support/sharing.ts'
import {
  decide,
  evaluation,
  holderToken,
  reportOf,
  shareAsNewcomer,
  startStage,
} from '../../support/sharing.ts'

// What is no report: problem documents of RFC 9457, and nothing recorded.

const written = ['decision', 'disclosure', 'ledgerEvent']

let stage: Stage
let token: string
let permit: Decision

beforeAll(async () => {
  stage = await startStage()
  token = await holderToken(stage, 'report')
  const { sub } = await shareAsNewcomer(stage)
  permit = await decide(stage, await holderToken(stage, 'decide'), evaluation(sub))
})

afterAll(() => stage.stop())

let before: Readonly<Record<string, number>>
beforeEach(async () => {
  before = await counts(stage, written)
})

async function expectProblem(answer: Answer, status: number): Promise<void> {
  expect([answer.status, answer.headers['content-type']]).toEqual([
    status,
    'application/problem+json',
  ])
  expect(JSON.parse(answer.body)).toMatchObject({
    status,
    code: expect.stringMatching(/^request\./),
  })
  expect(await counts(stage, written)).toEqual(before)
}

describe('a malformed report is refused', () => {
  test.each<[string, Json]>([
    ['no decision', { decision_token: undefined }],
    ['a decision of 5000 characters', { decision_token: 'd'.repeat(5000) }],
    ['no status', { status: undefined }],
    ['another status', { status: 'received' }],
    ['no time', { occurred_at: undefined }],
    ['a day for a time', { occurred_at: '2026-11-24' }],
    ['a time without zone', { occurred_at: '2026-11-24T12:00:00' }],
    ['a time that is none', { occurred_at: '2026-13-24T12:00:00Z' }],
    ['a number for a time', { occurred_at: 1_790_000_000 }],
    ['categories in one text', { categories: 'cat_revenu-net' }],
    ['51 categories', { categories: Array.from({ length: 51 }, () => 'cat_revenu-net') }],
    ['less than no record', { record_count: -1 }],
    ['half a record', { record_count: 0.5 }],
    ['two million records', { record_count: 2_000_000 }],
    ['another result', { result: 'maybe' }],
    ['another delivery', { delivery: 'bulk' }],
    ['a bulk of them', { bulk: true }],
    ['a manifest of 63 digits', { manifest: 'a'.repeat(63) }],
    ['a manifest in capitals', { manifest: 'A'.repeat(64) }],
    ['a manifest of nothing', { status: 'nil', categories: [], manifest: 'a'.repeat(64) }],
    ['an initiator without words', { initiator: { type: 'system' } }],
    ['an initiator in one language', { initiator: { type: 'system', label: { fr: 'Calcul' } } }],
    ['a NUL in a number', { query_id: 'a\u0000b' }],
    ['half a character in a number', { query_id: 'a\ud800b' }],
    [
      'half a character in words',
      { initiator: { type: 'system', label: { fr: '\udfff', en: 'x' } } },
    ],
  ])('%s', async (_, change) => {
    const body = JSON.stringify(reportOf(permit, change))
    await expectProblem(await stage.revenue.api('/disclosures', token, body), 400)
  })

  test.each([
    ['text/plain', '{}', 415],
    ['application/x-www-form-urlencoded', 'status=nil', 415],
    ['application/json', '[]', 400],
    ['application/json', '{', 400],
    ['application/json', `{"more":"${'m'.repeat(300 * 1024)}"}`, 413],
  ])('%s %.20s', async (type, body, status) => {
    const headers = { 'content-type': type }
    await expectProblem(await stage.revenue.api('/disclosures', token, body, { headers }), status)
  })
})

test('no process logged an error during these tests', () => {
  expect(stage.output()).toBe('')
})
