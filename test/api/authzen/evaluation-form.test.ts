import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Answer } from '../../support/browser.ts'
import { exchange } from '../../support/browser.ts'
import { issuer } from '../../support/broker.ts'
import { counts } from '../../support/moving-stage.ts'
import { json } from '../../support/service.ts'
import type { Json, Stage } from '../../support/sharing.ts'
import { evaluation, holderToken, shareAsNewcomer, startStage } from '../../support/sharing.ts'

// How a question is put (AuthZEN 1.0 5, 6, 10.1): what is no question is 400, what is another's question is a deny.

const path = '/access/v1/evaluation'
const written = ['decision', 'decisionKey', 'ledgerEvent']

let stage: Stage
let sub: string
let token: string

beforeAll(async () => {
  stage = await startStage()
  sub = (await shareAsNewcomer(stage)).sub
  token = await holderToken(stage, 'decide')
})

afterAll(() => stage.stop())

function send(body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return stage.revenue.api(path, token, body, { headers })
}

/** The good question with one member replaced, by its path; undefined removes it. */
function questionWith(where: string, value: unknown): Json {
  const question = structuredClone(evaluation(sub)) as Record<string, unknown>
  const names = where.split('.')
  const last = names.pop() ?? ''
  const parent = names.reduce<Record<string, unknown>>(
    (inside, name) => inside[name] as Record<string, unknown>, // as evaluation() has them
    question,
  )
  if (value === undefined) delete parent[last]
  else parent[last] = value
  return question
}

async function expectMalformed(answer: Answer, status = 400): Promise<void> {
  expect([answer.status, answer.headers['content-type']]).toEqual([
    status,
    'application/json; charset=utf-8',
  ])
  // The error of AuthZEN is a text, as JSON.
  expect(JSON.parse(answer.body)).toEqual(expect.any(String))
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(await counts(stage, written)).toEqual(before)
}

let before: Readonly<Record<string, number>>
beforeEach(async () => {
  before = await counts(stage, written)
})

describe('a malformed question is refused', () => {
  test.each([
    'subject',
    'subject.type',
    'subject.id',
    'action',
    'action.name',
    'action.properties',
    'action.properties.purpose',
    'resource',
    'resource.type',
    'resource.id',
    'resource.properties',
    'resource.properties.categories',
    'resource.properties.data_subject',
    'resource.properties.data_subject.format',
    'resource.properties.data_subject.iss',
    'resource.properties.data_subject.sub',
    'context',
    'context.request_id',
  ])('without %s', async (member) => {
    await expectMalformed(await send(questionWith(member, undefined)))
  })

  test.each<[string, unknown]>([
    ['subject', 'org_aide-etudes'],
    ['subject', ['org_aide-etudes']],
    ['subject', null],
    ['subject.id', 7],
    ['subject.id', ''],
    ['subject.id', 'o'.repeat(1025)],
    ['subject.type', null],
    ['action', 'disclose'],
    ['action.name', { name: 'disclose' }],
    ['action.properties.purpose', ['pur_calcul-aide@1']],
    ['resource', []],
    ['resource.id', true],
    ['resource.properties', 'all'],
    ['resource.properties.categories', 'cat_revenu-net'],
    ['resource.properties.categories', []],
    ['resource.properties.categories', [1]],
    ['resource.properties.categories', ['']],
    ['resource.properties.categories', Array.from({ length: 51 }, () => 'cat_revenu-net')],
    ['resource.properties.categories', ['cat_inconnue']],
    ['resource.properties.categories', ['cat_revenu-net', '__proto__']],
    ['resource.properties.data_subject', 'her'],
    ['resource.properties.data_subject.format', 'email'],
    ['resource.properties.data_subject.sub', 's'.repeat(1025)],
    ['resource.properties.period', '2025'],
    ['resource.properties.period', { from: '2025-01-01' }],
    ['resource.properties.period', { from: '2025-12-31', to: '2025-01-01' }],
    ['resource.properties.period', { from: '2025-02-29', to: '2025-12-31' }],
    ['context', 'none'],
    ['context.request_id', 7],
    ['context.request_id', ''],
    ['context.request_id', 'r'.repeat(129)],
    ['context.query_id', { id: 1 }],
    ['context.query_id', 'a\u0000b'],
    ['context.query_id', 'a\ud800b'],
    ['context.agreement', 1],
  ])('whose %s is %j', async (member, value) => {
    await expectMalformed(await send(questionWith(member, value)))
  })

  test.each<[string, string]>([
    ['nothing', ''],
    ['a list', '[]'],
    ['a list of questions', '[{}]'],
    ['text', '"question"'],
    ['a number', '1'],
    ['null', 'null'],
    ['half of JSON', '{"subject":'],
    ['JSON and more', '{}{}'],
    ['a form', 'subject=a&action=b'],
    ['a thousand lists', '['.repeat(1000)],
  ])('%s', async (_, body) => {
    await expectMalformed(await send(body))
  })

  test.each([
    'text/plain',
    'text/json',
    'application/x-www-form-urlencoded',
    'application/problem+json',
    'application/vnd.api+json',
    'application/jsonp',
    'multipart/form-data; boundary=x',
    '',
  ])('of the content type %j', async (type) => {
    await expectMalformed(await send(evaluation(sub), { 'content-type': type }))
  })

  test('of 300 KiB', async () => {
    const long = JSON.stringify({ ...evaluation(sub), more: 'm'.repeat(300 * 1024) })
    await expectMalformed(await send(long), 413)
  })

  test('whose Content-Encoding is wrong', async () => {
    await expectMalformed(await send(evaluation(sub), { 'content-encoding': 'gzip' }))
    await expectMalformed(await send(evaluation(sub), { 'content-encoding': 'unknown' }))
  })
})

