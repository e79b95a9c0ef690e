import { createHmac, hkdfSync } from 'node:crypto'
import * as jose from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openKeys } from '../../src/base/keys/keys.ts'
import type { Answer } from '../support/browser.ts'
import type { Site } from '../support/browser.ts'
import { exchange, formOf, formsOf, makeBrowser } from '../support/browser.ts'
import type { Broker, Person } from '../support/broker.ts'
import {
  callbackOf,
  codeOf,
  issuer,
  signIn,
  signUp,
  signUpByPages,
  startBroker,
} from '../support/broker.ts'
import type { Errand, Params, Service, TokenChange } from '../support/service.ts'
import { idTokenOf, json, makeService, sha256 } from '../support/service.ts'
import { looseSpellings } from '../support/spellings.ts'
import { untyped } from '../support/database.ts'
import { resealArtifacts } from '../support/resealed-access.ts'

// The strict profile (docs/design/security.md#clients), seen from outside.

let broker: Broker
let library: Service
let program: Service
let person: Person

async function makeMore(site: Site): Promise<Service[]> {
  program = await makeService(site, {
    clientId: 'program',
    organisation: 'org_revenue',
    more: { grant_types: ['client_credentials'], response_types: [] },
  })
  return [program]
}

beforeAll(async () => {
  broker = await startBroker(makeMore, undefined, undefined, { LOG_LEVEL: 'info' })
  library = broker.services.library
  person = await signUpByPages(broker, library)
})

afterAll(() => broker.stop())

