import { createHash } from 'node:crypto'
import * as jose from 'jose'
import { beforeAll, expect, test } from 'vitest'
import type { ProvedRequest } from '../../../src/base/web/dpop.ts'
import { makeCheckProof } from '../../../src/base/web/dpop.ts'
import { looseSpellings } from '../../support/spellings.ts'

const checkProof = makeCheckProof()

// RFC 9449 4.3: what a proof for an access token must be, and everything that is not one.

const accessToken = 'an-access-token-of-some-length'
const nowSeconds = 1_790_000_000
const wanted: ProvedRequest = {
  method: 'POST',
  url: 'https://accord.test/access/v1/evaluation',
  accessToken,
  nowSeconds,
}

let pair: jose.GenerateKeyPairResult
let jwk: jose.JWK
let privateJwk: jose.JWK

beforeAll(async () => {
  pair = await jose.generateKeyPair('ES256', { extractable: true })
  jwk = await jose.exportJWK(pair.publicKey)
  privateJwk = await jose.exportJWK(pair.privateKey)
})

type Change = {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  readonly key?: jose.CryptoKey | Uint8Array
}

function proof({ claims = {}, header = {}, key = pair.privateKey }: Change = {}): Promise<string> {
  const payload = {
    jti: 'a-proof',
    htm: 'POST',
    htu: wanted.url,
    iat: nowSeconds,
    ath: hash(accessToken),
    ...claims,
  }
  return new jose.SignJWT(payload)
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk, ...header })
    .sign(key, { crit: { 'urn:x': true } })
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

test('a proof for this request and token is accepted, with its jti and key', async () => {
  expect(await checkProof(await proof(), wanted)).toEqual({
    jti: 'a-proof',
    thumbprint: await jose.calculateJwkThumbprint(jwk),
  })
})

test.each([-60, -1, 0, 1, 60])(
  'a proof from a clock %i seconds off is accepted',
  async (seconds) => {
    const off = await proof({ claims: { iat: nowSeconds + seconds } })
    expect(await checkProof(off, wanted)).toBeDefined()
  },
)

test.each([
  ['with a query', `${wanted.url}?page=2`],
  ['with a fragment', `${wanted.url}#top`],
  ['in capitals', 'HTTPS://ACCORD.test/access/v1/evaluation'],
  ['with the usual port', 'https://accord.test:443/access/v1/evaluation'],
])('a proof for the equivalent address %s is accepted', async (_, htu) => {
  expect(await checkProof(await proof({ claims: { htu } }), wanted)).toBeDefined()
})

test.each<[string, Record<string, unknown>]>([
  ['for the path in capitals', { htu: wanted.url.replace('access', 'Access') }],
  ['for another port', { htu: 'https://accord.test:8443/access/v1/evaluation' }],
  ['for a person in the address', { htu: wanted.url.replace('//', '//her@') }],
  ['for a path alone', { htu: '/access/v1/evaluation' }],
  ['made 61 seconds ago', { iat: nowSeconds - 61 }],
  ['made in 61 seconds', { iat: nowSeconds + 61 }],
  ['without a time', { iat: undefined }],
  ['whose time is text', { iat: String(nowSeconds) }],
  ['for another method', { htm: 'GET' }],
  ['for a method in small letters', { htm: 'post' }],
  ['for no method', { htm: undefined }],
  ['for another path', { htu: 'https://accord.test/disclosures' }],
  ['for another host', { htu: 'https://evil.test/access/v1/evaluation' }],
  ['for http', { htu: 'http://accord.test/access/v1/evaluation' }],
  ['for a path under it', { htu: `${wanted.url}/more` }],
  ['for no address', { htu: undefined }],
  ['for a list of addresses', { htu: [wanted.url] }],
  ['for another token', { ath: hash('another') }],
  ['with the token itself for its hash', { ath: accessToken }],
  ['for no token', { ath: undefined }],
  ['without a number', { jti: undefined }],
  ['whose number is empty', { jti: '' }],
  ['whose number is none', { jti: 7 }],
  ['whose number has 257 characters', { jti: 'j'.repeat(257) }],
  ['that is over', { exp: nowSeconds - 61 }],
  ['that begins later', { nbf: nowSeconds + 61 }],
])('a proof %s is none', async (_, claims) => {
  expect(await checkProof(await proof({ claims }), wanted)).toBeUndefined()
})

