import { generateKeyPair } from 'jose'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Agency, income, introspection, openAgency } from './agency.ts'
import { type Answer, answered, dies, evaluation, reportObligation } from './stand-in-apis.ts'
import type { StandIn } from './stand-in-issuer.ts'

// One agency for all: nothing is ever sent here, so that no test meets another one's report.
let agency: Agency
let issuer: StandIn

beforeAll(async () => {
  agency = await openAgency()
  issuer = agency.issuer
})

afterEach(() => {
  issuer.takeOver(evaluation, undefined)
  issuer.changePermits({})
  issuer.received.length = 0
  agency.sayOfToken({})
})

afterAll(() => agency.close())

test.each([
  { what: 'no token', headers: { authorization: '' }, challenge: 'DPoP algs="ES256"' },
  {
    what: 'a token without a key',
    headers: { authorization: 'Bearer an-access-token' },
    challenge: 'DPoP algs="ES256"',
  },
  {
    what: 'no proof',
    headers: { dpop: '' },
    challenge: 'DPoP error="invalid_dpop_proof", algs="ES256"',
  },
])('$what: the answer says what is needed', async ({ headers, challenge }) => {
  const response = await agency.caller.call({ headers })
  expect(response.headers.get('www-authenticate')).toBe(challenge)
  await agency.expectNothing(response, 401)
})

test.each([
  { what: 'for another method', proof: { htm: 'POST' } },
  { what: 'for another address', proof: { htu: 'http://localhost:3002/api/avis/2024' } },
  { what: 'for another token', proof: { ath: 'x' } },
  { what: 'of yesterday', proof: { iat: 1 } },
])('a proof $what is refused', async ({ proof }) => {
  await agency.expectNothing(await agency.caller.call({ proof }), 401)
})

test('a proof of another key is refused', async () => {
  agency.sayOfToken({ cnf: { jkt: 'x'.repeat(43) } })
  await agency.expectNothing(await agency.caller.call(), 401)
})

test.each([
  { what: 'is over or stopped', said: { active: false } },
  { what: 'is for another API', said: { aud: 'https://elsewhere.test/api' } },
  { what: 'is for several APIs', said: { aud: ['https://elsewhere.test/api'] } },
  { what: 'is for no API', said: { aud: undefined } },
  { what: 'is bound to no key', said: { cnf: undefined } },
  { what: 'is bound to a certificate', said: { cnf: { 'x5t#S256': 'x' } } },
  { what: 'is a bearer token', said: { token_type: 'Bearer' } },
  { what: 'is about nobody', said: { sub: undefined } },
  { what: 'is nobody’s', said: { client_id: undefined } },
])('a token that $what is refused', async ({ said }) => {
  agency.sayOfToken(said)
  const response = await agency.caller.call()
  expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"')
  await agency.expectNothing(response, 401)
  expect(issuer.received).toEqual([])
})

test.each([
  { what: 'no details', details: () => undefined },
  { what: 'details that are no list', details: () => agency.ours() },
  { what: 'an empty list', details: () => [] },
  { what: 'another type', details: () => [agency.ours({ type: 'https://elsewhere.test/type' })] },
  { what: 'another holder', details: () => [agency.ours({ holder: 'org_autre' })] },
  {
    what: 'another dataset',
    details: () => [agency.ours({ identifier: 'dst_avis-cotisation-2@3' })],
  },
  { what: 'no dataset', details: () => [agency.ours({ identifier: undefined })] },
  { what: 'no recipient', details: () => [agency.ours({ recipient: undefined })] },
  { what: 'no purpose', details: () => [agency.ours({ purpose: undefined })] },
  { what: 'no agreement', details: () => [agency.ours({ agreement: undefined })] },
  { what: 'no categories', details: () => [agency.ours({ datatypes: undefined })] },
  { what: 'an empty list of categories', details: () => [agency.ours({ datatypes: [] })] },
  { what: 'categories that are no texts', details: () => [agency.ours({ datatypes: [1] })] },
  {
    what: 'two communications',
    details: () => [agency.ours(), agency.ours({ purpose: 'pur_autre@1' })],
  },
])('a token with $what gives nothing here', async ({ details }) => {
  agency.sayOfToken({ authorization_details: details() })
  const response = await agency.caller.call()
  expect(await response.clone().json()).toMatchObject({ code: 'disclosure.not-covered' })
  await agency.expectNothing(response, 403)
  expect(issuer.received).toEqual([])
})

test('a deny of the broker is obeyed, and its reason is passed on to the person', async () => {
  issuer.person.stop()
  const response = await agency.caller.call()
  issuer.person.answersTo('consent')
  expect(await response.clone().json()).toEqual({
    type: 'about:blank',
    title: 'This may not be disclosed.',
    status: 403,
    code: 'disclosure.denied',
    reason_user: {
      fr: 'La personne a retiré son consentement.',
      en: 'The person withdrew consent.',
    },
  })
  await agency.expectNothing(response, 403)
})

test.each([
  { what: 'no reason', context: {} },
  { what: 'a reason that is no text', context: { reason_user: { fr: 1, en: 2 } } },
  { what: 'no context', context: undefined },
])('a deny with $what is obeyed', async ({ context }) => {
  issuer.takeOver(evaluation, answered(200, { decision: false, context }))
  const response = await agency.caller.call()
  expect(await response.clone().json()).not.toHaveProperty('reason_user')
  await agency.expectNothing(response, 403)
})