describe('a pushed request', () => {
  test.each<[string, Params, string]>([
    [
      'no code challenge',
      { code_challenge: undefined, code_challenge_method: undefined },
      'invalid_request',
    ],
    ['a challenge without its method', { code_challenge_method: undefined }, 'invalid_request'],
    ['the method plain', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['a challenge of 42 characters', { code_challenge: 'a'.repeat(42) }, 'invalid_request'],
    ['response type token', { response_type: 'token' }, 'invalid_request'],
    ['response type id_token', { response_type: 'id_token', nonce: 'n' }, 'invalid_request'],
    [
      'response type code id_token',
      { response_type: 'code id_token', nonce: 'n' },
      'invalid_request',
    ],
    ['response type code token', { response_type: 'code token', nonce: 'n' }, 'invalid_request'],
    ['response type none', { response_type: 'none' }, 'unsupported_response_type'],
    ['no response type', { response_type: undefined }, 'invalid_request'],
    ['response mode fragment', { response_mode: 'fragment' }, 'invalid_request'],
    ['response mode form_post', { response_mode: 'form_post' }, 'invalid_request'],
    ['response mode web_message', { response_mode: 'web_message' }, 'unsupported_response_mode'],
    ['no redirect address', { redirect_uri: undefined }, 'invalid_request'],
    ['a request object', { request: 'e30.e30.' }, 'request_not_supported'],
    [
      'a pushed request inside',
      { request_uri: 'urn:ietf:params:oauth:request_uri:x' },
      'request_uri_not_supported',
    ],
    ['an unknown prompt', { prompt: 'none login' }, 'invalid_request'],
    ['a negative age', { max_age: '-1' }, 'invalid_request'],
    ['an age in words', { max_age: 'abc' }, 'invalid_request'],
    ['no scope', { scope: undefined }, 'invalid_scope'],
    ['a scope without openid', { scope: 'profile email' }, 'invalid_scope'],
    ['a scope of characters that none has', { scope: 'openid "x"' }, 'invalid_scope'],
    ['an unknown resource', { resource: 'https://holder.test/api' }, 'invalid_target'],
  ])('with %s is refused', async (_name, params, error) => {
    const answer = await library.push(params)

    expect([answer.status, json(answer)['error']]).toEqual([400, error])
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  test('with an unknown parameter is accepted, without the parameter', async () => {
    const answer = await library.push({ surprise: 'yes', scope: 'openid everything' })
    expect(answer.status).toBe(201)
    // The line of the request says whose it was.
    const id = answer.headers['x-request-id']
    const line = lines().find(({ requestId, msg }) => requestId === id && msg === 'request')
    expect(line).toMatchObject({ serviceId: 'library', status: 201 })
  })

  test('can be used only by the service that pushed it', async () => {
    const { requestUri } = await library.begin()
    const query = new URLSearchParams({ client_id: 'taxes', request_uri: requestUri })

    expectOurPage(await makeBrowser(broker).get(`/auth?${query.toString()}`))
  })

  test('cannot be guessed', async () => {
    const request_uri = `urn:ietf:params:oauth:request_uri:${sha256('guess')}`
    const query = new URLSearchParams({ client_id: 'library', request_uri })

    expectOurPage(await makeBrowser(broker).get(`/auth?${query.toString()}`))
  })

  test('that has expired is refused', async () => {
    const { url } = await library.begin()
    await broker
      .db('oidcArtifacts')
      .where({ model: 'PushedAuthorizationRequest' })
      .update({ expiresAt: past() })
    await resealArtifacts(broker)

    expectOurPage(await makeBrowser(broker).get(url))
  })

  test('that was answered cannot be used again', async () => {
    const { url } = await library.begin()
    callbackOf(await person.browser.follow(url))

    expectOurPage(await person.browser.get(url))
  })

  test('may be opened twice before it is answered', async () => {
    const { url } = await library.begin()
    const browser = makeBrowser(broker)

    expect((await browser.follow(url)).status).toBe(200)
    expect((await browser.follow(url)).status).toBe(200)
  })

  test('takes precedence over parameters in the address', async () => {
    const errand = await library.begin()
    const more = new URLSearchParams({ state: 'other', redirect_uri: 'https://evil.test/cb' })

    const callback = callbackOf(await person.browser.follow(`${errand.url}&${more.toString()}`))

    expect(callback.origin).toBe('https://library.test')
    expect(callback.searchParams.get('state')).toBe(errand.state)
  })
})

describe('the authorization endpoint', () => {
  test('refuses a request that was not pushed', async () => {
    const answer = await makeBrowser(broker).get(`/auth?${plainQuery().toString()}`)

    const { searchParams } = callbackOf(answer)
    expect(Object.fromEntries(searchParams)).toMatchObject({
      error: 'invalid_request',
      iss: issuer,
      state: 'a',
    })
    expect(searchParams.has('code')).toBe(false)
  })

  test('refuses a POST without a pushed request in the same way as a GET', async () => {
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    const { location = '' } = await send('POST', '/auth', type, plainQuery().toString())
    const { searchParams } = callbackOf(await makeBrowser(broker).get(location))
    expect(searchParams.get('error')).toBe('invalid_request')
  })

  test('redirects nobody to an unknown service', async () => {
    const query = plainQuery()
    query.set('client_id', 'unknown')

    expectOurPage(await makeBrowser(broker).get(`/auth?${query.toString()}`))
  })
})

const redirects = [
  'https://library.test/cb/',
  'https://LIBRARY.test/cb',
  'https://library.test/CB',
  'https://library.test:443/cb',
  'https://library.test/cb?x=1',
  'https://library.test/cb?',
  'https://library.test/cb#a',
  'https://library.test/cb#',
  'https://user@library.test/cb',
  'https://library.test@evil.test/cb',
  'https://library.test.evil.test/cb',
  'https://www.library.test/cb',
  'https://library.test/x/../cb',
  'https://library.test/./cb',
  'https://library.test/%63b',
  'https://library.test//cb',
  'http://library.test/cb',
  'https://library.test\\@evil.test/cb',
  'https://library.test/cb\u0000',
  'https://library.test/cb ',
  ' https://library.test/cb',
  'https://library.test/cb\r\nX: y',
  'https://lіbrary.test/cb', // a Cyrillic і
  'https://evil.test/cb',
  'https://taxes.test/cb',
  '//library.test/cb',
  'javascript:alert(1)',
  'data:text/html,x',
  '',
]

describe('a redirect address that is not registered', () => {
  test.each(redirects)('%j is refused at the push', async (redirect_uri) => {
    expect((await library.push({ redirect_uri })).status).toBe(400)
  })

  test.each(redirects)('%j is never redirected to', async (redirect_uri) => {
    const query = new URLSearchParams({
      client_id: 'library',
      response_type: 'code',
      scope: 'openid',
      redirect_uri,
    })

    expectOurPage(await makeBrowser(broker).get(`/auth?${query.toString()}`))
  })
})

describe('a client assertion', () => {
  test.each<[string, () => Readonly<Record<string, unknown>>]>([
    ['for the token endpoint', () => ({ aud: `${issuer}/token` })],
    ['for the endpoint of the push', () => ({ aud: `${issuer}/request` })],
    ['for a list with us in it', () => ({ aud: [issuer] })],
    ['for our address with a slash', () => ({ aud: `${issuer}/` })],
    ['for nobody', () => ({ aud: undefined })],
    ['that lives a year', () => ({ exp: now() + 31_536_000 })],
    ['that lives for ever', () => ({ exp: undefined })],
    ['that is over', () => ({ exp: now() - 60 })],
    ['of the future', () => ({ iat: now() + 120 })],
    ['that begins later', () => ({ nbf: now() + 120 })],
    ['without jti', () => ({ jti: undefined })],
    ['without subject', () => ({ sub: undefined })],
    ['without issuer', () => ({ iss: undefined })],
    ['of someone else', () => ({ iss: 'taxes', sub: 'taxes' })],
    ['about someone else', () => ({ sub: 'taxes' })],
  ])('%s is refused', async (_name, claims) => {
    const assertion = await library.assertion({ claims: claims() })

    expectRefusedClient(await library.push({}, { assertion }))
  })

  test('from a clock eight seconds ahead is accepted', async () => {
    const assertion = await library.assertion({ claims: { iat: now() + 8, nbf: now() + 8 } })

    expect((await library.push({}, { assertion })).status).toBe(201)
  })

  test('signed with another key is refused', async () => {
    const { privateKey } = await jose.generateKeyPair('ES256')
    const embedded = await jose.exportJWK((await jose.generateKeyPair('ES256')).publicKey)

    for (const header of [
      {},
      { jwk: embedded },
      { kid: '../../etc/passwd' },
      { jku: 'https://evil.test' },
    ]) {
      const assertion = await library.assertion({ key: privateKey, header })
      expectRefusedClient(await library.push({}, { assertion }))
    }
  })

  test.each([
    ['none', ''],
    ['None', ''],
    ['HS256', 'hmac'],
    ['ES256', Buffer.alloc(64).toString('base64url')],
  ])('with algorithm %s and a signature that proves nothing is refused', async (alg, signature) => {
    const [, payload = ''] = (await library.assertion()).split('.')
    const header = Buffer.from(JSON.stringify({ alg })).toString('base64url')
    const { keys } = library.registered['jwks'] as { keys: object[] }
    const hmac = createHmac('sha256', JSON.stringify(keys[0])).update(`${header}.${payload}`)
    const end = signature === 'hmac' ? hmac.digest('base64url') : signature

    expectRefusedClient(await library.push({}, { assertion: `${header}.${payload}.${end}` }))
  })

  test.each([7, null, {}])('with a kid that is no text, %j, is refused', async (kid) => {
    const header = { kid: kid as unknown as string }
    expectRefusedClient(await library.push({}, { assertion: await library.assertion({ header }) }))
  })

  test.each(looseSpellings)('in another spelling, with %s, is refused', async (_, respell) => {
    expectRefusedClient(await library.push({}, { assertion: respell(await library.assertion()) }))
  })

  test('is required: no authentication and a client secret are refused', async () => {
    for (const params of [{}, { client_secret: 'x' }, { client_secret: '' }]) {
      const without = { client_assertion: undefined, client_assertion_type: undefined, ...params }
      expectRefusedClient(await library.push(without))
    }
  })
})

const audience = 'aud: must be the issuer, as a string'

describe('the cause of an invalid_client', () => {
  test.each<[string, TokenChange['claims'], string]>([
    ['the token endpoint as audience', { aud: `${issuer}/token` }, audience],
    ['another audience', { aud: 'https://other.test' }, audience],
    ['a list as audience', { aud: [issuer] }, audience],
    ['an end that is past', { exp: now() - 60 }, 'exp: is over; clocks may differ by 10 s'],
    ['an end that is far', { exp: now() + 3600 }, 'exp: must be within 5 minutes'],
    ['a beginning ahead', { nbf: now() + 60 }, 'nbf: is in the future; clocks may differ by 10 s'],
    ['a clock ahead', { iat: now() + 120 }, 'iat: must not be more than a minute ahead'],
    ['no jti', { jti: undefined }, 'jti: is missing'],
  ])('is told to a caller with the client’s key, and logged: %s', async (_, changed, why) => {
    const answer = await program.push(
      {},
      { assertion: await program.assertion({ claims: changed ?? {} }) },
    )
    expect([answer.status, json(answer)]).toMatchObject([
      401,
      { error: 'invalid_client', error_description: expect.stringContaining(why) },
    ])
    await expect.poll(() => causeIn(answer)).toMatchObject({ serviceId: 'program', why })
  })

  test('is told for a used jti, in the same and in the other process', async () => {
    const { archives } = broker.services
    const assertion = await archives.assertion()
    const all = await Promise.all(
      Array.from({ length: 6 }, (__, i) =>
        archives.push({}, { assertion, port: broker.ports[i % 2] ?? 0 }),
      ),
    )
    const refused = all.filter(({ status }) => status !== 201)
    expect(refused).toHaveLength(5)
    for (const answer of refused) {
      expect(json(answer)).toEqual({
        error: 'invalid_client',
        error_description: 'jti: was used before',
        error_uri: `${issuer}/api/errors#assertion-reused`,
      })
      await expect
        .poll(() => causeIn(answer))
        .toMatchObject({ serviceId: 'archives', why: 'jti: was used before' })
    }
  })

  test('is only logged if the signature is wrong', async () => {
    const { taxes } = broker.services
    const { privateKey } = await jose.generateKeyPair('ES256')
    const unsigned = 'client_assertion: is signed with no key of the service'
    for (const [change, why] of [
      [{ key: privateKey }, unsigned],
      [{ key: privateKey, claims: { aud: 'https://other.test' } }, audience],
      [{ key: privateKey, header: { kid: 'unknown' } }, 'kid: no key of the service fits'],
    ] as const) {
      const answer = await taxes.push({}, { assertion: await taxes.assertion(change) })
      expect(json(answer)).toEqual({
        error: 'invalid_client',
        error_description: 'client authentication failed',
        error_uri: `${issuer}/api/errors#client-authentication`,
      })
      await expect.poll(() => causeIn(answer)).toMatchObject({ serviceId: 'taxes', why })
    }
    const stranger = { client_id: 'nobody', iss: 'nobody', sub: 'nobody' }
    const why = 'client_id: is not in the register, or suspended'
    // Where the parameter is missing, the assertion says who it is of.
    for (const client_id of ['nobody', undefined]) {
      const assertion = await taxes.assertion({ claims: stranger })
      const answer = await taxes.push({ client_id }, { assertion })
      expect(json(answer)['error_description']).toBe('client authentication failed')
      await expect.poll(() => causeIn(answer)).toMatchObject({ serviceId: 'unknown', why })
    }
    const [, ...others] = (await taxes.assertion()).split('.')
    const noHeader = Buffer.from('no header').toString('base64url')
    const malformed = await taxes.push({}, { assertion: [noHeader, ...others].join('.') })
    await expect
      .poll(() => causeIn(malformed))
      .toMatchObject({ serviceId: 'taxes', why: 'client_assertion: is malformed' })
  })

  test('is told ten times a minute, and logged each time', async () => {
    const { taxes } = broker.services
    const port = broker.ports[0] ?? 0
    const told: unknown[] = []
    for (let i = 0; i < 12; i++) {
      const assertion = await taxes.assertion({ claims: { aud: 'https://other.test' } })
      const answer = await taxes.push({}, { assertion, port })
      told.push(json(answer)['error_description'])
      await expect.poll(() => causeIn(answer)).toMatchObject({ why: audience })
    }
    expect(told.filter((says) => says === audience).length).toBeLessThanOrEqual(10)
    expect(told.at(-1)).toBe('client authentication failed')
  })

  test('repeats nothing of the request but the name of a service', async () => {
    for (const client_id of ['a'.repeat(65), 'anna.tremblay']) {
      const answer = await library.call('/token', { client_id, client_assertion: undefined })
      await expect.poll(() => causeIn(answer)).toMatchObject({ serviceId: 'unknown' })
    }
  })
})

describe('a token', () => {
  test('is bound to its key and useless to anybody else', async () => {
    const { token } = await signedIn()
    const other = await broker.services.taxes.proof({
      method: 'GET',
      url: `${issuer}/userinfo`,
      token,
    })

    const asBearer = await send('GET', '/userinfo', { authorization: `Bearer ${token}` })
    const withoutProof = await send('GET', '/userinfo', { authorization: `DPoP ${token}` })
    const withOtherKey = await library.userinfo(token, { proof: other })
    const inQuery = await send('GET', `/userinfo?access_token=${token}`, {})

    expect([asBearer, withoutProof, withOtherKey].map(({ status }) => status)).toEqual([
      401, 401, 401,
    ])
    expect(inQuery.status).toBe(400)
  })

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['another method', { htm: 'POST' }],
    ['another address', { htu: `${issuer}/token` }],
    ['no hash of the token', { ath: undefined }],
    ['the hash of another token', { ath: sha256('other') }],
    ['no jti', { jti: undefined }],
    ['no time', { iat: undefined }],
    ['a nonce of its own', { nonce: 'mine' }],
  ])('is refused with a proof of %s', async (_name, claims) => {
    const { token } = await signedIn()
    const call = { method: 'GET', url: `${issuer}/userinfo`, token }
    const proof = await library.proof(call, { claims })

    expect((await library.userinfo(token, { proof })).status).toBe(401)
  })

  test('is refused with a proof by another key, whose nonce is one that somebody foresaw', async () => {
    const { token } = await signedIn()
    const { dpopNonce } = await openKeys(broker.keysDir)
    const step = Buffer.alloc(8)
    step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 60_000)))
    const secret = dpopNonce[0] ?? Buffer.alloc(0)
    const nonce = Buffer.from(hkdfSync('sha256', secret, step, 'DPoP', 32)).toString('base64url')
    const call = { method: 'GET', url: `${issuer}/userinfo`, token }
    const proofBy = (service: Service) => service.proof(call, { claims: { nonce } })
    const his = await proofBy(broker.services.taxes)
    expect((await library.userinfo(token, { proof: his })).status).toBe(401)
    // It was foreseen rightly: it serves whoever has the service’s key.
    const own = await proofBy(library)
    expect((await library.userinfo(token, { proof: own })).status).toBe(200)
  })

  test('is refused with a proof of another type or with a private key in it', async () => {
    const { token } = await signedIn()
    const { privateKey } = await jose.generateKeyPair('ES256', { extractable: true })
    const call = { method: 'GET', url: `${issuer}/userinfo`, token }

    for (const header of [
      { typ: 'jwt' },
      { typ: undefined },
      { jwk: await jose.exportJWK(privateKey) },
    ]) {
      const proof = await library.proof(call, { header })
      expect((await library.userinfo(token, { proof })).status).toBe(401)
    }
  })

  test.each(looseSpellings)(
    'is neither issued nor accepted with a proof that has %s',
    async (_, respell) => {
      const { errand, callback } = await again(library)
      const forToken = await library.proof({ method: 'POST', url: `${issuer}/token` })
      const refused = await library.redeem(codeOf(callback), errand, { proof: respell(forToken) })
      expect(refused.status).toBe(400)
      const answer = await library.redeem(codeOf(callback), errand, { proof: forToken })
      expect(answer.status).toBe(200)

      const token = String(json(answer)['access_token'])
      const proof = await library.proof({ method: 'GET', url: `${issuer}/userinfo`, token })
      expect((await library.userinfo(token, { proof: respell(proof) })).status).toBe(401)
      expect((await library.userinfo(token, { proof })).status).toBe(200)
    },
  )

  test('a wrong or used proof gives invalid_dpop_proof at every endpoint', async () => {
    const { errand, callback } = await again(library)
    const code = codeOf(callback)
    const toToken = { method: 'POST', url: `${issuer}/token` }
    const wrong = await library.proof(toToken, { claims: { htm: 'GET' } })
    const used = await library.proof(toToken)
    const before = await again(library)
    await library.redeem(codeOf(before.callback), before.errand, { proof: used })
    for (const proof of [wrong, used, ''])
      expect(errorOf(await library.redeem(code, errand, { proof }))).toEqual([
        400,
        'invalid_dpop_proof',
      ])

    const toPush = { method: 'POST', url: `${issuer}/request` }
    const pushed = await library.proof(toPush)
    const push = (proof: string) => library.push({}, { headers: { DPoP: proof } })
    expect((await push(pushed)).status).toBe(201)
    for (const proof of [
      pushed,
      await library.proof(toPush, { claims: { htu: `${issuer}/token` } }),
    ])
      expect(errorOf(await push(proof))).toEqual([400, 'invalid_dpop_proof'])

    const token = String(json(await library.redeem(code, errand))['access_token'])
    const call = { method: 'GET', url: `${issuer}/userinfo`, token }
    const read = await library.proof(call)
    expect((await library.userinfo(token, { proof: read })).status).toBe(200)
    for (const [proof, error] of [
      [read, 'invalid_dpop_proof'],
      [await library.proof(call, { claims: { htm: 'POST' } }), 'invalid_dpop_proof'],
      ['', 'invalid_token'],
    ] as const) {
      const answer = await library.userinfo(token, { proof })
      expect(errorOf(answer)).toEqual([401, error])
      const challenge = answer.headers['www-authenticate'] ?? ''
      expect(challenge).toMatch(/^DPoP /)
      expect(challenge).toContain(`error="${error}"`)
    }
  })

  test('the nonce that PAR asks for leaves the assertion unused', async () => {
    const assertion = await library.assertion()
    const toPush = { method: 'POST', url: `${issuer}/request` }
    const bare = await library.proof(toPush, { claims: { nonce: undefined } })
    const asked = await library.push({}, { assertion, headers: { DPoP: bare } })
    expect(errorOf(asked)).toEqual([400, 'use_dpop_nonce'])
    const headers = { DPoP: await library.proof(toPush) }
    expect((await library.push({}, { assertion, headers })).status).toBe(201)
    expectRefusedClient(await library.push({}, { assertion }))
  })

  test('is issued only with our nonce, which the refusal contains', async () => {
    const { errand, callback } = await again(library)
    const call = { method: 'POST', url: `${issuer}/token` }
    const proof = await library.proof(call, { claims: { nonce: undefined } })

    const refused = await library.redeem(codeOf(callback), errand, { proof })

    expect([refused.status, json(refused)['error']]).toEqual([400, 'use_dpop_nonce'])
    expect(refused.headers['dpop-nonce']).toMatch(/^[\w-]{20,}$/)
    expect((await library.redeem(codeOf(callback), errand)).status).toBe(200)
  })

  test('cannot be introspected by a stranger, nor after the sign-out', async () => {
    const { browser, callback, errand } = await signIn(broker, library, person.authenticator)
    const token = String(json(await library.redeem(codeOf(callback), errand))['access_token'])

    const own = json(await library.introspect(token))
    const stranger = json(await broker.services.taxes.introspect(token))
    const page = await browser.get('/session/end')
    const out = formsOf(page).find(({ fields }) => 'xsrf' in fields)
    await browser.post(out?.action ?? '', { ...out?.fields, logout: 'yes' })

    expect(own['active']).toBe(true)
    expect(stranger).toEqual({ active: false })
    expect(json(await library.introspect(token))).toEqual({ active: false })
    expect((await library.userinfo(token)).status).toBe(401)
    // And the browser is nobody's any more.
    expect((await browser.follow((await library.begin()).url)).body).toContain('data-passkey="get"')
  })

  test('of one kind is refused in the place of another', async () => {
    const { token, idToken } = await signedIn()

    expect((await library.userinfo(idToken)).status).toBe(401)
    expect((await library.introspect(idToken)).status).toBe(400)
    expect((await library.refresh(token)).status).toBe(400)
    expectRefusedClient(await library.push({}, { assertion: idToken }))
  })

  test('can be revoked by its service only; a second revocation succeeds too', async () => {
    const { token } = await signedIn()

    const stranger = await broker.services.taxes.call('/token/revocation', { token })
    expect(json(stranger)).toMatchObject({
      error: 'unauthorized_client',
      error_description: 'token: it was issued to another client',
    })
    const afterStranger = json(await library.introspect(token))['active']
    const statuses = [
      await library.call('/token/revocation', { token }),
      await library.call('/token/revocation', { token }),
    ].map(({ status }) => status)

    expect([stranger.status, afterStranger]).toEqual([400, true])
    expect(statuses).toEqual([200, 200])
    expect(json(await library.introspect(token))).toEqual({ active: false })
  })
})

