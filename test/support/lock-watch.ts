import { setTimeout } from 'node:timers/promises'
import type { ClientBase } from 'pg'
import { Client } from 'pg'

// What a writer of every table feels, and which strong locks others hold, as seen every few milliseconds.

export type Seen = {
  /** The longest that a writer waited for the locks of all tables, or for a row, in milliseconds. */
  readonly waitedMs: number
  /** The longest that one strong lock was seen without a gap, and which. */
  readonly heldMs: number
  readonly held: string
}

const lookMs = 10
const strong = ['ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock']

/** Watches the tables that are there now until `stop` is called. */
export async function watchLocks(url: string): Promise<{ stop(): Promise<Seen> }> {
  const [writer, looker] = await Promise.all([connected(url), connected(url)])
  const { rows } = await looker.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and relname not like 'knex%'`,
  )
  const tables = rows.map(({ name }) => name)
  let isOver = false
  const wait = writeUntil(writer, tables, () => isOver)
  const look = lookUntil(looker, tables, () => isOver)
  return {
    async stop() {
      isOver = true
      const [waitedMs, held] = await Promise.all([wait, look])
      await Promise.all([writer.end(), looker.end()])
      return { waitedMs, ...held }
    },
  }
}

async function writeUntil(
  writer: ClientBase,
  tables: readonly string[],
  isOver: () => boolean,
): Promise<number> {
  let longest = 0
  const timed = async (statement: string) => {
    const from = performance.now()
    await writer.query(statement)
    longest = Math.max(longest, performance.now() - from)
  }
  while (!isOver()) {
    await writer.query('begin')
    await timed(`lock table ${tables.join(', ')} in row exclusive mode`)
    await writer.query('rollback')
    // A row may wait for a migration that has changed it.
    for (const table of tables) await timed(`select from ${table} limit 1 for update`)
    await setTimeout(lookMs)
  }
  return longest
}

async function lookUntil(
  looker: ClientBase,
  tables: readonly string[],
  isOver: () => boolean,
): Promise<Omit<Seen, 'waitedMs'>> {
  let longest = { heldMs: 0, held: 'none' }
  let since = new Map<string, number>()
  while (!isOver()) {
    const { rows } = await looker.query<{ lock: string }>(
      `select distinct l.relation::regclass || ' ' || l.mode || ' ' || l.pid || ' ' || a.xact_start as lock
       from pg_locks l join pg_stat_activity a using (pid)
       where l.granted and l.locktype = 'relation' and a.datname = current_database() and l.mode = any($1) and l.relation = any($2::regclass[]) and a.xact_start is not null`,
      [strong, tables],
    )
    const now = performance.now()
    since = new Map(rows.map(({ lock }) => [lock, since.get(lock) ?? now]))
    for (const [lock, from] of since)
      if (now - from > longest.heldMs) longest = { heldMs: now - from, held: lock }
    await setTimeout(lookMs)
  }
  return { ...longest, held: longest.held.split(' ').slice(0, 2).join(' ') }
}

async function connected(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  await client.connect()
  return client
}
