import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../../src/base/database/database.ts'
import { openBook } from '../../../src/ledger/chain/index.ts'
import type { RegisterObject } from '../../../src/registry/index.ts'
import type { Answer } from '../../support/browser.ts'
import { issuer } from '../../support/broker.ts'
import { counts } from '../../support/moving-stage.ts'
import { startSecondHolder } from '../../support/second-holder.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import { currentRow, newSharer, newSharers, openLoad } from '../../support/sharing-load.ts'
import { seeded } from '../../support/property.ts'
import { json } from '../../support/service.ts'
import type { Decision, Json, Stage } from '../../support/sharing.ts'
import {
  decide,
  evaluation,
  holderToken,
  startStage,
  stop,
  withoutPlain,
} from '../../support/sharing.ts'

// Several questions in one request (AuthZEN 1.0 7).

const path = '/access/v1/evaluations'
const written = ['decision', 'decisionKey', 'ledgerEvent']

let stage: Stage
let load: Load
let token: string
let sharer: Sharer

beforeAll(async () => {
  stage = await startStage(limited)
  load = await openLoad(stage)
  token = await holderToken(stage, 'decide')
  sharer = await newSharer(load)
}, 180_000)

afterAll(async () => {
  await load.close()
  await stage.stop()
})

// Few enough uses for a batch to use them up.
function limited(object: RegisterObject): RegisterObject {
  if (object.kind !== 'purpose') return withoutPlain(object)
  return { ...object, content: { ...object.content, max_uses: 4 } }
}

function send(body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return stage.revenue.api(path, token, body, { headers })
}

