import { exportJWK, generateKeyPair } from 'jose'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Agency, dependants, income, openAgency, situation } from './agency.ts'
import {
  type Answer,
  answered,
  dies,
  disclosures,
  evaluation,
  hangs,
  onlyFirst,
} from './stand-in-apis.ts'
import type { StandIn } from './stand-in-issuer.ts'

let agency: Agency
let issuer: StandIn

beforeEach(async () => {
  agency = await openAgency()
  issuer = agency.issuer
})

afterEach(() => agency.close())

test('the notice is sent, and its report after it', async () => {
  const response = await agency.caller.call()
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toContain('application/json')
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(await response.json()).toEqual({
    year: 2025,
    revenu_net: 18_240,
    situation_familiale: 'celibataire',
    personnes_a_charge: 1,
  })
  const [report] = await issuer.arrivals(disclosures, 1)
  const [question] = await issuer.arrivals(evaluation, 1)
  expect(report?.headers['idempotency-key']).toBe(`dec_${question?.body.context.request_id}`)
  expect(report?.body).toEqual({
    decision_token: expect.stringMatching(/^ey/),
    status: 'recorded',
    occurred_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    categories: [income, situation, dependants],
    record_count: 1,
    result: 'found',
  })
})

test('the broker is asked each time about person, recipient, purpose and data', async () => {
  await agency.caller.call()
  await agency.caller.call()
  const [first, second] = await issuer.arrivals(evaluation, 2)
  expect(first?.body).toEqual({
    subject: {
      type: 'organization',
      id: 'org_aide-etudes',
      properties: { client_id: 'aide-etudes' },
    },
    action: { name: 'disclose', properties: { purpose: 'pur_calcul-aide@2', delivery: 'pull' } },
    resource: {
      type: 'dataset',
      id: 'dst_avis-cotisation@3',
      properties: {
        categories: [income, situation, dependants],
        data_subject: { format: 'iss_sub', iss: issuer.issuer, sub: 'marie' },
      },
    },
    context: {
      request_id: expect.stringMatching(/^[\da-f-]{36}$/),
      agreement: 'agr_2026-001@3',
      supported_obligations: ['custom'],
    },
  })
  expect(second?.body.context.request_id).not.toBe(first?.body.context.request_id)
})

test('only granted categories are sent and reported', async () => {
  agency.sayOfToken({ authorization_details: [agency.ours({ datatypes: [income] })] })
  expect(await (await agency.caller.call()).json()).toEqual({ year: 2025, revenu_net: 18_240 })
  const [report] = await issuer.arrivals(disclosures, 1)
  expect(report?.body).toMatchObject({ categories: [income] })
})

test('only categories that the decision permits are sent, even if more were granted', async () => {
  const permitted = [situation]
  issuer.changePermits({
    context: { permitted_categories: permitted },
    claims: { categories: permitted },
  })
  expect(await (await agency.caller.call()).json()).toEqual({
    year: 2025,
    situation_familiale: 'celibataire',
  })
})

test('for a person without a notice nothing is sent, and the report says so', async () => {
  agency.sayOfToken({ sub: 'paul' })
  const response = await agency.caller.call()
  expect(response.status).toBe(404)
  expect(await response.json()).toMatchObject({ code: 'notice.not-found' })
  const [report] = await issuer.arrivals(disclosures, 1)
  expect(report?.body).toMatchObject({
    status: 'nil',
    categories: [],
    record_count: 0,
    result: 'not_found',
  })
})

test('a proof is accepted once', async () => {
  const proof = { jti: 'once' }
  expect((await agency.caller.call({ proof })).status).toBe(200)
  const again = await agency.caller.call({ proof })
  expect(again.headers.get('www-authenticate')).toContain('invalid_dpop_proof')
  expect(again.status).toBe(401)
})

// As the broker gives it: each item of a token that this body holds something of has a name of this introspection.
const other = { identifier: 'dst_residence-fiscale@1', inquiry: 'of another dataset' }

function bothNamed(): void {
  const details = [agency.ours({ inquiry: 'of the notice' }), agency.ours(other)]
  agency.sayOfToken({ authorization_details: details })
}

