import * as jose from 'jose'
import type { Client } from 'oidc-provider'
import { Provider } from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { emptyAdapter } from '../../src/provider/unit/empty-adapter.ts'
import { mintLogoutToken } from '../../src/provider/unit/backchannel-logout.ts'
import type { Answer, Browser, Site } from '../support/browser.ts'
import { makeBrowser } from '../support/browser.ts'
import type { Broker } from '../support/broker.ts'
import { callbackOf, codeOf, issuer, startBroker } from '../support/broker.ts'
import type { KeyServer } from '../support/key-server.ts'
import { startKeyServer } from '../support/key-server.ts'
import { newPerson } from '../support/person.ts'
import { publishedKeys } from '../support/published-keys.ts'
import { secret } from '../support/secrets.ts'
import type { Service } from '../support/service.ts'
import { json, makeService } from '../support/service.ts'

// ID tokens and answers of /userinfo and of introspection that are signed or encrypted, where the service registered it.

let broker: Broker
let browser: Browser
let keys: ReturnType<typeof jose.createLocalJWKSet>
let ecdh: jose.GenerateKeyPairResult
let rsa: jose.GenerateKeyPairResult
/** It gets encrypted ID tokens and answers of /userinfo by ECDH-ES; `wrapped` by RSA-OAEP-256, signed by RSA. */
let sealed: Service
let wrapped: Service
/** Its answers of /userinfo are signed only. */
let signed: Service
/** Their keys are at an address. */
let far: Service
let distant: Service
let published: KeyServer
let farSigning: jose.GenerateKeyPairResult
/** It gets its introspections signed. */
let asking: Service

async function newPair(alg: string): Promise<jose.GenerateKeyPairResult> {
  const pair = await jose.generateKeyPair(alg, { extractable: true })
  secret('client key', (await jose.exportJWK(pair.privateKey)).d ?? '')
  return pair
}

async function publicHalf({ publicKey }: jose.GenerateKeyPairResult, more: object) {
  return { ...(await jose.exportJWK(publicKey)), ...more }
}

async function withKey(site: Site, clientId: string, key: object, more: object): Promise<Service> {
  const common = { clientId, organisation: 'org_sealing', isBearer: true }
  const plain = await makeService(site, { ...common, more: { profile: 'baseline', ...more } })
  const { jwks } = plain.registered as { jwks: { keys: object[] } }
  jwks.keys.push(key)
  return plain
}

async function makeServices(site: Site): Promise<Service[]> {
  sealed = await withKey(site, 'sealed', await publicHalf(ecdh, { use: 'enc', kid: 'sealing' }), {
    id_token_encrypted_response_alg: 'ECDH-ES+A256KW',
    userinfo_signed_response_alg: 'ES256',
    userinfo_encrypted_response_alg: 'ECDH-ES',
  })
  const key = await publicHalf(rsa, { use: 'enc', alg: 'RSA-OAEP-256' })
  wrapped = await withKey(site, 'wrapped', key, {
    id_token_signed_response_alg: 'RS256',
    id_token_encrypted_response_alg: 'RSA-OAEP-256',
    id_token_encrypted_response_enc: 'A256GCM',
  })
  signed = await makeService(site, {
    clientId: 'signed',
    organisation: 'org_sealing',
    isBearer: true,
    more: { profile: 'baseline', userinfo_signed_response_alg: 'PS256' },
  })
  const withAddress = (clientId: string) =>
    makeService(site, {
      clientId,
      organisation: 'org_sealing',
      isBearer: true,
      more: {
        profile: 'baseline',
        jwks_uri: published.url,
        id_token_encrypted_response_alg: 'ECDH-ES',
        userinfo_signed_response_alg: 'ES256',
        userinfo_encrypted_response_alg: 'ECDH-ES',
      },
    })
  far = await withAddress('far')
  distant = await withAddress('distant')
  asking = await makeService(site, {
    clientId: 'asking',
    organisation: 'org_sealing',
    more: { introspection_signed_response_alg: 'ES256' },
  })
  return [sealed, wrapped, signed, far, distant, asking]
}

beforeAll(async () => {
  published = await startKeyServer()
  ecdh = await newPair('ECDH-ES')
  rsa = await newPair('RSA-OAEP-256')
  farSigning = await newPair('ES256')
  const env = { OUTBOUND_ALLOW: published.host }
  broker = await startBroker(makeServices, [], undefined, env, { rsa: true })
  browser = (await newPerson(broker)).browser
  keys = await publishedKeys(broker)
})

afterAll(async () => {
  await broker.stop()
  await published.close()
})

