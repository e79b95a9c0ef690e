import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import * as jose from 'jose'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createMissingKeys, openKeys } from '../../src/foundation/keys.ts'
import { StartError } from '../../src/foundation/start-error.ts'
import { newFolder } from '../support/fault-process.ts'

let dir: string

beforeEach(() => {
  dir = newFolder()
})

afterEach(() => rmSync(dir, { recursive: true, force: true }))

test('keys are made once, readable by their owner alone, and found again as they were', async () => {
  expect(await createMissingKeys(dir)).toEqual(['id-token', 'cookie', 'dpop-nonce', 'pairwise'])
  const keys = await openKeys(dir)
  expect(await createMissingKeys(dir)).toEqual([])
  expect(await openKeys(dir)).toEqual(keys)
  for (const file of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
    const { mode } = statSync(join(dir, file))
    expect({ file, others: mode & 0o077 }).toEqual({ file, others: 0 })
  }
})

test('no secret of one purpose is that of another, and no two folders have the same', async () => {
  await createMissingKeys(dir)
  await createMissingKeys(join(dir, 'other'))
  const both = [await openKeys(dir), await openKeys(join(dir, 'other'))]
  const secrets = both.flatMap(({ cookie, dpopNonce, pairwise, idToken }) => [
    ...cookie,
    dpopNonce.toString('base64url'),
    pairwise.toString('base64url'),
    String(idToken[0]?.d),
  ])
  expect(new Set(secrets).size).toBe(8)
})

test('a signing key is ES256, and its kid is its thumbprint whatever the file says', async () => {
  await createMissingKeys(dir)
  const [name = ''] = readdirSync(join(dir, 'id-token'))
  const file = join(dir, 'id-token', name)
  const written = JSON.parse(readFileSync(file, 'utf8')) as jose.JWK
  writeFileSync(file, JSON.stringify({ ...written, kid: '../../etc', alg: 'none', use: 'enc' }))
  const [key] = (await openKeys(dir)).idToken
  expect(key).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' })
  expect(key?.kid).toBe(await jose.calculateJwkThumbprint(written))
})

test('everything that is missing is named at once, with the command that makes it', async () => {
  const said = await refusalOf(dir)
  for (const purpose of ['id-token', 'cookie', 'dpop-nonce', 'pairwise'])
    expect(said).toContain(join(dir, purpose))
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

test('a purpose that is a folder is not a key', async () => {
  await createMissingKeys(dir)
  rmSync(join(dir, 'cookie'))
  mkdirSync(join(dir, 'cookie'))
  chmodSync(join(dir, 'cookie'), 0o700)
  expect(await refusalOf(dir)).toContain(join(dir, 'cookie'))
})

async function refusalOf(folder: string): Promise<string> {
  const error: unknown = await openKeys(folder).then(
    () => undefined,
    (refused: unknown) => refused,
  )
  expect(error).toBeInstanceOf(StartError)
  return String(error)
}
