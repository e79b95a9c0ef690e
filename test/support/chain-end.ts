import type { Database } from '../../src/base/database/database.ts'

type End = {
  readonly nextSeq: number
  readonly headCommitment: Buffer | null
  readonly updatedAt: Date | null
  readonly live: Buffer
  readonly seal: Buffer | null
}

/** Remembers the end of a person's chain. @returns what takes away again what checks noted there since */
export async function keepChainEnd(db: Database, personId: string): Promise<() => Promise<void>> {
  const kept: End = await db('personHead')
    .where({ personId })
    .first('nextSeq', 'headCommitment', 'updatedAt', 'live', 'seal')
  const noted = `select event_id from ledger_event where person_id = ? and kind like 'rows.%' and person_seq >= ?`
  const of = [personId, kept.nextSeq]
  return () =>
    db.transaction(async (tx) => {
      await tx.raw('set local session_replication_role = replica')
      await tx.raw(`delete from ledger_pending where event_id in (${noted})`, of)
      await tx.raw(`delete from ledger_event where event_id in (${noted})`, of)
      await tx('personHead').where({ personId }).update(kept)
    })
}
