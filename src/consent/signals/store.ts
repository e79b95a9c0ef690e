import type { Database, Transaction } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { StoredStream, Stream } from './rows.ts'
import { sealOfStream } from './seal.ts'

// SQL of streams. What waits for them: outbox-store.ts.

const maxStreams = 1000

export const streamColumns = `stream_id as "streamId", org_id as "orgId", party, method, endpoint, authorization_sealed as "authorizationSealed",
  requested, kinds, description, status, reason, created_at as "createdAt", told_since as "toldSince", verified_at as "verifiedAt", failures, seal`

/** The streams of a body, oldest first. */
export async function streamsOf(
  db: Database | Transaction,
  orgId: string,
): Promise<StoredStream[]> {
  const { rows } = await db.raw<{ rows: StoredStream[] }>(
    `select ${streamColumns} from signal_stream where org_id = ? order by created_at, stream_id limit ?`,
    [orgId, maxStreams],
  )
  return rows
}

/** One after the other for a body: it may not have more streams than the limit says. */
export async function lockStreams(tx: Transaction, orgId: string): Promise<void> {
  await tx.raw(`select pg_advisory_xact_lock(hashtext('signal_stream ' || ?))`, [orgId])
}

export async function insertStream(
  tx: Transaction,
  seals: RowSeals,
  stream: Stream,
): Promise<void> {
  await tx('signalStream').insert(written(seals, stream))
}

export async function updateStream(
  tx: Transaction,
  seals: RowSeals,
  stream: Stream,
): Promise<void> {
  // Whoever changes a stream has mended it, perhaps: it is tried at once.
  await tx.raw(`update signal_stream set failures = 0, due_at = '-infinity' where stream_id = ?`, [
    stream.streamId,
  ])
  await tx('signalStream').where({ streamId: stream.streamId }).update(written(seals, stream))
}

function written(seals: RowSeals, stream: Stream) {
  return {
    ...stream,
    requested: [...stream.requested],
    kinds: [...stream.kinds],
    seal: sealOfStream(seals, stream),
  }
}

export async function deleteStream(tx: Transaction, streamId: string): Promise<void> {
  await tx('signalStream').where({ streamId }).delete()
}

/** Notes that a body asked for a verification. @returns false where it asked less than so many seconds ago */
export async function noteVerification(
  tx: Transaction,
  streamId: string,
  now: Date,
  since: Date,
): Promise<boolean> {
  const { rowCount } = await tx.raw<{ rowCount: number }>(
    'update signal_stream set verified_at = ? where stream_id = ? and (verified_at is null or verified_at <= ?)',
    [now, streamId, since],
  )
  return rowCount > 0
}

/** The streams to which something is to be pushed now, but those that are busy. */
export async function dueStreams(
  db: Database,
  now: Date,
  busy: readonly string[],
): Promise<StoredStream[]> {
  const { rows } = await db.raw<{ rows: StoredStream[] }>(
    `select ${streamColumns} from signal_stream s
     where s.method = 'push' and s.status = 'enabled' and s.due_at <= :now and not s.stream_id = any(cast(:busy as uuid[]))
       and exists (select from signal_event e where e.stream_id = s.stream_id and e.due_at <= :now)
     limit ${maxStreams}`,
    { now, busy: [...busy] },
  )
  return rows
}

/** Lets a stream rest whose receiver is not there, or ends that. */
export async function restStream(
  db: Database,
  streamId: string,
  failures: number,
  until: Date | undefined,
): Promise<void> {
  await db.raw('update signal_stream set failures = ?, due_at = ? where stream_id = ?', [
    failures,
    until ?? '-infinity',
    streamId,
  ])
}

/** Whether a body had to do with a person: by a consent, or because she uses a service of it. */
export async function isKnown(
  db: Database | Transaction,
  { orgId, party }: Pick<Stream, 'orgId' | 'party'>,
  personId: string,
): Promise<boolean> {
  const { rows } = await db.raw<{ rows: { known: boolean }[] }>(
    'select is_known_to(?, ?, ?) as known',
    [party, orgId, personId],
  )
  return rows[0]?.known === true
}

export async function removeSubject(
  tx: Transaction,
  streamId: string,
  personId: string,
): Promise<void> {
  await tx('signalSubjectRemoved').insert({ streamId, personId }).onConflict().ignore()
}

export async function addSubject(
  tx: Transaction,
  streamId: string,
  personId: string,
): Promise<void> {
  await tx('signalSubjectRemoved').where({ streamId, personId }).delete()
}

/** Forgets of whom bodies did not want to be told, and how far they were. */
export async function forgetSubjects(tx: Transaction, personId: string): Promise<void> {
  await tx('signalSubjectRemoved').where({ personId }).delete()
  await tx('signalTold').where({ personId }).delete()
}
