import type { DeviceBeside, ListedWays, ProvenFactor } from '../../people/accounts/index.ts'
import { addWays, isKnownBeside, wayListing, opensNow, wayOf } from '../../people/accounts/index.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { snake } from '../../base/database/column-names.ts'
import { deleteBatch } from '../../base/database/sweep.ts'
import type { CountedTry } from '../../base/web/limits/tries.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { SetAsideMark, PasswordProof, PasswordRow } from './seal.ts'
import { holdsAside, holdsPassword, passwordTable, proposalTable } from './seal.ts'
import type { SealedSecret } from './sealed-secret.ts'
import { sealedColumns, toldOfFactor } from './store.ts'

// Stores passwords, and proposed passwords that wait for the code sent to their address.

/** A password whose person has shown that its address is hers. */
export type ProvedPassword = SealedSecret & PasswordProof & { readonly addressProvedAt: Date }

/**
 * Keeps a person's password, in place of an earlier one.
 * @param addressMarks the marks of its address, under each key, newest first
 * @returns false when the address opens another access: the unique index decides between two at once
 */
export async function insertPassword(
  tx: Transaction,
  seals: RowSeals,
  row: ProvedPassword & { readonly createdAt: Date },
  addressMarks: readonly Buffer[],
): Promise<boolean> {
  // While the keys are rotated two processes may write different marks of one address: the lock is a mark that both know.
  const [lock] = addressMarks.map((mark) => mark.readBigInt64BE()).toSorted(compare)
  if (lock !== undefined) await tx.raw('select pg_advisory_xact_lock(?)', [lock.toString()])
  const { personId } = row
  if (await isAddressTaken(tx, addressMarks, personId)) return false
  const before: { factorId: string }[] = await tx('passwords')
    .where({ personId })
    .delete()
    .returning(['factorId', toldOfFactor(tx, 'password', 'delete')])
  const replacing = before.map(({ factorId }) => wayOf('password', factorId))
  const add = [wayOf('password', row.factorId)]
  await addWays(tx, seals, personId, { add, replacing }, row.createdAt)
  const kept = { ...row, suspendedAt: null }
  const inserted: object[] = await tx('passwords')
    .insert({ ...kept, seal: seals.seal(passwordTable, kept), lastUsedAt: null })
    .onConflict()
    .ignore()
    .returning(toldOfFactor(tx, 'password', 'create'))
  return inserted.length === 1
}

function compare(one: bigint, other: bigint): number {
  return one < other ? -1 : 1
}

/** Undefined too for a row that is not as this broker wrote it. */
export async function findProvedAddress(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
): Promise<PasswordRow | undefined> {
  const row: (PasswordRow & ListedWays) | undefined = await db('passwords')
    .leftJoin('waysListed', 'waysListed.personId', 'passwords.personId')
    .select(passwordColumns.map((column) => `passwords.${column}`))
    .select('ways', 'waysSeal')
    .where('passwords.personId', personId)
    .first()
  if (row === undefined || !holdsPassword(seals, row)) return undefined
  const isHers =
    row.suspendedAt !== null ||
    wayListing(seals, personId, row, wayOf('password', row.factorId)) !== undefined
  return isHers ? row : undefined
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

type NewProposal = SealedSecret &
  PasswordProof & {
    readonly errandSha256: Buffer
    readonly messageId: string
    readonly codeBy: Date
    readonly expiresAt: Date
  }

/** A password that waits for the code of its address, or, once `provedAt` is set, for what makes it a way in. */
export type ProposalRow = NewProposal & {
  readonly provedAt: Date | null
  readonly seal: Buffer | null
}

const provenColumns = [...sealedColumns, 'proof', 'addressMark'] as const
const passwordColumns = [
  ...provenColumns,
  'createdAt',
  'suspendedAt',
  'addressProvedAt',
  'seal',
] as const
const proposalColumns = [
  ...provenColumns,
  'errandSha256',
  'messageId',
  'codeBy',
  'provedAt',
  'expiresAt',
  'seal',
] as const

/** Whether a proposal is as this broker wrote it. */
export function holdsProposal(seals: RowSeals, row: ProposalRow): boolean {
  return seals.holds(proposalTable, row, row.seal)
}

export async function putProposal(
  tx: Transaction,
  seals: RowSeals,
  row: NewProposal,
): Promise<void> {
  const kept = { ...row, provedAt: null }
  await tx('passwordProposals')
    .insert({ ...kept, seal: seals.seal(proposalTable, kept), tries: 0 })
    .onConflict('errandSha256')
    .merge()
}

export async function findProposal(
  db: Database | Transaction,
  errandSha256: Buffer,
  now: Date,
): Promise<ProposalRow | undefined> {
  const row: ProposalRow | undefined = await db('passwordProposals')
    .select(...proposalColumns)
    .where({ errandSha256 })
    .where('expiresAt', '>', now)
    .first()
  return row
}

/** Counts a try of a code, if one is left. @returns the proposal whose code the try must match */
export async function countProposalTry(
  tx: Transaction,
  errandSha256: Buffer,
  most: number,
  now: Date,
): Promise<ProposalRow | undefined> {
  const [row] = await tx('passwordProposals')
    .where({ errandSha256, provedAt: null })
    .where('tries', '<', most)
    .where('codeBy', '>', now)
    .increment('tries', 1)
    .returning<ProposalRow[]>(proposalColumns)
  return row
}

/** @returns false when the code was taken before, or when another code has replaced it */
export async function markProved(
  tx: Transaction,
  seals: RowSeals,
  row: ProposalRow,
  now: Date,
): Promise<boolean> {
  const { errandSha256, messageId } = row
  const seal = seals.seal(proposalTable, { ...row, provedAt: now })
  const proved = tx('passwordProposals').where({ errandSha256, messageId, provedAt: null })
  return (await proved.update({ provedAt: now, seal })) === 1
}

/** Takes a proposal whose address was proved, and deletes it. */
export async function deleteProposal(
  tx: Transaction,
  errandSha256: Buffer,
  now: Date,
): Promise<(ProposalRow & { readonly provedAt: Date }) | undefined> {
  const [row] = await tx('passwordProposals')
    .where({ errandSha256 })
    .whereNotNull('provedAt')
    .where('expiresAt', '>', now)
    .delete()
    .returning<(ProposalRow & { readonly provedAt: Date })[]>(proposalColumns)
  return row
}

export function sweepProposals(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'password_proposals', 'expires_at', before)
}

