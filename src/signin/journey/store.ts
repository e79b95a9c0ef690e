import { createHash } from 'node:crypto'
import type { ProvenFactor } from '../../people/accounts/index.ts'
import type { Database, Transaction } from '../../base/platform/database.ts'
import type { CountedPoints } from '../../base/web/rate-limit.ts'
import { deleteBatch } from '../../base/platform/sweep.ts'
import type { Attempt } from './journey.ts'

// The browser's cookie holds the visit's id: the database holds only its hash.
function key(visitId: string): Buffer {
  return createHash('sha256').update(`attempt:${visitId}`).digest()
}

// The person's sessions were not ended since the proof: otherwise the proof no longer counts.
const isOfNow = 'session_epoch = session_epoch_of(person_id)'

/** What was proved in a visit, unless sessions of the account were ended since. */
export async function findAttempt(
  db: Database | Transaction,
  visitId: string,
  now: Date,
): Promise<Attempt | undefined> {
  const row: Attempt | undefined = await db('signinAttempts')
    .select(
      'personId',
      'proof',
      'codesDue',
      'invitationDue',
      'provedAt',
      'factorIds',
      'sessionEpoch',
      'codeIndex',
    )
    .where({ visitIdSha256: key(visitId) })
    .where('expiresAt', '>', now)
    .whereRaw(isOfNow)
    .first()
  return row
}

/**
 * Saves a proof. A visit holds one proof. Another proof may replace it in two cases: the first was a recovery code, and the second
 * is the same person's; or the first no longer counts.
 * @returns false when the visit holds a proof already
 */
export async function saveAttempt(
  tx: Transaction,
  visitId: string,
  attempt: Attempt,
  expiresAt: Date,
): Promise<boolean> {
  const rows = await tx('signinAttempts')
    .insert({
      visitIdSha256: key(visitId),
      ...attempt,
      factorIds: [...attempt.factorIds],
      codeIndex: attempt.codeIndex ?? null,
      expiresAt,
    })
    .onConflict('visitIdSha256')
    .merge()
    .whereRaw(
      `((signin_attempts.proof in ('recovery-code', 'recovered') and signin_attempts.person_id = ?)
        or signin_attempts.session_epoch is distinct from session_epoch_of(signin_attempts.person_id))`,
      [attempt.personId],
    )
    .returning('proof')
  return rows.length === 1
}

/** Drops a recovery code that was shown, for a person who prefers another way in: the code stays good. */
export async function dropShownCode(tx: Transaction, visitId: string): Promise<void> {
  await tx('signinAttempts')
    .where({ visitIdSha256: key(visitId) })
    .whereRaw("proof = 'recovery-code'")
    .delete()
}

export async function markCodesSeen(tx: Transaction, visitId: string): Promise<void> {
  await tx('signinAttempts')
    .where({ visitIdSha256: key(visitId) })
    .update({ codesDue: false })
}

export async function markInvitationAnswered(tx: Transaction, visitId: string): Promise<void> {
  await tx('signinAttempts')
    .where({ visitIdSha256: key(visitId) })
    .update({ invitationDue: false })
}

/** A password that was given in a visit. `proven` is undefined if the password belongs to nobody. */
export type GivenPassword = {
  readonly proven: ProvenFactor | undefined
  readonly addressMark: Buffer
  readonly triesKey: string
}

/** The counts of the password's try, which are given back when the whole sign-in was right. */
type WithTaken = GivenPassword & { readonly taken: CountedPoints }

export async function saveGivenPassword(
  db: Database,
  visitId: string,
  { proven, taken, ...given }: WithTaken,
  expiresAt: Date,
): Promise<void> {
  await db('signinPasswords')
    .insert({
      visitIdSha256: key(visitId),
      ...given,
      personId: proven?.personId ?? null,
      factorId: proven?.factorId ?? null,
      sessionEpoch: proven?.sessionEpoch ?? null,
      taken: JSON.stringify(taken),
      expiresAt,
    })
    .onConflict('visitIdSha256')
    .merge()
}

export async function findGivenPassword(
  db: Database,
  visitId: string,
  now: Date,
): Promise<GivenPassword | undefined> {
  const row: (Omit<GivenPassword, 'proven'> & (ProvenFactor | Nobody)) | undefined = await db(
    'signinPasswords',
  )
    .select('personId', 'factorId', 'sessionEpoch', 'addressMark', 'triesKey')
    .where({ visitIdSha256: key(visitId) })
    .where('expiresAt', '>', now)
    .first()
  if (row === undefined) return undefined
  const { personId, factorId, sessionEpoch, ...given } = row
  return { ...given, proven: personId === null ? undefined : { personId, factorId, sessionEpoch } }
}

type Nobody = { readonly [K in keyof ProvenFactor]: null }

/** Takes the counts of the password's try, once, after the whole sign-in was right. */
export async function takeCounts(db: Database, visitId: string): Promise<CountedPoints> {
  const { rows } = await db.raw<{ rows: { taken: CountedPoints }[] }>(
    `with kept as (select taken from signin_passwords where visit_id_sha256 = ? for update)
     update signin_passwords set taken = '[]' where visit_id_sha256 = ?
     returning (select taken from kept) as taken`,
    [key(visitId), key(visitId)],
  )
  return rows[0]?.taken ?? []
}

export async function sweepAttempts(db: Database, before: Date): Promise<number> {
  let gone = 0
  for (const table of ['signin_attempts', 'signin_passwords'])
    gone += await deleteBatch(db, table, 'expires_at', before)
  return gone
}

/** Deletes what a person has begun to prove. */
export async function forgetAttempts(tx: Transaction, personId: string): Promise<void> {
  for (const table of ['signinAttempts', 'signinPasswords'] as const)
    await tx(table).where({ personId }).delete()
}
