import type { Database, Transaction } from '../../base/database/database.ts'
import type { Session } from '../../base/database/db-session.ts'
import { deleteBatch } from '../../base/database/sweep.ts'
import type { Stream, WaitingEvent } from './rows.ts'

// SQL of what waits for streams.

/**
 * What may be sent to a stream now: of each person the oldest event of each pace that waits. A later one is sent when the body has
 * acknowledged the earlier one, so that a person's events reach it in order; what is told at night waits for all that came before, and
 * no emergency waits for a night.
 */
export async function headsOf(
  db: Database | Transaction,
  streamId: string,
  now: Date,
  limit: number,
): Promise<WaitingEvent[]> {
  const { rows } = await db.raw<{ rows: Omit<WaitingEvent, 'consent'>[] }>(
    `select e.event_no as "eventNo", e.jti, e.person_id as "personId", e.kind, e.content, e.event_seq as "eventSeq",
            e.occurred_at as "occurredAt", e.queued_at as "queuedAt", e.tries, pace_of_signal(e.kind) as pace,
            signal_due(e.kind, e.queued_at, e.stream_id, e.jti) as "firstDueAt",
            e.person_id is not null and is_known_to(s.party, s.org_id, e.person_id) as "isKnown"
     from signal_event e join signal_stream s using (stream_id)
     where e.stream_id = :streamId and e.due_at <= :now
       and not exists (select from signal_event b where b.stream_id = e.stream_id and b.ordered_by = e.ordered_by
                       and b.event_no < e.event_no
                       and (pace_of_signal(e.kind) = 'night' or pace_of_signal(b.kind) = pace_of_signal(e.kind)))
     order by e.due_at, e.event_no limit :limit`,
    { streamId, now, limit },
  )
  // Of the consent what her chain and its row say is read when it is sent (judge-waiting.ts).
  return rows.map((event) => ({ ...event, consent: null }))
}

/** An event of the stream itself. */
export async function queueVerification(
  tx: Transaction,
  { streamId }: Pick<Stream, 'streamId'>,
  event: { readonly jti: string; readonly kind: string; readonly content: object },
  now: Date,
): Promise<void> {
  await tx.raw(
    `insert into signal_event (jti, stream_id, kind, content, occurred_at, queued_at) values (?, ?, ?, ?::jsonb, ?, ?)`,
    [event.jti, streamId, event.kind, JSON.stringify(event.content), now, now],
  )
}

export type TakenSignal = {
  readonly jti: string
  readonly personId: string | null
  readonly eventSeq: number | null
}

/** Deletes what a body has acknowledged. @returns what was there */
export async function takeAcknowledged(
  tx: Transaction,
  streamId: string,
  jtis: readonly string[],
): Promise<TakenSignal[]> {
  const { rows } = await tx.raw<{ rows: TakenSignal[] }>(
    `delete from signal_event where stream_id = ? and jti = any(?::uuid[])
     returning jti, person_id as "personId", event_seq as "eventSeq"`,
    [streamId, [...jtis]],
  )
  return rows
}

/** What of these waits for a stream, without taking it. */
export async function waitingSignals(
  db: Database | Transaction,
  streamId: string,
  jtis: readonly string[],
): Promise<(TakenSignal & { readonly tries: number; readonly queuedAt: Date })[]> {
  const { rows } = await db.raw<{
    rows: (TakenSignal & { readonly tries: number; readonly queuedAt: Date })[]
  }>(
    `select jti, person_id as "personId", event_seq as "eventSeq", tries, queued_at as "queuedAt"
     from signal_event where stream_id = ? and jti = any(?::uuid[]) order by event_no`,
    [streamId, [...jtis]],
  )
  return rows
}

/** A try was in vain: the event is due again later. A try that another process counted already is not counted twice. */
export async function postponeSignal(
  db: Database | Transaction,
  { jti, tries }: { readonly jti: string; readonly tries: number },
  until: Date,
): Promise<void> {
  await db.raw('update signal_event set tries = ?, due_at = ? where jti = ? and tries = ?', [
    tries + 1,
    until,
    jti,
    tries,
  ])
}

