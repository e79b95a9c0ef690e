import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { ListedWays, Waits, WaysOf } from '../../people/accounts/index.ts'
import { addWays, dropWays, wayListing, wayOf } from '../../people/accounts/index.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { deleteBatch } from '../../base/database/sweep.ts'
import type { PasswordRow, TotpStep, TotpRow } from './seal.ts'
import { enrolmentTable, holdsPassword, holdsTotp, passwordTable, sealOfTotp } from './seal.ts'
import type { SealedSecret } from './sealed-secret.ts'

export const sealedColumns = [
  'personId',
  'factorId',
  'sealed',
  'wrappedKey',
  'kekId',
  'sealedYear',
] as const

const tables = { password: 'passwords', totp: 'totpFactors' } as const

/** A factor of which a person has one at most: a password, or an application of codes. */
export type Factor = SealedSecret & {
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
  readonly suspendedAt: Date | null
  /** It was taken away, and opens held sessions until then; undefined: it stands. */
  readonly waits: Waits | undefined
  /** Its row is not as this broker wrote it: it opens nothing. */
  readonly isUntrusted: boolean
}

export type FactorKind = keyof typeof tables

type FactorRow = Omit<Factor, 'isUntrusted' | 'waits'>

export async function findFactor(
  db: Database | Transaction,
  seals: RowSeals,
  kind: FactorKind,
  personId: string,
): Promise<Factor | undefined> {
  const found = await findRow(db, kind, personId)
  if (found === undefined) return undefined
  const { row, isTrue, listed } = found
  // A suspended factor opens nothing, and is not listed any more.
  const as = wayListing(seals, personId, listed, wayOf(kind, row.factorId))
  const isHers = row.suspendedAt !== null || as !== undefined
  return { ...row, waits: as?.waits, isUntrusted: !isHers || !isTrue(seals) }
}

type Found = {
  readonly row: FactorRow
  readonly listed: ListedWays
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
  const factor = () =>
    db(tables[kind])
      .leftJoin('waysListed', 'waysListed.personId', `${tables[kind]}.personId`)
      .where(`${tables[kind]}.personId`, personId)
      .select(columns.map((column) => `${tables[kind]}.${column}`))
      .select('ways', 'waysSeal')
  if (kind === 'password') {
    const row: (PasswordRow & FactorRow & ListedWays) | undefined = await factor()
      .select('proof', 'addressMark', 'addressProvedAt')
      .first()
    return row && passwordFound(row)
  }
  const row: (TotpRow & FactorRow & ListedWays) | undefined = await factor()
    .select('lastStep')
    .first()
  return row && totpFound(row)
}

function passwordFound({ ways, waysSeal, ...row }: PasswordRow & FactorRow & ListedWays): Found {
  return {
    row,
    listed: { ways, waysSeal },
    isTrue: (seals) => holdsPassword(seals, row),
    sealSuspended: (seals, suspendedAt) => seals.seal(passwordTable, { ...row, suspendedAt }),
  }
}

function totpFound({ ways, waysSeal, ...row }: TotpRow & FactorRow & ListedWays): Found {
  return {
    row,
    listed: { ways, waysSeal },
    isTrue: (seals) => holdsTotp(seals, row),
    sealSuspended: (seals, suspendedAt) => sealOfTotp(seals, { ...row, suspendedAt }),
  }
}

/** As bodies are told of a factor (CAEP 1.0, section 3.3). */
const credentialTypes = { password: 'password', totp: 'app' } as const

/**
 * The bodies of the services that she uses are told of a factor that comes, goes or takes the place of another one: by the statement that
 * writes or deletes it, in its `returning`.
 */
export function toldOfFactor(
  tx: Transaction,
  kind: FactorKind,
  change: 'create' | 'update' | 'delete',
) {
  return tx.raw('queue_credential_signal(person_id, ?, ?)', [credentialTypes[kind], change])
}

export async function deleteFactor(
  tx: Transaction,
  seals: RowSeals,
  kind: FactorKind,
  personId: string,
): Promise<boolean> {
  const rows: { factorId: string }[] = await tx(tables[kind])
    .where({ personId })
    .delete()
    .returning(['factorId', toldOfFactor(tx, kind, 'delete')])
  // One that was set aside goes on waiting.
  const gone = rows.map(({ factorId }) => wayOf(kind, factorId))
  await dropWays(tx, seals, personId, gone)
  return rows.length === 1
}

/** Deletes factors of one person, by their ids. */
export async function deleteFactors(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  factorIds: readonly string[],
): Promise<void> {
  const gone = factorIds.flatMap((id) => [wayOf('password', id), wayOf('totp', id)])
  await dropWays(tx, seals, personId, gone)
  for (const kind of ['password', 'totp'] as const)
    await tx(tables[kind])
      .where({ personId })
      .whereIn('factorId', [...factorIds])
      .delete()
      .returning(toldOfFactor(tx, kind, 'delete'))
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
  await dropWays(tx, seals, key.personId, [wayOf(kind, key.factorId)])
  // A row that somebody changed gets no seal by a deed of ours.
  const seal = found.isTrue(seals) ? found.sealSuspended(seals, now) : null
  const factor = tx(tables[kind]).where({ ...key, suspendedAt: null })
  return (await factor.update({ suspendedAt: now, seal })) === 1
}

/** The passwords and applications of these people that open something. */
export const waysByFactor: WaysOf = async (tx, seals, people) => {
  const passwords: PasswordRow[] = await tx('passwords').whereIn('personId', [...people])
  const applications: TotpRow[] = await tx('totpFactors').whereIn('personId', [...people])
  return [
    ...passwords
      .filter((row) => row.suspendedAt === null && holdsPassword(seals, row))
      .map(({ personId, factorId }) => ({ personId, way: wayOf('password', factorId) })),
    ...applications
      .filter((row) => row.suspendedAt === null && holdsTotp(seals, row))
      .map(({ personId, factorId }) => ({ personId, way: wayOf('totp', factorId) })),
  ]
}

export type Enrolment = SealedSecret & { readonly expiresAt: Date }

export async function insertEnrolment(
  db: Database,
  seals: RowSeals,
  row: Enrolment & { errandSha256: Buffer },
): Promise<void> {
  await db('totpEnrolments')
    .insert({ ...row, seal: seals.seal(enrolmentTable, row) })
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
  const isUntrusted = !seals.holds(enrolmentTable, { errandSha256, ...enrolment }, seal)
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
  const { personId, factorId, createdAt } = row
  const before: { factorId: string }[] = await tx('totpFactors')
    .select('factorId')
    .where({ personId })
  const replacing = before.map((one) => wayOf('totp', one.factorId))
  await addWays(tx, seals, personId, { add: [wayOf('totp', factorId)], replacing }, createdAt)
  const seal = sealOfTotp(seals, kept)
  await tx('totpFactors')
    .insert({ ...kept, seal, lastUsedAt: null })
    .onConflict('personId')
    .merge()
    .returning(toldOfFactor(tx, 'totp', before.length === 0 ? 'create' : 'update'))
}

/** @returns false when a code of this step, or of a later one, was taken before, or another one meanwhile */
export async function noteStep(
  tx: Transaction,
  { factorId, lastStep, before, seal }: TotpStep,
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

/** Deletes all factors of a person. */
export async function forgetFactors(tx: Transaction, personId: string): Promise<void> {
  for (const table of [
    'recoveryCodes',
    'cardCode',
    'card',
    'totpFactors',
    'totpEnrolments',
    'passwords',
    'passwordProposals',
    'factorsSetAside',
  ] as const)
    await tx(table).where({ personId }).delete()
}
