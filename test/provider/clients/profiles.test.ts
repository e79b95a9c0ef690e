import * as jose from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isAudience } from '../../../src/provider/clients/client-assertion.ts'
import { makeRegistrationCheck } from '../../../src/provider/index.ts'
import { openRegister } from '../../../src/registry/index.ts'
import type { Answer, Browser, Site } from '../../support/browser.ts'
import { exchange, makeBrowser } from '../../support/browser.ts'
import type { Broker } from '../../support/broker.ts'
import { callbackOf, codeOf, issuer, signIn, startBroker } from '../../support/broker.ts'
import type { NewPerson } from '../../support/person.ts'
import { newPerson } from '../../support/person.ts'
import { sealsOf } from '../../support/seals.ts'
import type { Errand, Params, Service } from '../../support/service.ts'
import { idTokenOf, json, makeService } from '../../support/service.ts'

// What each profile demands (docs/design/security.md#clients): every demand is tried without what it asks for.

let broker: Broker
/** The strict profile; `desk` is of the same organisation, and signs people in by the baseline alone. */
let strict: Service
let desk: Service
/** The baseline as older software speaks it: RS256, the token endpoint as audience, assertions of an hour. */
let older: Service
let padded: Service
/** The strict profile, with a key by which it could sign otherwise. */
let mixed: Service
let rsa: jose.GenerateKeyPairResult
/** An application on a person's device, at a claimed address and at its own machine. */
let app: Service
let person: NewPerson
let browser: Browser

async function makeBaseline(site: Site): Promise<Service[]> {
  const organisation = 'org_revenue'
  const common = { organisation, isBearer: true }
  desk = await makeService(site, { ...common, clientId: 'desk', more: { profile: 'baseline' } })
  older = await makeService(site, {
    ...common,
    clientId: 'older',
    signs: 'RS256',
    more: {
      profile: 'baseline',
      assertion_audience: 'token_endpoint',
      id_token_signed_response_alg: 'RS256',
    },
  })
  padded = await makeService(site, {
    ...common,
    clientId: 'padded',
    more: { profile: 'baseline', id_token_signed_response_alg: 'PS256' },
  })
  app = await makeService(site, {
    clientId: 'app',
    organisation,
    isPublic: true,
    redirectUris: ['https://app.test/cb', 'http://127.0.0.1/cb'],
    more: { profile: 'native' },
  })
  rsa = await jose.generateKeyPair('RS256', { extractable: true })
  const keys = [{ ...(await jose.exportJWK(rsa.publicKey)), use: 'sig' }]
  mixed = await makeService(site, { clientId: 'mixed', organisation, more: { jwks: { keys } } })
  return [desk, older, padded, app, mixed]
}

beforeAll(async () => {
  broker = await startBroker(makeBaseline, [], undefined, {}, { rsa: true })
  strict = broker.services.taxes
  person = await newPerson(broker)
  browser = person.browser
})

afterAll(() => broker.stop())

describe('baseline signs people in', () => {
  test('without a pushed request and without a proof', async () => {
    const tokens = json(await redeemed(desk, desk.plain()))

    expect(tokens).toMatchObject({ token_type: 'Bearer', scope: 'openid', expires_in: 300 })
    expect(Object.keys(tokens)).not.toContain('refresh_token')
    const { sub, aud } = idTokenOf(tokens)
    expect(aud).toBe('desk')
    const seen = await desk.userinfo(String(tokens['access_token']))
    expect([seen.status, json(seen)]).toEqual([200, { sub }])
  })

  test('under the identifier that the strict service of the same organisation knows', async () => {
    const [one, other] = [
      await redeemed(desk, desk.plain()),
      await redeemed(strict, await strict.begin()),
    ].map((answer) => idTokenOf(json(answer))['sub'])

    expect(one).toBe(other)
  })

  test('who authenticates by RS256, for an hour, at the token endpoint', async () => {
    const assertion = await older.assertion({ claims: { aud: `${issuer}/token`, exp: inHours(1) } })
    const answer = await redeemed(older, older.plain(), { assertion })

    expect(answer.status).toBe(200)
  })

  test('with a pushed request and bound tokens, if it uses them', async () => {
    const token = { method: 'POST', url: `${issuer}/token` }
    const answer = await redeemed(desk, await desk.begin(), { proof: await desk.proof(token) })
    expect(json(answer)['token_type']).toBe('DPoP')

    const accessToken = String(json(answer)['access_token'])
    expect((await desk.userinfo(accessToken)).status).toBe(401)
    const call = { method: 'GET', url: `${issuer}/userinfo`, token: accessToken }
    const proof = await desk.proof(call)
    expect((await desk.userinfo(accessToken, { proof })).status).toBe(200)
  })

  test('with a level that is asked for in claims', async () => {
    const acr = { essential: true, values: ['urn:accord:aal:2'] }
    const claims = JSON.stringify({ id_token: { acr } })
    const tokens = json(await redeemed(desk, desk.plain({ claims })))
    expect(idTokenOf(tokens)['acr']).toBe('urn:accord:aal:2')
  })
})

