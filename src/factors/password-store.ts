import type { ProvenFactor } from '../accounts/index.ts'
import type { Database, Transaction } from '../foundation/database.ts'
import { deleteBatch } from '../foundation/sweep.ts'
import type { Counted } from '../foundation/tries.ts'
import type { Proven, ProvedPassword } from './passwords.ts'
import type { Sealed } from './sealed.ts'
import { sealedColumns } from './store.ts'

// Passwords, and those that wait for the code of their address.

/**
 * Keeps a person's password, in place of one that she had before.
 * @param addressMarks of its address, under each key, newest first
 * @returns false when the address opens another access: the unique index decides between two at once
 */
export async function insertPassword(
  tx: Transaction,
  row: ProvedPassword,
  addressMarks: readonly Buffer[],
  now: Date,
): Promise<boolean> {
  // Two processes of which one has a newer key already write two marks of one address: the oldest, which both know, is the lock.
  const lock = addressMarks.at(-1)?.readBigInt64BE().toString()
  if (lock !== undefined) await tx.raw('select pg_advisory_xact_lock(?)', [lock])
  const { personId } = row
  if (await isAddressTaken(tx, addressMarks, personId)) return false
  await tx('passwords').where({ personId }).delete()
  const kept: object[] = await tx('passwords')
    .insert({ ...row, createdAt: now, lastUsedAt: null, suspendedAt: null })
    .onConflict()
    .ignore()
    .returning('personId')
  return kept.length === 1
}

export async function findProvedAddress(
  db: Database | Transaction,
  personId: string,
): Promise<(Sealed & { readonly addressProvedAt: Date }) | undefined> {
  const row: (Sealed & { readonly addressProvedAt: Date }) | undefined = await db('passwords')
    .select(...sealedColumns, 'addressProvedAt')
    .where({ personId })
    .first()
  return row
}

/** Whether an address opens an access, suspended and closed ones too; or another one than this person's. */
export async function isAddressTaken(
  db: Database | Transaction,
  addressMarks: readonly Buffer[],
  butOf?: string,
): Promise<boolean> {
  const taken = db('passwords')
    .select('personId')
    .whereIn('addressMark', [...addressMarks])
  const row: unknown = await (
    butOf === undefined ? taken : taken.whereNot({ personId: butOf })
  ).first()
  return row !== undefined
}

/** A password that waits for the code of its address, or, once `provedAt` is set, for what makes it a way in. */
export type Proposal = Sealed &
  Proven & {
    readonly codeBy: Date
    readonly provedAt: Date | null
  }

type NewProposal = Sealed &
  Proven & {
    readonly errandSha256: Buffer
    readonly messageId: string
    readonly codeBy: Date
    readonly expiresAt: Date
  }

const provenColumns = [...sealedColumns, 'proof', 'addressMark']

export async function putProposal(tx: Transaction, row: NewProposal): Promise<void> {
  await tx('passwordProposals')
    .insert({ ...row, tries: 0, provedAt: null })
    .onConflict('errandSha256')
    .merge()
}

export async function findProposal(
  db: Database | Transaction,
  errandSha256: Buffer,
  now: Date,
): Promise<Proposal | undefined> {
  const row: Proposal | undefined = await db('passwordProposals')
    .select(...provenColumns, 'codeBy', 'provedAt')
    .where({ errandSha256 })
    .where('expiresAt', '>', now)
    .first()
  return row
}

/** Counts a try of a code, if one is left. @returns the message whose code it must be */
export async function countProposalTry(
  tx: Transaction,
  errandSha256: Buffer,
  most: number,
  now: Date,
): Promise<string | undefined> {
  const [row] = await tx('passwordProposals')
    .where({ errandSha256, provedAt: null })
    .where('tries', '<', most)
    .where('codeBy', '>', now)
    .increment('tries', 1)
    .returning<{ messageId: string }[]>('messageId')
  return row?.messageId
}

/** @returns false when its code was taken before, or is another one by now */
export async function markProved(
  tx: Transaction,
  errandSha256: Buffer,
  messageId: string,
  now: Date,
): Promise<boolean> {
  const proved = tx('passwordProposals').where({ errandSha256, messageId, provedAt: null })
  return (await proved.update({ provedAt: now })) === 1
}

/** Takes away one whose address was proved. */
export async function deleteProposal(
  tx: Transaction,
  errandSha256: Buffer,
  now: Date,
): Promise<ProvedPassword | undefined> {
  const [row] = await tx('passwordProposals')
    .where({ errandSha256 })
    .whereNotNull('provedAt')
    .where('expiresAt', '>', now)
    .delete()
    .returning<(Sealed & Proven & { provedAt: Date })[]>([...provenColumns, 'provedAt'])
  if (row === undefined) return undefined
  const { provedAt: addressProvedAt, ...kept } = row
  return { ...kept, addressProvedAt }
}

export function sweepProposals(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'password_proposals', 'expires_at', before)
}

export async function personOfAddress(
  db: Database,
  addressMarks: readonly Buffer[],
): Promise<string | undefined> {
  const row: { personId: string } | undefined = await db('passwords')
    .select('personId')
    .whereIn('addressMark', [...addressMarks])
    .first()
  return row?.personId
}

export async function personByProof(
  _: Counted,
  db: Database,
  proofs: readonly Buffer[],
): Promise<ProvenFactor | undefined> {
  const row: ProvenFactor | undefined = await db('passwords')
    .join('provingAccounts', 'provingAccounts.personId', 'passwords.personId')
    .select('passwords.personId', 'passwords.factorId', 'sessionEpoch')
    .whereIn('proof', proofs)
    .where({ suspendedAt: null })
    .first()
  return row
}

/** @returns false when it was changed, suspended or removed meanwhile */
export async function notePasswordUse(
  tx: Transaction,
  factorId: string,
  now: Date,
): Promise<boolean> {
  const updated = await tx('passwords')
    .where({ factorId, suspendedAt: null })
    .update({ lastUsedAt: now })
  return updated === 1
}