/** Deletes an event that is not to be sent. */
export async function dropEvent(tx: Transaction, jti: string): Promise<void> {
  await tx('signalEvent').where({ jti }).delete()
}

/** Deletes all that waits for a stream. @returns how much it was */
export async function dropWaiting(tx: Transaction, streamId: string): Promise<number> {
  return tx('signalEvent').where({ streamId }).delete()
}

/** Deletes a batch of what has waited since before this instant. @returns how much, by stream */
export async function dropOld(
  tx: Transaction,
  before: Date,
  limit: number,
): Promise<
  readonly { readonly streamId: string; readonly orgId: string; readonly times: number }[]
> {
  const { rows } = await tx.raw<{
    rows: { readonly streamId: string; readonly orgId: string; readonly times: number }[]
  }>(
    `with old as (
       delete from signal_event where event_no in (
         select event_no from signal_event where queued_at < ? order by queued_at limit ? for update skip locked)
       returning stream_id)
     select o.stream_id as "streamId", s.org_id as "orgId", count(*)::integer as times
     from old o join signal_stream s using (stream_id) group by 1, 2`,
    [before, limit],
  )
  return rows
}

/** Counts what was dropped, refused or not understood. */
export async function noteTimes(
  db: Database | Transaction,
  { streamId, orgId }: Pick<Stream, 'streamId' | 'orgId'>,
  { what, times }: { readonly what: SignalNote; readonly times: number },
  now: Date,
): Promise<void> {
  if (times === 0) return
  await db.raw(
    `insert into signal_note as n (day, stream_id, org_id, what, times, last_at) values (quebec_day(:now), :streamId, :orgId, :what, :times, :now)
     on conflict (day, stream_id, what) do update set times = n.times + excluded.times, last_at = excluded.last_at`,
    { now, streamId, orgId, what, times },
  )
}

export type SignalNote =
  | 'unknown-ack'
  | 'refused'
  | 'late'
  | 'dropped-disabled'
  | 'dropped-old'
  | 'dropped-false'
  | 'outdated'
  | 'made-again'
  | 'not-as-told'

/** Streams for which at least so much waits that was due already. */
export async function crowdedStreams(
  db: Database,
  most: number,
  now: Date,
): Promise<readonly { readonly streamId: string; readonly orgId: string }[]> {
  const { rows } = await db.raw<{ rows: { readonly streamId: string; readonly orgId: string }[] }>(
    `select s.stream_id as "streamId", s.org_id as "orgId" from signal_stream s
     where exists (
       select from signal_event e where e.stream_id = s.stream_id and (e.due_at <= ? or e.tries > 0)
       order by e.due_at, e.event_no offset ? limit 1)`,
    [now, most - 1],
  )
  return rows
}

export function sweepNotes(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'signal_note', 'last_at', before)
}

export type StreamsOfBody = {
  readonly orgId: string
  readonly events: number
  readonly oldestAt: Date | null
}

/** Of one stream, for who watches the house: more are not counted. */
const mostCounted = 20_000

/** What waits in the streams of each body, since it was due first. */
export function waitingByBody(session: Session): Promise<StreamsOfBody[]> {
  return session.rows(
    `select s.org_id as "orgId", sum(w.events)::integer as events, min(w.oldest_at) as "oldestAt"
     from (select * from signal_stream limit 1000) s cross join lateral (
       select count(*) as events, min(due) as oldest_at
       from (
         select signal_due(e.kind, e.queued_at, e.stream_id, e.jti) as due from signal_event e
         where e.stream_id = s.stream_id and (e.due_at <= clock_timestamp() + clock_offset() or e.tries > 0) limit ${mostCounted}) e) w
     group by s.org_id`,
  )
}

/** How many streams are in each state. */
export function streamsByState(
  session: Session,
): Promise<{ readonly state: 'enabled' | 'paused' | 'disabled'; readonly streams: number }[]> {
  return session.rows(
    'select status as state, count(*)::integer as streams from signal_stream group by status',
  )
}
