import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readByPublishedKeys } from '../../../src/base/keys/jws.ts'
import type { PublishedKeys } from '../../../src/base/keys/jws.ts'
import type { Answer } from '../../support/browser.ts'
import { issuer } from '../../support/broker.ts'
import type { ConformanceHouse } from '../../support/conformance.ts'
import { startConformance } from '../../support/conformance.ts'
import { json } from '../../support/service.ts'

// What the harness of the AuthZEN Authorization API 1.0 certification asks (openid/authzen,
// certification/authorization-api-1_0-scenario.md), by its numbers, at the identity that holds its data.

type Body = Readonly<Record<string, unknown>>

const base = '/conformance/access/v1'
const [alice, bob] = [
  { type: 'user', id: 'alice' },
  { type: 'user', id: 'bob' },
]
const [first, second] = [
  { type: 'record', id: 'record-1' },
  { type: 'record', id: 'record-2' },
]
const [read, write] = [{ name: 'read' }, { name: 'write' }]
const admin = { ...bob, properties: { role: 'admin' } }
const active = { ...first, properties: { status: 'active' } }
const archived = { ...second, properties: { status: 'archived' } }
const whole = { subject: alice, action: read, resource: first }

let house: ConformanceHouse
beforeAll(async () => {
  house = await startConformance()
})
afterAll(() => house.stop())

function evaluate(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return house.post(`${base}/evaluation`, body, headers)
}

async function batch(body: unknown): Promise<unknown[]> {
  const answer = await house.post(`${base}/evaluations`, body)
  expect([answer.status, Object.keys(json(answer))]).toEqual([200, ['evaluations']])
  return (json(answer)['evaluations'] as Body[]).map(({ decision }) => decision)
}

async function search(kind: string, body: unknown): Promise<Body> {
  const answer = await house.post(`${base}/search/${kind}`, body)
  expect([answer.status, answer.headers['content-type']]).toEqual([
    200,
    'application/json; charset=utf-8',
  ])
  return json(answer)
}