const atOwnMachine = 'http://127.0.0.1:51004/cb'

test('an ID token is signed as the register says, by a key of /jwks', async () => {
  const url = new URL('/jwks', issuer)
  const headers = { host: url.host }
  const published = await exchange(broker.ports[0] ?? 0, url, {
    method: 'GET',
    headers,
    body: undefined,
  })
  const keys = jose.createLocalJWKSet(json(published) as never)
  for (const [service, alg] of [
    [desk, 'ES256'],
    [older, 'RS256'],
    [padded, 'PS256'],
  ] as const) {
    const { id_token: token } = json(await redeemed(service, service.plain()))
    const { protectedHeader } = await jose.jwtVerify(String(token), keys, { issuer })
    expect(protectedHeader.alg).toBe(alg)
  }
  expect(JSON.stringify(json(published))).not.toMatch(/"(d|p|q|dp|dq|qi)":/)
})

test('a process without a key for an algorithm of the register does not start', async () => {
  const starting = startBroker(async (site) => [
    await makeService(site, {
      clientId: 'padded',
      organisation: 'org_revenue',
      more: { profile: 'baseline', id_token_signed_response_alg: 'PS256' },
    }),
  ])
  await expect(starting).rejects.toThrow(
    'padded: the register has RSA for its ID tokens or answers',
  )
})

test('a file may name an algorithm of RSA where the broker has such a key', async () => {
  const { services } = (await openRegister(broker.db, await sealsOf(broker.keysDir))).current()
  const faultsOf = (hasRsa: boolean) => {
    const check = makeRegistrationCheck({ issuer, outboundAllow: [] }, { hasRsa })
    return [...services.values()].flatMap((service) => check(service).map(({ message }) => message))
  }
  expect(faultsOf(true)).toEqual([])
  const fault = expect.stringMatching(/^id_token_signed_response_alg must be 'ES256'.*--rsa/)
  expect(faultsOf(false)).toEqual([fault, fault])
})

describe('native signs people in', () => {
  test('at a claimed address, where the session of the browser is enough', async () => {
    const answer = await redeemed(app, await app.begin())
    expect(json(answer)['token_type']).toBe('DPoP')
  })

  test('at its own machine and any port, after a proof each time', async () => {
    const redirect = { redirect_uri: atOwnMachine }
    const errand = await app.begin(redirect)
    const page = await browser.follow(errand.url)
    expect(page.body).toContain('data-passkey="get"')
    expect(page.headers['content-security-policy']).toContain('http://127.0.0.1:*')

    const signed = await signIn(broker, app, person.authenticator, makeBrowser(broker), redirect)
    expect(signed.callback.href).toMatch(/^http:\/\/127\.0\.0\.1:51004\/cb\?/)
    const code = codeOf(signed.callback)
    expect((await app.redeem(code, signed.errand, { params: redirect })).status).toBe(200)
  })

  test('and not silently at its own machine', async () => {
    const errand = await app.begin({ redirect_uri: atOwnMachine, prompt: 'none' })
    const { searchParams } = callbackOf(await browser.follow(errand.url))
    expect(searchParams.get('error')).toBe('interaction_required')
  })

  test.each([
    'http://127.0.0.1:51004/other',
    'http://127.0.0.1:51004/cb?x=1',
    'http://127.0.0.1:0/cb',
    'http://127.0.0.1:051004/cb',
    'http://127.0.0.1:00080/cb',
    'http://127.0.0.1:/cb',
    'http://127.0.0.1:65536/cb',
    'http://127.0.0.2/cb',
    'http://localhost/cb',
    'http://[::1]/cb',
    'http://user@127.0.0.1/cb',
    'https://127.0.0.1/cb',
    'https://app.test:8443/cb',
  ])('never at %s', async (redirect_uri) => {
    expect((await app.push({ redirect_uri })).status).toBe(400)
  })
})

type Refused = readonly [status: number, error: unknown]

const refusedClient: Refused = [401, 'invalid_client']
const noPkce = { code_challenge: undefined, code_challenge_method: undefined }
const plainPkce = { code_challenge: 'c'.repeat(43), code_challenge_method: 'plain' }

