import type { Database, Transaction } from '../../base/database/database.ts'
import { bytea } from '../../base/database/column-names.ts'
import { asUnavailable } from '../../base/database/database-outages.ts'
import { present } from '../../base/values/present.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Entry, EventKind } from './event.ts'
import type { HeadRow, Live, SealedHead } from './head.ts'
import { liveOf, emptyLiveSet, sealedHead } from './head.ts'
import type { SignalList } from './signal-mapping.ts'
import type { PersonYear, WrappedKey } from './vault.ts'
import { onlyShard } from './event.ts'

export type StoredKey = WrappedKey | 'none' | 'destroyed'

export type KeyColumns = { readonly wrappedKey: Buffer | null; readonly kekId: Buffer | null }

export type Head = {
  readonly nextSeq: number
  readonly headCommitment: Buffer | null
  readonly updatedAt: Date | null
}

export type EventRow = {
  readonly eventId: string
  readonly kind: EventKind
  readonly personSeq: number
  readonly recordedAt: Date
  readonly visibleFrom: Date
  readonly dekYear: number
  readonly commitment: Buffer
  readonly body: Buffer
  readonly storedKey: StoredKey
  /** The `content.erased` event by which the key was destroyed. */
  readonly destroyEventId: string | null
}

/** What the next event of a chain needs. */
export type OpenHead = {
  readonly personId: string
  /** The id of the chain: the person's id; or the id of a permit, for the chain of a permit that the person sees later. */
  readonly chainId: string
  /** The instant of the deed: later than every entry of the person's book. */
  readonly now: Date
  readonly nextSeq: number
  readonly headCommitment: Buffer | null
  /** When the last event was written; null before the first. */
  readonly updatedAt: Date | null
  readonly storedKey: StoredKey
  readonly live: Live
  /** That the database was found older than its log since the last event: the next one says it. */
  readonly restored: readonly RestoredNote[]
}

/** What an event says of a restore before it: how many entries a signed tree of the database held, of those that had been taken into the log. */
export type RestoredNote = {
  readonly log: string
  readonly held: number
  readonly taken: number
  /** Of the tree of all that were taken; null where only its size is known. */
  readonly root: string | null
  readonly found_at: string
}

/** The columns of `ledger_heads`, for other rooms' statements. */
export type HeadColumns = KeyColumns &
  HeadRow & { readonly moment: Date; readonly restored: readonly RestoredNote[] | null }

/** A head that was read without a lock: a statement that writes by it must check that the head has not moved (`write_permits`). */
export function headFrom(seals: RowSeals, personId: string, row: HeadColumns): OpenHead {
  return openedHead(seals, { personId, chainId: personId }, row)
}

function openedHead(
  seals: RowSeals,
  chain: Pick<OpenHead, 'personId' | 'chainId'>,
  row: HeadColumns,
): OpenHead {
  const { moment: now, nextSeq, headCommitment, updatedAt } = row
  const live = liveOf(seals, chain.chainId, row)
  const restored = (row.restored ?? []).map((note) => ({
    ...note,
    found_at: new Date(note.found_at).toISOString(),
  }))
  const storedKey = storedKeyOf(row)
  return { ...chain, now, nextSeq, headCommitment, updatedAt, storedKey, live, restored }
}

/** The head of a chain in which nothing was ever written. */
export function newHead(personId: string, chainId: string, now: Date): OpenHead {
  return {
    personId,
    chainId,
    now,
    nextSeq: 1,
    headCommitment: null,
    updatedAt: null,
    storedKey: 'none',
    live: emptyLiveSet,
    restored: [],
  }
}

/** Locks the chain, and after the wait reads the head for the next event: one statement for the caller. */
export async function openHead(
  tx: Transaction,
  seals: RowSeals,
  chain: Pick<OpenHead, 'personId' | 'chainId'>,
): Promise<OpenHead> {
  const { rows }: { rows: HeadColumns[] } = await tx.raw('select * from open_ledger(?)', [
    chain.chainId,
  ])
  return openedHead(seals, chain, present(rows[0], 'the head of a chain'))
}

