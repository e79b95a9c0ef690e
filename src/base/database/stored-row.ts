import { tables, views } from './catalog.ts'
import { bytesOfJson, camel, snake } from './column-names.ts'
import type { Camel, ColumnName, TableName, TableRow } from './tables.ts'

// How the columns of a table are read, by what the catalog says of them.

type Name<T extends TableName> = Camel<ColumnName<T>>

function kindOf(table: TableName, name: string): string {
  const columns: Readonly<Record<string, string>> = tables[table]
  return (columns[snake(name)] ?? '').replace(/[?=]$/, '')
}

/** The columns of a table, as the code has them. */
export function columnNames<T extends TableName>(table: T): readonly Name<T>[] {
  return Object.keys(tables[table]).map((name) => camel(name) as Name<T>) // of the catalog
}

/** The columns of a table that a view has too, under the same names. */
export function sharedColumns<V extends keyof typeof views, T extends TableName>(
  view: V,
  table: T,
): readonly (Name<T> & Camel<keyof (typeof views)[V] & string>)[] {
  return Object.keys(tables[table])
    .filter((name) => name in views[view])
    .map((name) => camel(name) as Name<T> & Camel<keyof (typeof views)[V] & string>) // of both catalogs
}

/** Columns for a `select`; a day is read as text, for the driver would make an instant of it. @param of the table’s name or alias */
export function selectedColumns<T extends TableName>(
  table: T,
  names: readonly Name<T>[],
  of: string,
): string {
  return names
    .map((name) => `${of}.${snake(name)}${kindOf(table, name) === 'day' ? '::text' : ''}`)
    .join(', ')
}

const readings: Readonly<Record<string, (text: string) => unknown>> = {
  big: BigInt,
  bytes: bytesOfJson,
  time: (text) => new Date(text),
}

/** Columns of a row that PostgreSQL wrote as JSON. */
export function rowFromJson<T extends TableName, const N extends Name<T>>(
  table: T,
  names: readonly N[],
  row: Readonly<Record<string, unknown>>,
): Pick<TableRow<T>, N & keyof TableRow<T>> {
  const read = names.map((name) => {
    const value = row[snake(name)] ?? null
    const reading = readings[kindOf(table, name)]
    return [name, value === null || reading === undefined ? value : reading(value as string)]
  })
  return Object.fromEntries(read) as Pick<TableRow<T>, N & keyof TableRow<T>> // each of these columns
}
