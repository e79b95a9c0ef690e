import type { Database, Transaction } from '../database/database.ts'
import { transact } from '../database/database.ts'
import type { RenewalCount } from './row-renewal.ts'
import { pagesOf, renewRows, sealedDue } from './row-renewal.ts'
import type { RowSeals } from './row-seal.ts'
import type { SealedTable, StoredColumns } from './sealed-table.ts'
import { sealedTable } from './sealed-table.ts'

// Rows that were made before their table bore seals, and that no event tells, are sealed as they stand: once, by an operator who says
// why. An attacker who can write to the database could empty a seal and wait for the next run. So a sealed mark records the run, and a
// table in which any row bears a seal is refused too.

/** A table whose rows bear seals, as its room seals those that have none. */
export type FirstSeals = {
  readonly table: string
  /** Seals every row that has no seal, as it stands. @returns how many */
  sealAll(tx: Transaction, seals: RowSeals): Promise<number>
  /** Whether it was begun before, where no row of that name bears a seal. */
  isBegun?(tx: Transaction): Promise<boolean>
}

/** The operator who had a table sealed, and the reason. */
export type SealingOperator = { readonly operator: string; readonly reason: string }

type Mark = SealingOperator & {
  readonly tableName: string
  readonly rows: number
  readonly at: Date
}

/** What was done about a table, or when and by whom it had been sealed before. */
export type SealingOutcome =
  | { readonly table: string; readonly sealed: number }
  | { readonly table: string; readonly sealed: undefined; readonly before: FirstMark | undefined }

export type FirstMark = Mark & {
  /** Whether the mark is as this broker wrote it. */
  readonly isTrue: boolean
}

export const markTable = sealedTable('first_seals', {
  seal: ['first seals', 1],
  covers: ['table_name', 'rows', 'operator', 'reason', 'at'],
  inventory: {
    whose: 'operator',
    kept: 'ever',
    readBy: ['operators'],
    change: {
      noFact: 'that a table was sealed as it stood, for an operator who would do it again',
    },
    why: { fr: 'qui a fait sceller une table', en: 'who had a table sealed' },
    columns: { technical: 'table_name rows at seal', operator: 'operator reason' },
  },
})
const pagesAtOnce = 64
const maxWalks = 10
const mostTables = 500

/** The rows of a table, each as it stands. */
export function firstSealsOf(table: SealedTable<unknown>): FirstSeals {
  const due = sealedDue(table, { isDue: 't.seal is null', written: ['seal'], waits: true })
  return {
    table: table.table,
    async sealAll(tx, seals) {
      let sealed = 0
      // A row that somebody else wrote while this waited for it stands at another place.
      for (let n = 0; n < maxWalks; n++) {
        const { renewed, left } = await walk(tx, seals)
        sealed += renewed
        if (left === 0) break
      }
      return sealed
    },
  }

  async function walk(tx: Transaction, seals: RowSeals): Promise<RenewalCount> {
    const pages = await pagesOf(tx, table.table)
    const seal = (found: StoredColumns) => [seals.seal(table.stored, found)]
    let [renewed, left] = [0, 0]
    for (let from = 0; from < pages; from += pagesAtOnce) {
      const range = { from, to: from + pagesAtOnce }
      const some = await renewRows(tx, range, due, seals.newestId, seal)
      ;[renewed, left] = [renewed + some.renewed, left + some.left]
    }
    return { renewed, left }
  }
}

/**
 * Seals each table that never bore seals, each in one transaction with its mark. A table that has a mark, true or not, or a row with
 * a seal, stays as it is.
 */
export async function sealFirst(
  db: Database,
  seals: RowSeals,
  tables: readonly FirstSeals[],
  by: SealingOperator,
  now: Date,
): Promise<SealingOutcome[]> {
  const done: SealingOutcome[] = []
  for (const table of tables)
    done.push(await transact(db, (tx) => sealOne(tx, seals, table, { ...by, at: now })))
  return done
}

async function sealOne(
  tx: Transaction,
  seals: RowSeals,
  { table, sealAll, isBegun = (of) => bearsSeals(of, table) }: FirstSeals,
  by: SealingOperator & { readonly at: Date },
): Promise<SealingOutcome> {
  // Of two commands at once the second finds the mark.
  await tx.raw("select pg_advisory_xact_lock(hashtext('accord.first-seals'))")
  const before = (await firstMarks(tx, seals)).find(({ tableName: name }) => name === table)
  if (before !== undefined || (await isBegun(tx))) return { table, sealed: undefined, before }
  const sealed = await sealAll(tx, seals)
  const mark = { ...by, tableName: table, rows: sealed }
  await tx('firstSeals').insert({ ...mark, seal: seals.seal(markTable, mark) })
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
    .limit(mostTables)
  return rows.map(({ seal, ...mark }) => ({ ...mark, isTrue: seals.holds(markTable, mark, seal) }))
}