describe('a code', () => {
  test('that is expired, foreign, or comes with a wrong verifier or address gets the same refusal', async () => {
    const taxes = broker.services.taxes
    const [late, stolen, guessed, moved] = await Promise.all([
      again(library),
      again(library),
      again(library),
      again(library),
    ])
    await broker
      .db('oidcArtifacts')
      .where({ id: await idOf('AuthorizationCode', codeOf(late.callback)) })
      .update({ expiresAt: past() })
    await resealArtifacts(broker)

    const answers = [
      await library.redeem(codeOf(late.callback), late.errand),
      await taxes.redeem(codeOf(stolen.callback), stolen.errand, {
        params: { redirect_uri: library.redirectUri },
      }),
      await library.redeem(codeOf(guessed.callback), guessed.errand, {
        params: { code_verifier: 'v'.repeat(43) },
      }),
      await library.redeem(codeOf(moved.callback), moved.errand, {
        params: { redirect_uri: 'https://library.test/other' },
      }),
      await library.redeem('unknown', moved.errand),
    ]

    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400])
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1)
    expect(json(answers[0] ?? (moved as never))).toMatchObject({ error: 'invalid_grant' })
  })

  test.each([
    [{ code_verifier: undefined }],
    [{ code_verifier: '' }],
    [{ redirect_uri: undefined }],
  ])('is not exchanged with %j', async (params) => {
    const { errand, callback } = await again(library)

    expect((await library.redeem(codeOf(callback), errand, { params })).status).toBe(400)
  })

  test('that is used again ends its tokens', async () => {
    const { errand, callback } = await again(library)
    const token = String(json(await library.redeem(codeOf(callback), errand))['access_token'])

    const replay = await library.redeem(codeOf(callback), errand)

    expect([replay.status, json(replay)['error']]).toEqual([400, 'invalid_grant'])
    expect((await library.userinfo(token)).status).toBe(401)
  })

  test('bound to a key at the push can be exchanged with that key only', async () => {
    const errand = await library.begin({ dpop_jkt: broker.services.taxes.thumbprint })
    const callback = callbackOf(await person.browser.follow(errand.url))

    expect((await library.redeem(codeOf(callback), errand)).status).toBe(400)
  })
})

