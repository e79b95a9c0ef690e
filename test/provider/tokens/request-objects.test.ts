import * as jose from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer, Browser, Site } from '../../support/browser.ts'
import { makeBrowser } from '../../support/browser.ts'
import type { Broker } from '../../support/broker.ts'
import { callbackOf, codeOf, issuer, startBroker } from '../../support/broker.ts'
import type { KeyServer, SigningKey } from '../../support/key-server.ts'
import { makeSigningKey, startKeyServer } from '../../support/key-server.ts'
import { newPerson } from '../../support/person.ts'
import type { Params, Service, TokenChange } from '../../support/service.ts'
import { json, makeService, sha256 } from '../../support/service.ts'
import { looseSpellings } from '../../support/spellings.ts'

// Signed request objects (RFC 9101), pushed and in the address: what is accepted, and each way to get another request through.

let broker: Broker
/** It signs its requests by ES256; `desk` is a service of sign-in alone that does the same. */
let strict: Service
let desk: Service
/** It accepts no request but a signed one. */
let always: Service
/** Its keys are at an address. */
let far: Service
let keys: KeyServer
let farKey: SigningKey
/** It registered no algorithm. */
let without: Service
let browser: Browser

const alg = { request_object_signing_alg: 'ES256' }

async function makeSigning(site: Site): Promise<Service[]> {
  const common = { organisation: 'org_signing' }
  const baseline = { ...common, isBearer: true }
  strict = await makeService(site, { ...common, clientId: 'strict', more: alg })
  desk = await makeService(site, {
    ...baseline,
    clientId: 'desk',
    more: { profile: 'baseline', ...alg },
  })
  always = await makeService(site, {
    ...baseline,
    clientId: 'always',
    more: { profile: 'baseline', ...alg, require_signed_request_object: true },
  })
  far = await makeService(site, {
    ...baseline,
    clientId: 'far',
    more: { profile: 'baseline', ...alg, jwks_uri: keys.url },
  })
  without = await makeService(site, {
    ...baseline,
    clientId: 'without',
    more: { profile: 'baseline' },
  })
  return [strict, desk, always, far, without]
}

beforeAll(async () => {
  keys = await startKeyServer()
  farKey = await makeSigningKey('far')
  keys.publish(farKey)
  broker = await startBroker(makeSigning, [], undefined, { OUTBOUND_ALLOW: keys.host })
  browser = (await newPerson(broker)).browser
})

afterAll(async () => {
  await broker.stop()
  await keys.close()
})

const verifier = 'v'.repeat(43)
const objectType = 'oauth-authz-req+jwt'

/** A request, signed as a whole. */
async function signed(service: Service, change: TokenChange = {}): Promise<string> {
  const claims = {
    sub: undefined,
    client_id: service.clientId,
    nbf: seconds(),
    response_type: 'code',
    redirect_uri: service.redirectUri,
    scope: 'openid',
    state: 'signed',
    code_challenge: sha256(verifier),
    code_challenge_method: 'S256',
    ...change.claims,
  }
  return service.assertion({ ...change, claims, header: { typ: objectType, ...change.header } })
}

function push(service: Service, request: string, params: Params = {}): Promise<Answer> {
  return service.call('/request', { request, ...params })
}

function inAddress(service: Service, request: string, params: Record<string, string> = {}): string {
  const query = new URLSearchParams({ client_id: service.clientId, request, ...params })
  return `${issuer}/auth?${query.toString()}`
}

async function redeemed(service: Service, answer: Answer): Promise<Answer> {
  const callback = callbackOf(answer)
  expect(Object.fromEntries(callback.searchParams)).toMatchObject({ state: 'signed', iss: issuer })
  const errand = { url: '', requestUri: '', verifier, state: 'signed', nonce: '' }
  return service.redeem(codeOf(callback), errand)
}