// Whose profile, what is missing or other, where it is refused, and how.
const missing: [string, string, string, () => Promise<Refused>, Refused][] = [
  ['fapi', 'no pushed request', '/auth', () => atAuth(strict), [303, 'invalid_request']],
  ['fapi', 'no PKCE', '/request', () => atPush(strict, noPkce), [400, 'invalid_request']],
  ['fapi', 'no proof', '/token', () => atToken(strict, { proof: '' }), [400, 'invalid_dpop_proof']],
  ['fapi', 'no verifier', '/token', () => withoutVerifier(strict), [400, 'invalid_grant']],
  ['fapi', 'no authentication', '/token', () => unauthenticated(strict), [401, 'invalid_client']],
  ['fapi', 'another audience', '/request', () => pushedFor(strict, '/token'), refusedClient],
  ['fapi', 'an hour', '/request', () => pushedFor(strict, '', 1), refusedClient],
  ['fapi', 'another algorithm', '/request', () => signedBy(strict, older), refusedClient],
  ['baseline', 'no PKCE', '/auth', () => atAuth(desk, noPkce), [303, 'invalid_request']],
  ['baseline', 'plain PKCE', '/auth', () => atAuth(desk, plainPkce), [303, 'invalid_request']],
  ['baseline', 'no PKCE', '/request', () => atPush(desk, noPkce), [400, 'invalid_request']],
  ['baseline', 'no verifier', '/token', () => withoutVerifier(desk), [400, 'invalid_grant']],
  ['baseline', 'no authentication', '/token', () => unauthenticated(desk), refusedClient],
  ['baseline', 'another audience', '/request', () => pushedFor(desk, '/token'), refusedClient],
  ['baseline', 'the issuer instead', '/request', () => pushedFor(older, ''), refusedClient],
  ['baseline', 'two hours', '/request', () => pushedFor(desk, '', 2), refusedClient],
  ['baseline', 'another algorithm', '/request', () => signedBy(desk, older), refusedClient],
  ['baseline', 'no proof of a bound code', '/token', withoutBoundKey, [400, 'invalid_grant']],
  ['native', 'no pushed request', '/auth', () => atAuth(app), [303, 'invalid_request']],
  ['native', 'no PKCE', '/request', () => atPush(app, noPkce), [400, 'invalid_request']],
  ['native', 'no proof', '/token', () => atToken(app, { proof: '' }), [400, 'invalid_dpop_proof']],
  ['native', 'no verifier', '/token', () => withoutVerifier(app), [400, 'invalid_grant']],
]

test.each(missing)(
  '%s with %s is refused at %s',
  async (_profile, _what, _where, deed, refused) => {
    expect(await deed()).toEqual(refused)
  },
)

const details = JSON.stringify([{ type: `${issuer}/rar/communication/v1` }])

describe.each([
  ['baseline', 'in the address', (params: Params) => atAuth(desk, params), 303],
  ['baseline', 'pushed', (params: Params) => atPush(desk, params), 400],
  ['native', 'pushed', (params: Params) => atPush(app, params), 400],
] as const)('%s may not ask, %s,', (_profile, _how, ask, status) => {
  test.each<[string, Params, string]>([
    ['for details', { authorization_details: details }, 'invalid_authorization_details'],
    ['for a resource', { resource: 'https://holder.test/api' }, 'invalid_target'],
    ['to act for a person', { resource: `${issuer}/me`, scope: 'openid me' }, 'invalid_target'],
    ['for another scope', { scope: 'openid email' }, 'invalid_scope'],
    ['for a standing access', { scope: 'openid offline_access' }, 'invalid_scope'],
    ['for no scope', { scope: undefined, nonce: undefined }, 'invalid_scope'],
    ['for a claim', { claims: claimsOf('id_token', 'email') }, 'invalid_request'],
    ['for the time', { claims: claimsOf('id_token', 'auth_time') }, 'invalid_request'],
    ['for a claim of userinfo', { claims: claimsOf('userinfo', 'acr') }, 'invalid_request'],
    ['with a long state', { state: 's'.repeat(513) }, 'invalid_request'],
    ['with a long nonce', { nonce: 'n'.repeat(513) }, 'invalid_request'],
  ])('%s', async (_what, params, error) => {
    expect(await ask(params)).toEqual([status, error])
  })
})

test('baseline gets no token but by a code, and none for a resource', async () => {
  const errand = desk.plain()
  const code = codeOf(callbackOf(await browser.follow(errand.url)))
  const forMe = await desk.redeem(code, errand, { params: { resource: `${issuer}/me` } })
  expect(errorOf(forMe)).toEqual([400, 'invalid_target'])
  for (const answer of [
    await desk.clientCredentials(`${issuer}/access`, 'decide'),
    await desk.refresh('unknown'),
  ])
    expect(errorOf(answer)).toEqual([400, 'unauthorized_client'])
})

