import { isDeepStrictEqual } from 'node:util'
import type { EventKind, JsonValue, Live, Payload } from '../chain/index.ts'
import { readId, writeId } from '../../base/values/ids.ts'

// Rows as events tell them. A room tells its own tables; this room knows none of them.

/** Stands for a column that no event tells. */
export const notInEvents = Symbol('untold')

/** A column as events tell it: bytes, instants and masks as the code has them. */
export type Cell = JsonValue | Date | Buffer | bigint | typeof notInEvents
export type ToldRow = Readonly<Record<string, Cell>>

/** A row as the database holds it, as JSON. */
export type StoredRow = Readonly<Record<string, JsonValue>>

/** An event of a person that could be opened. */
export type ToldEvent = {
  readonly kind: EventKind
  readonly eventId: string
  readonly personSeq: number
  readonly recordedAt: Date
  readonly payload: Payload
  /** The id of its chain, where that is not the person's own. */
  readonly delayed: string | undefined
}

/** One table of one person, by the keys of its rows. */
export type ToldTable = {
  readonly name: string
  readonly rows: ReadonlyMap<string, ToldRow>
  key(row: StoredRow): string
  /** The public name of a row, such as `con_…`: it names her rows and never herself. */
  called(row: StoredRow | ToldRow): string
  /** Whether a row may stand of which no event tells. */
  mayStand?(row: StoredRow): boolean
  /** Whether a row may be gone of which events tell. */
  mayLack?(row: ToldRow): boolean
  /** What is wrong with the rows as a whole. */
  faults?(rows: readonly StoredRow[]): readonly Difference[]
  /** Why a row is wrong although its columns are right. */
  fault?(row: StoredRow, told: ToldRow): string | undefined
}

/** Tells the rows of one room about one person. */
export type Projection = {
  /** @throws Untellable for an event that does not fit those before it */
  tell(event: ToldEvent): void
  /** The kind of each event of her own chain, also of those whose content is erased. */
  tellKind?(kind: EventKind): void
  tables(): readonly ToldTable[]
  /** The rows that live by her chain: one room has them. */
  live?(): Live
  /** What else the end of her chain says by the events of this room. */
  marks?(live: Live): Live
}

/** An event that cannot be told: it names what was never written, or what the register does not know. */
export class InvalidEvent extends Error {}

/** An event that speaks of what no event before it told. Where content of hers is erased, that may have told it. */
export class UnknownReference extends InvalidEvent {}

/** An id or a number of a row, as text. */
export function idOf(row: StoredRow | ToldRow, column: string): string {
  const value = row[column]
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : ''
}

/** The key of a table whose rows have one id, and their public name. */
export function rowKey(prefix: string, column: string): Pick<ToldTable, 'key' | 'called'> {
  const id = (row: StoredRow | ToldRow) => idOf(row, column)
  return { key: id, called: (row) => writeId(prefix, id(row)) }
}

/** An event whose content is erased: its chain still says of what kind it was, when, and at which number. */
export type ErasedEvent = Pick<ToldEvent, 'kind' | 'recordedAt' | 'personSeq'>

/** Whether an event of one of these kinds is erased that was written at this instant, as the database writes it. */
export function isErasedAt(
  held: JsonValue | undefined,
  kinds: readonly EventKind[],
  erased: readonly ErasedEvent[],
): boolean {
  return (
    typeof held === 'string' &&
    erased.some(({ kind, recordedAt }) => kinds.includes(kind) && isAt(held, recordedAt))
  )
}

/** What a person's rows and her events say differently. */
export type Difference = {
  readonly table: string
  /** `con_…`, `evt_…`: a row or an event. */
  readonly called: string
  readonly because: string
}

/** Compares both ways: rows without events, events without rows, columns that differ. Pure. */
export function compare(
  tables: readonly ToldTable[],
  held: ReadonlyMap<string, readonly StoredRow[]>,
): Difference[] {
  return tables.flatMap((table) => {
    const missing = new Map(table.rows)
    const rows = held.get(table.name) ?? []
    const found = rows.flatMap((row) => {
      const key = table.key(row)
      const told = missing.get(key)
      missing.delete(key)
      return faultsOf(table, row, told).map((because) => difference(table, row, because))
    })
    const gone = [...missing.values()].filter((row) => table.mayLack?.(row) !== true)
    const missed = gone.map((row) => difference(table, row, 'it is missing'))
    return [...found, ...missed, ...(table.faults?.(rows) ?? [])]
  })
}

function difference(table: ToldTable, row: StoredRow | ToldRow, because: string): Difference {
  return { table: table.name, called: table.called(row), because }
}

function faultsOf(table: ToldTable, row: StoredRow, told: ToldRow | undefined): string[] {
  if (told === undefined) return table.mayStand?.(row) === true ? [] : ['no event tells of it']
  const fault = table.fault?.(row, told)
  return [
    ...unlike(row, told).map((name) => `${name} is not what was written`),
    ...(fault === undefined ? [] : [fault]),
  ]
}

/** The columns of a row that are not as events tell them. Pure. */
export function unlike(row: StoredRow, told: ToldRow): string[] {
  return Object.keys(row).filter((name) => !isSame(told[name], row[name] ?? null))
}

// A column that nobody tells is a difference too: whoever adds a column says which event tells it.
function isSame(told: Cell | undefined, held: JsonValue): boolean {
  if (told === notInEvents) return true
  if (told === held) return true
  if (typeof told === 'bigint') return typeof held === 'number' && BigInt(held) === told
  if (Buffer.isBuffer(told)) return held === `\\x${told.toString('hex')}`
  if (told instanceof Date) return typeof held === 'string' && isAt(held, told)
  return typeof told === 'object' && told !== null && isDeepStrictEqual(told, held)
}

// PostgreSQL writes microseconds; what the house writes has none.
function isAt(held: string, told: Date): boolean {
  return Date.parse(held) === told.getTime() && !/\.\d{3}\d*[1-9]/.test(held)
}

/** @throws Untellable */
export function textIn(payload: Payload, name: string): string {
  const text = payload[name]
  if (typeof text !== 'string') throw new InvalidEvent(`it has no ${name}`)
  return text
}

/** @throws Untellable */
export function dateIn(payload: Payload, name: string): Date {
  const at = new Date(textIn(payload, name))
  if (Number.isNaN(at.getTime())) throw new InvalidEvent(`its ${name} is no instant`)
  return at
}

/** @throws Untellable */
export function uuidIn(payload: Payload, prefix: string, name: string): string {
  const uuid = readId(prefix, textIn(payload, name))
  if (uuid === undefined) throw new InvalidEvent(`its ${name} is no ${prefix}_`)
  return uuid
}

/** As `uuidIn`; null where the event says that there is none. @throws Untellable */
export function uuidOrNullIn(payload: Payload, prefix: string, name: string): string | null {
  return (payload[name] ?? null) === null ? null : uuidIn(payload, prefix, name)
}

/** @throws Untellable */
export function bytesIn(payload: Payload, name: string): Buffer {
  return Buffer.from(textIn(payload, name), 'hex')
}

/** @throws Untellable */
export function listIn(payload: Payload, name: string): readonly string[] {
  const list = payload[name]
  if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list
  throw new InvalidEvent(`it has no ${name}`)
}

/** A member as it stands; null where the event has none. */
export function valueIn(payload: Payload, name: string): JsonValue {
  return payload[name] ?? null
}

/** A member of an object in the event; null where there is no such object. */
export function memberIn(payload: Payload, name: string, member: string): JsonValue {
  const value = payload[name] ?? null
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return null
  return (value as Payload)[member] ?? null // no array
}