// First of all, while no process has read the keys at the address: nothing else makes it read them.
test('a JWE request object, whose signature nobody could see, is refused before anything is decrypted or fetched', async () => {
  const object = await encrypted(await signed(far))
  const { redirectUri: redirect_uri } = far
  const answer = await browser.get(inAddress(far, object, { redirect_uri }))
  expect(callbackOf(answer).searchParams.get('error')).toBe('invalid_request_object')
  expect(keys.asked()).toBe(0)
})

describe('a signed request leads to a code', () => {
  test('pushed, and what stands beside it does not count', async () => {
    const request = await signed(strict)
    const pushed = await push(strict, request, {
      state: 'other',
      redirect_uri: 'https://evil.test',
    })
    expect(pushed.status).toBe(201)
    const requestUri = String(json(pushed)['request_uri'])
    const query = new URLSearchParams({ client_id: 'strict', request_uri: requestUri })
    const answer = await browser.follow(`${issuer}/auth?${query.toString()}`)
    expect((await redeemed(strict, answer)).status).toBe(200)
  })

  test('in the address, and what stands beside it does not count', async () => {
    const beside = { state: 'other', redirect_uri: desk.redirectUri, prompt: 'none' }
    const url = inAddress(desk, await signed(desk), beside)
    expect((await redeemed(desk, await browser.follow(url))).status).toBe(200)
  })

  test('by a key at an address, which a request in the browser makes us read', async () => {
    const url = inAddress(far, await signed(far, { key: farKey.key, header: { kid: 'far' } }))
    expect(callbackOf(await browser.follow(url)).searchParams.get('code')).not.toBeNull()
    expect(keys.asked()).toBe(1)
  })

  test('by the registered key alone: an address in its header is not read', async () => {
    const before = keys.asked()
    const header = { jku: `${keys.url}?x`, x5u: `${keys.url}?y` }
    expect((await push(desk, await signed(desk, { header }))).status).toBe(201)
    expect(keys.asked()).toBe(before)
  })

  test('pushed for a shorter time than others, if the object ends earlier', async () => {
    const pushed = await push(strict, await signed(strict, { claims: { exp: seconds() + 20 } }))
    expect(Number(json(pushed)['expires_in'])).toBeLessThanOrEqual(20)
  })
})

type Change = TokenChange & { readonly request?: (good: string) => string | Promise<string> }

const [now, hour] = [seconds(), 3600]

