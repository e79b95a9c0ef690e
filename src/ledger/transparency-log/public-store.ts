import type { Transaction } from '../../base/database/database.ts'
import type { Session } from '../../base/database/db-session.ts'

// SQL of public objects: the log has an entry for each, and publishes the object itself.

const maxPublic = 20_000
const maxLeaves = 50_000

export type PublicRow = {
  readonly sha256: Buffer
  readonly leafId: string
  readonly document: string
  readonly announcedAt: Date
}

/** @returns the objects that were new */
export async function insertPublic(
  tx: Transaction,
  rows: readonly PublicRow[],
): Promise<PublicRow[]> {
  if (rows.length === 0) return []
  return tx('publicObject')
    .insert([...rows])
    .onConflict('sha256')
    .ignore()
    .returning('*')
}

export async function publicObjects(session: Session): Promise<PublicRow[]> {
  return session.rows(
    `select sha256, leaf_id as "leafId", document, announced_at as "announcedAt" from public_object order by leaf_id limit $1`,
    [maxPublic],
  )
}

export async function publicDocument(
  session: Session,
  sha256: Buffer,
): Promise<string | undefined> {
  const [row] = await session.rows<{ document: string }>(
    'select document from public_object where sha256 = $1',
    [sha256],
  )
  return row?.document
}

export type PublicLeafRow = {
  readonly year: number
  readonly shard: number
  readonly leafIndex: number
  readonly sha256: Buffer
  readonly path: string
}

/** Public entries that have a place in a log, in the order of their places. */
export async function publicLeaves(session: Session): Promise<PublicLeafRow[]> {
  return session.rows(
    `select p.year, p.shard, p.leaf_index::float8 as "leafIndex", r.sha256, r.path
     from public_leaves r join ledger_places p on p.event_id = r.leaf_id
     order by p.year, p.shard, p.leaf_index limit $1`,
    [maxLeaves],
  )
}
