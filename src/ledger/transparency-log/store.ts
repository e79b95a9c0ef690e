import type { Database } from '../../base/database/database.ts'
import { runPrepared } from '../../base/database/database.ts'
import type { Session } from '../../base/database/db-session.ts'
import type { Lease } from '../../base/jobs/lease.ts'
import { present } from '../../base/values/present.ts'
import { emptyRoot } from '../../base/tlog/merkle.ts'

export type PendingRow = {
  readonly id: string
  readonly eventId: string
  readonly class: number
  readonly commitment: Buffer
  /** Whose it is, under a seal. */
  readonly record: Buffer | null
}

export type LogRow = {
  readonly logId: number
  readonly year: number
  /** Its number in its year. */
  readonly shard: number
  /** Whose entries it takes: `ledger_pending.shard`. */
  readonly queue: number
  readonly state: 'open' | 'frozen'
  readonly treeSize: number
  readonly root: Buffer
  readonly frontier: Buffer
}

export type PositionRow = {
  readonly leafIndex: number
  readonly eventId: string
  readonly class: number
  readonly commitment: Buffer
}

export type NodeRow = { readonly level: number; readonly index: number; readonly hash: Buffer }

export type CheckpointRow = {
  readonly treeSize: number
  readonly root: Buffer
  readonly note: string
}

/** Each log has one key, or a few. */
const maxNames = 400
const maxLogs = 400
/** What stands in the database until the operator's file says otherwise. */
export const noWitnesses = 'quorum none\n'
const logColumns = `log_id as "logId", year, shard, queue, state, tree_size::float8 as "treeSize", root, frontier`

/** What waits for a place, in its order; nothing while the log waits to be taken up after a restore. */
export async function pendingRows(
  session: Session,
  shard: number,
  limit: number,
): Promise<PendingRow[]> {
  return session.rows(
    `select id, event_id as "eventId", class, commitment, record from ledger_pending
     where shard = $1 and not (select is_waiting from log_standing) order by id limit $2`,
    [shard, limit],
  )
}

/** All logs, oldest first. */
export async function logRows(session: Session): Promise<LogRow[]> {
  return session.rows(`select ${logColumns} from log order by year, shard limit ${maxLogs}`)
}

export async function findLog(
  session: Session,
  year: number,
  shard: number,
): Promise<LogRow | undefined> {
  const [row] = await session.rows<LogRow>(
    `select ${logColumns} from log where year = $1 and shard = $2`,
    [year, shard],
  )
  return row
}

/** The open log of a year and queue, made if the year has none; the newest open log, where those of that year are closed. */
export async function openLogFor(
  session: Session,
  lease: Lease,
  year: number,
  queue: number,
): Promise<LogRow> {
  // Inserts only where the log is missing: even an insert that conflicts uses up one of the identity's 32,767 numbers.
  if ((await findLog(session, year, queue)) === undefined)
    await session.rows(
      `insert into log (year, shard, queue, root) select $3, $4, $4, $5 from require_lease($1, $2) on conflict do nothing`,
      [lease.duty, lease.number, year, queue, emptyRoot],
    )
  const [row] = await session.rows<LogRow>(
    `select ${logColumns} from log where queue = $2 and state = 'open'
     order by year = $1 desc, year desc, shard desc limit 1`,
    [year, queue],
  )
  if (row === undefined) throw new Error('no log is open')
  return row
}

/** Grows a tree in one statement; fails and changes nothing where the tree or the queue has moved. */
export async function takeIntoLog(
  session: Session,
  lease: Lease,
  log: LogRow,
  grown: { readonly root: Buffer; readonly frontier: Buffer; readonly nodes: readonly NodeRow[] },
  ids: readonly string[],
): Promise<void> {
  await session.rows('select take_into_log($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)', [
    lease.duty,
    lease.number,
    log.logId,
    log.treeSize,
    grown.root,
    grown.frontier,
    ids,
    grown.nodes.map(({ level }) => level),
    grown.nodes.map(({ index }) => index),
    grown.nodes.map(({ hash }) => hash),
  ])
}

/** Closes the logs of years that ended a while ago: by then no event of those years is still on its way. */
export async function freezeOldLogs(session: Session, lease: Lease, queue: number): Promise<void> {
  await session.rows(
    `update log set state = 'frozen' from require_lease($1, $2) where queue = $3 and state = 'open'
       and year < extract(year from (now() + clock_offset() - interval '1 hour') at time zone 'UTC')
       and exists (select 1 from log newer where newer.queue = $3 and newer.year > log.year)`,
    [lease.duty, lease.number, queue],
  )
}

export async function positions(
  session: Session,
  logId: number,
  from: number,
  to: number,
): Promise<PositionRow[]> {
  return session.rows(
    `select leaf_index::float8 as "leafIndex", event_id as "eventId", class, commitment
     from ledger_position where log_id = $1 and leaf_index >= $2 and leaf_index < $3 order by leaf_index`,
    [logId, from, to],
  )
}