test('a jti of 256 characters is accepted, a longer one refused', async () => {
  const jti = 'j'.repeat(256)
  expect(await checkProof(await proof({ claims: { jti } }), wanted)).toMatchObject({ jti })
})

test.each<[string, () => Change | Promise<Change>]>([
  ['of another type', () => ({ header: { typ: 'JWT' } })],
  ['of no type', () => ({ header: { typ: undefined } })],
  ['without its key', () => ({ header: { jwk: undefined } })],
  ['that names a key', () => ({ header: { jwk: undefined, kid: 'known' } })],
  ['that shows the private key', () => ({ header: { jwk: privateJwk } })],
  ['signed by another key', async () => ({ key: (await another()).privateKey })],
  ['that shows another key', async () => ({ header: { jwk: await publicOf(await another()) } })],
  ['with an extension that we should know', () => ({ header: { crit: ['urn:x'], 'urn:x': 1 } })],
  [
    'of another curve',
    async () => {
      const pair = await jose.generateKeyPair('ES384')
      return { key: pair.privateKey, header: { alg: 'ES384', jwk: await publicOf(pair) } }
    },
  ],
  [
    'signed with the public key as a secret',
    () => ({ key: Buffer.from(JSON.stringify(jwk)), header: { alg: 'HS256' } }),
  ],
  [
    'signed with the secret that it shows',
    () => ({
      key: Buffer.alloc(32, 7),
      header: {
        alg: 'HS256',
        jwk: { kty: 'oct', k: Buffer.alloc(32, 7).toString('base64url') },
      },
    }),
  ],
])('a proof %s is none', async (_, change) => {
  expect(await checkProof(await proof(await change()), wanted)).toBeUndefined()
})

test.each<[string, (good: string) => string]>([
  ['nothing', () => ''],
  ['words', () => 'proof'],
  ['two proofs in one header', (good) => `${good}, ${good}`],
  ...looseSpellings.map(
    ([how, respell]) => [`a good one with ${how}`, respell] as [string, (good: string) => string],
  ),
  ['a proof without signature', (good) => good.replace(/\.[^.]*$/, '.')],
  ['an unsecured one', (good) => `${part({ alg: 'none', typ: 'dpop+jwt', jwk })}.${middle(good)}.`],
  [
    'a proof of zeros',
    (good) => good.replace(/\.[^.]*$/, `.${Buffer.alloc(64).toString('base64url')}`),
  ],
  ['a proof with other claims under its signature', (good) => good.replace(middle(good), part({}))],
  ['claims that are no JSON', (good) => good.replace(middle(good), 'e30x')],
  ['a header that is null', (good) => good.replace(/^[^.]*/, part(null))],
  [
    'a key that is a word',
    (good) => good.replace(/^[^.]*/, part({ alg: 'ES256', typ: 'dpop+jwt', jwk: 'x' })),
  ],
  [
    'a key that is no point',
    (good) =>
      good.replace(
        /^[^.]*/,
        part({ alg: 'ES256', typ: 'dpop+jwt', jwk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } }),
      ),
  ],
])('%s is refused as a proof', async (_, forge) => {
  expect(await checkProof(forge(await proof()), wanted)).toBeUndefined()
})

test('a proof of more than 4096 characters is not read', async () => {
  const [fits, tooLong] = await Promise.all(
    [2000, 3000].map((length) => proof({ claims: { padding: 'p'.repeat(length) } })),
  )
  expect(await checkProof(fits ?? '', wanted)).toBeDefined()
  expect((tooLong ?? '').length).toBeGreaterThan(4096)
  expect(await checkProof(tooLong ?? '', wanted)).toBeUndefined()
})

function another(): Promise<jose.GenerateKeyPairResult> {
  return jose.generateKeyPair('ES256')
}

function publicOf({ publicKey }: jose.GenerateKeyPairResult): Promise<jose.JWK> {
  return jose.exportJWK(publicKey)
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function middle(token: string): string {
  return token.split('.')[1] ?? ''
}
