import type { Database, Transaction } from '../database/database.ts'
import { transact } from '../database/database.ts'
import { sealRenewal, valuesOf } from './row-renewal.ts'
import type { Fields, RowSeals, SealedRow } from './row-seal.ts'
import { sealedRow } from './row-seal.ts'
import type { Tables } from '../database/tables.ts'

// Rows that were made before their table bore seals, and that no event tells, are sealed as they stand: once, by an operator who says
// why. An attacker who can write to the database could empty a seal and wait for the next run. So a sealed mark records the run, and a
// table in which any row bears a seal is refused too.

/** A table whose rows bear seals, as its room seals those that have none. */
export type FirstSeals = {
  readonly table: string
  /** Seals every row that has no seal, as it stands. @returns how many */
  sealAll(tx: Transaction, seals: RowSeals): Promise<number>
}

/** The operator who had a table sealed, and the reason. */
export type SealedBy = { readonly operator: string; readonly reason: string }

type Mark = SealedBy & { readonly tableName: string; readonly rows: number; readonly at: Date }

/** What was done about a table, or when and by whom it had been sealed before. */
export type Sealing =
  | { readonly table: string; readonly sealed: number }
  | { readonly table: string; readonly sealed: undefined; readonly before: FirstMark | undefined }

export type FirstMark = Mark & {
  /** Whether the mark is as this broker wrote it. */
  readonly isTrue: boolean
}

export const markSeal = sealedRow('first seals', 1, {
  tableName: 'text',
  rows: 'int',
  operator: 'text',
  reason: 'text',
  at: 'time',
})
/** The marks bear seals themselves. */
export const marksRenewal = sealRenewal('first_seals', markSeal)
const batch = 500
const maxBatches = 10_000

/** For a table whose sealed columns are its own, under their own names. @param key its primary key, which the seal covers */
export function firstSealsOf<F extends Fields>(
  table: keyof Tables,
  key: keyof F & string,
  row: SealedRow<F>,
): FirstSeals {
  const columns = row.fields.map(([name]) => name)
  return {
    table: tableName(table),
    async sealAll(tx, seals) {
      let sealed = 0
      let after: unknown
      for (let n = 0; n < maxBatches; n++) {
        const rows = await unsealedRows(tx, { table, key, columns }, after)
        for (const found of rows)
          await writeSeal(tx, { table, key }, found, seals.seal(row, valuesOf(row, found)))
        sealed += rows.length
        after = rows.at(-1)?.[key]
        if (rows.length < batch) break
      }
      return sealed
    },
  }
}

type Row = Readonly<Record<string, unknown>>
type Keyed = { readonly table: string; readonly key: string }

async function unsealedRows(
  tx: Transaction,
  { table, key, columns }: Keyed & { readonly columns: readonly string[] },
  after: unknown,
): Promise<Row[]> {
  const later = after === undefined ? '' : 'and ?? > ?'
  const { rows } = await tx.raw<{ rows: Row[] }>(
    `select ${columns.map(() => '??').join(', ')} from ?? where seal is null ${later} order by ?? limit ?`,
    [...columns, table, ...(after === undefined ? [] : [key, after as string]), key, batch],
  )
  return rows
}

async function writeSeal(
  tx: Transaction,
  { table, key }: Keyed,
  row: Row,
  seal: Buffer,
): Promise<void> {
  await tx.raw('update ?? set seal = ? where ?? = ?', [table, seal, key, row[key] as string])
}

/**
 * Seals each table that never bore seals, each in one transaction with its mark. A table that has a mark, true or not, or a row with
 * a seal, stays as it is.
 */
export async function sealFirst(
  db: Database,
  seals: RowSeals,
  tables: readonly FirstSeals[],
  by: SealedBy,
  now: Date,
): Promise<Sealing[]> {
  const done: Sealing[] = []
  for (const table of tables)
    done.push(await transact(db, (tx) => sealOne(tx, seals, table, { ...by, at: now })))
  return done
}

async function sealOne(
  tx: Transaction,
  seals: RowSeals,
  { table, sealAll }: FirstSeals,
  by: SealedBy & { readonly at: Date },
): Promise<Sealing> {
  // Of two commands at once the second finds the mark.
  await tx.raw("select pg_advisory_xact_lock(hashtext('accord.first-seals'))")
  const before = (await firstMarks(tx, seals)).find(({ tableName: name }) => name === table)
  if (before !== undefined || (await bearsSeals(tx, table)))
    return { table, sealed: undefined, before }
  const sealed = await sealAll(tx, seals)
  const mark = { ...by, tableName: table, rows: sealed }
  await tx('firstSeals').insert({ ...mark, seal: seals.seal(markSeal, mark) })
  return { table, sealed }
}

async function bearsSeals(tx: Transaction, table: string): Promise<boolean> {
  const { rows } = await tx.raw<{ rows: { bears: boolean }[] }>(
    'select exists (select from ?? where seal is not null) as bears',
    [table],
  )
  return rows[0]?.bears === true
}

/** Which tables were sealed so, in the order of their names. */
export async function firstMarks(
  db: Database | Transaction,
  seals: RowSeals,
): Promise<readonly FirstMark[]> {
  const rows: (Mark & { readonly seal: Buffer })[] = await db('firstSeals')
    .select('tableName', 'rows', 'operator', 'reason', 'at', 'seal')
    .orderBy('tableName')
    .limit(batch)
  return rows.map(({ seal, ...mark }) => ({ ...mark, isTrue: seals.holds(markSeal, mark, seal) }))
}

function tableName(table: string): string {
  return table.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
