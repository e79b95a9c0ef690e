import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as jose from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { publicKeys, readStatement, signStatement } from '../../../src/base/keys/jws.ts'
import type { Keys } from '../../../src/base/keys/keys.ts'
import { createMissingKeys, openKeys } from '../../../src/base/keys/keys.ts'
import { looseSpellings } from '../../support/spellings.ts'
import { statementsBy } from '../../support/statements.ts'

let dir: string
let keys: Keys
let others: Keys

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'accord-jws-'))
  for (const name of ['ours', 'theirs']) await createMissingKeys(join(dir, name))
  keys = await openKeys(join(dir, 'ours'))
  others = await openKeys(join(dir, 'theirs'))
})

afterAll(() => rmSync(dir, { recursive: true, force: true }))

const claims = { jti: 'dec_1', iat: 1_790_000_000, exp: 1_790_000_060 }

test('a statement that we signed is still read long after its expiry', async () => {
  const token = await signStatement(statementsBy(keys), 'decision+jwt', claims)
  expect(await readStatement(keys, 'decision+jwt', token)).toEqual(claims)
})

test('anyone can check a statement with the published keys alone', async () => {
  const token = await signStatement(statementsBy(keys), 'decision+jwt', claims)
  const published = jose.createLocalJWKSet(publicKeys(keys))
  const currentDate = new Date(1_790_000_030_000)
  const { protectedHeader, payload } = await jose.jwtVerify(token, published, { currentDate })
  expect(payload).toEqual(claims)
  expect(protectedHeader).toEqual({
    typ: 'decision+jwt',
    alg: 'ES256',
    kid: keys.decision[0]?.kid,
  })
})

test('the published keys are public halves, each with its use, algorithm and purpose', () => {
  const two: Keys = { ...keys, decision: [...keys.decision, ...others.decision] }
  const published = publicKeys(two)
  expect(published.keys).toEqual([
    ...halves(two.decision, { kty: 'EC', crv: 'P-256', alg: 'ES256', purpose: 'decision' }),
    ...halves(two.receipt, { kty: 'OKP', crv: 'Ed25519', alg: 'Ed25519', purpose: 'receipt' }),
  ])
  const text = JSON.stringify(published)
  for (const { d } of [...two.decision, ...two.receipt]) expect(text).not.toContain(d)
})

function halves(members: readonly jose.JWK[], same: object): object[] {
  return members.map(({ kid, x, y }) => ({
    ...same,
    use: 'sig',
    x,
    ...(y === undefined ? {} : { y }),
    kid,
  }))
}

test('the first key signs; a statement of an earlier key is still read', async () => {
  const before = await signStatement(statementsBy(keys), 'decision+jwt', claims)
  const rotated: Keys = { ...keys, decision: [...others.decision, ...keys.decision] }
  const after = await signStatement(statementsBy(rotated), 'decision+jwt', claims)
  expect(jose.decodeProtectedHeader(after).kid).toBe(others.decision[0]?.kid)
  expect(await readStatement(rotated, 'decision+jwt', before)).toEqual(claims)
  expect(await readStatement(rotated, 'decision+jwt', after)).toEqual(claims)
})

test('without a key nothing is signed', async () => {
  const none: Keys = { ...keys, decision: [] }
  await expect(signStatement(statementsBy(none), 'decision+jwt', claims)).rejects.toThrow(
    'no decision key',
  )
})

type Header = Readonly<Record<string, unknown>>

async function forged(header: Header, key?: jose.CryptoKey | Uint8Array): Promise<string> {
  const [jwk] = keys.decision
  const whole = { typ: 'decision+jwt', alg: 'ES256', kid: jwk?.kid ?? '', ...header }
  const own = await jose.importJWK(jwk ?? {}, 'ES256')
  return new jose.SignJWT({ ...claims }).setProtectedHeader(whole).sign(key ?? own)
}

// A control for the table below: what it changes is what is refused.
test('a statement made by hand with our key is read (the refusals below are not refusals of everything)', async () => {
  expect(await readStatement(keys, 'decision+jwt', await forged({}))).toEqual(claims)
})