describe('the redirect to the service', () => {
  test('has iss and the exact state', async () => {
    const state = `é"<&>'+% ${'x'.repeat(300)}&code=evil`
    const errand = await library.begin({ state })

    const { searchParams } = callbackOf(await person.browser.follow(errand.url))

    expect(searchParams.get('state')).toBe(state)
    expect(searchParams.getAll('iss')).toEqual([issuer])
    expect(searchParams.getAll('code')).toHaveLength(1)
    expect([...searchParams.keys()].toSorted()).toEqual(['code', 'iss', 'state'])
  })

  test('has iss and state after a refusal too', async () => {
    const errand = await library.begin({ prompt: 'none' })

    const { searchParams, hash } = callbackOf(await makeBrowser(broker).follow(errand.url))

    expect(Object.fromEntries(searchParams)).toMatchObject({
      error: 'login_required',
      iss: issuer,
      state: errand.state,
    })
    expect(searchParams.has('code')).toBe(false)
    expect(hash).toBe('')
  })

  test('keeps the query of a registered address', async () => {
    const { archives } = broker.services
    const errand = await archives.begin({ redirect_uri: 'https://archives.test/cb?from=accord' })

    const { searchParams } = callbackOf(await person.browser.follow(errand.url))

    expect([...searchParams.keys()].toSorted()).toEqual(['code', 'from', 'iss', 'state'])
  })

  test('with prompt=none at a service never used is a refusal, and no connection is opened', async () => {
    const newcomer = await signUp(broker, library)
    const errand = await broker.services.taxes.begin({ prompt: 'none' })

    const { searchParams } = callbackOf(await newcomer.browser.follow(errand.url))

    expect(searchParams.has('code')).toBe(false)
    expect(searchParams.get('error')).toMatch(/_required$/)
  })

  test('asks again when the service wants a fresh sign-in', async () => {
    for (const params of [{ prompt: 'login' }, { max_age: '0' }]) {
      const errand = await library.begin(params)
      expect((await person.browser.follow(errand.url)).body).toContain('data-passkey="get"')
    }
  })
})

