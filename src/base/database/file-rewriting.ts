import { setTimeout as pause } from 'node:timers/promises'
import { present } from '../values/present.ts'
import { strongLockMs } from './database.ts'
import type { Session } from './db-session.ts'
import type { TransactionBound } from './old-row-holders.ts'
import {
  attemptUnlocked,
  lockHolder,
  nameLimit,
  pollMs,
  snapshotHolder,
  stateOf,
  strayFile,
  waitForSnapshots,
} from './old-row-holders.ts'

// What was deleted stays in the files of PostgreSQL. A plain VACUUM takes the line of a dead row out of its page, and leaves the bytes: they
// were found in the free space of heap and index pages, and as samples in the planner's statistics. So each table is written anew, with its
// indexes and what it keeps outside of its rows, and its old files go (VACUUM FULL). A row that a snapshot elsewhere still sees would be
// copied: each new file says through which transaction nothing dead was copied, and that is looked at (decision 0184).

/** How long, and of how much. */
export type RewritingLimits = {
  /** For transactions that hold old rows, and for other people's locks, together. */
  readonly waitMs: number
  /** A table that takes more bytes, with its indexes, is not written anew: who reads or writes it would wait too long. */
  readonly mostBytes: number
}

/** What the rewriting waits for, in a sentence; or what was done. */
export type RewritingOutcome = RewrittenFiles | { readonly waitsFor: string }
export type RewrittenFiles = {
  readonly at: Date
  /** The place in the write-ahead log behind which nothing of the deleted rows is written. */
  readonly lsn: string
}

type Table = { readonly name: string }

const toldEveryMs = 5000
const mostTables = 2000

/**
 * Tables of which no row is ever changed or deleted, the largest of all: triggers refuse it. What a transaction that failed left in their
 * files says no more than a row of them does: whose event it was, its kind and time, a hash, and what is sealed under the key of its year.
 */
const immutableTables: readonly string[] = ['ledger_event', 'ledger_position', 'log_node']

// Samples of columns, wrapped keys and addresses among them. ANALYZE of a table without rows leaves the samples of rows that it had.
const samples = ['pg_catalog.pg_statistic', 'pg_catalog.pg_statistic_ext_data']

/**
 * Writes the files of the database anew, one table after the other, and looks that it took.
 * @param session of this work alone: no transaction is open on it
 * @param say is told what it waits for, again and again
 */
export async function rewriteFiles(
  session: Session,
  { waitMs, mostBytes }: RewritingLimits,
  say: (line: string) => void,
): Promise<RewritingOutcome> {
  if (!(await isOurTurn(session)))
    return { waitsFor: 'another process, which is writing the files anew' }
  const large = await tablesAbove(session, mostBytes)
  if (large.length > 0)
    return { waitsFor: `an hour in which ${large.join(', ')} may be locked: too large for a job` }
  const missing = await rightMissing(session)
  if (missing !== undefined) return { waitsFor: missing }
  const bound = await boundOf(session, waitMs)
  const told = tellSometimes(say)
  await session.rows(`set lock_timeout = ${strongLockMs}`)
  const before = (await strayFile(session, bound)) ?? (await waitForSnapshots(session, bound, told))
  if (before !== undefined) return { waitsFor: before }
  const tables = await tablesToWrite(session)
  for (const table of tables) {
    const failed = await rewriteTable(session, table, bound, told)
    if (failed !== undefined) return { waitsFor: failed }
  }
  const failed = await rewriteStatistics(session, bound, told)
  return failed === undefined ? placeOf(session) : { waitsFor: failed }
}

async function isOurTurn(session: Session): Promise<boolean> {
  const [row] = await session.rows<{ taken: boolean }>(
    "select pg_try_advisory_lock(hashtext('accord.file-rewriting')) as taken",
  )
  return row?.taken === true
}

// Samples of a table are shown to who may read it; and whoever may not list files would find none that a killed server left.
async function rightMissing(session: Session): Promise<string | undefined> {
  const [server] = await session.rows<{ maintains: boolean }>(
    `select current_setting('server_version_num')::integer >= 170000 as maintains`,
  )
  const maintains = server?.maintains === true
  const mayMaintain = maintains ? `or has_table_privilege(t.oid, 'maintain')` : ''
  const [may] = await session.rows<{ locked: string[]; read: boolean; list: boolean }>(
    `select array(select t.oid::regclass::text from pg_class t
         where t.oid in (select oid from (${ownTables}) c union all select unnest('{${samples.join(',')}}'::regclass[]))
           and not (pg_has_role(t.relowner, 'usage') ${mayMaintain}
             or (select pg_has_role(datdba, 'usage') from pg_database where datname = current_database()))
         order by 1 limit ${nameLimit}) as locked,
       (select bool_and(has_table_privilege(oid, 'select')) from (${ownTables}) c) as read,
       has_function_privilege('pg_ls_dir(text)', 'execute')
       and has_function_privilege('pg_stat_file(text, boolean)', 'execute') as list`,
  )
  if (may === undefined || may.locked.length > 0)
    return maintains ? rightToMaintain(may?.locked ?? []) : ownersRight
  if (!may.read) return 'the right to read each table'
  return may.list ? undefined : rightToList
}

