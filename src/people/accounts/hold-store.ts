import type { Database, Transaction } from '../../base/platform/database.ts'
import type { RowSeals } from '../../base/platform/row-seal.ts'
import { deleteBatch } from '../../base/platform/sweep.ts'
import { holdSeal } from './contact-seal.ts'

export type Hold = {
  readonly since: Date
  readonly until: Date
  /** The factors that the recovery and its sessions have added. */
  readonly added: readonly string[]
  /** Its row is not as this broker wrote it: the access is held, and everybody is of the recovery. */
  readonly isUntrusted: boolean
}

type HoldRow = Omit<Hold, 'isUntrusted'>

export async function holdOf(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
  now: Date,
): Promise<Hold | undefined> {
  const row: (HoldRow & { readonly seal: Buffer | null }) | undefined = await db('recoveryHolds')
    .select('since', 'until', 'added', 'seal')
    .where({ personId })
    .first()
  if (row === undefined) return undefined
  const { seal, ...hold } = row
  const isUntrusted = !seals.holds(holdSeal, { personId, ...hold }, seal)
  // The end of such a row says nothing.
  return isUntrusted || hold.until > now ? { ...hold, isUntrusted } : undefined
}

/** Writes the hold of a recovery, in place of an earlier one. */
export async function putHold(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  { since, until, added }: HoldRow,
): Promise<void> {
  const row = { personId, since, until, added: [...added] }
  await tx('recoveryHolds')
    .insert({ ...row, seal: seals.seal(holdSeal, row) })
    .onConflict('personId')
    .merge()
}

export async function deleteHold(tx: Transaction, personId: string): Promise<void> {
  await tx('recoveryHolds').where({ personId }).delete()
}

export function sweepHolds(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'recovery_holds', 'until', before)
}