// What is changed, how, and what the answer says.
const refused: [string, () => Change | Promise<Change>, string][] = [
  ['no signature', () => ({ request: unsigned }), 'request_object_signing_alg'],
  ['a signature by none and a text', () => ({ request: withSignature }), 'signing_alg'],
  ['an empty signature', () => ({ request: (good) => `${bodyOf(good)}.` }), 'exactly as encoded'],
  ['a key of another', async () => ({ key: (await makeSigningKey('x')).key }), 'no key'],
  ['a key in its header', ownKey, 'no key'],
  ['a name of a key that is none', () => header({ kid: '../../etc/passwd' }), 'no key'],
  ['HMAC by the public key', hmac, 'request_object_signing_alg'],
  ['another type', () => header({ typ: 'JWT' }), 'typ must be'],
  ['no type', () => header({ typ: undefined }), 'typ must be'],
  ['another audience', () => claims({ aud: `${issuer}/token` }), 'aud'],
  ['an empty list as audience', () => claims({ aud: [] }), 'aud'],
  ['a list of others as audience', () => claims({ aud: [`${issuer}/token`] }), 'aud'],
  ['no audience', () => claims({ aud: undefined }), 'aud'],
  ['another issuer', () => claims({ iss: 'library' }), 'iss'],
  ['the subject of an assertion', () => claims({ sub: 'desk' }), 'sub may not be'],
  ['another service', () => claims({ client_id: 'library' }), 'client_id'],
  ['no service', () => claims({ client_id: undefined }), 'client_id'],
  ['no end', () => claims({ exp: undefined }), 'exp must be'],
  ['an end that is over', () => claims({ exp: now - 5 }), 'exp'],
  ['an end in two hours', () => claims({ exp: now + 2 * hour }), 'exp must be'],
  ['an end that is no number', () => claims({ exp: 'tomorrow' }), 'exp'],
  ['no beginning', () => claims({ nbf: undefined }), 'nbf must be'],
  ['a making in an hour', () => claims({ iat: now + hour }), 'iat must not be ahead'],
  ['a making in words', () => claims({ iat: 'now' }), 'request: iss must'],
  ['a making between seconds', () => claims({ iat: now + 0.5 }), 'iat must not be ahead'],
  ['a beginning in a minute', () => claims({ nbf: now + 90 }), 'nbf'],
  ['a beginning two hours ago', () => claims({ nbf: now - 2 * hour }), 'nbf must be'],
  ['a jti that is a number', () => claims({ jti: 7 }), 'request: iss must'],
  ['a state that is a number', () => claims({ state: 7 }), 'request: state must be a text'],
  ['a state that is an object', () => claims({ state: {} }), 'request: state must be a text'],
  ['a state that is null', () => claims({ state: null }), 'request: state must be a text'],
  ['a nonce that is a number', () => claims({ nonce: 7 }), 'request: nonce must be a text'],
  ['a redirect_uri that is true', () => claims({ redirect_uri: true }), 'must be a text'],
  ['a kid that is a number', () => header({ kid: 7 }), 'request: kid must be a text'],
  ['a kid that is null', () => header({ kid: null }), 'request: kid must be a text'],
  ['a long jti', () => claims({ jti: 'j'.repeat(256) }), 'jti must be'],
  ['more than 8 KiB', () => claims({ padding: 'x'.repeat(6200) }), 'request: has more than 8192'],
  ['a request inside', () => claims({ request: 'e30.e30.' }), 'request: is no signed JWT'],
  ['an address inside', () => claims({ request_uri: 'https://x.test' }), 'request: is no signed'],
  ['words that are no JWT', () => ({ request: () => 'words' }), 'request: is no signed JWT'],
  ['five parts', () => ({ request: encrypted }), 'request: is no signed JWT'],
  ...looseSpellings.map(([name, respelt]): (typeof refused)[number] => [
    `another spelling: ${name}`,
    () => ({ request: respelt }),
    'request',
  ]),
]

describe('a request object is refused with', () => {
  test.each(refused)('%s', async (_, changed, says) => {
    const { request = (good: string) => good, ...change } = await changed()
    const object = await request(await signed(desk, change))

    const pushed = await push(desk, object)
    expect([pushed.status, json(pushed)]).toEqual([
      400,
      expect.objectContaining({
        error: 'invalid_request_object',
        error_description: expect.stringContaining(says) as string,
        error_uri: `${issuer}/api/errors#request-object`,
      }),
    ])
    const redirect_uri = desk.redirectUri
    const answer = await browser.get(inAddress(desk, object, { redirect_uri }))
    // Longer ones do not even get through the front door.
    const sent = answer.status === 303 ? callbackOf(answer) : undefined
    expect([answer.status, sent?.searchParams.get('error')]).toEqual([
      303,
      'invalid_request_object',
    ])
  })

  test('another request_object_signing_alg than the registered', async () => {
    const { privateKey } = await jose.generateKeyPair('PS256')
    const object = await signed(desk, { key: privateKey, header: { alg: 'PS256' } })
    expect(json(await push(desk, object))['error']).toBe('invalid_request_object')
  })
})

