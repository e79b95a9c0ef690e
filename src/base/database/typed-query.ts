import type { Knex } from 'knex'
import type { Tables } from './tables.ts'

// knex's builder takes any text as a column. These types are the part of it that we use: only a column of the table compiles.

// Rows with the type that knex gives them: the caller says what the rows hold.
type Found = Awaited<Knex.QueryBuilder>
type Raw = Knex.Raw
type Column<Row> = keyof Row & string
type Operator = '<' | '<=' | '=' | '>=' | '>' | '<>' | 'like'
type Direction = 'asc' | 'desc'
type Order<Row> = { readonly column: Column<Row>; readonly order?: Direction }
type Wanted<Row> = { readonly [Name in keyof Row]?: Row[Name] | Raw | null | undefined }
type Given<Row> = { readonly [Name in keyof Row]: Row[Name] | Raw }
type Changed<Row> = { readonly [Name in keyof Row]?: Row[Name] | Raw | undefined }
type Values = readonly unknown[] | Readonly<Record<string, unknown>>

export interface Query<Row> extends Promise<Found> {
  where(columns: Wanted<Row>): this
  where(column: Column<Row>, value: unknown): this
  where(column: Column<Row> | Raw, operator: Operator, value: unknown): this
  where(condition: ((query: Query<Row>) => unknown) | Raw): this
  orWhere(columns: Wanted<Row>): this
  orWhere(column: Column<Row>, operator: Operator, value: unknown): this
  whereNot(columns: Wanted<Row>): this
  whereNot(column: Column<Row>, value: unknown): this
  whereNull(column: Column<Row>): this
  whereNotNull(column: Column<Row>): this
  whereIn(column: Column<Row>, values: readonly unknown[] | Promise<Found>): this
  whereNotIn(column: Column<Row>, values: readonly unknown[]): this
  whereRaw(sql: string, values?: Values): this
  select(...columns: readonly (Column<Row> | '*' | Raw)[]): this
  select(columns: readonly (Column<Row> | Raw)[]): this
  first<One = Found>(...columns: readonly (Column<Row> | '*' | Raw)[]): Promise<One>
  distinct(...columns: readonly Column<Row>[]): this
  distinctOn(...columns: readonly Column<Row>[]): this
  pluck(column: Column<Row>): this
  count(what?: '*' | Column<Row> | Raw | Readonly<Record<string, '*' | Column<Row>>>): this
  max(columns: Column<Row> | Readonly<Record<string, Column<Row>>>): this
  orderBy(column: Column<Row>, order?: Direction): this
  orderBy(columns: readonly (Column<Row> | Order<Row>)[]): this
  orderByRaw(sql: string): this
  limit(most: number): this
  offset(from: number): this
  forUpdate(): this
  skipLocked(): this
  insert(row: Given<Row> | readonly Given<Row>[]): this
  update(columns: Changed<Row>): this
  update(column: Column<Row>, value: unknown): this
  increment(column: Column<Row>, by?: number): this
  delete(): this
  returning<Rows = Found>(
    columns: '*' | Column<Row> | Raw | readonly (Column<Row> | Raw)[],
  ): Promise<Rows>
  onConflict(columns?: Column<Row> | readonly Column<Row>[] | Raw): {
    ignore(): Query<Row>
    merge(columns?: Changed<Row> | readonly Column<Row>[]): Query<Row>
  }
  as(name: string): Knex.QueryBuilder
  clone(): this
  /** Columns of two tables are named with their table; only PostgreSQL checks that they exist. */
  join(table: string, column: string, other: string): Knex.QueryBuilder
  leftJoin(table: string, column: string, other: string): Knex.QueryBuilder
}

type Applied = { readonly name: string; readonly batch?: number; readonly migrationTime?: Date }

export type TypedTables = {
  <Table extends keyof Tables>(table: Table): Query<Tables[Table]>
  (table: 'knexMigrations'): Query<Applied>
  (table: `${string} as ${string}`): Knex.QueryBuilder
}
