import type { Transaction } from '../../base/database/database.ts'

/** Until the transaction ends no other process tells of closed days. */
export async function holdTelling(tx: Transaction): Promise<void> {
  await tx.raw("select pg_advisory_xact_lock(hashtext('accord.days-told'))")
}

/** The last day that an entry of the log says is closed, or one that waits for its place. */
export async function newestTold(tx: Transaction): Promise<string | undefined> {
  const { rows } = await tx.raw<{ rows: { through: string | null }[] }>(
    `select max(through) as through from closings_told`,
  )
  return rows[0]?.through ?? undefined
}
