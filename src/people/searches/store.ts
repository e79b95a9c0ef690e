import type { Database, Transaction } from '../../base/database/database.ts'
import { deleteBatch } from '../../base/database/sweep.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { ReferenceRead } from './reference.ts'
import type { SearchRow } from './tables.ts'
import { searchTable } from './tables.ts'

// SQL of this room.

/** A hundred officers who search as often as they may, a working day long. */
const mostCounted = 25_000

/** What the standing of the access is judged by; undefined: this body has no such reference, or it leads to nobody. One statement. */
export async function findAccess(
  tx: Transaction,
  body: number,
  { consentId, decisionId, personId }: ReferenceRead,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { rows } = await tx.raw<{ rows: { standing: Readonly<Record<string, unknown>> }[] }>(
    'select to_jsonb(s) as standing from access_searched(?, ?, ?, ?) s',
    [body, consentId, decisionId, personId],
  )
  return rows[0]?.standing
}

export async function insertSearch(
  tx: Transaction,
  seals: RowSeals,
  row: SearchRow,
): Promise<void> {
  await tx('deskSearch').insert({ ...row, seal: seals.seal(searchTable, row) })
}

/** The searches of a desk since an instant, those alone that are as this broker wrote them. */
export async function searchesSince(
  db: Database,
  seals: RowSeals,
  orgId: string,
  since: Date,
): Promise<readonly SearchRow[]> {
  const { rows } = await db.raw<{ rows: (SearchRow & { readonly seal: Buffer | null })[] }>(
    `select ${searchTable.selected}, t.seal from desk_search t where t.org_id = ? and t.at >= ?
     order by t.at desc limit ${mostCounted}`,
    [orgId, since],
  )
  return rows.filter((row) => seals.holds(searchTable, row, row.seal))
}

export function sweepSearches(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'desk_search', 'at', before)
}

export async function forgetSearches(tx: Transaction, personId: string): Promise<void> {
  await tx('deskSearch').where({ officerId: personId }).delete()
}
