import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { newUuid } from '../../../src/base/values/ids.ts'
import type { CoveredValues } from '../../../src/base/sealing/row-seal.ts'
import { makeRowSeals, sealedRow } from '../../../src/base/sealing/row-seal.ts'
import { seeded, seededBytes } from '../../support/property.ts'

const thing = sealedRow('thing', 1, {
  id: 'uuid',
  count: 'int',
  mask: 'big',
  at: 'time',
  name: 'text',
  ways: 'texts',
  key: 'bytes',
  isOpen: 'flag',
  content: 'json',
})
type Thing = CoveredValues<typeof thing>

const seals = makeRowSeals([seededBytes('seal')])
const row: Thing = {
  id: newUuid(new Date(0)),
  count: -1,
  mask: 5n,
  at: new Date('2026-01-01T00:00:00.001Z'),
  name: 'été',
  ways: ['pop', 'mfa'],
  key: Buffer.from([0, 255]),
  isOpen: true,
  content: { a: [1, { b: 'é' }], c: null },
}
const others: { readonly [Name in keyof Thing]: readonly Thing[Name][] } = {
  id: [newUuid(new Date(1)), null],
  count: [0, 1, -2, 2 ** 31 - 1, null],
  mask: [4n, -5n, 5n + (1n << 40n), null],
  at: [new Date('2026-01-01T00:00:00.002Z'), new Date(-1), null],
  name: ['ete', 'été ', '', null],
  ways: [['popmfa'], ['mfa', 'pop'], ['pop'], ['pop', 'mfa', ''], [], null],
  key: [Buffer.from([0]), Buffer.from([0, 255, 0]), Buffer.alloc(0), null],
  isOpen: [false, null],
  content: [{ a: [1, { b: 'e' }], c: null }, { a: [1, { b: 'é' }] }, {}, [], { a: Infinity }, null],
}

test('a seal holds for the values that were sealed, and all of them may be null', () => {
  expect(seals.holds(thing, row, seals.seal(thing, row))).toBe(true)
  const none = Object.fromEntries(Object.keys(row).map((name) => [name, null])) as Thing // each may be null
  expect(seals.holds(thing, none, seals.seal(thing, none))).toBe(true)
  expect(seals.holds(thing, none, seals.seal(thing, row))).toBe(false)
})

test.each(Object.entries(others))('a row with another %s has another seal', (name, values) => {
  const seal = seals.seal(thing, row)
  for (const value of values)
    expect(seals.holds(thing, { ...row, [name]: value }, seal)).toBe(false)
})

test('a seal fits no row of another name or version, and none of another key', () => {
  const seal = seals.seal(thing, row)
  const fields = Object.fromEntries(thing.fields)
  for (const other of [sealedRow('thing', 2, fields), sealedRow('thin', 1, fields)])
    expect(seals.holds(other as typeof thing, row, seal)).toBe(false)
  expect(makeRowSeals([seededBytes('other')]).holds(thing, row, seal)).toBe(false)
})

test('a row without a seal, and a seal that was cut or changed, do not hold', () => {
  const seal = seals.seal(thing, row)
  expect(seals.holds(thing, row, null)).toBe(false)
  for (let length = 0; length < seal.length; length++)
    expect(seals.holds(thing, row, seal.subarray(0, length))).toBe(false)
  for (let at = 0; at < seal.length; at++) {
    const flipped = Buffer.from(seal)
    flipped[at] = (flipped[at] ?? 0) ^ 1
    expect(seals.holds(thing, row, flipped)).toBe(false)
  }
})

test('the newest key seals, and older ones check what they sealed', () => {
  const [old, fresh] = [seededBytes('old'), seededBytes('fresh')]
  const [before, after] = [makeRowSeals([old]), makeRowSeals([fresh, old])]
  expect(after.holds(thing, row, before.seal(thing, row))).toBe(true)
  expect(before.holds(thing, row, after.seal(thing, row))).toBe(false)
  expect(makeRowSeals([fresh]).holds(thing, row, after.seal(thing, row))).toBe(true)
  expect(() => makeRowSeals([])).toThrow(TypeError)
})

test('values that nobody could have sealed do not hold, and cannot be sealed', () => {
  const seal = seals.seal(thing, row)
  const infinite = { ...row, at: Number.POSITIVE_INFINITY as unknown as Date } // as the driver reads "infinity"
  for (const strange of [infinite, { ...row, count: 2 ** 31 }, { ...row, id: 'no uuid' }]) {
    expect(seals.holds(thing, strange, seal)).toBe(false)
    expect(() => seals.seal(thing, strange)).toThrow()
  }
})

test('no two lists of texts have the same seal', () => {
  const list = fc.array(fc.string({ maxLength: 4 }), { maxLength: 4 })
  const listed = sealedRow('list', 1, { ways: 'texts', name: 'text' })
  fc.assert(
    fc.property(list, fc.string(), list, fc.string(), (ways, name, otherWays, otherName) => {
      const isSame = JSON.stringify([ways, name]) === JSON.stringify([otherWays, otherName])
      const seal = seals.seal(listed, { ways, name })
      expect(seals.holds(listed, { ways: otherWays, name: otherName }, seal)).toBe(isSame)
    }),
    seeded(),
  )
})

test('a long row is sealed whole, and one without end is refused', () => {
  const long = { ...row, key: Buffer.alloc(12_000, 1) }
  const seal = seals.seal(thing, long)
  expect(seals.holds(thing, long, seal)).toBe(true)
  expect(seals.holds(thing, { ...long, key: Buffer.alloc(12_000, 2) }, seal)).toBe(false)
  expect(() => seals.seal(thing, { ...row, key: Buffer.alloc(70_000) })).toThrow(RangeError)
})

test('JSON has one seal, in whatever order and with whatever spaces it is written', () => {
  const seal = seals.seal(thing, row)
  const content = JSON.parse('{ "c": null, "a": [1.0, {"b": "\\u00e9"}] }') as object
  expect(seals.holds(thing, { ...row, content }, seal)).toBe(true)
})