describe('basic', () => {
  test.each<[string, Body, boolean]>([
    ['2.2.1, rule 1', whole, true],
    ['rule 2', { ...whole, action: write }, true],
    ['rule 3', { ...whole, subject: bob }, true],
    ['2.2.2, rule 4', { ...whole, subject: bob, action: write }, false],
    ['2.2.3', { ...whole, context: { time: '2025-06-27T18:03-07:00', ip: '192.168.1.1' } }, true],
    ['2.2.4, rule 5', { subject: alice, action: write, resource: archived }, false],
    ['2.2.5, rule 6', { subject: admin, action: write, resource: archived }, true],
    ['2.2.6, rule 7', { ...whole, action: { name: 'delete', properties: { soft: true } } }, true],
    ['2.2.7, rule 8', { ...whole, action: { name: 'delete', properties: { soft: false } } }, false],
    [
      '2.2.8',
      {
        subject: { ...alice, properties: { department: 'Sales', role: 'manager' } },
        action: { ...read, properties: { method: 'GET' } },
        resource: { ...first, properties: { status: 'active', owner: 'bob' } },
      },
      true,
    ],
    ['2.2.9', { ...whole, foo: 'bar', futureField: { nested: true } }, true],
    ['anything else', { ...whole, action: { name: 'delete' } }, false],
    ['anybody else', { ...whole, subject: { type: 'user', id: 'carol' } }, false],
    ['alice of another type', { ...whole, subject: { type: 'robot', id: 'alice' } }, false],
  ])('%s', async (_, body, decision) => {
    const answer = await evaluate(body)
    expect([answer.status, json(answer)]).toEqual([200, { decision }])
  })

  test.each<[string, unknown]>([
    ['2.4.1 without a subject', { action: read, resource: first }],
    ['2.4.1 without an action', { subject: alice, resource: first }],
    ['2.4.1 without a resource', { subject: alice, action: read }],
    ['2.4.2 a subject without type', { ...whole, subject: { id: 'alice' } }],
    ['2.4.2 a subject without id', { ...whole, subject: { type: 'user' } }],
    ['2.4.2 an action without name', { ...whole, action: {} }],
    ['2.4.2 a resource without type', { ...whole, resource: { id: 'record-1' } }],
    ['2.4.2 a resource without id', { ...whole, resource: { type: 'record' } }],
    ['2.4.4 half of JSON', '{"subject":'],
    ['2.4.5 nothing', ''],
    ['a list', [whole]],
    ['2.4.6 a subject that is text', { ...whole, subject: 'alice' }],
    ['2.4.6 a name that is a number', { ...whole, action: { name: 123 } }],
    ['a context that is text', { ...whole, context: 'now' }],
    ['properties that are a list', { ...whole, subject: { ...alice, properties: [] } }],
  ])('%s is 400', async (_, body) => {
    const answer = await evaluate(body)
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.body)).toEqual(expect.any(String))
  })

  test.each([
    ['type', { ...whole, subject: { type: 't'.repeat(1024), id: 'alice' } }],
    ['subject', { ...whole, subject: { type: 'user', id: 'é'.repeat(1024) } }],
    ['action', { ...whole, action: { name: 'read'.repeat(256) } }],
    ['resource', { ...whole, resource: { type: 'record', id: 'r'.repeat(1024) } }],
  ])('a %s of 1,024 characters is unknown and no error', async (_, body) => {
    const answer = await evaluate(body)
    expect([answer.status, json(answer)]).toEqual([200, { decision: false }])
    const tooLong = { ...whole, subject: { type: 'user', id: 'a'.repeat(1025) } }
    expect((await evaluate(tooLong)).status).toBe(400)
  })

  test('an item’s entity gets its type from the default, and never its identifier', async () => {
    const body = { ...whole, evaluations: [{ resource: { id: 'record-2' } }, { resource: {} }] }
    const answer = await house.post(`${base}/evaluations`, body)
    expect(json(answer)['evaluations']).toMatchObject([
      { decision: true },
      { decision: false, context: { error: { status: 400 } } },
    ])
    // Of its properties nothing is taken either.
    const usual = { ...archived, properties: { ...archived.properties, role: 'admin' } }
    const other = { ...whole, action: write, resource: usual, evaluations: [{ resource: first }] }
    expect(await batch(other)).toEqual([true])
  })

  test.each([
    ['a byte of Latin-1', [0xe9]],
    ['half a character', [0xf0, 0x9f, 0x98]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
  ])('a body that is not UTF-8 is 400: %s', async (_, bytes) => {
    const [before = '', after = ''] = JSON.stringify(whole).split('alice')
    const wrong = Buffer.concat(
      [before, 'alice', Buffer.from(bytes), after].map((part) => Buffer.from(part)),
    )
    expect((await house.post(`${base}/evaluation`, wrong)).status).toBe(400)
    const right = JSON.stringify({ ...whole, context: { place: 'Québec \u{fffd} 😀' } })
    expect(json(await house.post(`${base}/evaluation`, Buffer.from(right)))).toEqual({
      decision: true,
    })
  })

  test.each(['{"__proto__":{"decision":true}}', '{"constructor":{"prototype":{}}}'])(
    'a body with __proto__ is answered with 400: %s',
    async (body) => {
      const named = body.replace('{', `{${JSON.stringify(whole).slice(1, -1)},`)
      expect((await evaluate(named)).status).toBe(400)
    },
  )

  test('2.4.3 another content type is answered with 400, application/json with a charset is accepted', async () => {
    expect((await evaluate(whole, { 'content-type': 'text/plain' })).status).toBe(400)
    const type = 'application/json; charset=utf-8'
    expect((await evaluate(whole, { 'content-type': type })).status).toBe(200)
  })

  test('2.5 a request’s X-Request-ID comes back, and a request without one gets one', async () => {
    for (const number of [crypto.randomUUID(), 'a/b+c==;{"q":1}', '~'.repeat(256)]) {
      const headers = { 'x-request-id': number }
      expect((await evaluate(whole, headers)).headers['x-request-id']).toBe(number)
      expect((await evaluate({}, headers)).headers['x-request-id']).toBe(number)
      const wrong = await house.call('GET', `${base}/evaluation`, headers)
      expect([wrong.status, wrong.headers['x-request-id']]).toEqual([405, number])
    }
    for (const number of ['two words', 'é', '~'.repeat(257)]) {
      const answer = await evaluate(whole, { 'x-request-id': number })
      expect(answer.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/)
    }
    expect((await evaluate(whole)).headers['x-request-id']).toMatch(/^[\da-f-]{36}$/)
  })

  test('2.6 the same question has the same answer', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => evaluate(whole)))
    expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(['{"decision":true}']))
  })

  test.each(['GET', 'PUT', 'PATCH', 'DELETE'])('%s is refused as no question', async (method) => {
    for (const path of ['evaluation', 'evaluations', 'search/subject'])
      expect((await house.call(method, `${base}/${path}`)).status).toBe(405)
  })
})