describe('an ID token', () => {
  test('has exactly the claims of the profile, signed with a published key', async () => {
    const { idToken, errand } = await signedIn()
    const keys = jose.createLocalJWKSet(json(await send('GET', '/jwks', {})) as never)

    const { payload, protectedHeader } = await jose.jwtVerify(idToken, keys, {
      issuer,
      audience: 'library',
    })

    expect(protectedHeader).toMatchObject({ alg: 'ES256' })
    expect(payload).toMatchObject({
      acr: 'urn:accord:aal:2',
      amr: ['pop', 'user', 'mfa'],
      nonce: errand.nonce,
    })
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300)
    expect(Object.keys(payload).toSorted()).toEqual([
      'acr',
      'amr',
      'aud',
      'exp',
      'iat',
      'iss',
      'nonce',
      'sid',
      'sub',
    ])
  })

  test.each<[string, Params, boolean]>([
    ['no request for it', {}, false],
    ['max_age', { max_age: '3600' }, true],
    ['an essential claim', claims({ auth_time: { essential: true } }), true],
    ['a claim that may be left out', claims({ auth_time: null }), false],
    ['a claim that is not essential', claims({ auth_time: { essential: false } }), false],
    ['another essential claim', claims({ acr: { essential: true } }), false],
  ])('with %s has auth_time: %j', async (_, params, isThere) => {
    const errand = await library.begin(params)
    const code = codeOf(callbackOf(await person.browser.follow(errand.url)))
    const { auth_time: at } = idTokenOf(json(await library.redeem(code, errand)))
    expect(at).toEqual(isThere ? expect.any(Number) : undefined)
  })

  test.each([{ prompt: 'login' }, { max_age: '0' }])(
    'after a new sign-in asked for by %j has auth_time',
    async (params) => {
      const before = now()
      const { authenticator } = person
      const { errand, callback } = await signIn(broker, library, authenticator, undefined, params)
      const { auth_time: at } = idTokenOf(json(await library.redeem(codeOf(callback), errand)))
      expect(Number(at)).toBeGreaterThanOrEqual(before)
    },
  )

  test.each(looseSpellings)('is refused as a hint when it is spelt with %s', async (_, respell) => {
    const { idToken } = await signedIn()
    const statuses: number[] = []
    for (const hint of [respell(idToken), idToken]) {
      const query = new URLSearchParams({ id_token_hint: hint }).toString()
      statuses.push((await person.browser.get(`/session/end?${query}`)).status)
    }

    expect(statuses).toEqual([400, 200])
  })

  test('has a sub for each organisation, always the same', async () => {
    const { archives, taxes } = broker.services
    const subs: unknown[] = []
    for (const service of [library, archives, taxes, library]) {
      const { errand, callback } = await again(service)
      const answer = await service.redeem(codeOf(callback), errand)
      subs.push(jose.decodeJwt(String(json(answer)['id_token'])).sub)
    }

    const [first, sameOrganisation, otherOrganisation, later] = subs
    expect(sameOrganisation).toBe(first)
    expect(later).toBe(first)
    expect(otherOrganisation).not.toBe(first)
  })

  test('of one organisation has no value in common with that of another', async () => {
    const { taxes } = broker.services
    const seen = await Promise.all(
      [library, taxes].map(async (service) => {
        const { errand, callback } = await again(service)
        const answer = await service.redeem(codeOf(callback), errand)
        const { sub, sid, jti, nonce } = jose.decodeJwt(String(json(answer)['id_token']))
        return [sub, sid, jti, nonce].filter((value) => value !== undefined)
      }),
    )

    const [one = [], other = []] = seen
    expect(one.filter((value) => other.includes(value))).toEqual([])
  })
})

test('a session of a closed access gives no code, and no error in the log', async () => {
  const closed = await signUp(broker, library)
  const row: { personId: string } = await broker
    .db('passkeys')
    .select('personId')
    .where({ credentialId: closed.authenticator.credentialId })
    .first()
  await broker.db('accounts').where(row).update({ closedAt: new Date(), eraseAt: new Date() })

  const answer = await closed.browser.follow((await library.begin()).url)

  expect(answer.status).toBeLessThan(500)
  expect(answer.location ?? '').not.toContain('code=')
})

test('a visit opens only in its own browser', async () => {
  const page = await makeBrowser(broker).follow((await library.begin()).url)
  const stranger = makeBrowser(broker)
  await stranger.follow((await library.begin()).url)

  expect((await stranger.get(page.url)).status).toBe(404)
  expect((await stranger.post(formOf(page).action, formOf(page).fields)).status).toBe(404)
})

test('a form of another site, or with the token of another visit, is refused', async () => {
  const browser = makeBrowser(broker)
  const { action, fields } = formOf(await browser.follow((await library.begin()).url))
  const other = formOf(await makeBrowser(broker).follow((await library.begin()).url))

  for (const site of ['cross-site', 'same-site']) {
    expect(
      (await browser.post(action, fields, { headers: { 'sec-fetch-site': site } })).status,
    ).toBe(403)
  }
  expect((await browser.post(action, { ...fields, csrf: other.fields['csrf'] ?? '' })).status).toBe(
    403,
  )
  expect((await browser.post(action, { credential: 'x' })).status).toBe(403)
})

