import type { Database, Transaction } from '../../base/database/database.ts'
import { deleteBatch } from '../../base/database/sweep.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { DeskProposalRow } from './tables.ts'
import { proposalTable } from './tables.ts'

// SQL of this room.

/** More than a desk decides in an hour. */
const mostShown = 200

type Stored = DeskProposalRow & { readonly seal: Buffer | null }
const columns = [
  'proposalId',
  'orgId',
  'deed',
  'sealed',
  'payloadSha256',
  'madeBy',
  'madeAt',
  'expiresAt',
  'decidedBy',
  'decidedAt',
  'decision',
  'seal',
] as const satisfies (keyof Stored)[]

export async function insertProposal(
  tx: Transaction,
  seals: RowSeals,
  row: DeskProposalRow,
): Promise<void> {
  await tx('proposal').insert({ ...row, seal: seals.seal(proposalTable, row) })
}

/** Undefined: there is none that this broker wrote. */
export async function lockProposal(
  tx: Transaction,
  seals: RowSeals,
  proposalId: string,
): Promise<DeskProposalRow | undefined> {
  const { rows } = await tx.raw<{ rows: Stored[] }>(
    `select ${proposalTable.selected}, t.seal from proposal t where t.proposal_id = ? for no key update`,
    [proposalId],
  )
  const [row] = rows
  return row !== undefined && seals.holds(proposalTable, row, row.seal) ? row : undefined
}

/** @returns whether it was still undecided */
export async function writeDecision(
  tx: Transaction,
  seals: RowSeals,
  row: DeskProposalRow,
): Promise<boolean> {
  const { proposalId, decidedBy, decidedAt, decision } = row
  const changed = await tx('proposal')
    .where({ proposalId, decision: null })
    .update({ decidedBy, decidedAt, decision, seal: seals.seal(proposalTable, row) })
  return changed === 1
}

export async function openProposals(
  db: Database,
  seals: RowSeals,
  orgId: string,
  now: Date,
): Promise<DeskProposalRow[]> {
  const rows: Stored[] = await db('proposal')
    .select(...columns)
    .where({ orgId, decision: null })
    .where('expiresAt', '>', now)
    .orderBy('madeAt')
    .limit(mostShown)
  return rows.filter((row) => seals.holds(proposalTable, row, row.seal))
}

export function sweepProposals(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'proposal', 'expires_at', before)
}

export async function forgetProposals(tx: Transaction, personId: string): Promise<void> {
  await tx('proposal').where({ madeBy: personId }).orWhere({ decidedBy: personId }).delete()
}

/** What an officer proposed or decided before an instant, the newest first: rows that are as this broker wrote them. */
export async function proposalsOf(
  db: Database,
  seals: RowSeals,
  officerId: string,
  { before, most }: { readonly before: Date; readonly most: number },
): Promise<DeskProposalRow[]> {
  const { rows } = await db.raw<{ rows: Stored[] }>(
    `select ${proposalTable.selected}, t.seal from proposal t
     where (t.made_by = :officerId and t.made_at < :before) or (t.decided_by = :officerId and t.decided_at < :before)
     order by greatest(t.made_at, t.decided_at) desc limit :most`,
    { officerId, before, most },
  )
  return rows.filter((row) => seals.holds(proposalTable, row, row.seal))
}