describe('batch', () => {
  test.each<[string, Body, readonly boolean[]]>([
    [
      '3.2.1',
      { subject: alice, action: read, evaluations: [{ resource: first }, { resource: second }] },
      [true, true],
    ],
    [
      '3.2.2',
      { subject: bob, resource: first, evaluations: [{ action: read }, { action: write }] },
      [true, false],
    ],
    [
      '3.2.3',
      {
        subject: alice,
        action: write,
        evaluations: [{ resource: active }, { resource: archived }],
      },
      [true, false],
    ],
    [
      '3.2.4',
      { action: write, resource: archived, evaluations: [{ subject: alice }, { subject: admin }] },
      [false, true],
    ],
    ['3.2.5', { evaluations: [whole, { ...whole, subject: bob, action: write }] }, [true, false]],
    [
      '3.2.6',
      {
        subject: alice,
        action: read,
        context: { time: '2025-06-27T18:03-07:00' },
        evaluations: [
          { resource: first },
          { resource: second, context: { source: 'batch-override' } },
        ],
      },
      [true, true],
    ],
    [
      '3.2.7',
      {
        subject: alice,
        action: write,
        resource: active,
        evaluations: [{}, { resource: archived }],
      },
      [true, false],
    ],
    [
      '3.4.1',
      { subject: alice, action: read, evaluations: [{ resource: first }, {}] },
      [true, false],
    ],
  ])('%s', async (_, body, decisions) => {
    expect(await batch(body)).toEqual(decisions)
  })

  test.each([{}, { evaluations: [] }])(
    '3.4.2, 3.4.3 a batch with %j is answered as a single question',
    async (more) => {
      const answer = await house.post(`${base}/evaluations`, { ...whole, ...more })
      expect([answer.status, json(answer)]).toEqual([200, { decision: true }])
    },
  )

  test('the answer to a failed item says what is missing', async () => {
    const answer = await house.post(`${base}/evaluations`, {
      ...whole,
      resource: undefined,
      evaluations: [{}],
    })
    expect(json(answer)).toEqual({
      evaluations: [
        {
          decision: false,
          context: {
            error: { status: 400, message: expect.stringMatching(/^resource/) as unknown },
          },
        },
      ],
    })
  })

  test('an unknown evaluation semantic is answered with 400', async () => {
    const body = { evaluations: [whole], options: { evaluations_semantic: 'best_effort' } }
    expect((await house.post(`${base}/evaluations`, body)).status).toBe(400)
  })
})