export async function nodeRows(
  session: Session,
  logId: number,
  level: number,
  [from, to]: readonly [number, number],
): Promise<NodeRow[]> {
  return session.rows(
    `select level, node_index::float8 as index, hash from log_node
     where log_id = $1 and level = $2 and node_index >= $3 and node_index < $4 order by node_index`,
    [logId, level, from, to],
  )
}

/** The newest signed checkpoint of a log, or the newest of exactly this size. */
export async function lastCheckpoint(
  session: Session,
  logId: number,
  size?: number,
): Promise<(CheckpointRow & { readonly signedAt: Date }) | undefined> {
  const [row] = await session.rows<CheckpointRow & { readonly signedAt: Date }>(
    `select tree_size::float8 as "treeSize", root, note, signed_at as "signedAt" from checkpoint
     where log_id = $1 and ($2::bigint is null or tree_size = $2) order by tree_size desc limit 1`,
    [logId, size ?? null],
  )
  return row
}

/** The last signed notes of the newest log, the newest first. */
export function newestNotes(
  session: Session,
  most: number,
): Promise<{ readonly note: string; readonly signedAt: Date }[]> {
  return session.rows(
    'select note, signed_at as "signedAt" from checkpoint order by log_id desc, tree_size desc limit $1',
    [most],
  )
}

/** The newest note, the second, the fourth and so on: how far back something reaches, by few notes. */
export function notesFurtherBack(
  session: Session,
  most: number,
): Promise<{ readonly note: string; readonly signedAt: Date }[]> {
  return session.rows(
    `select c.note, c.signed_at as "signedAt"
     from (select log_id, tree_size, row_number() over (order by log_id desc, tree_size desc) as place
           from (select log_id, tree_size from checkpoint order by log_id desc, tree_size desc limit $1) newest) n
     join checkpoint c using (log_id, tree_size)
     where n.place & (n.place - 1) = 0 order by n.place`,
    [most],
  )
}

/** How many entries wait for their place, up to a number, and how many are in trees that are not signed yet. */
export async function logBehind(
  session: Session,
  most: number,
): Promise<{ readonly waiting: number; readonly unsigned: number }> {
  const [row] = await session.rows<{ waiting: number; unsigned: number }>(
    `select (select count(*)::integer from (select from ledger_pending limit $1) p) as waiting,
            (select coalesce(sum(l.tree_size - coalesce((select max(c.tree_size) from checkpoint c where c.log_id = l.log_id), 0)), 0)::float8
             from (select log_id, tree_size from log order by log_id desc limit ${maxLogs}) l) as unsigned`,
    [most],
  )
  return present(row, 'how far the log is behind')
}

/** The id of what waits longest for its place in a log. */
export async function oldestPending(session: Session): Promise<string | undefined> {
  const [row] = await session.rows<{ id: string }>(
    'select event_id as id from ledger_pending order by id limit 1',
  )
  return row?.id
}

export async function saveCheckpoint(
  session: Session,
  lease: Lease,
  logId: number,
  { treeSize, root, note }: CheckpointRow,
): Promise<void> {
  await session.rows(
    `insert into checkpoint (log_id, tree_size, root, note, signed_at)
     select $3, $4, $5, $6, now() + clock_offset() from require_lease($1, $2)
     on conflict (log_id, tree_size) do update set note = excluded.note where checkpoint.root = excluded.root`,
    [lease.duty, lease.number, logId, treeSize, root, note],
  )
}

export type NotedTree = { readonly size: number; readonly root: Buffer }

/** The tree that a signer of this log was about to sign last, in whichever folder it keeps its own record. */
export async function notedTree(session: Session, logId: number): Promise<NotedTree | undefined> {
  const [row] = await session.rows<NotedTree>(
    'select tree_size::float8 as size, root from log_signing where log_id = $1',
    [logId],
  )
  return row
}

/** Before a signature exists. @throws an error where another signer noted a tree that this one does not extend */
export async function noteSigning(
  session: Session,
  lease: Lease,
  logId: number,
  { size, root }: NotedTree,
): Promise<void> {
  await session.rows('select note_signing($1, $2, $3, $4, $5)', [
    lease.duty,
    lease.number,
    logId,
    size,
    root,
  ])
}

export type KeyRow = {
  readonly vkey: string
  /** The size of the last tree that a retired key signed; null: the key still signs. */
  readonly lastSize: number | null
}

/** The keys that sign a log or have signed it, newest first. */
export async function keysOf(session: Session, logId: number): Promise<KeyRow[]> {
  return session.rows(
    `select vkey, last_size::float8 as "lastSize" from log_key where log_id = $1 order by first_at desc, vkey limit 40`,
    [logId],
  )
}

/** The names under which logs of this database were signed, the newest first; none where it was never migrated. */
export async function namesSigned(session: Session): Promise<string[]> {
  const [found] = await session.rows<{ isThere: boolean }>(
    `select to_regclass('log_key') is not null as "isThere"`,
  )
  if (found?.isThere !== true) return []
  const rows = await session.rows<{ name: string }>(
    `select split_part(vkey, '+', 1) as name from log_key order by first_at desc limit ${maxNames}`,
  )
  return rows.map(({ name }) => name)
}

