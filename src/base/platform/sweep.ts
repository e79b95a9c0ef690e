import type { Database } from './database.ts'

const batch = 2000

/**
 * Deletes one small batch of rows whose time is over, and skips rows that are in use.
 * @param table, column fixed names of the caller's own room, never input
 * @returns how many rows were deleted
 */
export async function deleteBatch(
  db: Database,
  table: string,
  column: string,
  before: Date | number,
): Promise<number> {
  const { rowCount } = await db.raw<{ rowCount: number }>(
    `delete from ${table} where ctid in (
       select ctid from ${table} where ${column} < ? limit ? for update skip locked)`,
    [before, batch],
  )
  return rowCount
}
