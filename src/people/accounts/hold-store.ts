import type { Database, Transaction } from '../../base/platform/database.ts'
import { deleteBatch } from '../../base/platform/sweep.ts'

export type Hold = {
  readonly since: Date
  readonly until: Date
  /** The factors that the recovery and its sessions have added. */
  readonly added: readonly string[]
}

export async function holdOf(
  db: Database | Transaction,
  personId: string,
  now: Date,
): Promise<Hold | undefined> {
  const row: Hold | undefined = await db('recoveryHolds')
    .select('since', 'until', 'added')
    .where({ personId })
    .where('until', '>', now)
    .first()
  return row
}

/** A second recovery lengthens the hold that the first one began; the factors that the first one added stay in the hold. */
export async function putHold(
  tx: Transaction,
  personId: string,
  { since, until, added }: Hold,
): Promise<void> {
  await tx.raw(
    `insert into recovery_holds as h (person_id, since, until, added) values (?, ?, ?, ?)
     on conflict (person_id) do update set until = excluded.until,
       since = case when h.until > excluded.since then h.since else excluded.since end,
       added = case when h.until > excluded.since then h.added || excluded.added else excluded.added end`,
    [personId, since, until, [...added]],
  )
}

export async function addToHold(
  tx: Transaction,
  personId: string,
  factorId: string,
): Promise<void> {
  await tx.raw('update recovery_holds set added = array_append(added, ?) where person_id = ?', [
    factorId,
    personId,
  ])
}

export async function deleteHold(tx: Transaction, personId: string): Promise<void> {
  await tx('recoveryHolds').where({ personId }).delete()
}

export function sweepHolds(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'recovery_holds', 'until', before)
}
