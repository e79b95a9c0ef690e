import { createHash, createSecretKey, timingSafeEqual } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import canonicalize from 'canonicalize'
import { uuidBytes } from '../values/ids.ts'
import { hmac } from './keyed-crypto.ts'
import type { Log } from '../logging/log.ts'

// A role of the database may write any row, but has no key. So a row on which a permission or an access depends bears a seal: a MAC of
// the columns that count, under a key of purpose `seal`. A row whose seal does not fit permits nothing and opens nothing.

/** The values of a column of each kind. A column of every kind may be null. */
type Values = {
  readonly uuid: string
  readonly int: number
  readonly big: bigint
  readonly time: Date
  /** A time as seconds since the epoch. */
  readonly seconds: number
  readonly text: string
  readonly texts: readonly string[]
  readonly bytes: Buffer
  readonly flag: boolean
  /** JSON in one spelling (RFC 8785), because a database keeps neither order nor spaces. */
  readonly json: object
}
export type SealedValueKind = keyof Values
export type Fields = Readonly<Record<string, SealedValueKind>>
/** A column under its name in the code, its kind, and how the value there becomes one of this kind. */
export type SealedColumn = readonly [
  name: string,
  kind: SealedValueKind,
  read?: ((value: never) => unknown) | undefined,
]

/** The columns of one kind of row that its seal covers, in a fixed order. */
export type SealedRow<Row> = {
  readonly tag: string
  readonly fields: readonly SealedColumn[]
  /** Never there: the type of the values. */
  readonly row?: Row
}

export type SealedValues<F extends Fields> = { readonly [Name in keyof F]: Values[F[Name]] | null }

/** The values that a seal covers: `CoveredValues<typeof passkeySeal>`. */
export type CoveredValues<R> = R extends SealedRow<infer Row> ? Row : never

/** As a row may be read, of a view or of what was set aside. */
type OrNull<Row> = { readonly [Name in keyof Row]: Row[Name] | null }

export type RowSeals = {
  /** The id in front of each seal that is made now. */
  readonly newestId: Buffer
  /** key id(4) ‖ HMAC-SHA-256(16), by the newest key */
  seal<Row>(row: SealedRow<Row>, values: NoInfer<Row>): Buffer
  /** Whether this is the seal of these values. A row that was never sealed has none. */
  holds<Row>(row: SealedRow<Row>, values: NoInfer<OrNull<Row>>, seal: Buffer | null): boolean
}

/** What rows that open an access are checked against, and who is told of a changed row. */
export type RowGuard = { readonly seals: RowSeals; readonly log: Log }

const idBytes = 4
const macBytes = 16
const maxBytes = 64 * 1024

/**
 * Declares a row that is no table's: its values are computed of several. A table's is declared by `sealedTable`. Name and version stand
 * before the values, so that a seal of one kind never fits another. Whoever changes the fields raises the version.
 */
export function sealedRow<const F extends Fields>(
  name: string,
  version: number,
  fields: F,
): SealedRow<SealedValues<F>> {
  return { tag: `${name} ${version}`, fields: Object.entries(fields) }
}

/** @param keys newest first: the newest seals, each checks what it sealed */
export function makeRowSeals(keys: readonly Buffer[]): RowSeals {
  const own = keys.map((bytes) => {
    const key = createSecretKey(bytes)
    return { key, id: sealKeyId(key) }
  })
  const [newest] = own
  if (newest === undefined) throw new TypeError('sealing needs a key')
  const encode = makeEncoder()
  return {
    newestId: newest.id,
    seal: (row, values) => Buffer.concat([newest.id, macOf(newest.key, encode(row, values))]),
    holds(row, values, seal) {
      if (seal?.length !== idBytes + macBytes) return false
      const held = own.find(({ id }) => id.equals(seal.subarray(0, idBytes)))
      if (held === undefined) return false
      const text = encodedOrNot(() => encode(row, values))
      return text !== undefined && timingSafeEqual(macOf(held.key, text), seal.subarray(idBytes))
    },
  }
}

function macOf(key: KeyObject, text: Buffer): Buffer {
  return hmac(key, text).subarray(0, macBytes)
}

/** The id of the key in front of each seal that it made. */
export function sealKeyId(key: KeyObject): Buffer {
  return hmac(key, 'accord seal key id').subarray(0, idBytes)
}

// Values that cannot be encoded (a time that is "infinity") were never sealed.
function encodedOrNot(encode: () => Buffer): Buffer | undefined {
  try {
    return encode()
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return undefined
    throw error
  }
}

function digestOf(value: object): Buffer {
  return createHash('sha256').update(spelt(value)).digest()
}

// A number that JSON cannot write was never sealed.
function spelt(value: object): string {
  try {
    return canonicalize(value) ?? ''
  } catch (cause) {
    throw new TypeError('not JSON', { cause })
  }
}

/** The encoder writes into one buffer, which it uses again: the text is read before the next call. */
function makeEncoder() {
  const buffer = Buffer.alloc(maxBytes)
  let at = 0

  function room(bytes: number): number {
    const [from, end] = [at, at + bytes]
    if (end > maxBytes) throw new RangeError('too long to be sealed')
    at = end
    return from
  }
  function putBytes(bytes: Buffer): void {
    const from = room(4 + bytes.length)
    bytes.copy(buffer, buffer.writeUInt32BE(bytes.length, from))
  }
  function putMs(ms: number): void {
    buffer.writeIntBE(ms, room(6), 6)
  }
  const put: { readonly [K in keyof Values]: (value: Values[K]) => void } = {
    uuid: (value) => void uuidBytes(value).copy(buffer, room(16)),
    int: (value) => void buffer.writeInt32BE(value, room(4)),
    big: (value) => void buffer.writeBigInt64BE(value, room(8)),
    // Whole milliseconds: the text of a timestamp depends on who writes it.
    time: (value) => putMs(value.getTime()),
    // A fraction of a second survives as a whole number of milliseconds.
    seconds: (value) => putMs(Math.round(value * 1000)),
    text: (value) => putBytes(Buffer.from(value)),
    texts(value) {
      buffer.writeUInt32BE(value.length, room(4))
      for (const text of value) putBytes(Buffer.from(text))
    },
    bytes: putBytes,
    flag: (value) => void buffer.writeUInt8(value ? 1 : 0, room(1)),
    // Its digest, because a request may be longer than what one seal covers.
    json: (value) => putBytes(digestOf(value)),
  }
  return ({ tag, fields }: SealedRow<unknown>, row: unknown): Buffer => {
    const values = row as Readonly<Record<string, unknown>> // each of the kind of its field, by the type of the row
    at = 0
    put.text(tag)
    for (const [name, kind, read] of fields) {
      const value = values[name]
      buffer.writeUInt8(value === null ? 0 : 1, room(1))
      if (value === null) continue
      const putOne = put[kind] as (given: unknown) => void
      putOne(read === undefined ? value : read(value as never))
    }
    return buffer.subarray(0, at)
  }
}
