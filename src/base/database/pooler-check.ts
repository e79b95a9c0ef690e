import { openDatabase, runPrepared, sqlState, startPatience } from './database.ts'
import { causeOf } from './database-outages.ts'
import type { Session } from './db-session.ts'
import { openSession } from './db-session.ts'
import { pinnedSettings } from '../settings/pinned-settings.ts'
import { OperatorError } from '../values/operator-error.ts'

// How often two sessions are compared: on a busy pooler they may be apart by chance.
const rounds = 5

/**
 * Finds a pooler, such as PgBouncer, that lends one connection of PostgreSQL to several of ours in turn, or keeps from it what a
 * connection asks for when it is opened (decision 0092).
 * @throws OperatorError, and the errors of the database
 */
export async function requireOwnConnections(databaseUrl: string): Promise<void> {
  if (!(await areSettingsKept(databaseUrl)) || (await areSessionsShared(databaseUrl)))
    throw new OperatorError(poolerSentence)
}

/** PgBouncer refuses a connection that asks for settings by a fault of the protocol. What a connection itself said stays. */
export function asPooler(error: unknown): unknown {
  const cause = causeOf(error)
  if (cause instanceof OperatorError) return cause
  return sqlState(cause) === '08P01' ? new OperatorError(poolerSentence, { cause: error }) : error
}

const poolerSentence =
  'DATABASE_URL leads to a pooler that shares connections or drops their settings: name PostgreSQL itself.'

type Settings = { readonly planning: string; readonly patience: string; readonly path: string }

async function areSettingsKept(databaseUrl: string): Promise<boolean> {
  const db = openDatabase(databaseUrl, startPatience)
  try {
    const text = `select current_setting('plan_cache_mode') as planning, current_setting('statement_timeout') as patience,
      replace(current_setting('search_path'), ' ', '') as path`
    const [settings] = await runPrepared<Settings>(db, { name: '', text, values: [] })
    return (
      settings?.planning === 'force_generic_plan' &&
      settings.patience === '5s' &&
      settings.path === pinnedSettings.search_path
    )
  } finally {
    await db.destroy()
  }
}

// While the second session is in a transaction, it keeps a connection for itself: if that is the one that the first session had,
// or if the first one has another one after it, connections are lent from transaction to transaction.
async function areSessionsShared(databaseUrl: string): Promise<boolean> {
  const [one, other] = [await openSession(databaseUrl), await openSession(databaseUrl)]
  try {
    for (let round = 0; round < rounds; round++) {
      const first = await backendOf(one.session)
      await other.session.rows('begin')
      const second = await backendOf(other.session)
      const again = await backendOf(one.session)
      await other.session.rows('rollback')
      if (first === second || first !== again) return true
    }
    return false
  } finally {
    await Promise.all([one.close(), other.close()])
  }
}

async function backendOf(session: Session): Promise<number | undefined> {
  const [row] = await session.rows<{ pid: number }>('select pg_backend_pid() as pid')
  return row?.pid
}