async function decideAll(evaluations: readonly unknown[], more: Json = {}): Promise<Decision[]> {
  const answer = await send({ ...more, evaluations })
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}`)
  expect(Object.keys(json(answer))).toEqual(['evaluations'])
  return json(answer)['evaluations'] as Decision[]
}

function reasons(decisions: readonly Decision[]): unknown[] {
  return decisions.map(({ context }) => (context['reason_codes'] as unknown[])[0])
}

async function usesOf({ consentId }: Sharer): Promise<unknown> {
  return (await currentRow(load, consentId)).uses
}

const uncovered = { categories: ['cat_personnes-a-charge'] }

test('a batch gets the answers that its questions would get one by one (I16)', async () => {
  const people = await newSharers(load, 8)
  const [left, right] = [people.slice(0, 4), people.slice(4)]
  for (const one of [left[stopped], right[stopped]])
    if (one !== undefined) await stop(one.browser, one.consentId)
  const seen: Decision[] = []
  // With names that are used again everything is in one lane; without, each person is in one of her own.
  for (const names of [['one', 'two'], []]) {
    const asked = [...fc.sample(itemWith(names), seeded({ numRuns: 40 })), ...oneOfEach]
    const round = `round ${names.length}`
    const singles: unknown[] = []
    for (const question of questionsOf(asked, left, `left ${round}`))
      singles.push(await single(question))
    const batch = await decideAll(questionsOf(asked, right, `right ${round}`))
    expect(batch.map(told)).toEqual(singles)
    seen.push(...batch)
  }
  // Nothing was answered by a reason that is not in the list of questions that are always asked.
  expect(new Set(reasons(seen))).toEqual(
    new Set([
      'CONSENT_ACTIVE',
      'USES_EXHAUSTED',
      'REQUEST_ID_REUSED',
      'CATEGORY_NOT_COVERED',
      'CONSENT_REVOKED',
      'PERSON_UNKNOWN',
      'PURPOSE_UNKNOWN',
      'AGREEMENT_MISMATCH',
      'MALFORMED',
    ]),
  )
  expect(await Promise.all(right.map(usesOf))).toEqual(await Promise.all(left.map(usesOf)))
})

type Item = {
  readonly person: number
  readonly change: Json
  readonly requestId: string | undefined
  readonly lacks: string | undefined
}

const [stopped, forOneOfEach, nobody] = [2, 3, 4]

// Whatever is drawn, a batch has permits, all uses used up, a name used again, faults and denies.
const plain = { person: forOneOfEach, change: {}, requestId: undefined, lacks: undefined }
const oneOfEach: readonly Item[] = [
  { ...plain, requestId: 'again' },
  { ...plain, requestId: 'again', change: uncovered },
  ...Array.from({ length: 4 }, () => plain),
  { ...plain, change: uncovered },
  { ...plain, change: { purpose: 'pur_inconnue' } },
  { ...plain, change: { agreement: 'agr_2024-018' } },
  { ...plain, lacks: 'subject' },
  { ...plain, person: stopped },
  { ...plain, person: nobody },
]

function itemWith(names: readonly string[]): fc.Arbitrary<Item> {
  return fc.record({
    person: fc.constantFrom(0, 0, 0, 1, 1, stopped, nobody),
    change: fc.oneof(
      { weight: 5, arbitrary: fc.constant<Json>({}) },
      {
        weight: 4,
        arbitrary: fc.constantFrom<Json>(
          uncovered,
          { purpose: 'pur_inconnue' },
          { agreement: 'agr_2024-018' },
          { categories: ['cat_inconnue'] },
        ),
      },
    ),
    requestId: fc.constantFrom(...names, ...Array.from({ length: 6 }, () => undefined)),
    lacks: fc.constantFrom('subject', 'context', ...Array.from({ length: 10 }, () => undefined)),
  })
}

function questionsOf(asked: readonly Item[], people: readonly Sharer[], name: string): Json[] {
  return asked.map(({ person, change, requestId, lacks }, n) => {
    const named = { ...change, requestId: `${name} ${requestId ?? n}` }
    const question = evaluation(people[person]?.sub ?? 'nobody', named)
    return Object.fromEntries(Object.entries(question).filter(([member]) => member !== lacks))
  })
}

async function single(question: Json): Promise<unknown> {
  const answer = await stage.revenue.api('/access/v1/evaluation', token, question)
  return answer.status === 400 ? { error: JSON.parse(answer.body) as unknown } : told(json(answer))
}

// All that does not name this one decision or this one person.
function told({ decision, context }: Json): unknown {
  const { error, reason_codes, permitted_categories, uses_left, legal_basis } = context as Json
  if (error !== undefined) return { error: (error as Json)['message'] }
  return { decision, reason_codes, permitted_categories, uses_left, legal_basis }
}

describe('a batch stops', () => {
  test('at the first deny: later items are not decided and use nothing', async () => {
    const one = await newSharer(load)
    const items = [evaluation(one.sub), evaluation(one.sub, uncovered), evaluation(one.sub)]
    const options = { evaluations_semantic: 'deny_on_first_deny' }
    expect(reasons(await decideAll(items, { options }))).toEqual([
      'CONSENT_ACTIVE',
      'CATEGORY_NOT_COVERED',
    ])
    expect(await usesOf(one)).toBe(1)
  })

  test('at the first permit', async () => {
    const one = await newSharer(load)
    const items = [evaluation(one.sub, uncovered), evaluation(one.sub), evaluation(one.sub)]
    const options = { evaluations_semantic: 'permit_on_first_permit' }
    expect(reasons(await decideAll(items, { options }))).toEqual([
      'CATEGORY_NOT_COVERED',
      'CONSENT_ACTIVE',
    ])
    expect(await usesOf(one)).toBe(1)
  })

  test('at an incomplete item, which counts as a deny', async () => {
    const options = { evaluations_semantic: 'deny_on_first_deny' }
    expect(reasons(await decideAll([{}, evaluation(sharer.sub)], { options }))).toEqual([
      'MALFORMED',
    ])
  })

  test('at no item with execute_all, which is also the default', async () => {
    const items = [evaluation(sharer.sub, uncovered), {}, evaluation('nobody')]
    const expected = ['CATEGORY_NOT_COVERED', 'MALFORMED', 'PERSON_UNKNOWN']
    const options = { evaluations_semantic: 'execute_all' }
    expect(reasons(await decideAll(items, { options }))).toEqual(expected)
    expect(reasons(await decideAll(items))).toEqual(expected)
    expect(reasons(await decideAll(items, { options: {} }))).toEqual(expected)
  })
})

describe('a request_id in a batch (I14)', () => {
  test('that is repeated with the same question gives one decision and one use', async () => {
    const one = await newSharer(load)
    const item = evaluation(one.sub)
    const [first, second] = await decideAll([item, item])
    expect(second?.context['decision_id']).toBe(first?.context['decision_id'])
    expect(second).toMatchObject({ decision: true })
    // And again, alone, and in another batch.
    expect((await decide(stage, token, item)).context['decision_id']).toBe(
      first?.context['decision_id'],
    )
    const [third] = await decideAll([item])
    expect(third?.context['decision_id']).toBe(first?.context['decision_id'])
    expect(await usesOf(one)).toBe(1)
  })

  test('that is given as a default serves the first item; for the others it is already used', async () => {
    const [one, other] = await newSharers(load, 2)
    if (one === undefined || other === undefined) throw new Error('two people')
    const { context, ...mine } = evaluation(one.sub)
    const { context: _, ...hers } = evaluation(other.sub)
    const decisions = await decideAll([mine, hers], { context })
    expect(reasons(decisions)).toEqual(['CONSENT_ACTIVE', 'REQUEST_ID_REUSED'])
    expect([await usesOf(one), await usesOf(other)]).toEqual([1, 0])
  })
})

test('a batch of a hundred people gives the common members once', async () => {
  const { subject, action, resource } = evaluation(sharer.sub)
  const about = (sub: string) => {
    const { properties, ...rest } = resource as { properties: Json }
    const data_subject = { format: 'iss_sub', iss: issuer, sub }
    return { resource: { ...rest, properties: { ...properties, data_subject } } }
  }
  const items = Array.from({ length: 100 }, (_, n) => ({
    ...about(n === 70 ? sharer.sub : `nobody ${n}`),
    context: { request_id: crypto.randomUUID() },
  }))
  const decisions = await decideAll(items, { subject, action })
  expect(decisions.flatMap(({ decision }, n) => (decision ? [n] : []))).toEqual([70])
  expect(decisions).toHaveLength(100)
})

test('a batch of 101 items is refused, and nothing is decided', async () => {
  const before = await counts(stage, written)
  const answer = await send({
    evaluations: Array.from({ length: 101 }, () => evaluation(sharer.sub)),
  })
  expect([answer.status, JSON.parse(answer.body)]).toEqual([400, 'evaluations: takes 100 at most'])
  expect(await counts(stage, written)).toEqual(before)
})

describe('a batch without items', () => {
  test.each([{}, { evaluations: [] }])('with %j is answered as a single question', async (more) => {
    const answer = await send({ ...evaluation(sharer.sub, uncovered), ...more })
    expect(answer.status).toBe(200)
    expect(json(answer)).toMatchObject({ decision: false })
    expect(json(answer)).not.toHaveProperty('evaluations')
  })

  test('and without a question is refused', async () => {
    const { resource: _, ...incomplete } = evaluation(sharer.sub)
    expect((await send(incomplete)).status).toBe(400)
    expect((await send({})).status).toBe(400)
  })
})

/** A question about the person whom another issuer calls so. */
function elsewhere(): Json {
  const asked = evaluation(sharer.sub) as { readonly resource: { readonly properties: Json } }
  const about = { format: 'iss_sub', iss: 'https://other.test', sub: sharer.sub }
  const properties = { ...asked.resource.properties, data_subject: about }
  return { ...asked, resource: { ...asked.resource, properties } }
}

test('a malformed item is denied alone, with the reason', async () => {
  const { resource: _, ...incomplete } = evaluation(sharer.sub)
  const before = await counts(stage, written)
  const items = [incomplete, {}, null, 'question', [], { evaluations: [evaluation(sharer.sub)] }]
  const decisions = await decideAll([
    ...items,
    evaluation(sharer.sub, { categories: ['cat_inconnue'] }),
    { ...evaluation(sharer.sub), context: {} },
    { ...evaluation(sharer.sub), action: { name: 'delete' } },
    elsewhere(),
  ])
  expect(decisions.map(({ decision }) => decision)).toEqual(Array.from({ length: 10 }, () => false))
  expect(reasons(decisions).slice(8)).toEqual(['MALFORMED', 'PERSON_UNKNOWN'])
  expect(decisions[0]?.context).toMatchObject({
    reason_codes: ['MALFORMED'],
    permitted_categories: [],
    error: { status: 400, message: expect.stringContaining('resource') as unknown },
  })
  expect(decisions[6]?.context['error']).toEqual({
    status: 400,
    message: 'resource.properties.categories: dst_avis-cotisation@1 has no category cat_inconnue',
  })
  expect(decisions[7]?.context['error']).toMatchObject({
    message: expect.stringMatching(/^context\.request_id/) as unknown,
  })
  expect(await counts(stage, written)).toEqual(before)
})

test('an item with text that the database cannot store is denied alone', async () => {
  const one = await newSharer(load)
  const [good, bad] = [evaluation(one.sub), evaluation(sharer.sub)]
  const unkept = { ...bad, context: { ...(bad['context'] as Json), query_id: 'a\u0000b' } }
  const single = await stage.revenue.api('/access/v1/evaluation', token, unkept)
  const [first, second] = await decideAll([good, unkept])
  expect(first?.decision).toBe(true)
  expect([single.status, JSON.parse(single.body)]).toEqual([400, 'request.invalid'])
  expect(second?.context['error']).toEqual({ status: 400, message: 'request.invalid' })
  expect(await usesOf(one)).toBe(1)
})

test('an item whose person is locked by another transaction is denied alone', async () => {
  const [held, free] = await newSharers(load, 2)
  if (held === undefined || free === undefined) throw new Error('two people')
  const decisions = await transact(load.db, async (tx) => {
    await openBook(tx, load.vault, held.personId)
    return decideAll([evaluation(held.sub), evaluation(free.sub)])
  })
  expect(reasons(decisions)).toEqual(['INTERNAL', 'CONSENT_ACTIVE'])
  expect([await usesOf(held), await usesOf(free)]).toEqual([0, 1])
})

describe('a malformed batch is answered with 400', () => {
  test.each<[string, unknown]>([
    ['nothing', ''],
    ['a list', '[]'],
    ['half of JSON', '{"evaluations":['],
    ['null', 'null'],
    ['items that are no list', { evaluations: {} }],
    ['items that are one text', { evaluations: 'all' }],
    ['a default that is no object', { subject: 'org_aide-etudes', evaluations: [{}] }],
    ['a default that is a list', { resource: [], evaluations: [{}] }],
    ['options that are no object', { options: 'execute_all', evaluations: [{}] }],
    ['another semantic', { options: { evaluations_semantic: 'first_wins' }, evaluations: [{}] }],
    ['a semantic of another kind', { options: { evaluations_semantic: 1 }, evaluations: [{}] }],
    ['more than 256 KiB', { evaluations: [], more: 'm'.repeat(300 * 1024) }],
  ])('%s', async (what, body) => {
    const answer = await send(body)
    expect(answer.status).toBe(what === 'more than 256 KiB' ? 413 : 400)
    expect(JSON.parse(answer.body)).toEqual(expect.any(String))
  })

  test.each(['text/plain', 'application/problem+json', ''])(
    'of the content type %j',
    async (type) => {
      const body = { evaluations: [evaluation(sharer.sub)] }
      expect((await send(body, { 'content-type': type })).status).toBe(400)
    },
  )
})

test('X-Request-ID comes back, and unknown members change nothing', async () => {
  const number = crypto.randomUUID()
  const body = { evaluations: [evaluation('nobody')], decision: true, options: { more: 1 }, foo: 2 }
  const answer = await send(body, {
    'x-request-id': number,
    'content-type': 'application/json; charset=utf-8',
  })
  expect([answer.status, answer.headers['x-request-id']]).toEqual([200, number])
})

test('a body that is not the holder learns nothing from a batch, and nothing is recorded', async () => {
  const stranger = await startSecondHolder(stage)
  try {
    const own = json(await stranger.clientCredentials(`${issuer}/access`, 'decide'))
    const before = await counts(stage, written)
    const evaluations = [
      evaluation(sharer.sub),
      evaluation('nobody'),
      evaluation(sharer.sub, { categories: ['cat_inconnue'] }),
      evaluation(sharer.sub, { dataset: 'dst_inconnu' }),
    ]
    const answer = await stranger.api(path, String(own['access_token']), { evaluations })
    const decisions = json(answer)['evaluations'] as Decision[]
    expect(new Set(decisions.map((one) => JSON.stringify(one))).size).toBe(1)
    expect(reasons(decisions)[0]).toBe('CALLER_NOT_HOLDER')
    expect(await counts(stage, written)).toEqual(before)
  } finally {
    await stranger.stop()
  }
})

test('a batch without a token is refused', async () => {
  const answer = await send({ evaluations: [] }, { authorization: '', DPoP: '' })
  expect(answer.status).toBe(401)
})

test('no process logged an error during these tests', () => {
  expect(stage.output()).toBe('')
})