async function tokensOf(
  service: Service,
  more: { assertion?: string; port?: number } = {},
): Promise<Answer> {
  const errand = service.plain()
  const code = codeOf(callbackOf(await browser.follow(errand.url)))
  return service.redeem(code, errand, more)
}

async function opened(jwe: unknown, key: jose.CryptoKey) {
  const { plaintext, protectedHeader } = await jose.compactDecrypt(String(jwe), key)
  const jwt = new TextDecoder().decode(plaintext)
  secret('token', jwt.split('.')[2] ?? '')
  return { jwt, header: protectedHeader }
}

function verified(jwt: string, service: Service) {
  return jose.jwtVerify(jwt, keys, { issuer, audience: service.clientId })
}

describe('an encrypted ID token', () => {
  test('is opened by its service alone, and is signed inside', async () => {
    const tokens = json(await tokensOf(sealed))
    const { jwt, header } = await opened(tokens['id_token'], ecdh.privateKey)
    expect(header).toMatchObject({
      alg: 'ECDH-ES+A256KW',
      enc: 'A256GCM',
      cty: 'JWT',
      kid: 'sealing',
    })
    const { payload } = await verified(jwt, sealed)
    expect(payload.sub).toMatch(/^[\w-]{22}$/)
    expect(JSON.stringify(header)).not.toContain(payload.sub)
    const { privateKey } = await newPair('ECDH-ES')
    await expect(opened(tokens['id_token'], privateKey)).rejects.toThrow()
  })

  test('by RSA, and what is inside is a hint, where what is outside is none', async () => {
    const person = await newPerson(broker)
    const errand = wrapped.plain()
    const code = codeOf(callbackOf(await person.browser.follow(errand.url)))
    const tokens = json(await wrapped.redeem(code, errand))
    const { jwt, header } = await opened(tokens['id_token'], rsa.privateKey)
    expect(header).toMatchObject({ alg: 'RSA-OAEP-256', enc: 'A256GCM' })
    expect((await verified(jwt, wrapped)).protectedHeader.alg).toBe('RS256')
    const hinted = await person.browser.get(
      wrapped.plain({ id_token_hint: jwt, prompt: 'none' }).url,
    )
    expect(callbackOf(hinted).searchParams.get('code')).not.toBeNull()
    const encrypted = String(tokens['id_token'])
    const refused = await person.browser.get(
      wrapped.plain({ id_token_hint: encrypted, prompt: 'none' }).url,
    )
    expect(callbackOf(refused).searchParams.get('error')).toBe('invalid_request')
  })
})

describe('an answer of /userinfo', () => {
  test('is signed for its service, and an error is as ever', async () => {
    const token = String(json(await tokensOf(signed))['access_token'])
    const answer = await signed.userinfo(token)
    expect([answer.status, answer.headers['content-type']]).toEqual([
      200,
      'application/jwt; charset=utf-8',
    ])
    const { payload, protectedHeader } = await verified(answer.body, signed)
    expect(protectedHeader.alg).toBe('PS256')
    expect(Object.keys(payload).toSorted()).toEqual(['aud', 'exp', 'iat', 'iss', 'sub'])
    const wrong = await signed.userinfo(`${token}x`)
    expect([wrong.status, json(wrong)['error']]).toEqual([401, 'invalid_token'])
  })

  test('is encrypted to the key of its service', async () => {
    const token = String(json(await tokensOf(sealed))['access_token'])
    const { body } = await sealed.userinfo(token)
    const { jwt, header } = await opened(body, ecdh.privateKey)
    expect(header).toMatchObject({ alg: 'ECDH-ES', enc: 'A256GCM' })
    expect((await verified(jwt, sealed)).payload.sub).toMatch(/^[\w-]{22}$/)
  })

  test('is plain for whoever registered nothing', async () => {
    const { taxes } = broker.services
    const errand = await taxes.begin()
    const code = codeOf(callbackOf(await browser.follow(errand.url)))
    const tokens = json(await taxes.redeem(code, errand))
    const answer = await taxes.userinfo(String(tokens['access_token']))
    expect(answer.headers['content-type']).toContain('application/json')
    expect(String(tokens['id_token']).split('.')).toHaveLength(3)
  })
})