/** For how many days each of these keys has signed; keys that have not signed are left out. */
export async function keyAges(session: Session, vkeys: readonly string[]): Promise<number[]> {
  const rows = await session.rows<{ days: number }>(
    `select extract(epoch from now() + clock_offset() - first_at)::float8 / 86400 as days from log_key where vkey = any($1)`,
    [vkeys],
  )
  return rows.map(({ days }) => days)
}

/** Notes which keys sign from now on, and for the other keys that this size was their last. */
export async function saveVkeys(
  session: Session,
  lease: Lease,
  logId: number,
  vkeys: readonly string[],
  signed: number,
): Promise<void> {
  await session.rows(
    `with ended as (
       update log_key set last_size = $5 from require_lease($1, $2)
       where log_id = $3 and vkey <> all($4) and last_size is null)
     insert into log_key (log_id, vkey, first_at)
     select $3, vkey, now() + clock_offset() from require_lease($1, $2), unnest($4::text[]) vkey
     on conflict (log_id, vkey) do update set last_size = null where log_key.last_size is not null`,
    [lease.duty, lease.number, logId, vkeys, signed],
  )
}

export async function witnessLines(session: Session): Promise<string> {
  const [row] = await session.rows<{ lines: string }>('select lines from log_witnesses')
  return row?.lines ?? noWitnesses
}

export async function saveWitnessLines(
  session: Session,
  lease: Lease,
  lines: string,
): Promise<void> {
  await session.rows(
    `insert into log_witnesses (lines) select $3 from require_lease($1, $2)
     on conflict (is_one) do update set lines = excluded.lines`,
    [lease.duty, lease.number, lines],
  )
}

export async function placeOf(
  session: Session,
  eventId: string,
): Promise<(PositionRow & { logId: number; year: number; shard: number }) | undefined> {
  const [row] = await session.rows<PositionRow & { logId: number; year: number; shard: number }>(
    `select event_id as "eventId", log_id as "logId", year, shard, leaf_index::float8 as "leafIndex", commitment
     from ledger_places where event_id = $1`,
    [eventId],
  )
  return row
}

/** Where an event of this person stands; nulls: nowhere yet; undefined: this person has no such event. */
export async function placeOfEvent(
  session: Session,
  personId: string,
  eventId: string,
): Promise<{ logId: number | null; leafIndex: number | null } | undefined> {
  const [row] = await session.rows<{ logId: number | null; leafIndex: number | null }>(
    `select p.log_id as "logId", p.leaf_index::float8 as "leafIndex"
     from ledger_commitments e left join ledger_places p on p.event_id = e.event_id
     where e.person_id = $1 and e.event_id = $2`,
    [personId, eventId],
  )
  return row
}

const maxDays = 400

/** Of each log and day of Québec the last checkpoint, from one day until before another. */
export async function lastOfDays(
  session: Session,
  from: string,
  before: string,
): Promise<(CheckpointRow & { day: string; year: number; shard: number; signedAt: Date })[]> {
  return session.rows(
    `select distinct on (quebec_day(c.signed_at), l.year, l.shard) quebec_day(c.signed_at)::text as day, l.year, l.shard,
       c.tree_size::float8 as "treeSize", c.root, c.note, c.signed_at as "signedAt"
     from checkpoint c join log l using (log_id)
     where c.signed_at >= quebec_midnight($1::date) and c.signed_at < quebec_midnight($2::date)
     order by quebec_day(c.signed_at), l.year, l.shard, c.tree_size desc limit $3`,
    [from, before, maxDays],
  )
}

// A signed tree of the log in one line: its origin, its size, its root. Whoever names it knew it, so what names it is no older.

/** The newest tree that was signed; '' where none was. */
export async function newestTree(db: Database): Promise<string> {
  const text = 'select note from checkpoint order by log_id desc, tree_size desc limit 1'
  const [newest] = await runPrepared<Noted>(db, { name: '', text, values: [] })
  return newest === undefined ? '' : lineOf(newest)
}

/** Whether this line names no tree that we have not signed. '' names none: a page that was shown before the first one is still true. */
export async function isSignedTree(db: Database, line: string): Promise<boolean> {
  if (line === '') return true
  const [, size] = /^\S+ ([1-9]\d{0,14}) \S+$/.exec(line) ?? []
  if (size === undefined) return false
  // One a log.
  const text = `select note from checkpoint
    where (log_id, tree_size) in (select log_id, $1::bigint from log) limit ${maxLogs}`
  const notes = await runPrepared<Noted>(db, { name: '', text, values: [Number(size)] })
  return notes.some((noted) => lineOf(noted) === line)
}

type Noted = { readonly note: string }

function lineOf({ note }: Noted): string {
  return note.split('\n', 3).join(' ')
}
