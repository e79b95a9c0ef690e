import { tables } from '../../base/database/catalog.ts'
import { bytesOfJson, camel, snake, snakeKeys } from '../../base/database/column-names.ts'
import type { Camel, ColumnName, Tables } from '../../base/database/tables.ts'
import type { ConsentLife, ConsentListed, ConsentRow, ConsentState, ConsentTerms } from './rows.ts'
import { consentTable, limits, recordedColumnNames, uses } from './tables.ts'
import type { RowTrust } from './seal.ts'
import { isUntrusted } from './seal.ts'

// The columns of a consent, once: statements take their lists from here, and rows are read by them. A column of a type, or of the
// view `consent_states`, that its list lacks does not compile.

/** How a column is read: categories are a mask; a day is read as text, for the driver would make an instant of it. */
type Reading = 'plain' | 'mask' | 'instant' | 'day' | 'bytes'
type Columns = Readonly<Record<string, Reading>>

const readings: Readonly<Record<string, Reading>> = {
  big: 'mask',
  bytes: 'bytes',
  day: 'day',
  time: 'instant',
}

function readingsOf<const C extends ColumnName<'consent_current'>>(columns: readonly C[]) {
  const read = columns.map((column) => {
    const [kind = ''] = tables.consent_current[column].split(/[?=]/)
    return [camel(column), readings[kind] ?? 'plain']
  })
  return Object.fromEntries(read) as Readonly<Record<Camel<C>, Reading>> // a reading of each
}

export const termColumns = readingsOf(limits)
const recordedColumns = readingsOf(recordedColumnNames)
const useColumns = readingsOf(uses)

/** The columns of the table `consent_current`: the seal covers them all, so whoever judges a row reads them all. */
export const stateColumns: Readonly<Record<keyof ConsentRow | 'seal', Reading>> = {
  ...readingsOf(consentTable.covers),
  seal: 'bytes',
}

/** The columns of the view `consent_states`. */
export const listedColumns = {
  ...stateColumns,
  declined: 'mask',
} as const satisfies Readonly<
  Record<Exclude<keyof ConsentListed, 'isUntrusted'> | keyof Tables['consentStates'], Reading>
>

/** The names of these columns for a `select`, of a table or an alias. */
export function columnsOf(columns: Columns, table: string): string {
  return Object.entries(snakeKeys(columns))
    .map(([name, reading]) => `${table}.${name}${reading === 'day' ? '::text' : ''}`)
    .join(', ')
}

/** A row as the driver gives it: a mask is text, and the seal stands beside it. */
export type RawConsent<T> = { [K in keyof Omit<T, 'isUntrusted'>]: RawColumn<T[K]> } & Sealed
export type RawColumn<C> = C extends bigint ? string : C
type Sealed = { readonly seal: Buffer | null }

const stateReadings = Object.entries(stateColumns)

/** Takes the state of a consent out of a row that holds more. */
export function stateFrom(trust: RowTrust, row: RawConsent<ConsentState>): ConsentState {
  const columns: Readonly<Record<string, unknown>> = row
  const read = stateReadings.map(([name]) => [name, columns[name]])
  // The list has each column of the type.
  const state = Object.fromEntries(read) as RawConsent<ConsentState>
  return withVerdict(trust, { ...state, categories: BigInt(state.categories) })
}

/** The row without its seal, and with the verdict of the seal. */
export function withVerdict<T extends ConsentRow & Sealed>(
  trust: RowTrust,
  { seal, ...row }: T,
): Omit<T, 'seal'> & { readonly isUntrusted: boolean } {
  return { ...row, isUntrusted: isUntrusted(trust, { ...row, seal }) }
}

const listedReadings = Object.entries(listedColumns).map(
  ([name, reading]) => [name, snake(name), reading] as const,
)

/** Rows of the view `consent_states`, as the JSON that another room's statement selects. */
export function consentsFromJson(
  trust: RowTrust,
  rows: readonly Readonly<Record<string, unknown>>[],
): ConsentListed[] {
  return rows.map((row) => {
    const read = listedReadings.map(([name, inJson, reading]) => [
      name,
      fromJson(row[inJson], reading),
    ])
    // The list has each column of the type, and the view gives each the value that the type says.
    return withVerdict(trust, Object.fromEntries(read) as ConsentListed & Sealed)
  })
}

function fromJson(value: unknown, reading: Reading): unknown {
  // Masks of at most 50 bits are exact as numbers of JSON.
  if (reading === 'mask') return BigInt(value as number)
  if (reading === 'bytes' && value !== null) return bytesOfJson(value as string)
  return reading === 'instant' && value !== null ? new Date(value as string) : value
}

/** The limits of a question, a record or a state. */
export function termsOf(row: ConsentTerms): ConsentTerms {
  return only(row, termColumns)
}

/** The columns that a record gives to the row of its state. */
export function recordColumnsOf(record: Recorded): Recorded {
  return only(record, recordedColumns)
}
type Recorded = Pick<ConsentState, keyof typeof recordedColumns>

/** The uses of a consent: the narrower record that replaces it continues from them. */
export type UseCounts = Pick<ConsentLife, keyof typeof useColumns>

export function useCountsOf(used: UseCounts): UseCounts {
  return only(used, useColumns)
}

export const noUses: UseCounts = {
  uses: 0,
  windowStartedAt: null,
  windowUses: 0,
  lastUseAt: null,
  usesReturned: 0,
  windowReturned: 0,
}

type Empty<Columns> = {
  [Name in keyof Columns]: Columns[Name] extends `${string}?` ? Name : never
}[keyof Columns]
type Unsaid = Exclude<
  Empty<(typeof tables)['consent_current']>,
  (typeof recordedColumnNames)[number] | 'seal'
>

/** The columns that may be empty, and are until a deed says something: neither the record nor the seal gives them. */
const unsaid = Object.fromEntries(
  Object.entries(tables.consent_current)
    .filter(([name, kind]) => kind.endsWith('?') && name !== 'seal' && !isRecorded(name))
    .map(([name]) => [camel(name), null]),
) as Readonly<Record<Camel<Unsaid>, null>> // each of them

function isRecorded(name: string): boolean {
  return recordedColumnNames.some((recorded) => recorded === name)
}

/** The columns of a new row, beside what its record says, its state and its categories. */
export const newColumns = { ...unsaid, ...noUses, stateSeq: 1, suspendedReasons: [] } as const

/** The same of a row that is not written: what would be judged if it were. */
export const asNew = { ...newColumns, isUntrusted: false } as const

function only<K extends string, T extends Readonly<Record<K, unknown>>>(
  row: T,
  columns: Readonly<Record<K, unknown>>,
): Pick<T, K> {
  const names = Object.keys(columns) as K[] // the keys of a literal are those of its type
  return Object.fromEntries(names.map((name) => [name, row[name]])) as Pick<T, K>
}

/**
 * SQL: that a consent of one person lives. The index of her consents bears all three states; the second condition keeps the planner from
 * the indexes of everybody's living consents, which it believes short where its statistics know of none.
 */
export const livesOfPerson =
  "state in ('active', 'suspended', 'expired') and state || '' in ('active', 'suspended')"