test('the database has only hashes of bearer values', async () => {
  const held = await signUpByPages(broker, library)
  const pending = await library.begin()
  await held.browser.get('/session/end')
  const unanswered = makeBrowser(broker)
  const opened = await library.begin()
  await unanswered.follow(opened.url)
  const used = await signIn(broker, library, held.authenticator)
  const answer = json(await library.redeem(codeOf(used.callback), used.errand))
  const cookies = [held.browser, unanswered, used.browser].flatMap((browser) => browser.cookies())
  const secrets = [
    codeOf(held.callback),
    codeOf(used.callback),
    String(answer['access_token']),
    String(answer['id_token']),
    ...[pending, opened].map(({ requestUri }) => requestUri.replace(/^.*:/, '')),
    used.errand.verifier,
    ...held.codes,
    ...held.codes.map((code) => code.replaceAll('-', '')),
    ...held.codes.map((code) => code.replaceAll('-', '').slice(6)),
    ...cookies.map(({ value }) => value),
  ]

  const dump = await dumpOf(broker)

  expect(held.codes).toHaveLength(10)
  expect(cookies.map(({ name }) => name)).toEqual(expect.arrayContaining(['sid', 'int', 'res']))
  expect(secrets.filter((secret) => secret.length < 10 || dump.includes(secret))).toEqual([])
  // The dump sees what is there: the person's key, for one.
  expect(dump).toContain(held.authenticator.credentialId.toString('hex'))
})

test('every kind of answer has the security headers and is not cached', async () => {
  const browser = makeBrowser(broker)
  const { url } = await library.begin()
  const { token } = await signedIn()
  const kinds: Readonly<Record<string, Answer>> = {
    'sign-in page': await browser.follow(url),
    'redirect to the visit': await makeBrowser(broker).get(url),
    'redirect to the service': await person.browser.follow((await library.begin()).url),
    'error page': await browser.get('/auth?client_id=unknown'),
    'sign-out page': await browser.get('/session/end'),
    push: await library.push(),
    'refused push': await library.push({ response_type: 'none' }),
    'refused client': await library.push({}, { assertion: 'x' }),
    'refused token': await library.redeem('unknown', { verifier: 'x' } as Errand),
    userinfo: await library.userinfo(token),
    'refused userinfo': await send('GET', '/userinfo', {}),
    introspection: await library.introspect(token),
    'unknown page': await browser.get('/nowhere'),
    'own space': await makeBrowser(broker).get('/acces'),
  }
  for (const [kind, { headers }] of Object.entries(kinds)) {
    expect(headers, kind).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'x-request-id': expect.stringMatching(/^[\da-f-]{36}$/),
      'content-security-policy': expect.stringMatching(
        /^default-src 'none';.*frame-ancestors 'none'/,
      ),
    })
    expect(headers['cache-control'] ?? '', kind).toContain('no-store')
    expect(headers['x-powered-by'], kind).toBeUndefined()
    expect(headers['server'], kind).toBeUndefined()
  }
})

test('the discovery document agrees with the profile', async () => {
  const promised = json(await send('GET', '/.well-known/openid-configuration', {}))
  const methods = ['private_key_jwt', 'none', 'client_secret_basic', 'client_secret_post']

  expect(promised).toMatchObject({
    issuer,
    response_types_supported: ['code'],
    subject_types_supported: ['pairwise'],
    code_challenge_methods_supported: ['S256'],
    require_pushed_authorization_requests: false,
    accord_profiles_supported: {
      fapi: {
        token_endpoint_auth_methods_supported: ['private_key_jwt', 'none'],
        token_endpoint_auth_signing_alg_values_supported: ['ES256', 'PS256'],
        id_token_signing_alg_values_supported: ['ES256'],
        request_object_signing_alg_values_supported: ['ES256', 'PS256'],
        require_pushed_authorization_requests: true,
        dpop_bound_access_tokens: true,
      },
      baseline: {
        token_endpoint_auth_methods_supported: ['private_key_jwt'],
        token_endpoint_auth_signing_alg_values_supported: ['ES256', 'PS256', 'RS256'],
        id_token_signing_alg_values_supported: ['ES256', 'RS256', 'PS256'],
        request_object_signing_alg_values_supported: ['ES256', 'PS256', 'RS256'],
        require_pushed_authorization_requests: false,
        dpop_bound_access_tokens: false,
      },
      native: {
        token_endpoint_auth_methods_supported: ['none'],
        token_endpoint_auth_signing_alg_values_supported: [],
        id_token_signing_alg_values_supported: ['ES256'],
        require_pushed_authorization_requests: true,
        dpop_bound_access_tokens: true,
      },
      legacy: {
        token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
        token_endpoint_auth_signing_alg_values_supported: [],
        id_token_signing_alg_values_supported: ['ES256', 'RS256', 'PS256'],
        require_pushed_authorization_requests: false,
        dpop_bound_access_tokens: false,
      },
    },
    authorization_response_iss_parameter_supported: true,
    token_endpoint_auth_methods_supported: methods,
    id_token_signing_alg_values_supported: ['ES256'],
    dpop_signing_alg_values_supported: ['ES256'],
    acr_values_supported: ['urn:accord:aal:1', 'urn:accord:aal:2'],
    response_modes_supported: ['query', 'form_post', 'jwt', 'query.jwt', 'form_post.jwt'],
    authorization_signing_alg_values_supported: ['ES256'],
    userinfo_signing_alg_values_supported: ['ES256'],
    introspection_signing_alg_values_supported: ['ES256'],
    id_token_encryption_alg_values_supported: ['RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A256KW'],
    id_token_encryption_enc_values_supported: ['A256GCM'],
    userinfo_encryption_alg_values_supported: ['RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A256KW'],
    userinfo_encryption_enc_values_supported: ['A256GCM'],
    prompt_values_supported: ['none', 'login', 'consent', 'create'],
    ui_locales_supported: ['fr', 'en'],
    request_parameter_supported: true,
    request_object_signing_alg_values_supported: ['ES256', 'PS256', 'RS256'],
    request_uri_parameter_supported: false,
    introspection_endpoint_auth_methods_supported: methods,
    introspection_endpoint_auth_signing_alg_values_supported: ['ES256', 'PS256', 'RS256'],
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: ['ES256', 'PS256', 'RS256'],
  })
  for (const absent of [
    'registration_endpoint',
    // Nobody has registered a device here, or requests that people sign in.
    'device_authorization_endpoint',
    'backchannel_authentication_endpoint',
    'backchannel_token_delivery_modes_supported',
    'backchannel_user_code_parameter_supported',
    'backchannel_authentication_request_signing_alg_values_supported',
    'request_object_encryption_alg_values_supported',
    'request_object_encryption_enc_values_supported',
    'authorization_encryption_alg_values_supported',
    'introspection_encryption_alg_values_supported',
  ])
    expect(promised[absent], absent).toBeUndefined()
  expect(promised['grant_types_supported']).toEqual([
    'authorization_code',
    'refresh_token',
    'client_credentials',
  ])
  for (const [method, path] of [
    ['POST', '/device/auth'],
    ['POST', '/backchannel'],
    ['GET', '/device'],
    ['POST', '/device'],
    ['GET', '/device/x'],
  ] as const)
    expect((await send(method, path, {})).status, path).toBe(404)
  const other = json(await send('GET', '/.well-known/oauth-authorization-server', {}))
  expect(other).toEqual(promised)

  const prompts = promised['prompt_values_supported'] as string[]
  for (const prompt of prompts.filter((one) => one !== 'create'))
    expect((await library.push({ prompt })).status, prompt).toBe(201)
  for (const params of [
    { prompt: 'select_account' },
    { prompt: 'create' },
    { response_mode: 'form_post' },
    { response_mode: 'fragment' },
    { request: 'e30.e30.' },
  ])
    expect((await library.push(params)).status, JSON.stringify(params)).toBe(400)
})

