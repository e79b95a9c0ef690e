import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { expect, test } from 'vitest'
import { readLogoutToken, rememberUsedTokens } from '../../demo/applications/logout-token.ts'
import { looseSpellings } from '../support/spellings.ts'

const now = new Date('2026-11-24T12:00:00Z')
const seconds = now.getTime() / 1000
const issuer = 'https://accord.test'
const clientId = 'aide-etudes'
const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'

const good = {
  iss: issuer,
  aud: clientId,
  sub: 'marie',
  sid: 'home',
  iat: seconds,
  exp: seconds + 120,
  jti: 'one',
  events: { [logoutEvent]: {} },
}

const { privateKey, publicKey } = await generateKeyPair('ES256')
const jwk = { ...(await exportJWK(publicKey)), kid: 'current', alg: 'ES256', use: 'sig' }
const rsa = await generateKeyPair('PS256')
const rsaJwk = { ...(await exportJWK(rsa.publicKey)), kid: 'rsa', alg: 'PS256', use: 'sig' }
const expected = { issuer, clientId, keys: createLocalJWKSet({ keys: [jwk, rsaJwk] }) }

function sign(claims: object, header: object = {}, key = privateKey): Promise<string> {
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'logout+jwt', kid: 'current', ...header })
    .sign(key)
}

function unreachableKeys(): Promise<never> {
  return Promise.reject(new TypeError('fetch failed'))
}

function read(token: string, used = rememberUsedTokens()) {
  return readLogoutToken(token, expected, used, now)
}

test.each([
  { what: 'sub and sid', claims: good, sub: 'marie', sid: 'home' },
  { what: 'a session alone', claims: { ...good, sub: undefined }, sub: undefined, sid: 'home' },
  { what: 'a person alone', claims: { ...good, sid: undefined }, sub: 'marie', sid: undefined },
  { what: 'a clock 20 s ahead', claims: { ...good, iat: seconds + 20 }, sub: 'marie', sid: 'home' },
  {
    what: 'several audiences with us',
    claims: { ...good, aud: ['x', clientId] },
    sub: 'marie',
    sid: 'home',
  },
])('a logout token with $what is accepted', async ({ claims, sub, sid }) => {
  expect(await read(await sign(claims))).toEqual({ isAccepted: true, sub, sid })
})

test.each([
  { what: 'another issuer', claims: { ...good, iss: 'https://elsewhere.test' } },
  { what: 'the issuer with a slash', claims: { ...good, iss: `${issuer}/` } },
  { what: 'another audience', claims: { ...good, aud: 'agence-revenu' } },
  { what: 'no audience', claims: { ...good, aud: undefined } },
  { what: 'its time over', claims: { ...good, iat: seconds - 100, exp: seconds - 31 } },
  { what: 'too great an age', claims: { ...good, iat: seconds - 151, exp: seconds + 3600 } },
  { what: 'a date in the future', claims: { ...good, iat: seconds + 31, exp: seconds + 120 } },
  { what: 'no iat', claims: { ...good, iat: undefined } },
  { what: 'no exp', claims: { ...good, exp: undefined } },
  { what: 'no jti', claims: { ...good, jti: undefined } },
  { what: 'a nonce', claims: { ...good, nonce: 'n' } },
  { what: 'no events', claims: { ...good, events: undefined } },
  { what: 'another event', claims: { ...good, events: { 'https://example.test/other': {} } } },
  { what: 'an event that is no object', claims: { ...good, events: { [logoutEvent]: true } } },
  { what: 'events as a list', claims: { ...good, events: [logoutEvent] } },
  { what: 'neither sub nor sid', claims: { ...good, sub: undefined, sid: undefined } },
])('a logout token with $what is refused', async ({ claims }) => {
  expect(await read(await sign(claims))).toMatchObject({ isAccepted: false })
})

test.each([
  { what: 'an ID token', header: { typ: 'JWT' } },
  { what: 'an access token', header: { typ: 'at+jwt' } },
  { what: 'a token without type', header: { typ: undefined } },
  { what: 'a key that the issuer does not publish', header: { kid: 'unknown' } },
])('$what is refused as a logout token', async ({ header }) => {
  expect(await read(await sign(good, header))).toMatchObject({ isAccepted: false })
})

test('a signature by another key is refused, though it bears the name of the issuer’s', async () => {
  const other = await generateKeyPair('ES256')
  expect(await read(await sign(good, {}, other.privateKey))).toMatchObject({ isAccepted: false })
})

test('a published key of another kind is refused: the profile is ES256 alone', async () => {
  const token = await sign(good, { alg: 'PS256', kid: 'rsa' }, rsa.privateKey)
  expect(await read(token)).toMatchObject({ isAccepted: false })
})

test.each(looseSpellings)(
  'a valid token in another spelling, with %s, is refused',
  async (_, respell) => {
    expect(await read(respell(await sign(good)))).toMatchObject({ isAccepted: false })
  },
)

test('an unsigned token is refused', async () => {
  expect(await read(new UnsecuredJWT(good).encode())).toMatchObject({ isAccepted: false })
})

test('a token signed with the public key as a shared secret is refused', async () => {
  const secret = new TextEncoder().encode(JSON.stringify(jwk))
  const forged = await new SignJWT(good)
    .setProtectedHeader({ alg: 'HS256', typ: 'logout+jwt', kid: 'current' })
    .sign(secret)
  expect(await read(forged)).toMatchObject({ isAccepted: false })
})

test.each(['', 'a', 'a.b.c', 'é'.repeat(5000)])(
  'a text that is no token is refused',
  async (token) => {
    expect(await read(token)).toMatchObject({ isAccepted: false })
  },
)

test('a logout token works once', async () => {
  const used = rememberUsedTokens()
  const token = await sign(good)
  expect(await read(token, used)).toMatchObject({ isAccepted: true })
  expect(await read(token, used)).toEqual({ isAccepted: false, because: '"jti" was used before' })
})

test('a refused token does not use up its jti', async () => {
  const used = rememberUsedTokens()
  await read(await sign({ ...good, nonce: 'n' }), used)
  expect(await read(await sign(good), used)).toMatchObject({ isAccepted: true })
})

test('if the keys cannot be fetched the answer is an outage, not a refusal', async () => {
  const whileAway = { ...expected, keys: unreachableKeys }
  const reading = readLogoutToken(await sign(good), whileAway, rememberUsedTokens(), now)
  await expect(reading).rejects.toThrow('fetch failed')
})
