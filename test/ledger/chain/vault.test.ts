import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { uuidBytes } from '../../../src/base/values/ids.ts'
import { signalMapping } from '../../../src/consent/signals/index.ts'
import type { SealedPlace } from '../../../src/ledger/chain/vault.ts'
import { SealError, makeVault } from '../../../src/ledger/chain/vault.ts'
import { seeded, seededBytes } from '../../support/property.ts'

const seal = [seededBytes('seal')]
const vault = makeVault({ data: [seededBytes('data')], seal }, signalMapping)
const owner = { personId: '01a212e6-544f-70da-b896-9145b34ef728', year: 2026 }
const { key, wrapped } = await vault.newDataKey(owner)
const place = { eventId: randomUUID(), personSeq: 7 }
const text = fc.string({ unit: 'grapheme' })

test('a sealed body opens at its place', () => {
  fc.assert(
    fc.property(text, fc.uuid(), fc.nat(), (text, eventId, personSeq) => {
      const salt = vault.newSalt()
      const body = vault.seal(key, { salt, text }, { eventId, personSeq })

      expect(vault.open(key, body, { eventId, personSeq })).toEqual({ salt, text })
      expect(body).toHaveLength(12 + 32 + Buffer.byteLength(text) + 16)
    }),
    seeded(),
  )
})

test('a body with any flipped bit does not open', () => {
  fc.assert(
    fc.property(text, fc.nat(), (text, at) => {
      const body = vault.seal(key, { salt: vault.newSalt(), text }, place)

      expect(() => vault.open(key, flipped(body, at), place)).toThrow(SealError)
    }),
    seeded({ numRuns: 300 }),
  )
})

test('a body at a place with a flipped bit does not open', () => {
  const body = vault.seal(key, { salt: vault.newSalt(), text: 'a' }, place)
  const bound = Buffer.concat([uuidBytes(place.eventId), Buffer.alloc(4)])
  bound.writeUInt32BE(place.personSeq, 16)
  const others = Array.from({ length: 8 * bound.length }, (_, bit) => placeOf(flipped(bound, bit)))

  for (const other of others) expect(() => vault.open(key, body, other)).toThrow(SealError)
  expect(vault.open(key, body, placeOf(bound)).text).toBe('a')
})

test('a body that was cut does not open', () => {
  const body = vault.seal(key, { salt: vault.newSalt(), text: 'words' }, place)

  for (let length = 0; length < body.length; length++)
    expect(() => vault.open(key, body.subarray(0, length), place)).toThrow(SealError)
})

test('the same content is never sealed to the same bytes', () => {
  const salt = vault.newSalt()
  const bodies = [1, 2].map(() => vault.seal(key, { salt, text: 'a' }, place).toString('hex'))

  expect(new Set(bodies).size).toBe(2)
  expect(vault.newSalt().equals(vault.newSalt())).toBe(false)
})

test('a data key opens only for its person and year', async () => {
  expect((await vault.unwrap(owner, wrapped)).equals(key)).toBe(true)
  for (const other of [
    { ...owner, year: 2027 },
    { ...owner, personId: randomUUID() },
  ])
    await expect(vault.unwrap(other, wrapped)).rejects.toThrow(SealError)
})

test('a wrapped key with a flipped bit, or under another key id, does not open', async () => {
  const { wrappedKey, kekId } = wrapped
  for (let at = 0; at < 8 * wrappedKey.length; at++)
    await expect(
      vault.unwrap(owner, { wrappedKey: flipped(wrappedKey, at), kekId }),
    ).rejects.toThrow(SealError)
  for (let at = 0; at < 8 * kekId.length; at++)
    await expect(vault.unwrap(owner, { wrappedKey, kekId: flipped(kekId, at) })).rejects.toThrow(
      SealError,
    )
})

test('a newer key wraps, and the older one still opens the data keys that it wrapped', async () => {
  const [older, newer] = [randomBytes(32), randomBytes(32)]
  const before = await makeVault({ data: [older], seal }, signalMapping).newDataKey(owner)
  const rotated = makeVault({ data: [newer, older], seal }, signalMapping)
  const after = await rotated.newDataKey(owner)

  expect((await rotated.unwrap(owner, before.wrapped)).equals(before.key)).toBe(true)
  const alone = makeVault({ data: [newer], seal }, signalMapping)
  expect((await alone.unwrap(owner, after.wrapped)).equals(after.key)).toBe(true)
  await expect(alone.unwrap(owner, before.wrapped)).rejects.toThrow(SealError)
})

test('a vault without a key is refused', () => {
  expect(() => makeVault({ data: [], seal }, signalMapping)).toThrow(TypeError)
})

// What is sealed today must open in ten years: another reader, which knows only the layout, opens both seals.
test('the layout of sealed bytes is the published one', async () => {
  const kek = Buffer.alloc(32, 7)
  let made = 0
  const fixed = makeVault({ data: [kek], seal }, signalMapping, (bytes) =>
    Buffer.alloc(bytes, ++made),
  )
  const personId = '4bd9bd9c-6f1e-4d0e-8c0e-1f1f3c2a9d11'
  const eventId = '0193c0de-0000-7000-8000-0123456789ab'

  const { key, wrapped } = await fixed.newDataKey({ personId, year: 2026 })
  const body = fixed.seal(
    key,
    { salt: fixed.newSalt(), text: '{"v":1}' },
    { eventId, personSeq: 7 },
  )

  const keyBytes = key.export()
  expect(keyBytes).toEqual(Buffer.alloc(32, 1))
  expect(wrapped.kekId).toEqual(
    createHmac('sha256', kek).update('accord kek id').digest().subarray(0, 8),
  )
  const year = Buffer.from([2026 >> 8, 2026 & 255])
  expect(await openElsewhere(kek, wrapped.wrappedKey, [uuidBytes(personId), year])).toEqual(
    keyBytes,
  )
  const content = Buffer.concat([Buffer.alloc(32, 2), Buffer.from('{"v":1}')])
  const seq = Buffer.from([0, 0, 0, 7])
  expect(await openElsewhere(keyBytes, body, [uuidBytes(eventId), seq])).toEqual(content)
  expect(body.subarray(0, 12)).toEqual(Buffer.alloc(12, 3))
})

async function openElsewhere(key: Buffer, sealed: Buffer, bound: Buffer[]): Promise<Buffer> {
  const gcm = { name: 'AES-GCM', iv: sealed.subarray(0, 12), additionalData: Buffer.concat(bound) }
  const known = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt'])
  return Buffer.from(await crypto.subtle.decrypt(gcm, known, sealed.subarray(12)))
}

function placeOf(bound: Buffer): SealedPlace {
  return {
    eventId: bound.toString('hex', 0, 16),
    personSeq: bound.readUInt32BE(16),
  }
}

function flipped(bytes: Buffer, at: number): Buffer {
  const bit = at % (8 * bytes.length)
  const copy = Buffer.from(bytes)
  copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
  return copy
}
