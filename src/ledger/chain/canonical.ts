import canonicalize from 'canonicalize'
import { present } from '../../base/values/present.ts'

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue }

const maxDepth = 32

/**
 * The one text of a value (RFC 8785), with its strings and names in NFC. This text is hashed and signed; thanks to NFC an accent
 * that is typed in two ways gives one text.
 * @throws an error for a value that has no such text
 */
export function canonical(value: JsonValue): string {
  return present(canonicalize(normalised(value, maxDepth)), 'the text of a JSON value')
}

// The library leaves out values that JSON cannot write, and calls an object's `toJSON`. This function refuses each value that
// would not come back the same. NaN, infinities and lone surrogates are refused by the library.
function normalised(value: unknown, depth: number): JsonValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value
  if (typeof value === 'string') return value.normalize('NFC')
  if (depth === 0) throw new TypeError(`deeper than ${maxDepth}`)
  // Not map(), which skips the holes of an array.
  if (Array.isArray(value)) return Array.from(value, (item) => normalised(item, depth - 1))
  if (!isPlain(value)) throw new TypeError('no JSON value')
  const members = Object.entries(value).map(
    ([name, member]) => [name.normalize('NFC'), normalised(member, depth - 1)] as const,
  )
  const result = Object.fromEntries(members)
  if (Object.keys(result).length < members.length) throw new TypeError('a name twice')
  return result
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
