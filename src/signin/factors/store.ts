import type { ProvenFactor } from '../../people/accounts/index.ts'
import type { Database, Transaction } from '../../base/platform/database.ts'
import { deleteBatch } from '../../base/platform/sweep.ts'
import type { SealedSecret } from './sealed.ts'

const maxListed = 100
export const sealedColumns = [
  'personId',
  'factorId',
  'sealed',
  'wrappedKey',
  'kekId',
  'sealedYear',
] as const

type CodeRow = {
  readonly codeIndex: string
  readonly secretSha256: Buffer
  /** Null: the code is good as long as its set. */
  readonly expiresAt: Date | null
}

export type CodeKept = Omit<CodeRow, 'codeIndex'> &
  Omit<ProvenFactor, 'factorId'> & { readonly usedAt: Date | null }

export async function insertCodes(
  tx: Transaction,
  personId: string,
  rows: readonly CodeRow[],
  now: Date,
): Promise<void> {
  await tx('recoveryCodes').insert(rows.map((row) => ({ ...row, personId, createdAt: now })))
}

export async function deleteCodes(tx: Transaction, personId: string): Promise<void> {
  await tx('recoveryCodes').where({ personId }).delete()
}

/** Deletes the codes that a person was given at a counter, used or not. */
export async function deleteCounterCodes(tx: Transaction, personId: string): Promise<void> {
  await tx('recoveryCodes').where({ personId }).whereNotNull('expiresAt').delete()
}

export async function findCode(
  tx: Database | Transaction,
  codeIndex: string,
): Promise<CodeKept | undefined> {
  const row: CodeKept | undefined = await tx('recoveryCodes')
    .join('provingAccounts', 'provingAccounts.personId', 'recoveryCodes.personId')
    .select('recoveryCodes.personId', 'secretSha256', 'expiresAt', 'usedAt', 'sessionEpoch')
    .where({ codeIndex })
    .first()
  return row
}

export async function markUsed(tx: Transaction, codeIndex: string, now: Date): Promise<boolean> {
  return (
    (await tx('recoveryCodes').where({ codeIndex, usedAt: null }).update({ usedAt: now })) === 1
  )
}

/** When each code of the present set was made and used, and nothing of the codes themselves. */
export async function codesHeld(
  db: Database,
  personId: string,
): Promise<{ createdAt: Date; usedAt: Date | null }[]> {
  return db('recoveryCodes')
    .select('createdAt', 'usedAt')
    .where({ personId, expiresAt: null })
    .orderBy('usedAt')
    .limit(maxListed)
}

export async function unusedCodes(db: Database, personId: string): Promise<number> {
  const [row]: { count: string }[] = await db('recoveryCodes')
    .where({ personId, usedAt: null, expiresAt: null })
    .count()
  return Number(row?.count ?? 0)
}

const tables = { password: 'passwords', totp: 'totpFactors' } as const

/** A factor of which a person has one at most: a password, or an application of codes. */
export type Factor = SealedSecret & {
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
  readonly suspendedAt: Date | null
}

export type FactorKind = keyof typeof tables

export async function findFactor(
  db: Database | Transaction,
  kind: FactorKind,
  personId: string,
): Promise<Factor | undefined> {
  const row: Factor | undefined = await db(tables[kind])
    .select(...sealedColumns, 'createdAt', 'lastUsedAt', 'suspendedAt')
    .where({ personId })
    .first()
  return row
}

export async function deleteFactor(
  tx: Transaction,
  kind: FactorKind,
  personId: string,
): Promise<boolean> {
  return (await tx(tables[kind]).where({ personId }).delete()) === 1
}

/** Deletes factors of one person, by their ids. */
export async function deleteFactors(
  tx: Transaction,
  personId: string,
  factorIds: readonly string[],
): Promise<void> {
  for (const table of Object.values(tables))
    await tx(table)
      .where({ personId })
      .whereIn('factorId', [...factorIds])
      .delete()
}

/** A suspended factor opens nothing until it is replaced. @returns false when it was suspended already, or has been replaced */
export async function suspendFactor(
  tx: Transaction,
  kind: FactorKind,
  key: { readonly personId: string; readonly factorId: string },
  now: Date,
): Promise<boolean> {
  const factor = tx(tables[kind]).where({ ...key, suspendedAt: null })
  return (await factor.update({ suspendedAt: now })) === 1
}

export type Enrolment = SealedSecret & { readonly expiresAt: Date }

export async function insertEnrolment(
  db: Database,
  row: Enrolment & { errandSha256: Buffer },
): Promise<void> {
  await db('totpEnrolments').insert(row).onConflict('errandSha256').merge()
}

export async function findEnrolment(
  db: Database | Transaction,
  errandSha256: Buffer,
): Promise<Enrolment | undefined> {
  const row: Enrolment | undefined = await db('totpEnrolments')
    .select(...sealedColumns, 'expiresAt')
    .where({ errandSha256 })
    .first()
  return row
}

export async function deleteEnrolment(tx: Transaction, factorId: string): Promise<boolean> {
  return (await tx('totpEnrolments').where({ factorId }).delete()) === 1
}

/** Keeps the person's application of codes, in place of an earlier one. */
export async function putTotp(
  tx: Transaction,
  row: SealedSecret & { lastStep: number; createdAt: Date },
): Promise<void> {
  await tx('totpFactors')
    .insert({ ...row, lastUsedAt: null, suspendedAt: null })
    .onConflict('personId')
    .merge()
}

/** @returns false when a code of this step, or of a later one, was taken before */
export async function noteStep(
  tx: Transaction,
  factorId: string,
  step: number,
  now: Date,
): Promise<boolean> {
  const updated = await tx('totpFactors')
    .where({ factorId, suspendedAt: null })
    .where('lastStep', '<', step)
    .update({ lastStep: step, lastUsedAt: now })
  return updated === 1
}

export function sweepEnrolments(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'totp_enrolments', 'expires_at', before)
}

export function sweepCounterCodes(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'recovery_codes', 'expires_at', before)
}

/** Deletes all factors of a person. */
export async function forgetFactors(tx: Transaction, personId: string): Promise<void> {
  for (const table of [
    'recoveryCodes',
    'totpFactors',
    'totpEnrolments',
    'passwords',
    'passwordProposals',
    'factorsSetAside',
  ] as const)
    await tx(table).where({ personId }).delete()
}