describe('a service that registered no algorithm', () => {
  test.each<[string, (good: string) => string | Promise<string>]>([
    ['a good object', (good) => good],
    ['an object without signature', unsigned],
    ['an encrypted object', encrypted],
    ['no JWT', () => 'words'],
  ])('is told so, whatever it sends: %s', async (_, request) => {
    const object = await request(await signed(without))
    for (const service of [without, broker.services.library]) {
      const pushed = await push(service, object)
      expect([pushed.status, json(pushed)['error']]).toEqual([400, 'request_not_supported'])
      expect(json(pushed)['error_uri']).toBe(`${issuer}/api/errors#request-object-unregistered`)
    }
    const { redirectUri: redirect_uri } = without
    const { searchParams } = callbackOf(
      await browser.get(inAddress(without, object, { redirect_uri, state: 'mine' })),
    )
    expect(searchParams.get('error')).toBe('request_not_supported')
  })
})

test('an object counts once, pushed or in the address, and with two at once one wins', async () => {
  const object = await signed(strict)
  const both = await Promise.all([push(strict, object), push(strict, object)])
  const [won, lost] = both.toSorted((a, b) => a.status - b.status)
  expect([won?.status, lost?.status]).toEqual([201, 400])
  expect(lost && json(lost)).toMatchObject({
    error: 'invalid_request_object',
    error_description: 'request: its jti was used before',
  })
  const url = inAddress(desk, await signed(desk))
  expect(callbackOf(await browser.get(url)).searchParams.get('code')).not.toBeNull()
  const again = await browser.get(url)
  expect([again.status, again.location]).toEqual([400, undefined])
})

test('nobody uses up an identifier without the key, and an assertion may have the same', async () => {
  const jti = crypto.randomUUID()
  const forged = await signed(strict, {
    claims: { jti },
    key: (await makeSigningKey('x')).key,
  })
  expect((await push(strict, forged)).status).toBe(400)
  const assertion = await strict.assertion({ claims: { jti } })
  const request = await signed(strict, { claims: { jti } })
  expect((await strict.call('/request', { request }, { assertion })).status).toBe(201)
  // An assertion that was made so that the two would be kept under one identifier.
  const next = await signed(strict, { claims: { jti: 'next' } })
  const alike = await strict.assertion({ claims: { jti: ' oauth-authz-req+jwt next' } })
  expect(
    json(await strict.call('/request', { request: next }, { assertion: alike })),
  ).toMatchObject({
    error: 'invalid_request_object',
    error_description: 'request: its jti was used before',
  })
})

