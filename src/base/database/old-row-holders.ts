import { setTimeout as pause } from 'node:timers/promises'
import { present } from '../values/present.ts'
import type { Session } from './db-session.ts'

// What keeps deleted rows in the files of the database, and the one who rewrites them waiting: snapshots and locks of others, and files that
// a killed server left.

/** A transaction behind which what was deleted must be, and how long that is waited for. */
export type TransactionBound = { readonly xid: string; readonly untilMs: number }
type TableState = { readonly file: string; readonly isPast: boolean }

export const pollMs = 250
export const nameLimit = 3

// A small table of ours says through which transaction nothing dead is kept: of whoever this role may not see, too.
const probe = 'first_seals'

/** Waits until nobody sees what was deleted. @returns who still does, when the time is over */
export async function waitForSnapshots(
  session: Session,
  bound: TransactionBound,
  told: (line: string) => void,
): Promise<string | undefined> {
  for (;;) {
    const isFree = await attemptUnlocked(session, `vacuum (freeze) ${probe}`)
    if (isFree && (await stateOf(session, probe, bound)).isPast) return undefined
    const holder = await snapshotHolder(session, bound)
    if (Date.now() > bound.untilMs) return holder
    told(holder)
    await pause(pollMs)
  }
}

/** @returns whether it ran: somebody else's lock is not waited for long */
export async function attemptUnlocked(session: Session, statement: string): Promise<boolean> {
  try {
    await session.rows(statement)
    return true
  } catch (error) {
    if (isLocked(error)) return false
    throw error
  }
}

// 55P03: a lock was not available in time. 40P01: two waited for each other.
function isLocked(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(55P03|40P01)$/.test(String(error.code))
}

/** Which file a table is in, and whether nothing is in it that was dead before a transaction. */
export async function stateOf(
  session: Session,
  name: string,
  { xid }: TransactionBound,
): Promise<TableState> {
  const [row] = await session.rows<TableState>(
    `select pg_relation_filenode(c.oid)::text as file,
       age(c.relfrozenxid) <= age($2::xid) and coalesce(age(t.relfrozenxid) <= age($2::xid), true) as "isPast"
     from pg_class c left join pg_class t on t.oid = c.reltoastrelid where c.oid = $1::regclass`,
    [name, xid],
  )
  return present(row, `the table ${name}`)
}

/** Who may still see what was deleted before a transaction. */
export async function snapshotHolder(session: Session, { xid }: TransactionBound): Promise<string> {
  const rows = await session.rows<{ who: string }>(
    `select format('a transaction of %s (process %s) since %s', coalesce(nullif(application_name, ''), usename, 'a replica'), pid,
       to_char(coalesce(xact_start, backend_start) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS"Z"')) as who
     from pg_stat_activity
     where pid <> pg_backend_pid() and (datname = current_database() or datname is null)
       and greatest(age(backend_xmin), age(backend_xid)) >= age($1::xid)
     union all select format('the prepared transaction %s', gid) from pg_prepared_xacts where database = current_database()
     union all select format('the replication slot %s', slot_name) from pg_replication_slots where age(xmin) >= age($1::xid)
     limit ${nameLimit}`,
    [xid],
  )
  return rows.length === 0
    ? 'a transaction that this role may not see (pg_read_all_stats)'
    : rows.map(({ who }) => who).join(', ')
}

export async function lockHolder(session: Session, name: string): Promise<string> {
  const rows = await session.rows<{ who: string }>(
    `select distinct format('a lock on %s of %s (process %s)', $1::text, coalesce(nullif(a.application_name, ''), a.usename, '?'), l.pid) as who
     from pg_locks l left join pg_stat_activity a on a.pid = l.pid
     where l.relation = $1::regclass and l.granted and l.pid <> pg_backend_pid() limit ${nameLimit}`,
    [name],
  )
  return rows.length === 0 ? `a lock on ${name}` : rows.map(({ who }) => who).join(', ')
}

/**
 * A server that was killed while a table was written anew leaves that file, which nobody writes or deletes again. One that was given up lies
 * there without content until the next checkpoint. What somebody makes at this moment is not known yet: it is looked at again.
 */
export async function strayFile(
  session: Session,
  bound: TransactionBound,
): Promise<string | undefined> {
  for (;;) {
    const rows = await session.rows<{ path: string }>(
      `select path from (${strayFiles}) s order by 1 limit ${nameLimit}`,
    )
    if (rows.length === 0) return undefined
    const paths = rows.map(({ path }) => path).join(', ')
    if (Date.now() > bound.untilMs)
      return `somebody who deletes in the folder of PostgreSQL what a killed server left, and no table owns: ${paths}`
    await pause(pollMs)
  }
}

const strayFiles = `
  with owned as materialized (
    select pg_relation_filenode(oid) as file, regexp_replace(pg_relation_filepath(oid), '/[^/]+$', '') as folder
    from pg_class where pg_relation_filenode(oid) is not null)
  select f.path from (select distinct folder from owned where folder <> 'global') d,
    lateral (select d.folder || '/' || name as path, substring(name from '^[0-9]+')::oid as file
             from pg_ls_dir(d.folder) name where name ~ '^[0-9]+(_[a-z]+)?([.][0-9]+)?$') f
  where f.file not in (select file from owned) and coalesce((pg_stat_file(f.path, true)).size, 0) > 0`