test.each([
  { what: 'an error', answer: answered(500, { decision: true }) },
  { what: 'a redirect', answer: redirected },
  { what: 'an empty answer', answer: answered(200, '') },
  { what: 'half an answer', answer: answered(200, '{"decision":true,"context":{') },
  { what: 'a list', answer: answered(200, [{ decision: true }]) },
  { what: 'null', answer: answered(200, 'null') },
  { what: 'no decision', answer: answered(200, { context: {} }) },
  { what: 'a permit with status 201', answer: withStatus(201) },
])('$what as a decision is refused', async ({ answer }) => {
  issuer.takeOver(evaluation, answer)
  await agency.expectNothing(await agency.caller.call(), 503)
  expect(await issuer.arrivals(evaluation, 1)).toHaveLength(issuer.received.length)
})

test.each([
  { what: 'is the word true', change: { answer: { decision: 'true' } } },
  { what: 'is 1', change: { answer: { decision: 1 } } },
  { what: 'has no context', change: { answer: { context: undefined } } },
  { what: 'has no id', change: { context: { decision_id: undefined } } },
  {
    what: 'has no id, nor its signature',
    change: { context: { decision_id: undefined }, claims: { decision_id: undefined } },
  },
  { what: 'has no signature', change: { context: { decision_token: undefined } } },
  { what: 'has a signature that is none', change: { context: { decision_token: 'a.b.c' } } },
  { what: 'names no categories', change: { context: { permitted_categories: undefined } } },
  {
    what: 'is wider than what was asked',
    change: {
      context: { permitted_categories: [income, 'cat_employeur'] },
      claims: { categories: [income, 'cat_employeur'] },
    },
  },
  { what: 'is wider than its signature', change: { claims: { categories: [income] } } },
  {
    what: 'is narrower than its signature',
    change: { context: { permitted_categories: [income] } },
  },
  {
    what: 'is signed for other categories',
    change: { claims: { categories: [income, income, income] } },
  },
  { what: 'is signed for no categories', change: { claims: { categories: undefined } } },
  { what: 'has another id than its signature', change: { claims: { decision_id: 'dec_2' } } },
  { what: 'is signed for another recipient', change: { claims: { recipient: 'org_autre' } } },
  { what: 'is signed by another issuer', change: { claims: { iss: 'https://elsewhere.test' } } },
  { what: 'is signed for another holder', change: { claims: { aud: 'org_autre' } } },
  { what: 'is over', change: { claims: { exp: Math.floor(Date.now() / 1000) - 6 } } },
  { what: 'has no end', change: { claims: { exp: undefined } } },
  { what: 'is signed as something else', change: { header: { typ: 'JWT' } } },
  { what: 'is signed with a key that nobody published', change: { header: { kid: 'other' } } },
])('a permit that $what is refused', async ({ change }) => {
  issuer.changePermits(change)
  await agency.expectNothing(await agency.caller.call(), 503)
})

test('a permit signed with another key under the broker’s key id is refused', async () => {
  const { privateKey } = await generateKeyPair('ES256')
  issuer.changePermits({ key: privateKey })
  await agency.expectNothing(await agency.caller.call(), 503)
})

test.each([
  { what: 'of another kind', obligations: () => [{ ...known(), type: 'step-up' }] },
  { what: 'without properties', obligations: () => [{ id: 'o1', type: 'custom' }] },
  { what: 'of another vendor', obligations: () => [changed({ vendor: 'elsewhere' })] },
  { what: 'to do something else', obligations: () => [changed({ action: 'encrypt' })] },
  {
    what: 'to report elsewhere',
    obligations: () => [changed({ endpoint: 'https://elsewhere.test/disclosures' })],
  },
  {
    what: 'that is unknown beside a known one',
    obligations: () => [known(), changed({ action: 'x' })],
  },
  { what: 'that is no object', obligations: () => ['report_disclosure'] },
  { what: 'that is null', obligations: () => [null] },
  { what: 'in no list', obligations: () => known() },
])(
  'a permit with an obligation $what is refused, because it cannot be carried out',
  async ({ obligations }) => {
    issuer.changePermits({ context: { obligations: obligations() } })
    await agency.expectNothing(await agency.caller.call(), 403)
  },
)

test.each([
  { what: 'dies', answer: dies },
  { what: 'breaks', answer: answered(500, {}) },
  { what: 'says nothing that can be used', answer: answered(200, { active: 'true' }) },
])('if the broker $what at the introspection, nothing is sent', async ({ answer }) => {
  issuer.takeOver(introspection, answer)
  await agency.expectNothing(await agency.caller.call(), 503)
})

test.each([
  { method: 'GET', path: '/api/avis/2024', status: 404 },
  { method: 'GET', path: '/api/avis', status: 404 },
  { method: 'GET', path: '/api/', status: 404 },
  { method: 'POST', path: '/api/avis/2025', status: 404 },
  { method: 'HEAD', path: '/api/avis/2025', status: 405 },
])('$method $path is not answered with a notice', async ({ method, path, status }) => {
  await agency.expectNothing(await agency.caller.call({ method, path }), status)
})

function known() {
  return reportObligation(issuer.issuer)
}

function changed(properties: object): object {
  return { ...known(), properties: { ...known().properties, ...properties } }
}

function redirected(...[, response]: Parameters<Answer>): void {
  response.writeHead(307, { location: `${issuer.issuer}${evaluation}` }).end()
}

function withStatus(status: number): Answer {
  return (_request, response, goOn) => {
    const { writeHead } = response
    response.writeHead = () => writeHead.call(response, status)
    goOn()
  }
}
