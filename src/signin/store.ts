import { createHash } from 'node:crypto'
import type { Database, Transaction } from '../foundation/database.ts'
import { deleteBatch } from '../foundation/sweep.ts'
import type { Attempt } from './journey.ts'

// A visit's id is what the browser's cookie holds: at rest only its hash.
function key(visitId: string): Buffer {
  return createHash('sha256').update(`attempt:${visitId}`).digest()
}

export async function findAttempt(
  db: Database,
  visitId: string,
  now: Date,
): Promise<Attempt | undefined> {
  const row: Attempt | undefined = await db('signinAttempts')
    .select('personId', 'proof', 'codesDue', 'provedAt')
    .where({ visitIdSha256: key(visitId) })
    .where('expiresAt', '>', now)
    .first()
  return row
}

/**
 * Saves what was proved. A visit is proved once; only a recovery code may be followed by another proof.
 * @returns false when the visit holds a proof already
 */
export async function saveAttempt(
  tx: Transaction,
  visitId: string,
  attempt: Attempt,
  expiresAt: Date,
): Promise<boolean> {
  const rows = await tx('signinAttempts')
    .insert({ visitIdSha256: key(visitId), ...attempt, expiresAt })
    .onConflict('visitIdSha256')
    .merge()
    .where('signinAttempts.proof', 'recovery-code')
    .returning('proof')
  return rows.length === 1
}

export async function markCodesSeen(tx: Transaction, visitId: string): Promise<void> {
  await tx('signinAttempts')
    .where({ visitIdSha256: key(visitId) })
    .update({ codesDue: false })
}

export function sweepAttempts(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'signin_attempts', 'expires_at', before)
}