test('login_hint of an object is not kept, pushed or in the address, and the request goes on', async () => {
  const hinted = { claims: { login_hint: 'marie@exemple.test' } }
  const pushed = await push(strict, await signed(strict, hinted))
  const request_uri = String(json(pushed)['request_uri'])
  const url = `${issuer}/auth?${new URLSearchParams({ client_id: 'strict', request_uri }).toString()}`
  const somebody = makeBrowser(broker)
  for (const address of [url, inAddress(desk, await signed(desk, hinted))])
    expect((await somebody.follow(address)).status).toBe(200)
  const kept: { readonly payload: unknown }[] = await broker.db('oidcArtifacts').select('payload')
  const texts = kept.map(({ payload }) => JSON.stringify(payload))
  // The parameters of a pushed request are kept as a JWT.
  const decoded = texts.flatMap((text) =>
    text.split(/[".]/).map((part) => Buffer.from(part, 'base64url').toString()),
  )
  expect(decoded.filter((text) => text.includes('"redirect_uri"')).length).toBeGreaterThan(1)
  expect([...texts, ...decoded].filter((text) => text.includes('marie'))).toEqual([])
  expect((await redeemed(strict, await browser.get(url))).status).toBe(200)
})

test('what a service may not ask for it may not ask for in an object either', async () => {
  const claim = { userinfo: { email: null } }
  for (const [asked, error] of [
    [{ scope: 'openid email' }, 'invalid_scope'],
    [{ scope: 'openid everything' }, 'invalid_scope'],
    [{ claims: claim }, 'invalid_request'],
    [{ claims: JSON.stringify(claim) }, 'invalid_request'],
    [{ resource: 'https://holder.test/api' }, 'invalid_target'],
    [{ state: 's'.repeat(513) }, 'invalid_request'],
    [{ code_challenge: undefined }, 'invalid_request'],
    [{ response_mode: 'form_post' }, 'invalid_request'],
  ] as const) {
    const answer = await push(desk, await signed(desk, { claims: asked }))
    expect([answer.status, json(answer)['error']], JSON.stringify(asked)).toEqual([400, error])
  }
  const wider = await push(strict, await signed(strict, { claims: { scope: 'openid email' } }))
  expect(json(wider)['error']).toBe('invalid_scope')
  const elsewhere = await push(
    desk,
    await signed(desk, { claims: { redirect_uri: 'https://x.test' } }),
  )
  expect(elsewhere.status).toBe(400)
})

test('a strict service pushes its object, and one that must sign is refused without', async () => {
  const { redirectUri: redirect_uri } = strict
  const plain = await browser.get(inAddress(strict, await signed(strict), { redirect_uri }))
  expect(callbackOf(plain).searchParams.get('error_description')).toContain('push the request')
  const unsignedRequest = await always.push()
  expect([unsignedRequest.status, json(unsignedRequest)]).toEqual([
    400,
    expect.objectContaining({
      error: 'invalid_request',
      error_uri: `${issuer}/api/errors#request-object-missing`,
    }),
  ])
  const url = inAddress(always, await signed(always))
  expect(callbackOf(await browser.get(url)).searchParams.get('code')).not.toBeNull()
})

test('an address in the place of an object is never read', async () => {
  const before = keys.asked()
  const request_uri = keys.url
  const query = { client_id: 'desk', request_uri, redirect_uri: desk.redirectUri }
  const url = `${issuer}/auth?${new URLSearchParams(query).toString()}`
  const { searchParams } = callbackOf(await browser.get(url))
  expect(searchParams.get('error')).toBe('request_uri_not_supported')
  expect(json(await desk.push({ request_uri }))['error']).toBe('request_uri_not_supported')
  expect(keys.asked()).toBe(before)
})

test('an error goes by no way that its service has not registered', async () => {
  for (const response_mode of ['form_post', 'fragment']) {
    const answer = await makeBrowser(broker).get(without.plain({ response_mode }).url)
    expect(answer.status).toBe(303)
    expect(callbackOf(answer).searchParams.get('error')).toBe('invalid_request')
  }
})

function header(changed: TokenChange['header']): Change {
  return { header: changed ?? {} }
}

function claims(changed: TokenChange['claims']): Change {
  return { claims: changed ?? {} }
}

async function ownKey(): Promise<Change> {
  const { jwk, key } = await makeSigningKey(undefined)
  return { key, header: { jwk } }
}

// The public key is known to all; whoever takes it for a secret verifies anything.
async function hmac(): Promise<Change> {
  const { jwks } = desk.registered as { jwks: { keys: object[] } }
  await Promise.resolve()
  return { key: Buffer.from(JSON.stringify(jwks.keys[0])), header: { alg: 'HS256' } }
}

function unsigned(good: string): string {
  const body = Buffer.from(JSON.stringify({ alg: 'none', typ: objectType })).toString('base64url')
  return `${body}.${good.split('.')[1]}.`
}

function withSignature(good: string): string {
  return unsigned(good) + 'AAAA'
}

function bodyOf(good: string): string {
  return good.split('.').slice(0, 2).join('.')
}

// To a key of the broker's own, as its /jwks has them: whoever decrypts it may forget the signature inside, or its absence.
async function encrypted(good: string): Promise<string> {
  const { publicKey } = await jose.generateKeyPair('ECDH-ES')
  return new jose.CompactEncrypt(Buffer.from(unsigned(good)))
    .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', cty: 'JWT' })
    .encrypt(publicKey)
}

function seconds(): number {
  return Math.floor(Date.now() / 1000)
}
