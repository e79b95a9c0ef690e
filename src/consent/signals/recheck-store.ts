import type { Database, Transaction } from '../../base/database/database.ts'
import type { StoredStream, Stream } from './rows.ts'
import { streamColumns } from './store.ts'

// SQL of the nightly look at what waits.

const mostStreams = 1000
const mostWaiting = 5000

export async function allStreams(db: Database): Promise<StoredStream[]> {
  const { rows } = await db.raw<{ rows: StoredStream[] }>(
    `select ${streamColumns} from signal_stream order by stream_id limit ${mostStreams}`,
  )
  return rows
}

const nobody = '00000000-0000-0000-0000-000000000000'

/** People whose own chain was written to since, in the order of their ids. */
export async function peopleWrittenSince(
  db: Database,
  since: Date,
  after: string | undefined,
  limit: number,
): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { personId: string }[] }>(
    `select person_id as "personId" from last_entries where person_id > ?::uuid and updated_at > ? order by person_id limit ?`,
    [after ?? nobody, since, limit],
  )
  return rows.map(({ personId }) => personId)
}

export type QueuedRow = {
  readonly jti: string
  readonly kind: string
  readonly eventSeq: number | null
  readonly content: Readonly<Record<string, unknown>>
  readonly occurredAt: Date
  /** Whether it is due later than any try in vain makes it. */
  readonly isPutOff: boolean
}

/** What waits about a person for a stream. */
export async function waitingRows(
  tx: Transaction,
  streamId: string,
  personId: string,
): Promise<QueuedRow[]> {
  const { rows } = await tx.raw<{ rows: QueuedRow[] }>(
    `select jti, kind, event_seq as "eventSeq", content, occurred_at as "occurredAt",
            due_at > now() + clock_offset() + interval '30 hours' as "isPutOff"
     from signal_event where stream_id = ? and person_id = ? order by event_no limit ${mostWaiting}`,
    [streamId, personId],
  )
  return rows
}

export async function isRemoved(
  tx: Transaction,
  streamId: string,
  personId: string,
): Promise<boolean> {
  const row: object | undefined = await tx('signalSubjectRemoved')
    .select('personId')
    .where({ streamId, personId })
    .first()
  return row !== undefined
}

export async function deleteWaiting(tx: Transaction, jti: string): Promise<void> {
  await tx('signalEvent').where({ jti }).delete()
}

export type QueuedSignal = {
  readonly jti: string
  readonly kind: string
  readonly content: object
  readonly eventSeq: number
  readonly occurredAt: Date
  readonly queuedAt: Date
}

/** Writes a row as her event tells it. */
export async function putBack(tx: Transaction, jti: string, row: QueuedSignal): Promise<void> {
  const { kind, content, eventSeq, occurredAt, queuedAt } = row
  await tx.raw(
    `update signal_event set kind = :kind, content = cast(:content as jsonb), event_seq = :eventSeq, occurred_at = :occurredAt, queued_at = :queuedAt,
       due_at = case pace_of_signal(:kind) when 'at once' then '-infinity' else signal_due(:kind, :queuedAt, stream_id, jti) end
     where jti = :jti`,
    { kind, content: JSON.stringify(content), eventSeq, occurredAt, queuedAt, jti },
  )
}

/** Makes a signal again: it waits behind what came meanwhile. */
export async function remakeSignal(
  tx: Transaction,
  { streamId }: Pick<Stream, 'streamId'>,
  personId: string,
  { jti, kind, content, eventSeq, occurredAt, queuedAt }: QueuedSignal,
): Promise<void> {
  await tx.raw(
    `insert into signal_event (jti, stream_id, person_id, kind, content, event_seq, occurred_at, queued_at, due_at)
     select n.jti, n.stream_id, cast(:personId as uuid), n.kind, cast(:content as jsonb), cast(:eventSeq as integer), cast(:occurredAt as timestamptz), n.queued_at,
       case pace_of_signal(n.kind) when 'at once' then '-infinity' else signal_due(n.kind, n.queued_at, n.stream_id, n.jti) end
     from (select cast(:jti as uuid), cast(:streamId as uuid), cast(:kind as text), cast(:queuedAt as timestamptz)) n(jti, stream_id, kind, queued_at)`,
    {
      jti,
      streamId,
      personId,
      kind,
      content: JSON.stringify(content),
      eventSeq,
      occurredAt,
      queuedAt,
    },
  )
}
