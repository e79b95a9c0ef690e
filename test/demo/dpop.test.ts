import { createHash } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { expect, test } from 'vitest'
import { isProofFor, rememberUsedProofs } from '../../demo/applications/holder/dpop.ts'
import { looseSpellings } from '../support/spellings.ts'

const now = new Date('2026-11-24T12:00:00Z')
const seconds = now.getTime() / 1000
const accessToken = 'an-access-token'
const address = 'http://localhost:3002/api/avis/2025'

const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
const jwk = await exportJWK(publicKey)
const expected = {
  method: 'GET',
  address,
  accessToken,
  thumbprint: await calculateJwkThumbprint(jwk),
}
const good = { htm: 'GET', htu: address, ath: hashOf(accessToken), iat: seconds, jti: 'one' }
const goodHeader = { alg: 'ES256', typ: 'dpop+jwt', jwk }

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

function sign(claims: object, header: object = {}, key = privateKey): Promise<string> {
  return new SignJWT({ ...claims }).setProtectedHeader({ ...goodHeader, ...header }).sign(key)
}

function later(passed: number): Date {
  return new Date(now.getTime() + passed * 1000)
}

function isGood(proof: string, used = rememberUsedProofs(), at = now): Promise<boolean> {
  return isProofFor(expected, proof, used, at)
}

test.each([
  { what: 'now', iat: seconds },
  { what: 'a minute ago', iat: seconds - 60 },
  { what: 'by a clock that is a minute ahead', iat: seconds + 60 },
])('a proof made $what is accepted', async ({ iat }) => {
  expect(await isGood(await sign({ ...good, iat }))).toBe(true)
})

test('a proof with an expiry is accepted until then', async () => {
  expect(await isGood(await sign({ ...good, exp: seconds + 1 }))).toBe(true)
  expect(await isGood(await sign({ ...good, exp: seconds - 1 }))).toBe(false)
})

test.each([
  { what: 'another method', claims: { ...good, htm: 'POST' } },
  { what: 'no method', claims: { ...good, htm: undefined } },
  { what: 'another address', claims: { ...good, htu: `${address}/` } },
  { what: 'the address with a query', claims: { ...good, htu: `${address}?year=2025` } },
  { what: 'the address in capitals', claims: { ...good, htu: address.toUpperCase() } },
  { what: 'no address', claims: { ...good, htu: undefined } },
  { what: 'another token’s hash', claims: { ...good, ath: hashOf('another') } },
  { what: 'the token itself for its hash', claims: { ...good, ath: accessToken } },
  { what: 'no hash of the token', claims: { ...good, ath: undefined } },
  { what: 'an age of 61 s', claims: { ...good, iat: seconds - 61 } },
  { what: 'a date 61 s ahead', claims: { ...good, iat: seconds + 61 } },
  { what: 'no date', claims: { ...good, iat: undefined } },
  { what: 'a date that is no number', claims: { ...good, iat: String(seconds) } },
  { what: 'no number', claims: { ...good, jti: undefined } },
  { what: 'a number that is no text', claims: { ...good, jti: 1 } },
  { what: 'a number too long to be kept', claims: { ...good, jti: 'x'.repeat(129) } },
])('a proof with $what is refused', async ({ claims }) => {
  expect(await isGood(await sign(claims))).toBe(false)
})

test.each([
  { what: 'another type', header: { typ: 'JWT' } },
  { what: 'no type', header: { typ: undefined } },
  { what: 'no key', header: { jwk: undefined } },
  { what: 'a key that is none', header: { jwk: { kty: 'EC' } } },
])('a proof with $what in its header is refused', async ({ header }) => {
  expect(await isGood(await sign(good, header))).toBe(false)
})

test('a proof that gives its private key away is refused', async () => {
  const proof = await sign(good, { jwk: await exportJWK(privateKey) })
  expect(await isGood(proof)).toBe(false)
})

test('a good proof of another key is refused: the token is not bound to it', async () => {
  const other = await generateKeyPair('ES256')
  const proof = await sign(good, { jwk: await exportJWK(other.publicKey) }, other.privateKey)
  expect(await isGood(proof)).toBe(false)
})

test('a proof that bears the token’s key, and another key’s signature, is refused', async () => {
  const other = await generateKeyPair('ES256')
  expect(await isGood(await sign(good, {}, other.privateKey))).toBe(false)
})

test('a key of another kind is refused: the profile is ES256 alone', async () => {
  const other = await generateKeyPair('Ed25519')
  const otherJwk = await exportJWK(other.publicKey)
  const proof = await sign(good, { alg: 'Ed25519', jwk: otherJwk }, other.privateKey)
  const bound = { ...expected, thumbprint: await calculateJwkThumbprint(otherJwk) }
  expect(await isProofFor(bound, proof, rememberUsedProofs(), now)).toBe(false)
})

test.each([
  new UnsecuredJWT(good).encode(),
  `${btoa(JSON.stringify({ ...goodHeader, alg: 'none' }))}.${btoa(JSON.stringify(good))}.`,
  '',
  'a.b.c',
])('an unsigned proof and a missing one are refused', async (proof) => {
  expect(await isGood(proof)).toBe(false)
})

test('two proofs in one header are refused', async () => {
  const [one, two] = [await sign(good), await sign({ ...good, jti: 'two' })]
  expect(await isGood(`${one}, ${two}`)).toBe(false)
})

test.each(looseSpellings)(
  'a valid proof in another spelling, with %s, is refused',
  async (_, respell) => {
    expect(await isGood(respell(await sign(good)))).toBe(false)
  },
)

test('a proof works once, as long as it could work at all', async () => {
  const used = rememberUsedProofs()
  const proof = await sign({ ...good, iat: seconds + 60 })
  expect(await isGood(proof, used)).toBe(true)
  expect(await isGood(proof, used)).toBe(false)
  expect(await isGood(proof, used, later(120))).toBe(false)
  expect(await isGood(proof, used, later(121))).toBe(false)
})

test('a refused proof does not use up its jti', async () => {
  const used = rememberUsedProofs()
  await isGood(await sign({ ...good, htm: 'POST' }), used)
  expect(await isGood(await sign(good), used)).toBe(true)
})

test('a bounded number of proofs is kept', async () => {
  const used = rememberUsedProofs()
  for (let number = 0; number < 10_005; number++) used.put(String(number), true, now)
  expect(used.live(now)).toHaveLength(10_000)
})
