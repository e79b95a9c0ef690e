import { join } from 'node:path'
import type { Database } from './database.ts'
import { asUnavailable, openDatabase } from './database.ts'
import { installQueue } from './jobs.ts'
import { StartError } from './start-error.ts'

const migrations = {
  directory: join(import.meta.dirname, '../../../migrations'),
  loadExtensions: ['.ts'],
}

// Migrations may rewrite tables; nobody waits for a page meanwhile.
const patience = { statementMs: 600_000, acquireMs: 10_000, connections: 4 }

/**
 * Brings a database to this version's schema, the job queue's included. Two that race: the second waits or finds nothing left.
 * @returns how many of our own migrations were applied
 * @throws StartError when the database cannot be reached or refuses
 */
export async function migrate(databaseUrl: string): Promise<number> {
  const db = openDatabase(databaseUrl, patience)
  try {
    return await alone(db, async () => {
      // Whoever holds our lock is alone: knex's own is only ever left behind by a migration that was killed.
      await db.migrate.forceFreeMigrationsLock(migrations)
      const [, applied]: [number, string[]] = await db.migrate.latest(migrations)
      await installQueue(databaseUrl)
      return applied.length
    })
  } catch (error) {
    throw migrationError(error)
  } finally {
    await db.destroy()
  }
}

// Two that race: the second waits, also while the first makes the tables that a lock could stand in.
async function alone<T>(db: Database, work: () => Promise<T>): Promise<T> {
  return db.transaction(async (tx) => {
    await tx.raw('set local idle_in_transaction_session_timeout = 0')
    await tx.raw("select pg_advisory_xact_lock(hashtext('accord.migrate'))")
    return work()
  })
}

function migrationError(error: unknown): unknown {
  const cause = asUnavailable(error)
  const word = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (cause !== error)
    return new StartError('The database of DATABASE_URL does not answer.', { cause: error })
  if (/^(28|3D)/.test(word))
    return new StartError(`The database of DATABASE_URL refuses us (${word}).`, { cause: error })
  // raise_exception: a migration says why it does not run over what is there, and its hint is the whole sentence.
  if (word === 'P0001' && error instanceof Error && 'hint' in error)
    return new StartError(String(error.hint), { cause: error })
  return error
}

type Durability = { readonly fsync: string; readonly commits: string }

/** @throws StartError when the database cannot be used, has not been migrated, or may forget what it confirmed */
export async function requireMigrated(url: string): Promise<void> {
  const db = openDatabase(url)
  try {
    await db.raw('select 1 from knex_migrations limit 1')
    const { rows } = await db.raw<{ rows: Durability[] }>(
      `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commits`,
    )
    requireDurable(rows[0])
  } catch (cause) {
    if (cause instanceof StartError) throw cause
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    if (code === '42P01')
      throw new StartError('The database is empty: run « npm run migrate » first.', { cause })
    throw new StartError(`The database of DATABASE_URL cannot be used (${code || 'no answer'}).`, {
      cause,
    })
  } finally {
    await db.destroy()
  }
}

// An acknowledged withdrawal survives a power failure, and a standby that takes over knows of it.
function requireDurable(settings: Durability | undefined): void {
  if (settings?.fsync === 'on' && /^(on|remote_apply)$/.test(settings.commits)) return
  throw new StartError(
    `The database may forget what it confirmed (fsync=${settings?.fsync}, synchronous_commit=${settings?.commits}): both must be on.`,
  )
}
