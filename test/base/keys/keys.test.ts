import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import * as jose from 'jose'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { addWaitingPair, dropPair, putPairFirst } from '../../../src/base/keys/key-pairs.ts'
import { createMissingKeys, openKeys } from '../../../src/base/keys/keys.ts'
import {
  addWaitingSecret,
  dropSecret,
  putSecretFirst,
} from '../../../src/base/keys/secret-files.ts'
import { OperatorError } from '../../../src/base/values/operator-error.ts'
import { newFolder } from '../../support/fault-process.ts'

const purposes = [
  'id-token',
  'decision',
  'receipt',
  'cookie',
  'dpop-nonce',
  'pairwise',
  'data',
  'seal',
  'log',
]

let dir: string

beforeEach(() => {
  dir = newFolder()
})

afterEach(() => rmSync(dir, { recursive: true, force: true }))

test('keys are made once, readable by their owner alone, and found again as they were', async () => {
  expect(await createMissingKeys(dir)).toEqual(purposes)
  const keys = await openKeys(dir)
  expect(await createMissingKeys(dir)).toEqual([])
  expect(await openKeys(dir)).toEqual(keys)
  for (const file of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
    const { mode } = statSync(join(dir, file))
    expect({ file, others: mode & 0o077 }).toEqual({ file, others: 0 })
  }
})

test('every purpose and every folder has a secret of its own', async () => {
  await createMissingKeys(dir)
  await createMissingKeys(join(dir, 'other'))
  const both = [await openKeys(dir), await openKeys(join(dir, 'other'))]
  const secrets = both.flatMap(({ cookie, dpopNonce, pairwise, data, seal, log, ...signing }) => [
    ...cookie,
    ...[...dpopNonce, pairwise, ...data, ...seal, ...log].map((secret) =>
      secret.toString('base64url'),
    ),
    ...[...signing.idToken, ...signing.decision, ...signing.receipt].map(({ d }) => String(d)),
  ])
  expect(new Set(secrets).size).toBe(2 * purposes.length)
})