/** Makes the head of a chain whose events the person sees later. */
export async function openDelayedHead(tx: Transaction, chainId: string): Promise<void> {
  await tx.raw('select open_heads(array[?]::uuid[], array[true])', [chainId])
}

/** Writes the event, its place in the queue to the log, a new data key, the moved head and what bodies are told, in one statement. */
export async function appendRow(
  tx: Transaction,
  chainId: string,
  { signals, naming, ...row }: Written & Signalling,
  newKey: WrappedKey | undefined,
): Promise<void> {
  await tx.raw('select append_to_ledger(?::json)', [
    JSON.stringify({
      ...newEventOf(chainId, row, newKey),
      signals,
      naming: naming && bytea(naming),
    }),
  ])
}

/** What bodies are told of an event, and the secret of which the names of these signals are made. */
type Signalling = {
  readonly signals: SignalList | undefined
  readonly naming: Buffer | undefined
}

type Written = Entry & {
  readonly body: Buffer
  readonly visibleFrom?: Date | undefined
  /** The end of the chain after this event; undefined: it is not to be trusted. */
  readonly head: SealedHead | undefined
  /** Whose its entry of the log is. */
  readonly record: Buffer
}

/** An event as the SQL type `new_event` has it. */
export function newEventOf(
  chainId: string,
  row: Written,
  newKey: WrappedKey | undefined,
): Readonly<Record<string, unknown>> {
  return {
    chain: chainId,
    seq: row.personSeq,
    event: row.eventId,
    kind: row.kind,
    moment: row.recordedAt,
    visible: row.visibleFrom,
    commitment: bytea(row.commitment),
    body: bytea(row.body),
    new_key: newKey && bytea(newKey.wrappedKey),
    new_key_kek: newKey && bytea(newKey.kekId),
    live: row.head && bytea(row.head.live),
    seal: row.head && bytea(row.head.seal),
    record: bytea(row.record),
  }
}

/** The last event of a page of events that were shown later: the next page begins after it. */
export type DelayedPlace = { readonly visibleFrom: string; readonly eventId: string }

const beginning: DelayedPlace = {
  visibleFrom: '-infinity',
  eventId: '00000000-0000-0000-0000-000000000000',
}

/** The events that a person saw later than they were written, in the order in which she came to see them. */
export async function delayedRows(
  db: Database,
  personId: string,
  after: DelayedPlace | undefined,
  limit: number,
): Promise<(EventRow & { readonly chainId: string; readonly place: string })[]> {
  const { visibleFrom, eventId } = after ?? beginning
  const { rows } = await db.raw<{
    rows: (EventRow & KeyColumns & { readonly chainId: string; readonly place: string })[]
  }>(
    `select c.chain_id, e.event_id, e.kind, e.person_seq, e.recorded_at, e.visible_from, e.visible_from::text as place,
       e.dek_year, e.commitment, e.body, d.wrapped_key, d.kek_id, d.destroy_event_id
     from delayed_chains c
     join ledger_event e on e.person_id = c.chain_id
     left join dek d on d.person_id = e.person_id and d.year = e.dek_year
     where c.person_id = ? and e.visible_from <= now() + clock_offset() and (e.visible_from, e.event_id) > (?::timestamptz, ?::uuid)
     order by e.visible_from, e.event_id limit ?`,
    [personId, visibleFrom, eventId, limit],
  )
  return rows.map((row) => ({ ...row, storedKey: storedKeyOf(row) }))
}

export type DelayedChain = { readonly chainId: string; readonly visibleFrom: Date }

/** The chains of events that a person saw later, the latest shown first. */
export async function delayedChains(
  db: Database,
  personId: string,
  limit: number,
): Promise<DelayedChain[]> {
  return db('delayedChains')
    .select('chainId', 'visibleFrom')
    .where({ personId })
    .whereRaw('visible_from <= now() + clock_offset()')
    .orderBy('visibleFrom', 'desc')
    .limit(limit)
}

