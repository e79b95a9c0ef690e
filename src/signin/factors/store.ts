import type { RowSeals } from '../../base/platform/row-seal.ts'
import type { ProvenFactor } from '../../people/accounts/index.ts'
import type { Database, Transaction } from '../../base/platform/database.ts'
import { deleteBatch } from '../../base/platform/sweep.ts'
import type { PasswordRow, Stepped, TotpRow } from './seal.ts'
import {
  codeSeal,
  enrolmentSeal,
  holdsPassword,
  holdsTotp,
  passwordSeal,
  sealOfTotp,
} from './seal.ts'
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
  Omit<ProvenFactor, 'factorId'> & {
    readonly usedAt: Date | null
    /** Its row is not as this broker wrote it; so is each code that was used. */
    readonly isUntrusted: boolean
  }

export async function insertCodes(
  tx: Transaction,
  seals: RowSeals,
  rows: readonly (CodeRow & { readonly personId: string; readonly createdAt: Date })[],
): Promise<void> {
  await tx('recoveryCodes').insert(rows.map((row) => ({ ...row, seal: seals.seal(codeSeal, row) })))
}

export async function deleteCodes(tx: Transaction, personId: string): Promise<void> {
  await tx('recoveryCodes').where({ personId }).delete()
}

/** Deletes the codes that a person was given at a counter, used or not. */
export async function deleteCounterCodes(tx: Transaction, personId: string): Promise<void> {
  await tx('recoveryCodes').where({ personId }).whereNotNull('expiresAt').delete()
}

/** The person of a code that begins so, whether or not it is believed. */
export async function holderOfIndex(
  db: Database | Transaction,
  codeIndex: string,
): Promise<string | undefined> {
  const row: { personId: string } | undefined = await db('recoveryCodes')
    .join('provingAccounts', 'provingAccounts.personId', 'recoveryCodes.personId')
    .select('recoveryCodes.personId')
    .where({ codeIndex })
    .first()
  return row?.personId
}

type Kept = Omit<CodeKept, 'isUntrusted'> & {
  readonly createdAt: Date
  readonly seal: Buffer | null
}

export async function findCode(
  tx: Database | Transaction,
  seals: RowSeals,
  codeIndex: string,
): Promise<CodeKept | undefined> {
  const row: Kept | undefined = await tx('recoveryCodes')
    .join('provingAccounts', 'provingAccounts.personId', 'recoveryCodes.personId')
    .select('recoveryCodes.personId', 'secretSha256', 'createdAt', 'expiresAt', 'usedAt')
    .select('recoveryCodes.seal', 'sessionEpoch')
    .where({ codeIndex })
    .first()
  if (row === undefined) return undefined
  const { seal, ...code } = row
  return { ...code, isUntrusted: !seals.holds(codeSeal, { codeIndex, ...code }, seal) }
}