function rightToMaintain(names: readonly string[]): string {
  return `the right to write ${names.join(', ')} anew. « migrate » gives it for our tables; for those of PostgreSQL a superuser does, in this database: grant maintain on pg_statistic, pg_statistic_ext_data to the role of DATABASE_URL`
}

const ownersRight =
  'the rights of the owner of this database, which before PostgreSQL 17 nobody else can be given: « accord person finish », with the DATABASE_URL of the owner'

const rightToList =
  'the right to list the files of this database. A superuser gives it, in this database: grant execute on function pg_ls_dir(text), pg_stat_file(text, boolean) to the role of DATABASE_URL'

async function tablesAbove(session: Session, bytes: number): Promise<string[]> {
  const rows = await session.rows<{ name: string }>(
    `select oid::regclass::text as name from (${ownTables}) c where pg_total_relation_size(oid) > $1 order by 1 limit ${nameLimit}`,
    [bytes],
  )
  return rows.map(({ name }) => name)
}

const ownTables = `select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'm') and c.relpersistence <> 't'
    and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
    and not (n.nspname = 'public' and c.relname in (${immutableTables.map((name) => `'${name}'`).join(', ')}))`

async function tablesToWrite(session: Session): Promise<Table[]> {
  const rows = await session.rows<Table>(
    `select oid::regclass::text as name from (${ownTables}) c order by 1 limit ${mostTables + 1}`,
  )
  if (rows.length > mostTables) throw new Error('tables without end')
  return rows
}

/** A transaction of now: whatever was deleted before is of an earlier one. */
async function boundOf(session: Session, waitMs: number): Promise<TransactionBound> {
  const [row] = await session.rows<{ xid: string }>('select pg_current_xact_id()::xid::text as xid')
  return { xid: present(row, 'a transaction').xid, untilMs: Date.now() + waitMs }
}

async function rewriteTable(
  session: Session,
  { name }: Table,
  bound: TransactionBound,
  told: (line: string) => void,
): Promise<string | undefined> {
  const { file } = await stateOf(session, name, bound)
  for (;;) {
    const isFree = await attemptUnlocked(session, `vacuum (full, analyze) ${name}`)
    const after = await stateOf(session, name, bound)
    if (isFree && after.file === file) return `the right to write ${name} anew`
    if (isFree && after.isPast) return undefined
    const holder = isFree ? await snapshotHolder(session, bound) : await lockHolder(session, name)
    if (Date.now() > bound.untilMs) return holder
    told(holder)
    await pause(pollMs)
  }
}

async function rewriteStatistics(
  session: Session,
  bound: TransactionBound,
  told: (line: string) => void,
): Promise<string | undefined> {
  const [server] = await session.rows<{ clears: boolean }>(
    `select current_setting('server_version_num')::integer >= 180000 as clears`,
  )
  if (server?.clears === true)
    await session.rows(
      `select pg_clear_attribute_stats(schemaname, tablename, attname, inherited) from (${samplesOfNothing}) s`,
    )
  const [left] = await session.rows<{ name: string }>(
    `select tablename as name from (${samplesOfNothing}) s limit 1`,
  )
  if (left !== undefined)
    return `a superuser who deletes the samples of ${left.name}, which has no rows, from pg_statistic`
  for (const name of samples) {
    const failed = await rewriteTable(session, { name }, bound, told)
    if (failed !== undefined) return failed
  }
  return undefined
}

const samplesOfNothing = `select s.schemaname, s.tablename, s.attname, s.inherited
  from pg_stats s join pg_class c on c.oid = format('%I.%I', s.schemaname, s.tablename)::regclass
  where c.reltuples = 0 and s.schemaname <> 'information_schema' and s.schemaname !~ '^pg_'`

async function placeOf(session: Session): Promise<RewrittenFiles> {
  const [row] = await session.rows<RewrittenFiles>(
    `select date_trunc('milliseconds', clock_timestamp() + clock_offset()) as at, pg_current_wal_insert_lsn()::text as lsn`,
  )
  return present(row, 'a place in the write-ahead log')
}

function tellSometimes(say: (line: string) => void): (line: string) => void {
  let [last, at] = ['', -Infinity]
  return (line) => {
    if (line === last && Date.now() - at < toldEveryMs) return
    ;[last, at] = [line, Date.now()]
    say(`Waits for ${line}.`)
  }
}
