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
  return (await takeBatch(db, table, column, before, { also })).length
}

/** The same. @returns of each row that was deleted, what a column of text says */
export async function takeBatch(
  db: Database,
  table: string,
  column: string,
  before: Date | number,
  { also = 'true', told = 'null' }: { readonly also?: string; readonly told?: string },
): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { told: string }[] }>(
    `delete from ${table} where ctid = any(array(
       select ctid from ${table} where ${column} < ? and ${also} order by ${column} limit ${batch} for update skip locked))
     returning ${told} as told`,
    [before],
  )
  return rows.map(({ told: text }) => text)
}
