import { tables } from '../database/catalog.ts'
import { camel } from '../database/column-names.ts'
import type {
  ColumnsBySubject,
  Inventory,
  InventoryOf,
  TableValue,
} from '../database/plain-table.ts'
import type {
  Camel,
  Catalog,
  ColumnName,
  ColumnValues,
  TableName,
  ValueOf,
} from '../database/tables.ts'
import type { SealedValueKind, SealedColumn, SealedRow } from './row-seal.ts'

// A table whose rows bear seals is one value. The catalog says its columns, their kinds and which may be null; the room says what the
// catalog cannot know: what the seal covers, in which order, why a column is left out, and what the inventory says (`plain-table.ts`). The
// type of a row, its seal, its renewal and its first seal follow. The bytes under a seal depend on the order and the kinds alone, never on the names that the code has.

/** A table, as its room declares it. `Row`: what the seal covers. */
export type SealedTable<Row, Covered extends string = string> = SealedRow<Row> &
  TableValue & {
    /** The columns that the seal covers, as SQL names them. */
    readonly covers: readonly Covered[]
    /** Those that it leaves out because nothing hangs on them, each with the reason. */
    readonly unsealed: Readonly<Record<string, string>>
    /** Those that it leaves out because something else holds them, which is said. */
    readonly otherwise: Readonly<Record<string, string>>
    /** A row as `selected` reads it. */
    readonly stored: SealedRow<StoredColumns>
    /** SQL of `t`, and of `j` where it joins a table: each covered column, under its name in the rows of the driver. */
    readonly selected: string
    readonly join: string
    /** Whether rows that are older than the seals are sealed as they stand (`accord seals first`): no event tells them. */
    readonly sealsFirst: boolean
  }
export type StoredColumns = Readonly<Record<string, unknown>>

/** A row of a declared table, without its seal. */
export type RowOf<Table> = Table extends SealedRow<infer Row> ? Row : never

/** Rows of units come and go as JSON: an instant is seconds since the epoch, bytes are hex, and columns have the names of SQL. */
type UnitValues = Omit<ColumnValues, 'time' | 'bytes'> & {
  readonly time: number
  readonly bytes: string
}

type Joined<J extends TableName> = [J] extends [never] ? never : ColumnName<J>
type Said<T extends TableName, J extends TableName, Name> = Name extends keyof Catalog[T]
  ? Catalog[T][Name]
  : Name extends keyof Catalog[J]
    ? Catalog[J][Name]
    : never
type Called<Name, Names, Other extends string> = Name extends keyof Names
  ? Names[Name] & string
  : Other

type CodeRow<T extends TableName, J extends TableName, Covered extends string, As, Names> = {
  readonly [N in Covered as Called<N, Names, Camel<N>>]: N extends keyof As
    ? As[N]
    : ValueOf<ColumnValues, Said<T, J, N>>
}
type UnitRow<T extends TableName, Covered extends string, As, Names> = {
  readonly [N in Covered as Called<N, Names, N>]: N extends keyof As
    ? As[N]
    : ValueOf<UnitValues, Said<T, never, N>>
}
/** Every column of a table by the names of SQL, as the events of a person tell it. `As`: what the room knows more than the catalog. */
export type SqlRow<T extends TableName, As = unknown> = {
  readonly [N in Exclude<ColumnName<T>, 'seal'>]: N extends keyof As
    ? As[N]
    : ValueOf<ColumnValues, Catalog[T][N]>
}

/** What the room knows more of columns than the catalog: `columnTypes<{ readonly state: State }>()`. */
type ColumnTypes<As> = { readonly as?: As }
export function columnTypes<As>(): ColumnTypes<As> {
  return {}
}

const none = {} as const

type Declared<
  T extends TableName,
  Covered extends string,
  LeftOut extends string,
  Held extends string,
  As,
  Names,
  J extends TableName,
  Columns extends ColumnsBySubject,
> = {
  /** Name and version stand before the values, so that a seal of one kind never fits another. Whoever changes `covers` raises the version. */
  readonly seal: readonly [name: string, version: number]
  /** In the order of their bytes. */
  readonly covers: readonly Covered[]
  /** Columns that it leaves out because nothing hangs on them, each with the reason. */
  readonly unsealed?: Readonly<Record<LeftOut, string>>
  /** Columns that it leaves out because something else holds them, which is said. */
  readonly otherwise?: Readonly<Record<Held, string>>
  readonly types?: ColumnTypes<As>
  /** Columns that the code has under another name. */
  readonly called?: Names
  /** Another table, of which the seal covers columns too: its row with the same `by`. */
  readonly joined?: { readonly table: J; readonly by: ColumnName<T> }
  /** Rows that are older than the seals are sealed as they stand, once: no event tells them. */
  readonly sealsFirst?: true
  readonly inventory: InventoryOf<T, Columns>
} & {
  readonly [
    N in Exclude<ColumnName<T>, Covered | LeftOut | Held | 'seal'> as `${N} is not sealed`
  ]: never
}

/** A table whose rows come through the driver. */
export function sealedTable<
  const T extends TableName,
  const Covered extends ColumnName<T> | Joined<J>,
  const LeftOut extends Exclude<ColumnName<T>, Covered> = never,
  const Held extends Exclude<ColumnName<T>, Covered> = never,
  As = unknown,
  const Names extends Readonly<Record<string, string>> = typeof none,
  const J extends TableName = never,
  const Columns extends ColumnsBySubject = ColumnsBySubject,
