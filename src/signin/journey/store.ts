import type { ProvenFactor, RowReader } from '../../people/accounts/index.ts'
import { tellUntrusted } from '../../people/accounts/index.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { CountedPoints } from '../../base/web/limits/rate-counts.ts'
import { deleteBatch } from '../../base/database/sweep.ts'
import { visitHash } from '../../base/web/visit.ts'
import type { Attempt } from './journey.ts'
import { attemptTable, givenPasswordTable } from './seal.ts'

/** What a visit's rows are read with; in a transaction, inside it. */
export type VisitReading = Omit<RowReader, 'db'> & { readonly db: Database | Transaction }

/** What was proved in a visit, unless sessions of the account were ended since, or the row was changed by somebody else. */
export function findAttempt(reading: VisitReading, visitId: string): Promise<Attempt | undefined> {
  return attemptAt(reading, visitHash(visitId))
}

export async function attemptAt(
  reading: VisitReading,
  visitIdSha256: Buffer,
): Promise<Attempt | undefined> {
  const { db, now } = reading
  const row: AttemptRow | undefined = await db('attemptsThatCount')
    .where({ visitIdSha256 })
    .where('expiresAt', '>', now)
    .first()
  return row && trustedAttempt(reading, row)
}

/** A row of the view `attempts_that_count`. */
export type AttemptRow = Attempt & Sealed

export async function trustedAttempt(
  reading: VisitReading,
  row: AttemptRow,
): Promise<Attempt | undefined> {
  const { expiresAt: _end, seal, visitIdSha256, ...attempt } = row
  const { codeIndex = null } = attempt
  if (reading.seals.holds(attemptTable, { ...row, codeIndex }, seal)) return attempt
  await tell(reading, visitIdSha256, attempt.personId)
  return undefined
}

type Sealed = {
  readonly visitIdSha256: Buffer
  readonly expiresAt: Date
  readonly seal: Buffer | null
}

async function tell(reading: VisitReading, id: Buffer, personId: string | null): Promise<void> {
  const ref = id.toString('hex', 0, 8)
  const row = { what: 'attempt', ref, personId: personId ?? undefined } as const
  await tellUntrusted(reading, row, { ...reading.origin, now: reading.now })
}

/**
 * Saves a proof. A visit holds one proof. Another proof may replace it in four cases: the first was a recovery code, and the second
 * is the same person's; the first was of the lowest level, by an account elsewhere, and the second is the same person's; the second is by a
 * key of the highest level, and the same person's, who has nothing left to read of the first; or the first no longer counts.
 * @returns false when the visit holds a proof already
 */
export async function saveAttempt(
  tx: Transaction,
  seals: RowSeals,
  visitId: string,
  attempt: Attempt,
  expiresAt: Date,
): Promise<boolean> {
  const row = {
    visitIdSha256: visitHash(visitId),
    ...attempt,
    otherDevice: attempt.otherDevice ?? false,
    codeIndex: attempt.codeIndex ?? null,
    expiresAt,
  }
  const rows = await tx('signinAttempts')
    .insert({ ...row, factorIds: [...row.factorIds], seal: seals.seal(attemptTable, row) })
    .onConflict('visitIdSha256')
    .merge()
    .whereRaw(
      `((signin_attempts.proof in ('recovery-code', 'recovered', 'upstream-one') and signin_attempts.person_id = ?)
        or (excluded.proof = 'attested-passkey' and not signin_attempts.codes_due and signin_attempts.person_id = excluded.person_id)
        or signin_attempts.session_epoch is distinct from session_epoch_of(signin_attempts.person_id))`,
      [attempt.personId],
    )
    .returning('proof')
  return rows.length === 1
}

/** Drops a recovery code that was shown, for a person who prefers another way in: the code stays good. */
export async function dropShownCode(tx: Transaction, visitId: string): Promise<void> {
  await tx('signinAttempts')
    .where({ visitIdSha256: visitHash(visitId) })
    .whereRaw("proof = 'recovery-code'")
    .delete()
}

/** Drops what was proved in a visit. */
export async function dropAttempt(tx: Transaction, visitId: string): Promise<void> {
  await tx('signinAttempts')
    .where({ visitIdSha256: visitHash(visitId) })
    .delete()
}

/**
 * She has her new codes. @param reachDue whether she is to be asked where to warn her, once, however often the form is sent
 * @returns whether there were codes to see
 */
export async function markCodesSeen(
  tx: Transaction,
  visitId: string,
  reachDue = false,
): Promise<boolean> {
  const shown = tx('signinAttempts').where({ visitIdSha256: visitHash(visitId), codesDue: true })
  return (await shown.update({ codesDue: false, reachDue })) > 0
}

export async function markReachAnswered(tx: Transaction, visitId: string): Promise<void> {
  await tx('signinAttempts')
    .where({ visitIdSha256: visitHash(visitId) })
    .update({ reachDue: false })
}

export async function markInvitationAnswered(tx: Transaction, visitId: string): Promise<void> {
  await tx('signinAttempts')
    .where({ visitIdSha256: visitHash(visitId) })
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
  { db, seals }: Pick<RowReader, 'db' | 'seals'>,
  visitId: string,
  { proven, taken, ...given }: WithTaken,
  expiresAt: Date,
): Promise<void> {
  const row = {
    visitIdSha256: visitHash(visitId),
    ...given,
    personId: proven?.personId ?? null,
    factorId: proven?.factorId ?? null,
    sessionEpoch: proven?.sessionEpoch ?? null,
    expiresAt,
  }
  const seal = seals.seal(givenPasswordTable, row)
  await db('signinPasswords')
    .insert({ ...row, taken: JSON.stringify(taken), seal })
    .onConflict('visitIdSha256')
    .merge()
}

export async function givenPasswordAt(
  reading: VisitReading,
  visitIdSha256: Buffer,
): Promise<GivenPassword | undefined> {
  const { db, now } = reading
  const row: GivenPasswordRow | undefined = await db('passwordsGiven')
    .where({ visitIdSha256 })
    .where('expiresAt', '>', now)
    .first()
  return row && trustedPassword(reading, row)
}

/** A row of the view `passwords_given`. */
export type GivenPasswordRow = Omit<GivenPassword, 'proven'> & (ProvenFactor | Nobody) & Sealed

export async function trustedPassword(
  reading: VisitReading,
  row: GivenPasswordRow,
): Promise<GivenPassword | undefined> {
  const { personId, factorId, sessionEpoch, addressMark, triesKey } = row
  if (!reading.seals.holds(givenPasswordTable, row, row.seal)) {
    await tell(reading, row.visitIdSha256, personId)
    return undefined
  }
  const proven = personId === null ? undefined : { personId, factorId, sessionEpoch }
  return { addressMark, triesKey, proven }
}

type Nobody = { readonly [K in keyof ProvenFactor]: null }

/** Gives back the counts of the password's try, once, after the whole sign-in was right. */
export async function giveBackCounts(db: Database, visitId: string): Promise<void> {
  await db.raw(
    // What was there is read before the row is written: read in RETURNING alone, the lock would find the new row, and give nothing.
    `with kept as (
       select visit_id_sha256, taken from signin_passwords where visit_id_sha256 = ? for update
     ), cleared as (
       update signin_passwords p set taken = '[]' from kept where p.visit_id_sha256 = kept.visit_id_sha256
       returning kept.taken
     )
     select give_back_tries(taken) from cleared`,
    [visitHash(visitId)],
  )
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