test.each([
  ['id-token', 'idToken', { kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' }],
  ['decision', 'decision', { kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' }],
  ['receipt', 'receipt', { kty: 'OKP', crv: 'Ed25519', alg: 'Ed25519', use: 'sig' }],
] as const)(
  'a key of %s has its purpose and its thumbprint as kid, whatever the file says',
  async (folder, member, wanted) => {
    await createMissingKeys(dir)
    const [name = ''] = readdirSync(join(dir, folder))
    const file = join(dir, folder, name)
    const written = JSON.parse(readFileSync(file, 'utf8')) as jose.JWK
    writeFileSync(file, JSON.stringify({ ...written, kid: '../../etc', alg: 'none', use: 'enc' }))
    const [key] = (await openKeys(dir))[member]
    expect(key).toMatchObject(wanted)
    expect(key?.kid).toBe(await jose.calculateJwkThumbprint(written))
  },
)

test('the pair of RSA is made where it is asked for, and names no algorithm', async () => {
  expect(await createMissingKeys(dir, { rsa: true })).toContain('id-token-rsa')
  expect(await createMissingKeys(dir, { rsa: true })).toEqual([])
  const [pair = {}, ...more] = (await openKeys(dir)).idTokenRsa
  expect([more, pair.kty, pair.use, pair.alg]).toEqual([[], 'RSA', 'sig', undefined])
  expect(pair.kid).toBe(await jose.calculateJwkThumbprint(pair))
  expect(Buffer.from(pair.n ?? '', 'base64url')).toHaveLength(3072 / 8)

  const { privateKey } = await jose.generateKeyPair('RS256', { extractable: true })
  const small = join(dir, 'id-token-rsa', 'small.jwk.json')
  writeFileSync(small, JSON.stringify(await jose.exportJWK(privateKey)))
  await expect(openKeys(dir)).rejects.toThrow('is not an RS256 private key as JWK')
})

test('all missing keys are named at once, with the command that makes them', async () => {
  const said = await refusalOf(dir)
  for (const purpose of purposes.filter((name) => name !== 'log'))
    expect(said).toContain(join(dir, purpose))
  // One machine signs the log; the others do without its key.
  expect(said).not.toContain(join(dir, 'log'))
  expect(said).toContain('keys create')
})

test('one lost key is named alone, and making it touches no other', async () => {
  await createMissingKeys(dir)
  const before = await openKeys(dir)
  rmSync(join(dir, 'dpop-nonce'))
  const said = await refusalOf(dir)
  expect(said).toContain(join(dir, 'dpop-nonce'))
  expect(said).not.toContain(join(dir, 'pairwise'))
  expect(await createMissingKeys(dir)).toEqual(['dpop-nonce'])
  const after = await openKeys(dir)
  expect(after.dpopNonce).not.toEqual(before.dpopNonce)
  expect({ ...after, dpopNonce: 0 }).toEqual({ ...before, dpopNonce: 0 })
})

test('several cookie keys are read, newest first', async () => {
  await createMissingKeys(dir)
  const [old] = (await openKeys(dir)).cookie
  const fresh = Buffer.alloc(32, 7).toString('base64url')
  writeFileSync(join(dir, 'cookie'), `${fresh}\n${old}\n`)
  expect((await openKeys(dir)).cookie).toEqual([fresh, old])
})

test('several sealing keys are read, newest first', async () => {
  await createMissingKeys(dir)
  const [old = Buffer.alloc(0)] = (await openKeys(dir)).data
  const fresh = Buffer.alloc(32, 7)
  writeFileSync(join(dir, 'data'), `${fresh.toString('base64url')}\n${old.toString('base64url')}\n`)
  expect((await openKeys(dir)).data).toEqual([fresh, old])
})

test('a new sealing key is first read by every process and only later used for sealing', async () => {
  await expect(addWaitingSecret(dir, 'seal')).rejects.toThrow(OperatorError)
  await createMissingKeys(dir)
  const [old] = (await openKeys(dir)).seal
  await expect(putSecretFirst(dir, 'seal', () => false)).rejects.toThrow(OperatorError)
  await addWaitingSecret(dir, 'seal')
  const [first, added] = (await openKeys(dir)).seal
  expect(first).toEqual(old)
  const isAdded = (secret: Buffer) => added?.equals(secret) === true
  for (let times = 0; times < 2; times++) {
    await putSecretFirst(dir, 'seal', isAdded)
    expect((await openKeys(dir)).seal).toEqual([added, old])
  }
  expect(statSync(join(dir, 'seal')).mode & 0o077).toBe(0)
  await dropSecret(dir, 'seal', (secret) => !isAdded(secret))
  expect((await openKeys(dir)).seal).toEqual([added])
  await dropSecret(dir, 'seal', isAdded)
  expect((await openKeys(dir)).seal).toEqual([added])
})

test('a new key pair is first published and only later signs, however its thumbprint is spelt', async () => {
  await expect(addWaitingPair(dir, 'id-token')).rejects.toThrow(OperatorError)
  await createMissingKeys(dir)
  const kids = async () => (await openKeys(dir)).idToken.map(({ kid }) => kid)
  const made = await kids()
  for (let times = 0; times < 4; times++) {
    await addWaitingPair(dir, 'id-token')
    const added = (await kids()).find((kid) => !made.includes(kid)) ?? ''
    expect(await kids()).toEqual([...made, added])
    await putPairFirst(dir, 'id-token', added, new Date(Date.UTC(2026, 0, 1 + times)))
    made.unshift(added)
    expect(await kids()).toEqual(made)
  }
  await dropPair(dir, 'id-token', made[2] ?? '')
  expect(await kids()).toEqual(made.filter((_, i) => i !== 2))
})

test('an installation older than decisions gets the missing keys, and keeps the others', async () => {
  await createMissingKeys(dir)
  const before = await openKeys(dir)
  rmSync(join(dir, 'decision'), { recursive: true })
  rmSync(join(dir, 'data'))
  const said = await refusalOf(dir)
  for (const purpose of ['decision', 'data']) expect(said).toContain(join(dir, purpose))
  expect(await createMissingKeys(dir)).toEqual(['decision', 'data'])
  const after = await openKeys(dir)
  expect({ ...after, decision: 0, data: 0 }).toEqual({ ...before, decision: 0, data: 0 })
})

test('an installation older than receipts gets their key, and keeps the others', async () => {
  await createMissingKeys(dir)
  const before = await openKeys(dir)
  rmSync(join(dir, 'receipt'), { recursive: true })
  expect(await refusalOf(dir)).toContain(join(dir, 'receipt'))
  expect(await createMissingKeys(dir)).toEqual(['receipt'])
  const after = await openKeys(dir)
  expect({ ...after, receipt: 0 }).toEqual({ ...before, receipt: 0 })
})

test.each([
  ['too short', Buffer.alloc(31, 1).toString('base64url')],
  ['too long', Buffer.alloc(33, 1).toString('base64url')],
  ['no base64url', '*'.repeat(43)],
  ['one good line and one bad', `${Buffer.alloc(32, 1).toString('base64url')}\nshort`],
])('a secret that is %s is refused by its name, without its text', async (_, text) => {
  await createMissingKeys(dir)
  writeFileSync(join(dir, 'pairwise'), text)
  const said = await refusalOf(dir)
  expect(said).toContain(join(dir, 'pairwise'))
  expect(said).not.toContain(text.slice(0, 20))
})

test.each([
  ['no JSON', '{'],
  ['an RSA key', JSON.stringify({ kty: 'RSA', n: 'x', e: 'AQAB', d: 'canary' })],
  ['another curve', JSON.stringify({ kty: 'EC', crv: 'P-384', x: 'x', y: 'y', d: 'canary' })],
  ['the public half', JSON.stringify({ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' })],
  ['null', 'null'],
])('a signing key that is %s is refused by its file', async (_, text) => {
  await createMissingKeys(dir)
  const file = join(dir, 'id-token', 'bad.jwk.json')
  writeFileSync(file, text)
  const said = await refusalOf(dir)
  expect(said).toContain(file)
  expect(said).not.toContain('canary')
})

test.each([
  ['one of a receipt', { kty: 'OKP', crv: 'Ed25519', x: 'x', d: 'canary' }],
  ['one for sealing', { kty: 'OKP', crv: 'X25519', x: 'x', d: 'canary' }],
])('a key of decisions that is %s is refused by its file', async (_, jwk) => {
  await createMissingKeys(dir)
  const file = join(dir, 'decision', 'bad.jwk.json')
  writeFileSync(file, JSON.stringify(jwk))
  const said = await refusalOf(dir)
  expect(said).toContain(file)
  expect(said).not.toContain('canary')
})

test('the public half of an old key of decisions is published, and does not sign', async () => {
  await createMissingKeys(dir)
  const [signs] = (await openKeys(dir)).decision
  const other = newFolder()
  await createMissingKeys(other)
  const [{ d: _gone, ...half } = {}] = (await openKeys(other)).decision
  rmSync(other, { recursive: true })
  const file = join(dir, 'decision', '9999999998-half.jwk.json')
  writeFileSync(file, JSON.stringify(half), { mode: 0o600 })
  const last = join(dir, 'decision', 'zz.jwk.json')
  // In front it would have to sign.
  expect(await refusalOf(dir)).toContain(file)
  renameSync(file, last)
  const held = (await openKeys(dir)).decision
  expect(held.map(({ kid, d }) => [kid, d === undefined])).toEqual([
    [signs?.kid, false],
    [half.kid, true],
  ])
})

test('a purpose that is a folder is not a key', async () => {
  await createMissingKeys(dir)
  rmSync(join(dir, 'cookie'))
  mkdirSync(join(dir, 'cookie'))
  chmodSync(join(dir, 'cookie'), 0o700)
  expect(await refusalOf(dir)).toContain(join(dir, 'cookie'))
})

async function refusalOf(folder: string): Promise<string> {
  const error: unknown = await openKeys(folder, ['id-token']).then(
    () => undefined,
    (refused: unknown) => refused,
  )
  expect(error).toBeInstanceOf(OperatorError)
  return String(error)
}