>(
  table: T,
  declared: Declared<T, Covered, LeftOut, Held, As, Names, J, Columns>,
): SealedTable<CodeRow<T, J, Covered, As, Names>, Covered> {
  return made(table, declared, inCode)
}

/** A table whose rows units read and write as JSON. */
export function sealedUnitTable<
  const T extends TableName,
  const Covered extends ColumnName<T>,
  const LeftOut extends Exclude<ColumnName<T>, Covered> = never,
  const Held extends Exclude<ColumnName<T>, Covered> = never,
  As = unknown,
  const Names extends Readonly<Record<string, string>> = typeof none,
  const Columns extends ColumnsBySubject = ColumnsBySubject,
>(
  table: T,
  declared: Declared<T, Covered, LeftOut, Held, As, Names, never, Columns>,
): SealedTable<UnitRow<T, Covered, As, Names>, Covered> {
  return made(table, declared, inUnit)
}

export function isSealed(table: TableValue): table is SealedTable<unknown> {
  return 'covers' in table
}

/** The columns that are left out for the same reason. */
export function sameReason<const Name extends string>(
  names: readonly Name[],
  because: string,
): Readonly<Record<Name, string>> {
  return Object.fromEntries(names.map((name) => [name, because])) as Record<Name, string> // each of them
}

/** A row that has the names of SQL, under those of the code. */
export function rowFromSql<Row>(table: SealedTable<Row>, row: StoredColumns): Row {
  return Object.fromEntries(
    table.covers.map((column, i) => [table.fields[i]?.[0], row[column]]),
  ) as Row // each covered column
}

type Form = {
  nameOf(column: string): string
  readonly bytes: SealedValueKind
  readonly time: SealedValueKind
  /** How a value that the driver gives becomes one that a seal covers. */
  readStored(kind: string): SealedColumn[2]
}
const ofText = (text: string) => BigInt(text)
const inCode: Form = {
  nameOf: camel,
  // PostgreSQL's bigint comes as text.
  readStored: (kind) => (kind === 'big' ? ofText : undefined),
  bytes: 'bytes',
  time: 'time',
}
const ofBytes = (bytes: Buffer) => bytes.toString('hex')
const inUnit: Form = {
  nameOf: (column) => column,
  readStored: (kind) => (kind === 'bytes' ? ofBytes : inCode.readStored(kind)),
  bytes: 'text',
  time: 'seconds',
}

type Given<Covered> = {
  readonly seal: readonly [name: string, version: number]
  readonly covers: readonly Covered[]
  readonly unsealed?: Readonly<Record<string, string>>
  readonly otherwise?: Readonly<Record<string, string>>
  readonly called?: Readonly<Record<string, string>>
  readonly joined?: { readonly table: TableName; readonly by: string }
  readonly sealsFirst?: boolean
  readonly inventory: Inventory
}

function made<Row, Covered extends string>(
  table: TableName,
  {
    seal: [name, version],
    covers,
    unsealed = {},
    otherwise = {},
    called = {},
    joined,
    sealsFirst = false,
    inventory,
  }: Given<Covered>,
  form: Form,
): SealedTable<Row, Covered> {
  const columns = covers.map((column) => ({
    as: called[column] ?? form.nameOf(column),
    ...placeOf(table, joined?.table, column),
  }))
  const tag = `${name} ${version}`
  return {
    tag,
    fields: columns.map(({ as, kind }) => [as, sealedAs(kind, form)]),
    table,
    inventory,
    sealsFirst,
    covers,
    unsealed,
    otherwise,
    stored: {
      tag,
      fields: columns.map(({ as, kind }) => [
        camel(as),
        sealedAs(kind, { ...form, time: 'time' }),
        form.readStored(kind),
      ]),
    },
    selected: columns
      .map(({ as, kind, place }) => `${place}${castOf(kind)} as "${camel(as)}"`)
      .join(', '),
    join: joined === undefined ? '' : `join ${joined.table} j on j.${joined.by} = t.${joined.by}`,
  }
}

type Place = { readonly kind: string; readonly place: string }

function placeOf(table: TableName, other: TableName | undefined, column: string): Place {
  const own: Readonly<Record<string, string>> = tables[table]
  const joined: Readonly<Record<string, string>> = other === undefined ? {} : tables[other]
  const [said, from] = column in own ? [own[column], 't'] : [joined[column], 'j']
  if (said === undefined) throw new TypeError(`${table} has no column ${column}`)
  return { kind: said.replace(/[?=]$/, ''), place: `${from}.${column}` }
}

// A day, and an id in a list, are covered as text.
function sealedAs(kind: string, { bytes, time }: Form): SealedValueKind {
  const others: Readonly<Record<string, SealedValueKind>> = {
    bytes,
    time,
    day: 'text',
    uuids: 'texts',
  }
  return others[kind] ?? (kind as SealedValueKind) // of the catalog
}

function castOf(kind: string): string {
  if (kind === 'day') return '::text'
  return kind === 'uuids' ? '::text[]' : ''
}