test.each([
  ['GET', '/request', 'POST, OPTIONS'],
  ['GET', '/token', 'POST, OPTIONS'],
  ['HEAD', '/token/introspection', 'POST, OPTIONS'],
  ['GET', '/token/revocation', 'POST, OPTIONS'],
  ['HEAD', '/userinfo', 'GET, POST, OPTIONS'],
  ['HEAD', '/auth', 'GET, POST'],
  ['HEAD', '/session/end', 'GET, POST'],
  ['GET', '/session/end/confirm', 'POST'],
])('%s %s is answered with 405 and an Allow header', async (method, path, allow) => {
  const answer = await send(method, path, {})
  expect([answer.status, answer.headers['allow']]).toEqual([405, allow])
})

test('HEAD does not use up a request: the GET afterwards gives a code', async () => {
  const { url } = await library.begin()
  const { pathname, search } = new URL(url)
  expect((await send('HEAD', pathname + search, {})).status).toBe(405)
  expect(codeOf(callbackOf(await person.browser.follow(url)))).not.toBe('')
})

describe('a POST', () => {
  const type = { 'content-type': 'application/x-www-form-urlencoded' }

  test('at /auth is redirected to a GET of the same parameters', async () => {
    const { url } = await library.begin()
    const { search } = new URL(url)
    const moved = await send('POST', '/auth', type, search.slice(1))
    expect([moved.status, moved.location]).toEqual([303, url])
    expect(codeOf(callbackOf(await person.browser.follow(moved.location ?? '')))).not.toBe('')
  })

  test('at the English address of the end of a session stays English', async () => {
    const moved = await send('POST', '/en/session/end', type, 'state=x')
    expect([moved.status, moved.location]).toEqual([303, `${issuer}/en/session/end?state=x`])
  })

  test.each([
    ['a parameter twice', '/auth', type, 'client_id=a&client_id=b', 400],
    ['a parameter in query and body', '/auth?client_id=a', type, 'client_id=a', 400],
    ['another type', '/auth', { 'content-type': 'application/json' }, '{}', 415],
    ['bytes that are no form', '/session/end', type, 'state=é', 400],
    ['more than 8 KiB', '/session/end', type, `state=${'s'.repeat(8192)}`, 413],
  ])('with %s is refused', async (_, path, headers, body, status) => {
    expect((await send('POST', path, headers, body)).status).toBe(status)
  })
})

test.each([
  ['/.well-known/openid-configuration', 3600],
  ['/.well-known/oauth-authorization-server', 3600],
  ['/jwks', 300],
])('%s may be cached for %i seconds, and has an ETag', async (path, seconds) => {
  const whole = await send('GET', path, {})
  const { etag = '', 'cache-control': kept } = whole.headers
  expect([whole.status, kept]).toEqual([200, `public, max-age=${seconds}`])
  expect(etag).toMatch(/^"[\w-]{43}"$/)
  const again = await send('GET', path, { 'if-none-match': etag })
  expect([again.status, again.body, again.headers['etag']]).toEqual([304, '', etag])
  expect((await send('GET', path, { 'if-none-match': '"other"' })).body).toBe(whole.body)
  // Both processes say the same.
  expect((await send('GET', path, {})).headers['etag']).toBe(etag)
  const head = await send('HEAD', path, {})
  expect([head.status, head.body, head.headers['etag']]).toEqual([200, '', etag])
})

describe('a parameter', () => {
  const endpoints: [string, Params][] = [
    ['/request', {}],
    ['/token', { grant_type: 'client_credentials' }],
    ['/token/introspection', { token: 'x' }],
    ['/token/revocation', { token: 'x' }],
  ]

  test.each(endpoints)(
    'sent twice to %s gives invalid_request, known or not',
    async (path, params) => {
      for (const twice of ['client_id', 'grant_type', 'surprise']) {
        const answer = await library.call(path, { ...params, [twice]: ['library', 'library'] })
        expect([answer.status, json(answer)]).toMatchObject([400, { error: 'invalid_request' }])
      }
      const unknown = json(await library.call(path, { ...params, surprise: ['1', '2'] }))
      expect(unknown['error_description']).toBe('surprise: sent more than once')
    },
  )

  test.each(endpoints)(
    'sent in the address of %s and in its body gives invalid_request',
    async (path, params) => {
      for (const query of ['client_id=library', 'surprise=1', 'resource=https://a.test']) {
        const sent = { ...params, surprise: '1', resource: 'https://a.test' }
        const answer = await library.call(`${path}?${query}`, sent)
        expect([answer.status, json(answer)]).toMatchObject([400, { error: 'invalid_request' }])
      }
    },
  )

  test('sent twice uses up the assertion, and not the code', async () => {
    const { errand, callback } = await again(library)
    const assertion = await library.assertion()
    const twice = { assertion, params: { surprise: ['1', '2'] } }
    const refused = await library.redeem(codeOf(callback), errand, twice)
    expect(errorOf(refused)).toEqual([400, 'invalid_request'])
    expectRefusedClient(await library.redeem(codeOf(callback), errand, { assertion }))
    expect((await library.redeem(codeOf(callback), errand)).status).toBe(200)
  })

  test('with a strange name is not repeated in the answer', async () => {
    const answer = await library.push({ '<script>': ['1', '2'] })
    expect(json(answer)['error_description']).toBe('a parameter: sent more than once')
  })

  test('sent twice to /auth, known or not, gives our own error page', async () => {
    const { url } = await library.begin()
    const { searchParams } = new URL(url)
    const twice = `client_id=library&request_uri=${searchParams.get('request_uri') ?? ''}`
    for (const query of [`${url}&surprise=1&surprise=2`, `${url}&${twice}`])
      expectOurPage(await makeBrowser(broker).get(query))
    expect(codeOf(callbackOf(await person.browser.follow(url)))).not.toBe('')
  })

  test('beside request_uri is refused and named, and what nobody knows is passed over', async () => {
    for (const more of ['scope=openid', 'state=other', 'prompt=login', 'resource=x']) {
      const { url } = await library.begin()
      const told = callbackOf(await person.browser.follow(`${url}&${more}`)).searchParams
      const name = more.slice(0, more.indexOf('='))
      expect([more, told.get('error'), told.get('error_description')]).toEqual([
        more,
        'invalid_request',
        `${name}: may not stand beside request_uri`,
      ])
    }
    const { url } = await library.begin()
    expectOurPage(await person.browser.follow(`${url}&request=e30.e30.`))
    expect(codeOf(callbackOf(await person.browser.follow(`${url}&utm_source=x`)))).not.toBe('')
  })

  test('resource may be sent several times', async () => {
    const answer = await library.push({ resource: ['https://a.test', 'https://b.test'] })
    expect(json(answer)['error']).toBe('invalid_target')
  })

  test('that is too long is named in the answer', async () => {
    expect(json(await library.push({ state: 's'.repeat(513) }))).toMatchObject({
      error: 'invalid_request',
      error_description: 'state: has more than 512 characters',
    })
  })
})

