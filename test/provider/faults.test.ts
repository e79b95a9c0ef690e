import * as jose from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer } from '../support/browser.ts'
import { makeBrowser } from '../support/browser.ts'
import type { Broker } from '../support/broker.ts'
import { callbackOf, codeOf, issuer, signUp, startBroker } from '../support/broker.ts'
import type { Service, TokenChange } from '../support/service.ts'
import { json, sha256 } from '../support/service.ts'
import { anchorOf, listedProblems } from '../../src/api/openapi/index.ts'
import { errorUriParams } from '../../src/provider/faults/error-uri.ts'
import { listedFaults } from '../../src/provider/faults/error-codes.ts'

// The mistakes that developers make most, and what the answer says to them.

let broker: Broker
let library: Service

beforeAll(async () => {
  broker = await startBroker()
  library = broker.services.library
})

afterAll(() => broker.stop())

type Taught = readonly [status: number, error: string, says: string | RegExp, code: string]

function expectTaught(answer: Answer, [status, error, says, code]: Taught): void {
  expect(answer.status).toBe(status)
  expect(json(answer)).toEqual({
    error,
    error_description: typeof says === 'string' ? says : expect.stringMatching(says),
    error_uri: `${issuer}/api/errors#${code}`,
  })
}

describe('a client assertion', () => {
  test.each<[string, TokenChange['claims'], string | RegExp, string]>([
    [
      'for a wrong audience',
      { aud: `${issuer}/token` },
      'aud: must be the issuer, as a string',
      'assertion-audience',
    ],
    [
      'that has expired',
      { exp: seconds() - 60 },
      /^exp: is over; clocks may differ by 10 s; here it is \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
      'assertion-expired',
    ],
    [
      'of a clock that is ahead',
      { nbf: seconds() + 90 },
      /^nbf: is in the future; clocks may differ by 10 s; here it is .*Z$/,
      'assertion-clock',
    ],
  ])('%s is answered by what is wrong', async (_, claims, says, code) => {
    const assertion = await library.assertion({ claims: claims ?? {} })
    expectTaught(await library.push({}, { assertion }), [401, 'invalid_client', says, code])
  })

  test('signed with a wrong key is answered by what to compare, and no more', async () => {
    const { privateKey } = await jose.generateKeyPair('ES256')
    const assertion = await library.assertion({ key: privateKey })
    const told: Taught = [
      401,
      'invalid_client',
      'client authentication failed',
      'client-authentication',
    ]
    expectTaught(await library.push({}, { assertion }), told)
    const stranger = await library.assertion({ claims: { iss: 'nobody', sub: 'nobody' } })
    const params = { client_id: 'nobody' }
    expectTaught(await library.push(params, { assertion: stranger }), told)
  })
})

test('an answer without a description leads to the page about its error, and gets no words', () => {
  expect(errorUriParams(issuer, { error: 'request_not_supported', state: 's' })).toEqual({
    error: 'request_not_supported',
    state: 's',
    error_uri: `${issuer}/api/errors#request-object-unregistered`,
  })
})

describe('a request whose service is not named in a form that is read', () => {
  const named = 'client_assertion_type'
  const jwt = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
  const elsewhere = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm90aGVyIn0.AA'
  test.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, string>>, string]>([
    ['nothing', {}, {}, 'client_id: is missing, and no client_assertion names the service'],
    [
      'two services',
      { client_id: 'library', client_assertion: elsewhere, [named]: jwt },
      {},
      'client_id: is another one than in the client_assertion or the Authorization header',
    ],
    [
      'an assertion that is no JWT',
      { client_assertion: 'AA', [named]: jwt },
      {},
      'client_assertion: is no JWT (RFC 7523)',
    ],
    [
      'an assertion without its type',
      { client_assertion: elsewhere },
      {},
      `client_assertion_type: must be ${jwt}`,
    ],
    [
      'a token in the place of Basic',
      {},
      { authorization: 'Bearer AA' },
      'Authorization: must be Basic with client_id and client_secret (RFC 6749, section 2.3.1)',
    ],
    [
      'two ways at once',
      { client_assertion: elsewhere, [named]: jwt, client_secret: 'AA' },
      {},
      'client authentication: was sent in more than one way',
    ],
  ])('%s is answered by what is wrong', async (_, params, headers, says) => {
    const form = { grant_type: 'authorization_code', ...params }
    const answer = await makeBrowser(broker).post('/token', form, { headers })
    expectTaught(answer, [400, 'invalid_request', says, 'authentication-form'])
  })
})