/** Whether the person of an address signed in before in this browser. The same work whether or not the address is anybody's. */
export async function isBrowserOfAddress(
  db: Database,
  seals: RowSeals,
  addressMarks: readonly Buffer[],
  deviceSha256: Buffer,
): Promise<boolean> {
  const { rows } = await db.raw<{ rows: Omit<DeviceBeside, 'deviceSha256'>[] }>(
    `select p.person_id, d.first_seen_at, d.device_seal
     from passwords p left join devices_noted d on d.person_id = p.person_id and d.device_sha256 = :deviceSha256
     where p.address_mark = any(:marks) limit 1`,
    { marks: [...addressMarks], deviceSha256 },
  )
  const [row] = rows
  return row !== undefined && isKnownBeside(seals, { ...row, deviceSha256 })
}

// Named one by one: a text with a star is parsed and planned anew each time (src/base/database/named-statements.ts).
const passwordText = passwordColumns.map((column) => `p.${snake(column)}`).join(', ')
const judgedColumns = [...passwordColumns, 'standsUntil', 'asideSeal']
  .map((column) => `given.${snake(column)}`)
  .join(', ')

/** The person of a password; whether its row, and the one that sets it aside, are as this broker wrote them. */
export type PersonOfProof = ProvenFactor & { readonly isUntrusted: boolean }

export async function personByProof(
  _: CountedTry,
  db: Database,
  seals: RowSeals,
  proofs: readonly Buffer[],
  now: Date,
): Promise<PersonOfProof | undefined> {
  const { rows } = await db.raw<{
    rows: (PasswordRow & SetAsideMark & ProvenFactor & ListedWays)[]
  }>(
    `select ${judgedColumns}, session_epoch, ways, ways_seal from (
       select ${passwordText}, null::timestamptz as stands_until, null::bytea as aside_seal from passwords p
       where proof = any(:proofs) and suspended_at is null
       union all
       select ${passwordText}, a.stands_until, a.seal from factors_set_aside a, lateral jsonb_populate_record(null::passwords, a.content) p
       where a.kind = 'password' and a.content->>'proof' = any(:texts) and a.stands_until > :now and p.suspended_at is null
         and (p.person_id, p.factor_id) = (a.person_id, a.factor_id)
     ) given join proving_accounts using (person_id) left join ways_listed using (person_id) limit 1`,
    { proofs: [...proofs], texts: asTexts(proofs), now },
  )
  const [row] = rows
  if (row === undefined) return undefined
  const { personId, factorId, sessionEpoch } = row
  const isTrue = holdsPassword(seals, row) && holdsAside(seals, 'password', row)
  const listed = wayListing(seals, personId, row, wayOf('password', factorId))
  // A password that was taken away opens nothing once its wait is over.
  if (listed !== undefined && !opensNow(listed, now)) return undefined
  const isUntrusted = !isTrue || listed === undefined
  return { personId, factorId, sessionEpoch, isUntrusted }
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
