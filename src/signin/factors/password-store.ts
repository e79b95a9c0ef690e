import type { ProvenFactor } from '../../people/accounts/index.ts'
import type { Database, Transaction } from '../../base/platform/database.ts'
import { deleteBatch } from '../../base/platform/sweep.ts'
import type { CountedTry } from '../../base/web/tries.ts'
import type { SealedSecret } from './sealed.ts'
import { sealedColumns } from './store.ts'

// Stores passwords, and proposed passwords that wait for the code sent to their address.

export type PasswordProof = { readonly proof: Buffer; readonly addressMark: Buffer }

/** A password whose person has shown that its address is hers. */
export type ProvedPassword = SealedSecret & PasswordProof & { readonly addressProvedAt: Date }

/**
 * Keeps a person's password, in place of an earlier one.
 * @param addressMarks the marks of its address, under each key, newest first
 * @returns false when the address opens another access: the unique index decides between two at once
 */
export async function insertPassword(
  tx: Transaction,
  row: ProvedPassword,
  addressMarks: readonly Buffer[],
  now: Date,
): Promise<boolean> {
  // While the keys are rotated two processes may write different marks of one address: the lock is a mark that both know.
  const [lock] = addressMarks.map((mark) => mark.readBigInt64BE()).toSorted(compare)
  if (lock !== undefined) await tx.raw('select pg_advisory_xact_lock(?)', [lock.toString()])
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

function compare(one: bigint, other: bigint): number {
  return one < other ? -1 : 1
}

export async function findProvedAddress(
  db: Database | Transaction,
  personId: string,
): Promise<(SealedSecret & { readonly addressProvedAt: Date }) | undefined> {
  const row: (SealedSecret & { readonly addressProvedAt: Date }) | undefined = await db('passwords')
    .select(...sealedColumns, 'addressProvedAt')
    .where({ personId })
    .first()
  return row
}

/** Whether an address opens an access, suspended and closed ones too. With `butOf`: an access of anybody but this person. */
export async function isAddressTaken(
  db: Database | Transaction,
  addressMarks: readonly Buffer[],
  butOf?: string,
): Promise<boolean> {
  const { rows } = await db.raw<{ rows: object[] }>(
    `select 1 from (
       select person_id from passwords where address_mark = any(:marks)
       union all
       select person_id from factors_set_aside where kind = 'password' and content->>'address_mark' = any(:texts)
     ) taken where cast(:butOf as uuid) is null or person_id <> :butOf limit 1`,
    { marks: [...addressMarks], texts: asTexts(addressMarks), butOf: butOf ?? null },
  )
  return rows.length > 0
}

// Bytes in the form in which a table row has them in JSON.
function asTexts(values: readonly Buffer[]): string[] {
  return values.map((value) => `\\x${value.toString('hex')}`)
}

/** A password that waits for the code of its address, or, once `provedAt` is set, for what makes it a way in. */
export type Proposal = SealedSecret &
  PasswordProof & {
    readonly codeBy: Date
    readonly provedAt: Date | null
  }

type NewProposal = SealedSecret &
  PasswordProof & {
    readonly errandSha256: Buffer
    readonly messageId: string
    readonly codeBy: Date
    readonly expiresAt: Date
  }

const provenColumns = [...sealedColumns, 'proof', 'addressMark'] as const

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

/** Counts a try of a code, if one is left. @returns the message whose code the try must match */
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

/** @returns false when the code was taken before, or when another code has replaced it */
export async function markProved(
  tx: Transaction,
  errandSha256: Buffer,
  messageId: string,
  now: Date,
): Promise<boolean> {
  const proved = tx('passwordProposals').where({ errandSha256, messageId, provedAt: null })
  return (await proved.update({ provedAt: now })) === 1
}

/** Takes a proposal whose address was proved, and deletes it. */
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
    .returning<(SealedSecret & PasswordProof & { provedAt: Date })[]>([
      ...provenColumns,
      'provedAt',
    ])
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
  _: CountedTry,
  db: Database,
  proofs: readonly Buffer[],
  now: Date,
): Promise<ProvenFactor | undefined> {
  const { rows } = await db.raw<{ rows: ProvenFactor[] }>(
    `select person_id, factor_id, session_epoch from (
       select person_id, factor_id from passwords where proof = any(:proofs) and suspended_at is null
       union all
       select person_id, factor_id from factors_set_aside
       where kind = 'password' and content->>'proof' = any(:texts) and stands_until > :now
         and content->>'suspended_at' is null
     ) given join proving_accounts using (person_id) limit 1`,
    { proofs: [...proofs], texts: asTexts(proofs), now },
  )
  return rows[0]
}

/** @returns false when the password was changed, suspended or removed meanwhile */
export async function notePasswordUse(
  tx: Transaction,
  factorId: string,
  now: Date,
): Promise<boolean> {
  const { rows } = await tx.raw<{ rows: { isUsed: boolean }[] }>(
    `with used as (
       update passwords set last_used_at = :now where factor_id = :factorId and suspended_at is null returning 1
     ), used_aside as (
       update factors_set_aside set content = content || jsonb_build_object('last_used_at', cast(:now as timestamptz))
       where factor_id = :factorId and kind = 'password' and stands_until > :now and content->>'suspended_at' is null
       returning 1
     )
     select exists (select from used) or exists (select from used_aside) as is_used`,
    { factorId, now },
  )
  return rows[0]?.isUsed === true
}