/** The chain of an event that was shown to this person later. */
export async function delayedChainOf(
  db: Database,
  personId: string,
  eventId: string,
): Promise<string | undefined> {
  const row: { chainId: string } | undefined = await db('delayedChains')
    .join('ledgerEvent', 'ledgerEvent.personId', 'delayedChains.chainId')
    .select('delayedChains.chainId')
    .where({ 'delayedChains.personId': personId, eventId })
    .whereRaw('ledger_event.visible_from <= now() + clock_offset()')
    .first()
  return row?.chainId
}

export async function eventRows(
  db: Database | Transaction,
  personId: string,
  after: number,
  limit: number,
): Promise<EventRow[]> {
  const { rows }: { rows: (EventRow & KeyColumns)[] } = await db.raw(
    `select e.event_id, e.kind, e.person_seq, e.recorded_at, e.visible_from, e.dek_year, e.commitment, e.body,
       d.wrapped_key, d.kek_id, d.destroy_event_id
     from ledger_event e left join dek d on d.person_id = e.person_id and d.year = e.dek_year
     where e.person_id = ? and e.person_seq > ?
     order by e.person_seq limit ?`,
    [personId, after, limit],
  )
  return rows.map((row) => ({ ...row, storedKey: storedKeyOf(row) }))
}

const mostOfKinds = 500

/** A person's newest events of these kinds; at this instant, where one is given. */
export async function rowsOfKinds(
  tx: Database | Transaction,
  personId: string,
  { kinds, at }: { readonly kinds: readonly EventKind[]; readonly at?: Date | undefined },
): Promise<EventRow[]> {
  const { rows }: { rows: (EventRow & KeyColumns)[] } = await tx.raw(
    `select e.event_id, e.kind, e.person_seq, e.recorded_at, e.visible_from, e.dek_year, e.commitment, e.body,
       d.wrapped_key, d.kek_id, d.destroy_event_id
     from ledger_event e left join dek d on d.person_id = e.person_id and d.year = e.dek_year
     where e.person_id = ? and e.kind = any(?::text[]) and e.recorded_at = coalesce(?::timestamptz, e.recorded_at)
     order by e.person_seq desc limit ?`,
    [personId, [...kinds], at ?? null, mostOfKinds],
  )
  return rows.map((row) => ({ ...row, storedKey: storedKeyOf(row) }))
}

/** A person's newest event of these kinds, without its content. */
export async function newestOfKinds(
  db: Database | Transaction,
  personId: string,
  kinds: readonly EventKind[],
): Promise<Entry | undefined> {
  const row: Entry | undefined = await db('ledgerEvent')
    .select('eventId', 'kind', 'personSeq', 'recordedAt', 'commitment')
    .where({ personId })
    .whereIn('kind', [...kinds])
    .orderBy('personSeq', 'desc')
    .first()
  return row
}

/** The commitment of an event that is known to stand there. */
export async function commitmentAt(
  db: Database | Transaction,
  personId: string,
  personSeq: number,
): Promise<Buffer> {
  const row: { commitment: Buffer } | undefined = await db('ledgerEvent')
    .select('commitment')
    .where({ personId, personSeq })
    .first()
  if (row === undefined) throw new Error('no such event')
  return row.commitment
}

/** The row of a person's data key of one year. */
export async function findKey(
  db: Database | Transaction,
  { personId, year }: PersonYear,
): Promise<StoredKey> {
  const row: KeyColumns | undefined = await db('dek')
    .select('wrappedKey', 'kekId')
    .where({ personId, year })
    .first()
  return row === undefined ? 'none' : storedKeyOf(row)
}

/** The events of the deeds of these instants: a person's clock never gives one instant to two deeds. */
export async function eventsAt(
  db: Database | Transaction,
  personId: string,
  kind: EventKind,
  moments: readonly Date[],
): Promise<Entry[]> {
  return db('ledgerEvent')
    .select('eventId', 'kind', 'personSeq', 'recordedAt', 'commitment')
    .where({ personId, kind })
    .whereIn('recordedAt', [...moments])
    .orderBy('personSeq')
    .limit(moments.length)
}

export async function findHead(
  db: Database | Transaction,
  personId: string,
): Promise<Head | undefined> {
  const head: Head | undefined = await db('personHead')
    .select('nextSeq', 'headCommitment', 'updatedAt')
    .where({ personId })
    .first()
  return head
}