test('a bearer token opens nothing but userinfo', async () => {
  const token = String(json(await redeemed(desk, desk.plain()))['access_token'])
  for (const authorization of [`Bearer ${token}`, `DPoP ${token}`])
    expect((await desk.read('/me/consents', token, { headers: { authorization } })).status).toBe(
      401,
    )
  expect(json(await strict.introspect(token))).toEqual({ active: false })
  expect((await desk.userinfo(token)).status).toBe(200)
})

test.each<[unknown, readonly string[], boolean]>([
  [issuer, [''], true],
  [[issuer], [''], false],
  [`${issuer}/token`, [''], false],
  [[issuer, `${issuer}/token`], ['', '/token'], true],
  [[`${issuer}/token`, issuer], ['', '/token'], true],
  [[issuer, issuer], ['', '/token'], false],
  [[issuer, `${issuer}/token`, 'https://other.test'], ['', '/token'], false],
  [issuer, ['', '/token'], false],
  [undefined, ['', '/token'], false],
])('the audience %j is what a file says by %j: %s', (aud, paths, expected) => {
  expect(isAudience(aud, issuer, paths)).toBe(expected)
})

test('a key alone lets no strict service sign by the algorithm of another profile', async () => {
  const key = rsa.privateKey
  const assertion = await mixed.assertion({ key, header: { alg: 'RS256' } })
  expect(errorOf(await mixed.push({}, { assertion }))).toEqual(refusedClient)
})

test('the cause of a refused audience says which one the file has', async () => {
  const assertion = await older.assertion({ claims: { aud: 'https://other.test' } })
  expect(json(await older.push({}, { assertion }))['error_description']).toBe(
    'aud: must be the token endpoint, as a string',
  )
})

function claimsOf(where: string, name: string): string {
  return JSON.stringify({ [where]: { [name]: { essential: true } } })
}

function inHours(hours: number): number {
  return Math.floor(Date.now() / 1000) + hours * 3600
}

async function redeemed(
  service: Service,
  errand: Errand,
  more: Parameters<Service['redeem']>[2] = {},
): Promise<Answer> {
  const code = codeOf(callbackOf(await browser.follow(errand.url)))
  return service.redeem(code, errand, { ...(await fitting(service)), ...more })
}

/** What `older` sends where a test says nothing else. */
async function fitting(service: Service): Promise<{ readonly assertion?: string }> {
  if (service !== older) return {}
  return { assertion: await older.assertion({ claims: { aud: `${issuer}/token` } }) }
}

async function begun(service: Service): Promise<Errand> {
  return service === desk ? service.plain() : service.begin()
}

async function atAuth(service: Service, params: Params = {}): Promise<Refused> {
  const answer = await browser.get(service.plain(params).url)
  const { searchParams } = callbackOf(answer)
  expect(searchParams.get('iss')).toBe(issuer)
  return [answer.status, searchParams.get('error')]
}

async function atPush(service: Service, params: Params): Promise<Refused> {
  return errorOf(await service.push(params))
}

async function atToken(service: Service, more: Parameters<Service['redeem']>[2]): Promise<Refused> {
  return errorOf(await redeemed(service, await begun(service), more))
}

function withoutVerifier(service: Service): Promise<Refused> {
  return atToken(service, { params: { code_verifier: undefined } })
}

function unauthenticated(service: Service): Promise<Refused> {
  const without = { client_assertion: undefined, client_assertion_type: undefined }
  return atToken(service, { params: without })
}

async function pushedFor(service: Service, path: string, hours = 0): Promise<Refused> {
  const claims = { aud: issuer + path, ...(hours === 0 ? {} : { exp: inHours(hours) }) }
  return errorOf(await service.push({}, { assertion: await service.assertion({ claims }) }))
}

/** An assertion that another service's key signed by another algorithm. */
async function signedBy(service: Service, other: Service): Promise<Refused> {
  const { clientId } = service
  const claims = { iss: clientId, sub: clientId }
  return errorOf(await service.push({}, { assertion: await other.assertion({ claims }) }))
}

/** A code that the request bound to a key, without a proof by that key. */
async function withoutBoundKey(): Promise<Refused> {
  return errorOf(await redeemed(desk, desk.plain({ dpop_jkt: desk.thumbprint })))
}

function errorOf(answer: Answer): Refused {
  return [answer.status, json(answer)['error']]
}