test('other methods than POST are refused', async () => {
  const target = new URL(path, issuer)
  for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE']) {
    const headers = { host: target.host, accept: 'application/json' }
    const answer = await exchange(stage.ports[0] ?? 0, target, { method, headers, body: undefined })
    expect([method, answer.status]).toEqual([method, 405])
  }
})

describe('a question that only another body may ask is denied, and nothing is recorded', () => {
  test.each<[string, unknown]>([
    ['subject.type', 'user'],
    ['action.name', 'can_read'],
    ['resource.type', 'record'],
  ])('%s %j', async (member, value) => {
    const answer = await send(questionWith(member, value))
    expect(answer.status).toBe(200)
    expect(json(answer)).toMatchObject({
      decision: false,
      context: { reason_codes: ['MALFORMED'], permitted_categories: [] },
    })
    expect(await counts(stage, written)).toEqual(before)
  })

  test('the example question of the standard is answered', async () => {
    const answer = await send({
      subject: { type: 'user', id: 'alice@acmecorp.com' },
      resource: { type: 'account', id: '123' },
      action: { name: 'can_read', properties: { method: 'GET' } },
      context: { time: '1985-10-26T01:22-07:00' },
    })
    expect([answer.status, json(answer)['decision']]).toEqual([200, false])
  })
})

describe('optional parts of the standard', () => {
  test('unknown members are ignored at every level', async () => {
    const answer = await send({
      ...questionWith('resource.properties.more', { __proto__: { decision: true } }),
      decision: true,
      options: { evaluations_semantic: 'execute_all' },
    })
    expect(json(answer)).toMatchObject({ decision: true })
  })

  test.each([
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'Application/JSON',
  ])('the content type %j is accepted', async (type) => {
    expect((await send(evaluation(sub), { 'content-type': type })).status).toBe(200)
  })
})

test.each([
  ['the caller’s own', 'bfe9eb29-ab87-4ca3-be83-a1d5d8305716', true],
  ['with every sign allowed', 'A.b:c_d-9', true],
  ['of 256 characters', 'r'.repeat(256), true],
  ['of 257', 'r'.repeat(257), false],
  ['with a space', 'a b', false],
  ['with brackets', 'a<b>', true],
])('an X-Request-ID %s', async (_, number, isEchoed) => {
  const headers = { 'x-request-id': number }
  const bad = stage.revenue.api(path, token, {}, { headers })
  const nobody = stage.revenue.api(path, 'a'.repeat(43), {}, { headers })
  for (const answer of await Promise.all([
    send(evaluation(sub, { categories: ['cat_personnes-a-charge'] }), headers),
    bad,
    nobody,
  ])) {
    const given = answer.headers['x-request-id']
    if (isEchoed) expect(given).toBe(number)
    else expect(given).toMatch(/^[\da-f]{8}-[\da-f-]{27}$/)
  }
})

test('the metadata name exactly the endpoints that exist', async () => {
  const target = new URL('/.well-known/authzen-configuration', issuer)
  const headers = { host: target.host }
  const answer = await exchange(stage.ports[0] ?? 0, target, {
    method: 'GET',
    headers,
    body: undefined,
  })
  expect(json(answer)).toEqual({
    policy_decision_point: issuer,
    access_evaluation_endpoint: `${issuer}${path}`,
    access_evaluations_endpoint: `${issuer}${path}s`,
    search_subject_endpoint: `${issuer}/access/v1/search/subject`,
    search_resource_endpoint: `${issuer}/access/v1/search/resource`,
    search_action_endpoint: `${issuer}/access/v1/search/action`,
    supported_obligations: ['custom'],
    presented_call: true,
    signed_metadata: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as unknown,
  })
})

test('no process logged an error during these tests', () => {
  expect(stage.output()).toBe('')
})