/** Whether an event tells of an erasure in the person's own chain. That chain also tells of erasures in the chains of her permits. */
export async function isErasureInChain(
  db: Database | Transaction,
  chainId: string,
  eventId: string,
): Promise<boolean> {
  const told: { personId: string } | undefined = await db('toldErasures')
    .select('personId')
    .where({ eventId })
    .first()
  if (told === undefined || told.personId === chainId) return told !== undefined
  const delayed: object | undefined = await db('personHead')
    .select('personId')
    .where({ personId: chainId, delayed: true })
    .first()
  return delayed !== undefined
}

/** Runs several reads on one snapshot: they see nothing that is written meanwhile. */
export async function inSnapshot<T>(
  db: Database,
  read: (snapshot: Transaction) => Promise<T>,
): Promise<T> {
  try {
    return await db.transaction(read, { isolationLevel: 'repeatable read', readOnly: true })
  } catch (error) {
    throw asUnavailable(error)
  }
}

export function storedKeyOf({ wrappedKey, kekId }: KeyColumns): StoredKey {
  if (kekId === null) return 'none'
  return wrappedKey === null ? 'destroyed' : { wrappedKey, kekId }
}

/** A public object for the log: `id` a uuid v7 of its moment, `sha256` of its canonical JSON. */
export type PublicLeaf = { readonly id: string; readonly sha256: Buffer }

/** Puts public objects into the queue of the log, beside people's events. */
export async function appendPublic(tx: Transaction, leaves: readonly PublicLeaf[]): Promise<void> {
  if (leaves.length === 0) return
  await tx.raw('select append_public_to_ledger(?, ?, ?)', [
    leaves.map(({ id }) => id),
    leaves.map(({ sha256 }) => sha256),
    onlyShard,
  ])
}

/** Queues an entry of the house for the log: its place is in `ledger_position` under this id. @param body of `houseBody` */
export async function appendHouse(tx: Transaction, id: string, body: Buffer): Promise<void> {
  await tx.raw('select append_house_to_ledger(?, ?, ?)', [id, body, onlyShard])
}

/**
 * People with a chain whose end has no seal although something was written, among the next `limit` chains after this one. No index finds
 * them: each event seals an end anew, and would change it. `next`: undefined after the last chains.
 */
export async function unsealedPeople(
  db: Database,
  after: string | undefined,
  limit: number,
): Promise<{ readonly people: readonly string[]; readonly next: string | undefined }> {
  const { rows } = await db.raw<{ rows: { people: string[]; looked: number; last: string }[] }>(
    `with looked as materialized (
       select person_id, delayed, seal is null and next_seq > 1 as is_unsealed from person_head
       where person_id > ?::uuid order by person_id limit ?
     )
     select array(select distinct o.person_id from looked l, lateral (
         select l.person_id where not l.delayed
         union all select c.person_id from delayed_chains c where l.delayed and c.chain_id = l.person_id offset 0
       ) o where l.is_unsealed order by o.person_id) as people,
       (select count(*)::integer from looked) as looked, (select max(person_id::text) from looked) as last`,
    [after ?? '00000000-0000-0000-0000-000000000000', limit],
  )
  const { people, looked, last } = present(rows[0], 'what was looked at')
  return { people, next: looked < limit ? undefined : last }
}

/** Seals the end of a chain as it is, with the rows that live by it; after the lock of its person. */
export async function sealHead(
  tx: Transaction,
  seals: RowSeals,
  { chainId, nextSeq, headCommitment, updatedAt }: Head & { readonly chainId: string },
  live: Live,
): Promise<void> {
  if (headCommitment === null || updatedAt === null) return
  const sealed = sealedHead(seals, { chainId, nextSeq, headCommitment, updatedAt }, live)
  if (sealed !== undefined)
    await tx('personHead').where({ personId: chainId, nextSeq }).update(sealed)
}

/** Takes the seal of the end of a chain away: nothing is permitted by it until it is sealed by what events tell. */
export async function takeHeadSeal(tx: Transaction, chainId: string): Promise<void> {
  await tx('personHead').where({ personId: chainId }).update({ seal: null })
}
