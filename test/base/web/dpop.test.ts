import { createHash, generateKeyPairSync, KeyObject, sign } from 'node:crypto'
import * as fc from 'fast-check'
import * as jose from 'jose'
import { beforeAll, expect, test } from 'vitest'
import type { DpopProof, ProvedRequest } from '../../../src/base/web/dpop.ts'
import { makeCheckProof } from '../../../src/base/web/dpop.ts'
import { proofByJose } from '../../support/proof-by-jose.ts'
import { seeded } from '../../support/property.ts'
import { looseSpellings, withSpareBit } from '../../support/spellings.ts'

const checkProof = makeCheckProof()

// RFC 9449 4.3: what a proof for an access token must be, and everything that is not one. Each proof is read by two readers: ours, and one
// that jose does.

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

/** What both readers say. */
async function checked(given: string): Promise<DpopProof | undefined> {
  const [ours, theirs] = [checkProof(given, wanted), await proofByJose(given, wanted)]
  expect(ours).toEqual(theirs)
  return ours
}

test('a proof for this request and token is accepted, with its jti and key', async () => {
  expect(await checked(await proof())).toEqual({
    jti: 'a-proof',
    thumbprint: await jose.calculateJwkThumbprint(jwk),
  })
})

test.each([-60, -1, 0, 1, 60])(
  'a proof from a clock %i seconds off is accepted',
  async (seconds) => {
    const off = await proof({ claims: { iat: nowSeconds + seconds } })
    expect(await checked(off)).toBeDefined()
  },
)

test.each([
  ['with a query', `${wanted.url}?page=2`],
  ['with a fragment', `${wanted.url}#top`],
  ['in capitals', 'HTTPS://ACCORD.test/access/v1/evaluation'],
  ['with the usual port', 'https://accord.test:443/access/v1/evaluation'],
])('a proof for the equivalent address %s is accepted', async (_, htu) => {
  expect(await checked(await proof({ claims: { htu } }))).toBeDefined()
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
  expect(await checked(await proof({ claims }))).toBeUndefined()
})

test('a jti of 256 characters is accepted, a longer one refused', async () => {
  const jti = 'j'.repeat(256)
  expect(await checked(await proof({ claims: { jti } }))).toMatchObject({ jti })
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
  expect(await checked(await proof(await change()))).toBeUndefined()
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
  expect(await checked(forge(await proof()))).toBeUndefined()
})

test('a proof of more than 4096 characters is not read', async () => {
  const [fits, tooLong] = await Promise.all(
    [2000, 3000].map((length) => proof({ claims: { padding: 'p'.repeat(length) } })),
  )
  expect(await checked(fits ?? '')).toBeDefined()
  expect((tooLong ?? '').length).toBeGreaterThan(4096)
  expect(await checked(tooLong ?? '')).toBeUndefined()
})

/** A proof of any bytes, signed by the key that it may show. */
function signed(
  header: Buffer | string,
  payload: Buffer | string,
  key: KeyObject = KeyObject.from(pair.privateKey),
): string {
  const text = [header, payload].map((one) => Buffer.from(one).toString('base64url')).join('.')
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}

/** A key whose numbers are as long as ours, on a curve of another name. */
function onOtherCurve(): string {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
  const header = { ...goodHeader(), jwk: publicKey.export({ format: 'jwk' }) }
  return signed(JSON.stringify(header), JSON.stringify(goodClaims()), privateKey)
}

const goodHeader = () => ({ typ: 'dpop+jwt', alg: 'ES256', jwk })
const goodClaims = () => ({
  jti: 'a-proof',
  htm: 'POST',
  htu: wanted.url,
  iat: nowSeconds,
  ath: hash(accessToken),
})

function withHeader(change: object): string {
  return signed(JSON.stringify({ ...goodHeader(), ...change }), JSON.stringify(goodClaims()))
}

function withKey(change: object): string {
  return withHeader({ jwk: { ...jwk, ...change } })
}

function withClaims(payload: Buffer | string): string {
  return signed(JSON.stringify(goodHeader()), payload)
}

const latin1 = (value: object) => Buffer.from(JSON.stringify({ ...value, more: 'é' }), 'latin1')
const withMark = (value: object) => `\ufeff${JSON.stringify(value)}`

test.each<[string, () => string]>([
  ['of a type in capitals', () => withHeader({ typ: 'DPOP+JWT' })],
  ['of a whole media type', () => withHeader({ typ: 'application/dpop+jwt' })],
  ['whose header says more', () => withHeader({ kid: 'own', x5t: 'x', toString: 1 })],
  [
    'whose header has spaces',
    () => signed(JSON.stringify(goodHeader(), null, 2), JSON.stringify(goodClaims())),
  ],
  [
    'whose key is for signatures',
    () => withKey({ use: 'sig', alg: 'ES256', key_ops: ['verify'], ext: false }),
  ],
  [
    'whose claims say more',
    () => withClaims(JSON.stringify({ ...goodClaims(), nonce: 'n', iss: 1 })),
  ],
  [
    'whose last of two claims is right',
    () => withClaims(JSON.stringify(goodClaims()).replace('{', '{"jti":"other",')),
  ],
  [
    'whose header and claims begin with a byte order mark',
    () => signed(withMark(goodHeader()), withMark(goodClaims())),
  ],
  [
    'that is over in a minute',
    () =>
      withClaims(JSON.stringify({ ...goodClaims(), exp: nowSeconds - 59, nbf: nowSeconds + 60 })),
  ],
])('a proof %s is accepted', async (_, make) => {
  expect(await checked(make())).toMatchObject({ jti: 'a-proof' })
})

