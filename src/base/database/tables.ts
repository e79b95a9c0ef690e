import type { tables, views } from './catalog.ts'

// The rows of each table and view, which are given to the query builder: a misspelt column does not compile. They follow from the catalog,
// as the rows that rooms declare do.

/** What the driver gives of a column of each kind; a mask comes as text and is read as a bigint, a day is read as text. */
export type ColumnValues = {
  readonly big: bigint
  readonly bytes: Buffer
  readonly day: string
  readonly flag: boolean
  readonly int: number
  readonly json: object
  readonly text: string
  readonly texts: readonly string[]
  readonly time: Date
  readonly uuid: string
  readonly uuids: readonly string[]
}
/** What a statement takes for one. */
type Taken = Omit<ColumnValues, 'big' | 'day' | 'json'> & {
  readonly big: string | number | bigint
  readonly day: string | Date
  readonly json: unknown
}

export type Catalog = typeof tables
export type TableName = keyof Catalog
export type ColumnName<T extends TableName> = keyof Catalog[T] & string

/** `person_id` → `personId` */
export type Camel<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : S

/** The value of a column by what the catalog says of it. */
export type ValueOf<Forms, Said> = Said extends `${infer Kind extends keyof Forms & string}?`
  ? Forms[Kind] | null
  : Said extends `${infer Kind extends keyof Forms & string}=`
    ? Forms[Kind]
    : Said extends keyof Forms
      ? Forms[Said]
      : never

type Optional<Columns> = {
  [Name in keyof Columns]: Columns[Name] extends `${string}${'?' | '='}` ? Name : never
}[keyof Columns]
type Flat<T> = { [Name in keyof T]: T[Name] }
/** An optional member is a column that an insert may leave out, because it has a default or may be null. */
type Inserted<Columns> = Flat<
  {
    [Name in Exclude<keyof Columns, Optional<Columns>> & string as Camel<Name>]: ValueOf<
      Taken,
      Columns[Name]
    >
  } & {
    [Name in Optional<Columns> & string as Camel<Name>]?: ValueOf<Taken, Columns[Name]>
  }
>
type All = Catalog & typeof views

export type Tables = { [Name in keyof All as Camel<Name>]: Inserted<All[Name]> }

/** A whole row as the code has it, without its seal. `As`: what the room knows more of columns than the catalog, by the names of SQL. */
export type TableRow<T extends TableName, As = unknown> = {
  readonly [Name in Exclude<ColumnName<T>, 'seal'> as Camel<Name>]: Name extends keyof As
    ? As[Name]
    : ValueOf<ColumnValues, Catalog[T][Name]>
}
