import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { newUuid, randomBase32, readBase32, readId, writeId } from '../../../src/base/values/ids.ts'
import { seeded } from '../../support/property.ts'

const prefix = fc.stringMatching(/^[a-z]{2,5}$/)
const base32 = fc.stringMatching(/^[0-9A-HJKMNP-TV-Z]{1,40}$/)

test('an id that was written is read back, under its own prefix only', () => {
  fc.assert(
    fc.property(fc.uuid(), prefix, prefix, (uuid, own, other) => {
      const id = writeId(own, uuid)
      expect(id).toMatch(new RegExp(`^${own}_[0-7][0-9A-HJKMNP-TV-Z]{25}$`))
      expect(readId(own, id)).toBe(uuid)
      if (other !== own) expect(readId(other, id)).toBeUndefined()
    }),
    seeded(),
  )
})

test('the order of ids is the order of their uuids', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.uuid(), (a, b) => {
      expect(writeId('x', a) < writeId('x', b)).toBe(a < b)
    }),
    seeded(),
  )
})

test('every id has one spelling: an id that is read is written in the same way', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        base32.map((text) => `key_${text}`),
      ),
      (text) => {
        const uuid = readId('key', text)
        if (uuid !== undefined) expect(writeId('key', uuid)).toBe(text)
      },
    ),
    seeded(),
  )
})

test.each([
  ['small letters', 'key_01h5r8w7zzzzzzzzzzzzzzzzzz'],
  ['a look-alike', 'key_O1H5R8W7ZZZZZZZZZZZZZZZZZZ'],
  ['too short', 'key_01H5R8W7ZZZZZZZZZZZZZZZZZ'],
  ['too long', 'key_01H5R8W7ZZZZZZZZZZZZZZZZZZZ'],
  ['more than 128 bits', 'key_81H5R8W7ZZZZZZZZZZZZZZZZZZ'],
  ['a line after it', 'key_01H5R8W7ZZZZZZZZZZZZZZZZZZ\n'],
  ['no prefix', '01H5R8W7ZZZZZZZZZZZZZZZZZZ'],
  ['a uuid', 'key_0198b0c8-0000-7000-8000-000000000000'],
  ['nothing', ''],
])('%s is refused as an id', (_, id) => {
  expect(readId('key', id)).toBeUndefined()
})

test('a typed code may differ in case, spaces and hyphens', () => {
  const noise = fc.constantFrom('', ' ', '-', ' - ', '\t', '\u00a0', '–', '.')
  fc.assert(
    fc.property(base32, fc.array(noise), fc.infiniteStream(fc.nat(5)), (code, noises, choices) => {
      const typed = Array.from(code, (letter, i) => {
        const choice = choices.next().value ?? 0
        const spelt = { 0: 'oO0', 1: 'iIlL1' }[letter] ?? `${letter}${letter.toLowerCase()}`
        return `${spelt[choice % spelt.length]}${noises[i % (noises.length || 1)] ?? ''}`
      }).join('')
      expect(readBase32(typed)).toBe(code)
    }),
    seeded(),
  )
})

test('full-width letters, as some keyboards write them, are the same code', () => {
  expect(readBase32('ＡＢＣ１２３')).toBe('ABC123')
})

test('codes have the wanted length, only characters of their alphabet, and never repeat', () => {
  const codes = Array.from({ length: 200 }, () => randomBase32(16))
  for (const code of codes) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{16}$/)
  expect(new Set(codes).size).toBe(200)
  expect(new Set(codes.join('')).size).toBe(32)
})

test('a record id contains its time and sorts by it', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 41), fc.nat(2 ** 41), (a, b) => {
      const [first, second] = [newUuid(new Date(a)), newUuid(new Date(b))]
      expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(parseInt(first.replaceAll('-', '').slice(0, 12), 16)).toBe(a)
      if (a < b) expect(first < second).toBe(true)
    }),
    seeded(),
  )
})

test('of a thousand ids of one moment every digit after the time varies, but for version and variant', () => {
  const ids = Array.from({ length: 1000 }, () => newUuid(new Date(1_790_000_000_000)).slice(14))
  const variety = Array.from(ids[0] ?? '', (_, at) => new Set(ids.map((id) => id[at])).size)
  expect(variety).toEqual([1, ...free(3), 1, 4, ...free(3), 1, ...free(12)])
})

function free(digits: number): number[] {
  return Array.from({ length: digits }, () => 16)
}