test.each<[string, () => string]>([
  ['of a list of types', () => withHeader({ typ: ['dpop+jwt'] })],
  ['of a longer type', () => withHeader({ typ: 'x/dpop+jwt' })],
  ['of an algorithm in small letters', () => withHeader({ alg: 'es256' })],
  ['of a list of algorithms', () => withHeader({ alg: ['ES256'] })],
  ['of an empty list of extensions', () => withHeader({ crit: [] })],
  ['of extensions that are a word', () => withHeader({ crit: 'b64', b64: true })],
  ['of an extension that is not there', () => withHeader({ crit: ['b64'] })],
  ['whose payload is not encoded', () => withHeader({ crit: ['b64'], b64: false })],
  ['whose key is null', () => withHeader({ jwk: null })],
  ['whose key is a list', () => withHeader({ jwk: [jwk] })],
  ['whose key is for encryption', () => withKey({ use: 'enc' })],
  ['whose key is for null', () => withKey({ use: null })],
  ['whose key is of another algorithm', () => withKey({ alg: 'ES384' })],
  ['whose key signs', () => withKey({ key_ops: ['sign'] })],
  ['whose key does nothing', () => withKey({ key_ops: [] })],
  ['whose key checks twice', () => withKey({ key_ops: ['verify', 'verify'] })],
  ['whose key does a word', () => withKey({ key_ops: 'verify' })],
  ['whose key leaves by a word', () => withKey({ ext: 'yes' })],
  ['whose key is of another kind', () => withKey({ kty: 'OKP' })],
  ['whose key is of no kind', () => withKey({ kty: undefined })],
  ['whose key names another curve', () => withKey({ crv: 'P-384' })],
  ['whose key is on the curve of Bitcoin', onOtherCurve],
  ['whose key is half of one', () => withKey({ y: undefined })],
  ['whose key has a number', () => withKey({ x: 1 })],
  ['whose key is beside the curve', () => withKey({ x: jwk.y, y: jwk.x })],
  ['whose key is the point nowhere', () => withKey({ x: zeros(32), y: zeros(32) })],
  ['whose key is too short', () => withKey({ x: zeros(31) })],
  ['whose key shows an empty private one', () => withKey({ d: '' })],
  ['whose header is a list', () => signed('[]', JSON.stringify(goodClaims()))],
  ['whose header is no UTF-8', () => signed(latin1(goodHeader()), JSON.stringify(goodClaims()))],
  ['whose claims are no UTF-8', () => withClaims(latin1(goodClaims()))],
  ['whose claims are a list', () => withClaims(JSON.stringify([goodClaims()]))],
  ['whose claims are null', () => withClaims('null')],
  ['whose claims end too early', () => withClaims(JSON.stringify(goodClaims()).slice(0, -1))],
  ...(
    [
      { exp: null },
      { exp: String(nowSeconds + 60) },
      { exp: nowSeconds - 60 },
      { nbf: null },
      { nbf: true },
      { nbf: nowSeconds + 61 },
      { iat: null },
      { iat: [nowSeconds] },
      { jti: 'a\u0000b' },
      { jti: 'a\nb' },
      { jti: '\ud800' },
      { ath: null },
      { htm: ['POST'] },
      { htu: { href: wanted.url } },
    ] as const
  ).map((change): [string, () => string] => [
    `with ${JSON.stringify(change)}`,
    () => withClaims(JSON.stringify({ ...goodClaims(), ...change })),
  ]),
  [
    'whose time has no end',
    () => withClaims(JSON.stringify(goodClaims()).replace(/"iat":\d+/, '"iat":1e999')),
  ],
  ['of a signature that is cut', () => withSignature((bytes) => bytes.subarray(0, 63))],
  [
    'of a signature that is longer',
    () => withSignature((bytes) => Buffer.concat([bytes, Buffer.alloc(1)])),
  ],
  [
    'of a signature in DER',
    () => withSignature((_, text) => sign('sha256', text, KeyObject.from(pair.privateKey))),
  ],
  [
    'of another half of a signature',
    () => withSignature((bytes) => Buffer.from(bytes).fill(0, 32)),
  ],
  ['of four parts', () => `${withHeader({})}.e30`],
  ['of two parts', () => withHeader({}).replace(/\.[^.]*$/, '')],
  ['without a header', () => withHeader({}).replace(/^[^.]*/, '')],
  ['under an address beside it', () => withHeader({}).replace('.', '.\u00e9')],
])('a proof %s is none, for both readers', async (_, make) => {
  expect(await checked(make())).toBeUndefined()
})

