import type { Database } from './database.ts'

const batch = 2000

/**
 * Deletes one small batch of rows whose time is over, the oldest first, and skips rows that are in use. The order makes PostgreSQL take the
 * index of the column, and end at the first row that stays: without it, a planner that believes a third of the rows to be over, as one
 * without statistics does, reads the whole table for some thousand, or for none.
 * @param table, column fixed names of the caller's own room, never input
 * @param also a condition of the column's index
 * @returns how many rows were deleted
 */
export async function deleteBatch(
  db: Database,
  table: string,
  column: string,
  before: Date | number,
  also = 'true',
): Promise<number> {
  return (await takeBatch<never>(db, table, column, before, { also })).rowCount
}

/** The same, with what is to be known of the rows that were deleted. */
export function takeBatch<Row>(
  db: Database,
  table: string,
  column: string,
  before: Date | number,
  { also = 'true', returning = '' }: { readonly also?: string; readonly returning?: string },
): Promise<{ readonly rowCount: number; readonly rows: readonly Row[] }> {
  return db.raw<{ rowCount: number; rows: Row[] }>(
    `delete from ${table} where ctid = any(array(
       select ctid from ${table} where ${column} < ? and ${also} order by ${column} limit ${batch} for update skip locked))
     ${returning}`,
    [before],
  )
}