test.each<[string, () => string | Promise<string>]>([
  ['an acknowledgement', () => signStatement(statementsBy(keys), 'disclosure-ack+jwt', claims)],
  [
    'a statement of another house',
    () => signStatement(statementsBy(others), 'decision+jwt', claims),
  ],
  ['one without a type', () => forged({ typ: undefined })],
  ['one of the type of any token', () => forged({ typ: 'JWT' })],
  [
    'one signed by the key of receipts',
    async () => {
      const [jwk] = keys.receipt
      return forged({ alg: 'Ed25519', kid: jwk?.kid }, await importKey(jwk, 'Ed25519'))
    },
  ],
  ['one with an unknown key', () => forged({ kid: 'unknown' })],
  ['one with our key’s name, signed by another', async () => forged({}, await theirKey())],
  [
    'one that brings its key',
    async () => forged({ kid: undefined, jwk: await theirPublic() }, await theirKey()),
  ],
  [
    'one signed by the key of id_tokens',
    async () => {
      const [jwk] = keys.idToken
      return forged({ alg: 'ES256', kid: jwk?.kid }, await importKey(jwk, 'ES256'))
    },
  ],
  [
    'one signed with the published key as a secret',
    () => forged({ alg: 'HS256' }, Buffer.from(keys.decision[0]?.x ?? '', 'base64url')),
  ],
  [
    'an unsecured one',
    async () => {
      const [, middle] = (await forged({})).split('.')
      return `${part({ typ: 'decision+jwt', alg: 'none' })}.${middle}.`
    },
  ],
  [
    'one with other claims',
    async () => {
      const [head, , end] = (await forged({})).split('.')
      return `${head}.${part({ ...claims, jti: 'dec_2' })}.${end}`
    },
  ],
  [
    'one with a signature of zeros',
    async () => (await forged({})).replace(/[^.]*$/, Buffer.alloc(64).toString('base64url')),
  ],
  ...looseSpellings.map(
    ([how, respell]) =>
      [`one with ${how}`, async () => respell(await forged({}))] as [string, () => Promise<string>],
  ),
  ['half of one', async () => (await forged({})).slice(0, 80)],
  ['words', () => 'decision'],
  ['nothing', () => ''],
])('%s is not accepted as a decision of ours', async (_, make) => {
  expect(await readStatement(keys, 'decision+jwt', await make())).toBeUndefined()
})

test('a signed decision is not accepted as an acknowledgement', async () => {
  const token = await signStatement(statementsBy(keys), 'decision+jwt', claims)
  expect(await readStatement(keys, 'disclosure-ack+jwt', token)).toBeUndefined()
})

test('a key of decisions signs no receipt, and a key of receipts no decision', async () => {
  const receipt = await signStatement(statementsBy(keys), 'consent-receipt+jwt', claims)
  expect(jose.decodeProtectedHeader(receipt)).toEqual({
    typ: 'consent-receipt+jwt',
    alg: 'Ed25519',
    kid: keys.receipt[0]?.kid,
  })
  expect(await readStatement(keys, 'consent-receipt+jwt', receipt)).toEqual(claims)
  const kinds = ['consent-receipt+jwt', 'decision+jwt', 'disclosure-ack+jwt'] as const
  for (const { jwk, alg, not } of [
    { jwk: keys.decision[0], alg: 'ES256', not: ['consent-receipt+jwt'] },
    { jwk: keys.receipt[0], alg: 'Ed25519', not: ['decision+jwt', 'disclosure-ack+jwt'] },
  ])
    for (const typ of kinds) {
      const token = await forged({ typ, alg, kid: jwk?.kid }, await importKey(jwk, alg))
      const isOwn = !not.includes(typ)
      for (const kind of kinds)
        expect(await readStatement(keys, kind, token)).toEqual(
          isOwn && kind === typ ? claims : undefined,
        )
    }
  const swapped: Keys = { ...keys, decision: keys.receipt, receipt: keys.decision }
  for (const kind of kinds)
    await expect(signStatement(statementsBy(swapped), kind, claims)).rejects.toThrow()
  await expect(
    signStatement(statementsBy({ ...keys, receipt: [] }), 'consent-receipt+jwt', claims),
  ).rejects.toThrow('no receipt key')
})

function theirKey(): Promise<jose.CryptoKey> {
  return importKey(others.decision[0], 'ES256')
}

async function theirPublic(): Promise<jose.JWK> {
  return Promise.resolve(publicKeys(others).keys[0] ?? {})
}

async function importKey(jwk: jose.JWK | undefined, alg: string): Promise<jose.CryptoKey> {
  const key = await jose.importJWK(jwk ?? {}, alg)
  if (key instanceof Uint8Array) throw new TypeError('a pair was expected')
  return key
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