describe('search', () => {
  test.each<[string, string, Body, readonly Body[]]>([
    ['4.2.1', 'subject', { ...whole, subject: { type: 'user' } }, [alice, bob]],
    [
      '4.2.2',
      'subject',
      { ...whole, subject: { type: 'user' }, context: { ip: '::1' } },
      [alice, bob],
    ],
    ['an id of what is searched for', 'subject', { ...whole, subject: bob }, [alice, bob]],
    ['4.2.4', 'subject', { subject: { type: 'user' }, action: write, resource: archived }, [bob]],
    ['4.3.1', 'resource', { ...whole, resource: { type: 'record' } }, [first, second]],
    ['an id there', 'resource', { ...whole, resource: second }, [first, second]],
    [
      '4.3.3',
      'resource',
      { subject: admin, action: write, resource: { type: 'record' } },
      [second],
    ],
    ['4.4.1', 'action', { subject: alice, resource: first }, [read, write]],
    ['4.4.2', 'action', { subject: alice, resource: first, context: { a: 1 } }, [read, write]],
    ['4.4.3', 'action', { subject: admin, resource: archived }, [write]],
    ['4.6.1', 'action', { subject: { type: 'user', id: 'nobody' }, resource: first }, []],
    ['4.6.2', 'subject', { ...whole, subject: { type: 'spaceship' } }, []],
    ['an unknown type of resource', 'resource', { ...whole, resource: { type: 'planet' } }, []],
  ])('%s', async (_, kind, body, results) => {
    const page = { next_token: '', count: results.length, total: results.length }
    expect(await search(kind, body)).toEqual({ results, page })
  })

  test('4.5 results come page by page', async () => {
    const body = { ...whole, subject: { type: 'user' } }
    const one = await search('subject', { ...body, page: { limit: 1 } })
    const { next_token: token } = one['page'] as { next_token: string }
    expect([one['results'], token]).toEqual([[alice], expect.stringMatching(/.+/)])
    const two = await search('subject', { ...body, page: { token } })
    expect(two).toMatchObject({ results: [bob], page: { next_token: '' } })
  })

  test.each<[string, string, Body]>([
    ['4.7.1', 'subject', { subject: { type: 'user' }, resource: first }],
    ['4.7.1', 'resource', { action: read, resource: { type: 'record' } }],
    ['4.7.1', 'action', { subject: alice }],
    ['4.7.2', 'subject', { subject: { type: 'user' }, action: read, resource: { type: 'record' } }],
    [
      '4.7.2',
      'resource',
      { subject: { type: 'user' }, action: read, resource: { type: 'record' } },
    ],
    ['without a type', 'subject', { ...whole, subject: {} }],
  ])('%s %s search without a required member is answered with 400', async (_, kind, body) => {
    expect((await house.post(`${base}/search/${kind}`, body)).status).toBe(400)
  })
})

test('6 the metadata name the decision point and are signed with a key of /keys', async () => {
  const answer = await house.get('/.well-known/authzen-configuration/conformance')
  expect([answer.status, answer.headers['content-type']]).toEqual([
    200,
    'application/json; charset=utf-8',
  ])
  const { signed_metadata: signed, ...metadata } = json(answer)
  const url = `${issuer}/conformance`
  expect(metadata).toEqual({
    policy_decision_point: url,
    access_evaluation_endpoint: `${url}/access/v1/evaluation`,
    access_evaluations_endpoint: `${url}/access/v1/evaluations`,
    search_subject_endpoint: `${url}/access/v1/search/subject`,
    search_resource_endpoint: `${url}/access/v1/search/resource`,
    search_action_endpoint: `${url}/access/v1/search/action`,
  })
  const keys = json(await house.get('/keys')) as unknown as PublishedKeys
  const claims = await readByPublishedKeys(keys, 'authzen-configuration+jwt', String(signed))
  expect(claims).toEqual({ iss: url, ...metadata })
  // No other statement of the house passes for it, nor it for another.
  expect(await readByPublishedKeys(keys, 'decision+jwt', String(signed))).toBeUndefined()
})

test('the broker’s own decision point still needs a token', async () => {
  expect((await house.post('/access/v1/evaluation', whole)).status).toBe(401)
  expect((await house.post('/access/v1/search/subject', whole)).status).toBe(401)
})

test('the conformance endpoints have no English address', async () => {
  for (const path of [
    '/en/conformance/access/v1/evaluation',
    '/conformance/access/v1/evaluation/',
    '/Conformance/access/v1/evaluation',
    '/conformance/access/v1',
    '/conformance',
  ])
    expect([path, (await house.post(path, whole)).status]).toEqual([path, 404])
})

test('no process logged an error during these tests', () => {
  expect(house.output()).toBe('')
})

test('without AUTHZEN_CONFORMANCE the endpoints do not exist', async () => {
  const other = await startConformance({})
  try {
    expect((await other.get('/.well-known/authzen-configuration/conformance')).status).toBe(404)
    for (const path of ['evaluation', 'evaluations', 'search/subject'])
      expect((await other.post(`${base}/${path}`, whole)).status).toBe(404)
    expect((await other.get('/.well-known/authzen-configuration')).status).toBe(200)
  } finally {
    await other.stop()
  }
})