function withSignature(change: (signature: Buffer, text: Buffer) => Buffer): string {
  const good = withHeader({})
  const at = good.lastIndexOf('.') + 1
  const text = Buffer.from(good.slice(0, at - 1))
  const changed = change(Buffer.from(good.slice(at), 'base64url'), text)
  return `${good.slice(0, at)}${changed.toString('base64url')}`
}

function zeros(bytes: number): string {
  return Buffer.alloc(bytes).toString('base64url')
}

/** Members by which ours refuses what jose takes. */
const stricter: readonly (readonly [string, () => object])[] = [
  // No extension is known, and RFC 7797 6 knows `b64` in no JWT without `crit`.
  ['an extension that changes nothing', () => ({ crit: ['b64'], b64: true })],
  ['an extension that no list names', () => ({ b64: true })],
  // RFC 7518 6.2.1.2: as many bytes as the curve has, and in one spelling (RFC 4648 3.5).
  ['a coordinate with zeros in front', () => ({ jwk: { ...jwk, x: longer(jwk.x) } })],
  ['a coordinate with padding', () => ({ jwk: { ...jwk, y: `${jwk.y}=` } })],
  ['a coordinate with a spare bit', () => ({ jwk: { ...jwk, x: withSpareBit(jwk.x ?? '') } })],
  ['a member that private keys of other kinds have', () => ({ jwk: { ...jwk, k: 'AA' } })],
]

function longer(x = ''): string {
  return Buffer.concat([Buffer.alloc(1), Buffer.from(x, 'base64url')]).toString('base64url')
}

test.each(stricter)('ours alone refuses %s', async (_, change) => {
  const given = withHeader(change())
  expect(checkProof(given, wanted)).toBeUndefined()
  expect(await proofByJose(given, wanted)).toBeDefined()
})

test('a header that is remembered spares no check, and one that was refused is not remembered', async () => {
  const fresh = makeCheckProof()
  const good = withHeader({})
  const forged = withSignature((bytes) => Buffer.from(bytes.toReversed()))
  const again = withClaims(JSON.stringify({ ...goodClaims(), jti: 'second' }))
  const late = withClaims(JSON.stringify({ ...goodClaims(), iat: nowSeconds - 61 }))
  const said = [forged, good, forged, again, late, again].map((one) => fresh(one, wanted)?.jti)
  expect(said).toEqual([undefined, 'a-proof', undefined, 'second', undefined, 'second'])
  // Another key under the claims and the signature of a known one.
  const other = JSON.stringify({ ...goodHeader(), jwk: await publicOf(await another()) })
  expect(
    fresh(good.replace(/^[^.]*/, Buffer.from(other).toString('base64url')), wanted),
  ).toBeUndefined()
})

// Values that readers have taken for others: of another type, in another spelling, of names that every object has.
const odd = fc.constantFrom<unknown>(
  null,
  true,
  0,
  1,
  '',
  'sig',
  'verify',
  [],
  ['verify'],
  ['b64'],
  {},
  -1,
  'ES256',
  'dpop+jwt',
  'P-256',
  'EC',
  undefined,
)
const oddly = (names: readonly string[]) =>
  fc.dictionary(fc.constantFrom(...names), odd, { maxKeys: 2 })

test('a proof that was changed at random is accepted by both readers or by none', async () => {
  const counts = { both: 0, none: 0 }
  await fc.assert(
    fc.asyncProperty(
      oddly(['typ', 'alg', 'jwk', 'kid', 'x5c', 'cty', '__proto__', 'toString']),
      oddly(['kty', 'crv', 'x', 'y', 'use', 'alg', 'key_ops', 'ext', 'kid', '__proto__']),
      oddly(['jti', 'htm', 'htu', 'iat', 'ath', 'exp', 'nbf', 'nonce', 'iss', 'aud', '__proto__']),
      fc.option(fc.tuple(fc.nat(), fc.constantFrom('A', '_', '.', '=', 'é', ' ', '')), { freq: 4 }),
      async (header, key, claims, cut) => {
        const whole = { ...goodHeader(), jwk: { ...jwk, ...key }, ...header }
        const proof = signed(JSON.stringify(whole), JSON.stringify({ ...goodClaims(), ...claims }))
        const at = cut === null ? 0 : cut[0] % proof.length
        const given = cut === null ? proof : `${proof.slice(0, at)}${cut[1]}${proof.slice(at + 1)}`
        counts[(await checked(given)) === undefined ? 'none' : 'both']++
      },
    ),
    seeded({ numRuns: 300 }),
  )
  // How many are good is left to chance; with none this test would say nothing.
  expect(Math.min(counts.both, counts.none)).toBeGreaterThan(0)
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
