import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JsonValue } from '../../../src/ledger/chain/index.ts'
import { canonical } from '../../../src/ledger/chain/index.ts'
import { seeded } from '../../support/property.ts'

const vectors = join(import.meta.dirname, 'vectors/jcs')

function vector(name: string): { readonly input: JsonValue; readonly output: string } {
  return {
    input: JSON.parse(readFileSync(join(vectors, 'input', name), 'utf8')) as JsonValue,
    output: readFileSync(join(vectors, 'output', name), 'utf8'),
  }
}

test.each(['arrays.json', 'french.json', 'structures.json', 'values.json'])(
  '%s has its published canonical form',
  (name) => {
    const { input, output } = vector(name)

    expect(canonical(input)).toBe(output)
  },
)

// RFC 8785 leaves it to the application whether a letter and its accent are one. Here they are: two vectors come out other.
test('unicode.json has its published form, in NFC', () => {
  const { input, output } = vector('unicode.json')

  expect(canonical(input)).toBe(output.normalize('NFC'))
  expect(canonical(input)).not.toBe(output)
})

test('weird.json has its published form, but for a name that NFC takes apart and that then sorts before €', () => {
  const { input, output } = vector('weird.json')
  const member = ',"\ufb33":"Hebrew Letter Dalet With Dagesh"'
  const moved = output.replace(member, '').replace(',"€"', `${member.normalize('NFC')},"€"`)

  expect(output).toContain(member)
  expect(canonical(input)).toBe(moved)
})

const anyJson = fc
  .jsonValue({ maxDepth: 5, stringUnit: 'binary' })
  .filter((value) => hasCanonicalForm(value)) as fc.Arbitrary<JsonValue>

test('the canonical form is its own canonical form, and still the same value', () => {
  fc.assert(
    fc.property(anyJson, (value) => {
      const text = canonical(value)

      expect(canonical(JSON.parse(text) as JsonValue)).toBe(text)
      expect(JSON.parse(text)).toEqual(rebuilt(value, { order: (n) => n, form: 'NFC' }))
    }),
    seeded(),
  )
})

test('the order of names does not matter, nor how an accent was typed', () => {
  fc.assert(
    fc.property(anyJson, (value) => {
      const other = rebuilt(value, { order: (names) => names.toReversed(), form: 'NFD' })

      expect(canonical(other)).toBe(canonical(value))
    }),
    seeded(),
  )
  expect(canonical({ é: 'A\u030A' })).toBe('{"\u00e9":"\u00c5"}')
})

test('a member named __proto__ is kept as a member', () => {
  const text = '{"__proto__":{"a":1},"a":2}'

  expect(canonical(JSON.parse(text) as JsonValue)).toBe(text)
})

test('names are sorted after they are normalised', () => {
  // U+212B, the unit ångström, sorts behind U+00D8 and normalises to U+00C5, which sorts before it.
  expect(canonical({ '\u00d8': 1, '\u212b': 2 })).toBe('{"\u00c5":2,"\u00d8":1}')
})

const circle: unknown[] = []
circle.push(circle)

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['a member without value', { a: undefined }],
  ['an item without value', [undefined]],
  ['a hole in an array', Object.assign([], { length: 1 })],
  ['not a number', [Number.NaN]],
  ['infinity', { a: Number.POSITIVE_INFINITY }],
  ['a big integer', 1n],
  ['a symbol', Symbol('a')],
  ['a function', { a: () => 1 }],
  ['a date', new Date(0)],
  ['bytes', Buffer.from('a')],
  ['a map', new Map([['a', 1]])],
  ['a boxed text', new String('a')],
  ['half a surrogate pair', 'a\ud800'],
  ['half a surrogate pair as a name', { '\udc00': 1 }],
  ['one name in two spellings', { 'e\u0301': 1, '\u00e9': 2 }],
  ['a circle', circle],
  ['an object with an idea of its own', { toJSON: () => 'a' }],
])('%s has no canonical form', (_, value) => {
  expect(() => canonical(value as JsonValue)).toThrow(Error)
})

test('thirty-two levels are deep enough', () => {
  const nested = (levels: number): JsonValue => (levels === 0 ? 1 : { a: nested(levels - 1) })

  expect(canonical(nested(32))).toHaveLength(1 + 32 * '{"a":}'.length)
  expect(() => canonical(nested(33))).toThrow('deeper')
})

test('an object without prototype and minus zero are treated as JSON treats them', () => {
  expect(canonical(Object.assign(Object.create(null), { a: -0 }) as JsonValue)).toBe('{"a":0}')
})

function hasCanonicalForm(value: unknown): boolean {
  try {
    canonical(value as JsonValue)
    return true
  } catch {
    return false
  }
}

type Way = { readonly order: (names: string[]) => string[]; readonly form: 'NFC' | 'NFD' }

function rebuilt(value: JsonValue, way: Way): JsonValue {
  if (typeof value === 'string') return value.normalize(way.form)
  if (value === null || typeof value !== 'object') return value === 0 ? 0 : value
  if (isList(value)) return value.map((item) => rebuilt(item, way))
  const members = new Map(Object.entries(value))
  return Object.fromEntries(
    way
      .order([...members.keys()])
      .map((name) => [name.normalize(way.form), rebuilt(members.get(name) ?? null, way)]),
  )
}

// Array.isArray does not narrow a readonly array.
function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}