/** @returns what was said, each by itself and so in any order, sorted by the introspection's name; a report has none and stands last */
async function excusesOf(count: number): Promise<unknown[]> {
  const said = await issuer.arrivals(disclosures, count)
  const bodies = said.map(({ body }) => body)
  return bodies.toSorted((one, other) => (nameIn(one) < nameIn(other) ? -1 : 1))
}

function nameIn(body: { inquiry?: string }): string {
  return body.inquiry ?? '~'
}

test('after an introspection with a bad proof it says why it does not ask, and sends nothing', async () => {
  bothNamed()
  expect((await agency.caller.call({ proof: { ath: 'wrong' } })).status).toBe(401)
  expect(await excusesOf(2)).toEqual([
    { status: 'none', inquiry: 'of another dataset', why: 'proof_refused' },
    { status: 'none', inquiry: 'of the notice', why: 'proof_refused' },
  ])
  expect(issuer.received.filter(({ path }) => path === evaluation)).toEqual([])
})

test('a token that is not bound to a key is excused like a bad proof', async () => {
  const details = [agency.ours({ inquiry: 'of the notice' })]
  agency.sayOfToken({ token_type: 'Bearer', authorization_details: details })
  expect((await agency.caller.call()).status).toBe(401)
  expect(await excusesOf(1)).toEqual([
    { status: 'none', inquiry: 'of the notice', why: 'proof_refused' },
  ])
})

test('what else a token is for is excused as another matter, and what is decided is not excused', async () => {
  bothNamed()
  expect((await agency.caller.call()).status).toBe(200)
  const [excuse, report] = await excusesOf(2)
  expect(excuse).toEqual({ status: 'none', inquiry: 'of another dataset', why: 'other_route' })
  expect(report).toMatchObject({ status: 'recorded' })
})

test('where the broker gives no decision, it says that it asked in vain', async () => {
  agency.sayOfToken({ authorization_details: [agency.ours({ inquiry: 'of the notice' })] })
  issuer.takeOver(evaluation, answered(503, {}))
  expect((await agency.caller.call()).status).toBe(503)
  expect(await excusesOf(1)).toEqual([
    { status: 'none', inquiry: 'of the notice', why: 'no_answer' },
  ])
})

test('a permit without obligations is a permit', async () => {
  issuer.changePermits({ context: { obligations: undefined } })
  expect((await agency.caller.call()).status).toBe(200)
})

test.each([
  { what: 'dies', answer: dies },
  { what: 'dies in the middle of its answer', answer: diesHalfWay },
  { what: 'stops in the middle of its answer', answer: stopsHalfWay },
  { what: 'is overloaded', answer: answered(503, {}) },
  { what: 'has been asked too often', answer: answered(429, {}) },
])('a broker that $what is asked once more with the same question', async ({ answer }) => {
  issuer.takeOver(evaluation, onlyFirst(answer))
  expect((await agency.caller.call()).status).toBe(200)
  const [one, two] = await issuer.arrivals(evaluation, 2)
  expect(two?.body).toEqual(one?.body)
})

test.each([
  { what: 'stays away', answer: dies },
  { what: 'stays overloaded', answer: answered(503, {}) },
  { what: 'says nothing', answer: hangs },
])('a broker that $what is asked twice, and then nothing is sent', async ({ answer }) => {
  issuer.takeOver(evaluation, answer)
  const response = await agency.caller.call()
  expect(response.headers.get('retry-after')).toBe('10')
  await agency.expectNothing(response, 503)
  expect(issuer.received.filter(({ path }) => path === evaluation)).toHaveLength(2)
})

test.each([
  { what: 'dies', answer: dies },
  { what: 'says nothing', answer: hangs },
  { what: 'has no keys', answer: answered(200, { keys: [] }) },
])(
  'if the broker $what after its permit and before its key is read, nothing is sent',
  async ({ answer }) => {
    issuer.takeOver('/keys', answer)
    await agency.expectNothing(await agency.caller.call(), 503)
  },
)