/** Marks a code as used: from now on it has no seal. @returns whether it was there, unused, and as this broker wrote it */
export async function markUsed(
  tx: Transaction,
  seals: RowSeals,
  { codeIndex, personId }: { readonly codeIndex: string; readonly personId: string },
  now: Date,
): Promise<boolean> {
  const { rows } = await tx.raw<{ rows: Kept[] }>(
    `update recovery_codes c set used_at = ?, seal = null
     from (select code_index, seal from recovery_codes where code_index = ? and person_id = ? and used_at is null for update) b
     where c.code_index = b.code_index
     returning c.secret_sha256, c.created_at, c.expires_at, b.seal`,
    [now, codeIndex, personId],
  )
  const [row] = rows
  return row !== undefined && seals.holds(codeSeal, { ...row, codeIndex, personId }, row.seal)
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

/** How many codes of the present set open something. */
export async function unusedCodes(
  db: Database,
  seals: RowSeals,
  personId: string,
): Promise<number> {
  const rows: (Kept & CodeRow)[] = await db('recoveryCodes')
    .select('codeIndex', 'personId', 'secretSha256', 'createdAt', 'expiresAt', 'seal')
    .where({ personId, usedAt: null, expiresAt: null })
    .limit(maxListed)
  return rows.filter((row) => seals.holds(codeSeal, row, row.seal)).length
}

const tables = { password: 'passwords', totp: 'totpFactors' } as const

/** A factor of which a person has one at most: a password, or an application of codes. */
export type Factor = SealedSecret & {
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
  readonly suspendedAt: Date | null
  /** Its row is not as this broker wrote it: it opens nothing. */
  readonly isUntrusted: boolean
}

export type FactorKind = keyof typeof tables

type FactorRow = Omit<Factor, 'isUntrusted'>

export async function findFactor(
  db: Database | Transaction,
  seals: RowSeals,
  kind: FactorKind,
  personId: string,
): Promise<Factor | undefined> {
  const found = await findRow(db, kind, personId)
  if (found === undefined) return undefined
  return { ...found.row, isUntrusted: !found.isTrue(seals) }
}

type Found = {
  readonly row: FactorRow
  /** Whether it is as this broker wrote it. */
  isTrue(seals: RowSeals): boolean
  /** The seal of the row once it is suspended. */
  sealSuspended(seals: RowSeals, suspendedAt: Date): Buffer
}

async function findRow(
  db: Database | Transaction,
  kind: FactorKind,
  personId: string,
): Promise<Found | undefined> {
  const columns = [...sealedColumns, 'createdAt', 'lastUsedAt', 'suspendedAt', 'seal'] as const
  if (kind === 'password') {
    const row: (PasswordRow & FactorRow) | undefined = await db('passwords')
      .select(...columns, 'proof', 'addressMark', 'addressProvedAt')
      .where({ personId })
      .first()
    return (
      row && {
        row,
        isTrue: (seals) => holdsPassword(seals, row),
        sealSuspended: (seals, suspendedAt) => seals.seal(passwordSeal, { ...row, suspendedAt }),
      }
    )
  }
  const row: (TotpRow & FactorRow) | undefined = await db('totpFactors')
    .select(...columns, 'lastStep')
    .where({ personId })
    .first()
  return (
    row && {
      row,
      isTrue: (seals) => holdsTotp(seals, row),
      sealSuspended: (seals, suspendedAt) => sealOfTotp(seals, { ...row, suspendedAt }),
    }
  )
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
  seals: RowSeals,
  kind: FactorKind,
  key: { readonly personId: string; readonly factorId: string },
  now: Date,
): Promise<boolean> {
  const found = await findRow(tx, kind, key.personId)
  if (found?.row.factorId !== key.factorId) return false
  // A row that somebody changed gets no seal by a deed of ours.
  const seal = found.isTrue(seals) ? found.sealSuspended(seals, now) : null
  const factor = tx(tables[kind]).where({ ...key, suspendedAt: null })
  return (await factor.update({ suspendedAt: now, seal })) === 1
}

export type Enrolment = SealedSecret & { readonly expiresAt: Date }

export async function insertEnrolment(
  db: Database,
  seals: RowSeals,
  row: Enrolment & { errandSha256: Buffer },
): Promise<void> {
  await db('totpEnrolments')
    .insert({ ...row, seal: seals.seal(enrolmentSeal, row) })
    .onConflict('errandSha256')
    .merge()
}

export async function findEnrolment(
  db: Database | Transaction,
  seals: RowSeals,
  errandSha256: Buffer,
): Promise<(Enrolment & { readonly isUntrusted: boolean }) | undefined> {
  const row: (Enrolment & { readonly seal: Buffer | null }) | undefined = await db('totpEnrolments')
    .select(...sealedColumns, 'expiresAt', 'seal')
    .where({ errandSha256 })
    .first()
  if (row === undefined) return undefined
  const { seal, ...enrolment } = row
  const isUntrusted = !seals.holds(enrolmentSeal, { errandSha256, ...enrolment }, seal)
  return { ...enrolment, isUntrusted }
}

export async function deleteEnrolment(tx: Transaction, factorId: string): Promise<boolean> {
  return (await tx('totpEnrolments').where({ factorId }).delete()) === 1
}

/** Keeps the person's application of codes, in place of an earlier one. */
export async function putTotp(
  tx: Transaction,
  seals: RowSeals,
  row: SealedSecret & { lastStep: number; createdAt: Date },
): Promise<void> {
  const kept = { ...row, suspendedAt: null }
  const seal = sealOfTotp(seals, kept)
  await tx('totpFactors')
    .insert({ ...kept, seal, lastUsedAt: null })
    .onConflict('personId')
    .merge()
}

/** @returns false when a code of this step, or of a later one, was taken before, or another one meanwhile */
export async function noteStep(
  tx: Transaction,
  { factorId, lastStep, before, seal }: Stepped,
  now: Date,
): Promise<boolean> {
  const updated = await tx('totpFactors')
    .where({ factorId, suspendedAt: null, seal: before })
    .where('lastStep', '<', lastStep)
    .update({ lastStep, lastUsedAt: now, seal })
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