describe('a pushed request', () => {
  test.each<
    [string, Readonly<Record<string, string | undefined>>, string, string | RegExp, string]
  >([
    [
      'with a wrong redirect address',
      { redirect_uri: 'https://library.test/cb/' },
      'invalid_request',
      'redirect_uri: must be one of the registered, letter by letter: https://library.test/cb',
      'redirect-uri',
    ],
    [
      'without PKCE',
      { code_challenge: undefined, code_challenge_method: undefined },
      'invalid_request',
      'code_challenge: is missing; PKCE with code_challenge_method=S256 is required (RFC 7636)',
      'pkce',
    ],
    [
      'with PKCE of another method',
      { code_challenge_method: 'plain' },
      'invalid_request',
      'code_challenge_method: must be S256',
      'pkce',
    ],
    [
      'for a wrong resource',
      { resource: 'https://holder.test/api' },
      'invalid_target',
      'resource: is no API of the register that this service may have a token for',
      'resource-unknown',
    ],
  ])('%s is answered by what is wrong', async (_, params, error, says, code) => {
    expectTaught(await library.push(params), [400, error, says, code])
  })
})

test('a request that was not pushed comes back with what to do', async () => {
  const query = new URLSearchParams({
    client_id: 'library',
    response_type: 'code',
    redirect_uri: library.redirectUri,
    scope: 'openid',
    state: 'a b',
    code_challenge: sha256('verifier'),
    code_challenge_method: 'S256',
  })
  const callback = callbackOf(await makeBrowser(broker).get(`/auth?${query.toString()}`))
  expect(callback.origin + callback.pathname).toBe(library.redirectUri)
  expect(Object.fromEntries(callback.searchParams)).toEqual({
    error: 'invalid_request',
    error_description: 'request_uri: is missing; push the request to /request first (RFC 9126)',
    error_uri: `${issuer}/api/errors#not-pushed`,
    state: 'a b',
    iss: issuer,
  })
})

test('a code without a proof is answered by what is missing, and the code still counts', async () => {
  const { callback, errand } = await signUp(broker, library)
  const sent = {
    grant_type: 'authorization_code',
    code: codeOf(callback),
    code_verifier: errand.verifier,
    redirect_uri: library.redirectUri,
  }
  expectTaught(await library.call('/token', sent), [
    400,
    'invalid_dpop_proof',
    'DPoP: the header with a proof is missing (RFC 9449)',
    'proof-missing',
  ])
  const tokens = await library.redeem(codeOf(callback), errand)
  expect(tokens.status).toBe(200)
  expect(json(tokens)['error_uri']).toBeUndefined()
})

test('a person who meets a service’s mistake sees a page, with a link for its developers', async () => {
  const query = new URLSearchParams({ client_id: 'library', redirect_uri: 'https://evil.test/cb' })
  const answer = await makeBrowser(broker).get(`/auth?${query.toString()}`)
  expect([answer.status, answer.body]).toEqual([
    400,
    expect.stringContaining('href="/api/errors#redirect-uri"'),
  ])
})

test('the page has each code, once', async () => {
  const { status, body } = await makeBrowser(broker).get('/api/errors')
  expect(status).toBe(200)
  const shown = [...body.matchAll(/<h2 id="([^"]+)"/g)].map(([, code]) => code)
  const problems = listedProblems.map(([code]) => anchorOf(code))
  expect(shown).toEqual([...listedFaults.map(([code]) => code), ...problems])
})

function seconds(): number {
  return Math.floor(Date.now() / 1000)
}