test('if the broker goes down after its permit, the report waits until it is back', async () => {
  await agency.caller.call()
  await issuer.arrivals(disclosures, 1)
  issuer.takeOver(evaluation, (_request, response, goOn) => {
    response.once('finish', () => issuer.takeOver(disclosures, dies))
    goOn()
  })
  expect((await agency.caller.call()).status).toBe(200)
  const [, failed] = await issuer.arrivals(disclosures, 2)
  issuer.takeOver(disclosures, undefined)
  const [, , again] = await issuer.arrivals(disclosures, 3)
  expect(again?.body).toEqual(failed?.body)
  expect(again?.headers['idempotency-key']).toBe(failed?.headers['idempotency-key'])
})

test('a broker that comes back gets the waiting report, with a new token', async () => {
  await agency.caller.call()
  await issuer.arrivals(disclosures, 1)
  issuer.takeOver(disclosures, hangs)
  const response = await agency.caller.call()
  const [, failed] = await issuer.arrivals(disclosures, 2)
  const another = await agency.replaceIssuer()
  const [again] = await another.arrivals(disclosures, 1)
  expect(response.status).toBe(200)
  expect(again?.headers['idempotency-key']).toBe(failed?.headers['idempotency-key'])
})

test('the answer does not wait for its report', async () => {
  issuer.takeOver(disclosures, hangs)
  expect((await agency.caller.call()).status).toBe(200)
  await issuer.arrivals(disclosures, 1)
})

test('the tokens of this service are kept, one for each right', async () => {
  const count = countTokenRequests()
  await agency.caller.call()
  await issuer.arrivals(disclosures, 1)
  const before = count()
  await agency.caller.call()
  await issuer.arrivals(disclosures, 2)
  expect(count()).toBe(before)
})

test('a token that is nearly over is renewed before it is used', async () => {
  issuer.person.ownTokenSeconds = 29
  const count = countTokenRequests()
  await agency.caller.call()
  await issuer.arrivals(disclosures, 1)
  const before = count()
  expect((await agency.caller.call()).status).toBe(200)
  expect(count()).toBeGreaterThan(before)
})

const challenges = [
  { what: 'and says why', challenge: { 'www-authenticate': 'DPoP error="invalid_token"' } },
  { what: 'and says nothing', challenge: {} },
]

test.each(challenges)(
  'if the broker refuses the token $what, a new token is used',
  async ({ challenge }) => {
    await agency.caller.call()
    await issuer.arrivals(disclosures, 1)
    const count = countTokenRequests()
    issuer.takeOver(evaluation, onlyFirst(refuses(challenge)))
    expect((await agency.caller.call()).status).toBe(200)
    expect(count()).toBeGreaterThan(0)
  },
)

test.each(challenges)(
  'a broker that refuses every token $what is not asked again',
  async ({ challenge }) => {
    issuer.takeOver(evaluation, refuses(challenge))
    await agency.expectNothing(await agency.caller.call(), 503)
    expect(issuer.received).toHaveLength(2)
  },
)

test('a permit signed with a published key of another kind is refused: decisions use ES256 only', async () => {
  const { privateKey, publicKey } = await generateKeyPair('Ed25519')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'edwards', alg: 'Ed25519' }
  issuer.takeOver('/keys', answered(200, { keys: [jwk] }))
  issuer.changePermits({ key: privateKey, header: { alg: 'Ed25519', kid: 'edwards' } })
  await agency.expectNothing(await agency.caller.call(), 503)
})

test('if the broker gives the service no token, nothing is sent', async () => {
  issuer.takeOver('/token', answered(400, { error: 'invalid_client' }))
  await agency.expectNothing(await agency.caller.call(), 503)
})

function countTokenRequests(): () => number {
  let count = 0
  issuer.takeOver('/token', (_request, _response, goOn) => {
    count++
    goOn()
  })
  return () => count
}

function refuses(challenge: Record<string, string>): Answer {
  return (_request, response) => void response.writeHead(401, challenge).end()
}

function stopsHalfWay(...[, response]: Parameters<Answer>): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 500 })
  response.write('{"decision":true,')
}

function diesHalfWay(...[, response]: Parameters<Answer>): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 500 })
  response.write('{"decision":true,', () => response.destroy())
}