test.each(['/request', '/token', '/token/introspection', '/token/revocation', '/userinfo'])(
  'a body of more than 56 KiB is answered with 413 at %s, however it is sent',
  async (path) => {
    const chunked = { 'transfer-encoding': 'chunked' }
    for (const headers of [{}, chunked]) {
      const large = { x: 'x'.repeat(57 * 1024) }
      const answer = await library.call(path, large, { headers })
      // Without a token nobody reads a body there.
      if (path === '/userinfo') expect([401, 413]).toContain(answer.status)
      else
        expect([answer.status, json(answer)]).toMatchObject([
          413,
          { error: 'invalid_request', error_description: 'the body has more than 56 KiB' },
        ])
    }
  },
)

test('a service without a grant type or response type is unauthorized_client', async () => {
  const noGrant = await broker.services.taxes.clientCredentials(`${issuer}/access`, 'decide')
  expect(errorOf(noGrant)).toEqual([400, 'unauthorized_client'])
  const noCode = await program.push()
  expect(errorOf(noCode)).toEqual([400, 'unauthorized_client'])
})

test.each([
  ['no token', {}, ['Bearer', 'DPoP'], undefined],
  ['an unknown token', { authorization: `Bearer ${'a'.repeat(43)}` }, ['Bearer'], 'invalid_token'],
  ['another scheme', { authorization: 'Basic YTpi' }, ['Bearer'], 'invalid_request'],
])('/userinfo with %s names the schemes of tokens', async (_, headers, schemes, error) => {
  const { headers: answered } = await send('GET', '/userinfo', headers)
  const challenge = String(answered['www-authenticate'])
  expect([...challenge.matchAll(/\w+(?= realm=)/g)].flat()).toEqual(schemes)
  expect(/error="([^"]+)"/.exec(challenge)?.[1]).toBe(error)
})

test.each(['/token', '/request', '/token/introspection'])(
  'a program that prefers pages gets JSON at %s',
  async (path) => {
    const answer = await library.call(path, {}, { headers: { accept: 'text/html' } })
    expect(answer.headers['content-type']).toMatch(/^application\/json/)
    expect(json(answer)['error']).toEqual(expect.any(String))
  },
)

test('no process logged an error during these tests', () => {
  const notes = lines().filter(({ level }) => Number(level) >= 40)
  expect(notes).toEqual([])
})

function lines(): Readonly<Record<string, unknown>>[] {
  const written = broker.output().split('\n').filter(Boolean)
  return written.map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** What the log says under the number that an answer came with. */
function causeIn(answer: Answer): unknown {
  const id = answer.headers['x-request-id']
  return lines().find(({ requestId, msg }) => requestId === id && msg === 'a client was refused')
}

function claims(idToken: Readonly<Record<string, unknown>>): Params {
  return { claims: JSON.stringify({ id_token: idToken }) }
}

function plainQuery(): URLSearchParams {
  return new URLSearchParams({
    client_id: 'library',
    response_type: 'code',
    redirect_uri: library.redirectUri,
    scope: 'openid',
    state: 'a',
    code_challenge: sha256('verifier'),
    code_challenge_method: 'S256',
  })
}

function now(): number {
  return Math.floor(Date.now() / 1000)
}

async function again(service: Service): Promise<{ errand: Errand; callback: URL }> {
  const errand = await service.begin()
  return { errand, callback: callbackOf(await person.browser.follow(errand.url)) }
}

async function signedIn(): Promise<{ token: string; idToken: string; errand: Errand }> {
  const { errand, callback } = await again(library)
  const tokens = json(await library.redeem(codeOf(callback), errand))
  return { token: String(tokens['access_token']), idToken: String(tokens['id_token']), errand }
}

function send(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: string,
): Promise<Answer> {
  const host = new URL(issuer).host
  return exchange(broker.ports[0] ?? 0, new URL(path, issuer), {
    method,
    headers: { host, ...headers },
    body,
  })
}

/** An error page at our own address, from which nothing leads to a service. */
function expectOurPage(answer: Answer): void {
  expect(answer.status).toBe(400)
  expect(answer.location).toBeUndefined()
  expect(answer.headers['content-type']).toMatch(/^text\/html/)
  // Every link of the page stays at our address, or is our telephone or e-mail.
  expect(answer.body).not.toMatch(/(href|src|action)="(?!\/[^/]|\/"|#|tel:\+|mailto:)/)
}

function errorOf(answer: Answer): unknown[] {
  return [answer.status, json(answer)['error']]
}

function expectRefusedClient(answer: Answer): void {
  expect([
    [401, 'invalid_client'],
    // The service's name beside the assertion is another than the one inside.
    [400, 'invalid_request'],
  ]).toContainEqual([answer.status, json(answer)['error']])
}

async function idOf(model: string, id: string): Promise<Buffer> {
  const { rowId } = await import('../../src/provider/unit/unit.ts')
  return Buffer.from(rowId(model, id), 'hex')
}

function past(): Date {
  return new Date(Date.now() - 60_000)
}

/** Every row of every table of ours, as text. */
async function dumpOf({ db }: Broker): Promise<string> {
  const tables: { tablename: string; schemaname: string }[] = await untyped(db)(
    'pg_tables',
  ).whereNotIn('schemaname', ['pg_catalog', 'information_schema'])
  const parts = await Promise.all(
    tables.map(async ({ schemaname, tablename }) => {
      const { rows } = await db.raw<{ rows: { row: string }[] }>(
        'select t::text as row from ??.?? t',
        [schemaname, tablename],
      )
      return rows.map(({ row }) => row).join('\n')
    }),
  )
  return parts.join('\n')
}
