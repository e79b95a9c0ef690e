import { afterAll, beforeAll, expect, test } from 'vitest'
import { readId, writeId } from '../../../src/base/values/ids.ts'
import type { Answer } from '../../support/browser.ts'
import { issuer } from '../../support/broker.ts'
import { counts } from '../../support/moving-stage.ts'
import { json } from '../../support/service.ts'
import type { Decision, Json, Shared, Stage } from '../../support/sharing.ts'
import {
  decide,
  evaluation,
  holderToken,
  reportOf,
  shareAsNewcomer,
  startStage,
} from '../../support/sharing.ts'

// A holder that lost the answer to its question finds the permit by the question's name, and ends it by the permit's id.

const written = ['decision', 'disclosure', 'ledgerEvent']

let stage: Stage
let tokens: { readonly decide: string; readonly report: string; readonly aid: string }
let shared: Shared
// Nobody ends this one.
let kept: Decision

beforeAll(async () => {
  stage = await startStage()
  const aid = json(await stage.aid.clientCredentials(`${issuer}/disclosures`, 'report'))
  tokens = {
    decide: await holderToken(stage, 'decide'),
    report: await holderToken(stage, 'report'),
    aid: String(aid['access_token']),
  }
  shared = await shareAsNewcomer(stage)
  kept = await permitOf('kept')
})

afterAll(() => stage.stop())

async function permitOf(queryId: string): Promise<Decision> {
  const asked = evaluation(shared.sub)
  const context = { ...(asked['context'] as Json), query_id: queryId }
  const permit = await decide(stage, tokens.decide, { ...asked, context })
  expect(permit.decision).toBe(true)
  return permit
}

function nilOf({ context }: Decision, change: Json = {}): Json {
  return {
    decision_id: context['decision_id'],
    status: 'nil',
    occurred_at: new Date().toISOString(),
    ...change,
  }
}

function send(body: Json): Promise<Answer> {
  return stage.revenue.api('/disclosures', tokens.report, body)
}

const hourMs = 3_600_000

function listed(query: Readonly<Record<string, string>>): Promise<Answer> {
  const [from, to] = [-hourMs, hourMs].map((ms) => new Date(Date.now() + ms).toISOString())
  const asked = new URLSearchParams({ from: from ?? '', to: to ?? '', ...query })
  return stage.revenue.read(`/disclosures?${String(asked)}`, tokens.report)
}

async function usesLeft(): Promise<unknown> {
  const key = { consentId: readId('con', shared.consentId) }
  return (await stage.db('consentCurrent').select('uses').where(key).first<Json>())?.['uses']
}

test('a lost permit is found by its question, and ends by its id; with the token it is the same report', async () => {
  const before = await usesLeft()
  const lost = await permitOf('lost-1')
  await permitOf('other-1')
  expect(await usesLeft()).not.toBe(before)
  const { items, next } = json(await listed({ query_id: 'lost-1' }))
  expect(items).toMatchObject([
    { decision_id: lost.context['decision_id'], query_id: 'lost-1', status: 'authorised' },
  ])
  expect(next).toBeNull()
  expect(json(await listed({ query_id: 'none' }))['items']).toEqual([])

  const nil = nilOf(lost)
  const first = await send(nil)
  expect([first.status, json(first)['status']]).toEqual([201, 'nil'])
  const counted = await counts(stage, written)
  const { decision_id: _, ...same } = nil
  for (const again of [nil, { ...same, decision_token: lost.context['decision_token'] }]) {
    const answer = await send(again)
    const { ack: _ack, ...told } = json(answer)
    const { ack: _first, ...said } = json(first)
    expect([answer.status, told]).toEqual([200, said])
  }
  expect(await counts(stage, written)).toEqual(counted)
})

test('a page of all permits does not go on as a page of one question’s', async () => {
  const { items, next } = json(await listed({ limit: '1' }))
  expect(items).toHaveLength(1)
  const cursor = String(next)
  expect((await listed({ limit: '1', cursor, query_id: 'kept' })).status).toBe(400)
})

test.each<[string, (permit: Decision) => Promise<Json> | Json, number]>([
  [
    'what was sent',
    (permit) => nilOf(permit, { status: 'recorded', categories: ['cat_revenu-net'] }),
    400,
  ],
  ['a correction', (permit) => nilOf(permit, { status: 'corrected' }), 400],
  ['a token beside it', (permit) => ({ ...reportOf(permit), ...nilOf(permit) }), 400],
  ['neither', (permit) => nilOf(permit, { decision_id: undefined }), 400],
  ['no id', (permit) => nilOf(permit, { decision_id: 'dec_1' }), 404],
  [
    'of nothing',
    (permit) => nilOf(permit, { decision_id: writeId('dec', crypto.randomUUID()) }),
    404,
  ],
  ['of a deny', async () => nilOf(await denied()), 404],
])('by an id is not taken: %s', async (_, saidOf, status) => {
  const said = await saidOf(kept)
  const before = await counts(stage, written)
  const answer = await send(said)
  const code = status === 404 ? 'decision.not-found' : 'request.malformed'
  expect([answer.status, json(answer)['code']]).toEqual([status, code])
  expect(await counts(stage, written)).toEqual(before)
})

test('whoever does not hold ends no permit by its id, and is told what of no permit is told', async () => {
  const before = await counts(stage, written)
  const said = [nilOf(kept), nilOf(kept, { decision_id: writeId('dec', crypto.randomUUID()) })]
  const [its, none] = await Promise.all(
    said.map(async (body) => {
      const { request_id: _, ...told } = json(await stage.aid.api('/disclosures', tokens.aid, body))
      return told
    }),
  )
  expect(its).toMatchObject({ status: 404, code: 'decision.not-found' })
  expect(its).toEqual(none)
  expect(await counts(stage, written)).toEqual(before)
})

async function denied(): Promise<Decision> {
  const asked = evaluation(shared.sub, { categories: ['cat_personnes-a-charge'] })
  const decision = await decide(stage, tokens.decide, asked)
  expect(decision.decision).toBe(false)
  return decision
}