describe('keys at an address', () => {
  test('are encrypted to if they are for encryption, and are read once for all that a process sends', async () => {
    const [first = 0, second = 0] = broker.ports
    const key = farSigning.privateKey
    const sig = { jwk: await publicHalf(farSigning, { kid: 's', use: 'sig' }), key }
    // A key that does not say what it is for is not encrypted to.
    published.publish(sig, { jwk: await publicHalf(ecdh, { kid: 'e' }), key })
    const without = await atAddress(far, first)
    expect([without.status, json(without)]).toEqual([
      400,
      expect.objectContaining({
        error: 'invalid_client_metadata',
        error_uri: `${issuer}/api/errors#encryption-key`,
      }),
    ])

    published.publish(sig, { jwk: await publicHalf(ecdh, { kid: 'e', use: 'enc' }), key })
    const before = published.asked()
    const tokens = json(await atAddress(far, second))
    const { header } = await opened(tokens['id_token'], ecdh.privateKey)
    expect(header.kid).toBe('e')
    const answer = await far.userinfo(String(tokens['access_token']), { port: second })
    const { jwt } = await opened(answer.body, ecdh.privateKey)
    expect((await verified(jwt, far)).payload.sub).toMatch(/^[\w-]{22}$/)
    expect(published.asked()).toBe(before + 1)
  })

  test('are read for /userinfo too, by a process that has not read them', async () => {
    const [first = 0, second = 0] = broker.ports
    const token = String(json(await atAddress(distant, first))['access_token'])
    const before = published.asked()
    const answer = await distant.userinfo(token, { port: second })
    const { jwt } = await opened(answer.body, ecdh.privateKey)
    await verified(jwt, distant)
    expect(published.asked()).toBe(before + 1)
  })
})

test('a logout notice is signed and never encrypted: its process reads no keys of services', async () => {
  const own = await newPair('ES256')
  const provider = new Provider(issuer, {
    jwks: { keys: [await jose.exportJWK(own.privateKey)] },
    adapter: () => emptyAdapter,
    features: { devInteractions: { enabled: false }, encryption: { enabled: true } },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
  })
  const Constructor = provider.Client as unknown as new (metadata: object) => Client
  const { jwks } = sealed.registered
  const client = new Constructor({
    client_id: 'sealed',
    client_secret: 'x'.repeat(32),
    redirect_uris: [sealed.redirectUri],
    jwks,
    id_token_encrypted_response_alg: 'ECDH-ES',
  })
  const notice = { clientId: 'sealed', accountId: 'a', sid: 's', jti: crypto.randomUUID() }
  const token = await mintLogoutToken(provider, client, notice, new Date())
  const { payload, protectedHeader } = await jose.jwtVerify(token, own.publicKey)
  expect(protectedHeader.typ).toBe('logout+jwt')
  expect(payload).toMatchObject({ aud: 'sealed', sub: 'a', sid: 's', jti: notice.jti })
  // Another try: another token, of the same name.
  const again = await mintLogoutToken(provider, client, notice, new Date())
  expect([again === token, jose.decodeJwt(again).jti]).toEqual([false, notice.jti])
})

describe('an introspection', () => {
  const accept = { accept: 'application/token-introspection+jwt' }

  test('is signed for whoever registered it and asks for it', async () => {
    const token = await tokenOf(asking)
    const answer = await asking.introspect(token, { headers: accept })
    expect(answer.headers['content-type']).toContain('application/token-introspection+jwt')
    const { payload, protectedHeader } = await verified(answer.body, asking)
    expect(protectedHeader.typ).toBe('token-introspection+jwt')
    expect(Object.keys(payload).toSorted()).toEqual(['aud', 'iat', 'iss', 'token_introspection'])
    const plain = json(await asking.introspect(token))
    expect(payload['token_introspection']).toEqual(plain)
    expect(plain).toMatchObject({ active: true, client_id: 'asking' })
  })

  test('of a token that says nothing is signed too', async () => {
    const answer = await asking.introspect('x'.repeat(43), { headers: accept })
    const { payload } = await verified(answer.body, asking)
    expect(payload['token_introspection']).toEqual({ active: false })
  })

  test('of another service is plain, whatever it asks for', async () => {
    const { taxes } = broker.services
    const answer = await taxes.introspect(await tokenOf(taxes), { headers: accept })
    expect(answer.headers['content-type']).toContain('application/json')
    expect(json(answer)['active']).toBe(true)
  })

  test('is no ID token: it proves nobody', async () => {
    const answer = await asking.introspect(await tokenOf(asking), { headers: accept })
    const pushed = await asking.push({ id_token_hint: answer.body })
    expect([pushed.status, json(pushed)['error']]).toEqual([400, 'invalid_request'])
    expect(
      (await makeBrowser(broker).get(`/session/end?id_token_hint=${answer.body}`)).status,
    ).toBe(400)
  })
})

async function atAddress(service: Service, port: number): Promise<Answer> {
  const assertion = await service.assertion({ key: farSigning.privateKey, header: { kid: 's' } })
  return tokensOf(service, { assertion, port })
}

async function tokenOf(service: Service): Promise<string> {
  const errand = await service.begin()
  const code = codeOf(callbackOf(await browser.follow(errand.url)))
  return String(json(await service.redeem(code, errand))['access_token'])
}
