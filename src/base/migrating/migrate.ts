import { setTimeout } from 'node:timers/promises'
import type { MigrationFiles, Tell } from './apply-migrations.ts'
import { applyMigrations, lockMs, retryOnLock } from './apply-migrations.ts'
import type { Database, Transaction } from '../database/database.ts'
import { openDatabase, runScript, sqlState, startPatience } from '../database/database.ts'
import type { Durability } from '../database/durability.ts'
import { requireDurable } from '../database/durability.ts'
import { requirePlainRole } from '../database/role-powers.ts'
import { requireServerVersion } from '../database/server-version.ts'
import { causeOf, isOutage } from '../database/database-outages.ts'
import { asPooler, requireOwnConnections } from '../database/pooler-check.ts'
import { installQueue } from '../jobs/jobs.ts'
import { knownKeys } from '../keys/key-store.ts'
import type { CodePlace } from './catalogue.ts'
import type { OpenSeals } from './migration-seals.ts'
import { noteRelease } from './release-catalogue.ts'
import type { FirstLook } from './schema-version.ts'
import { appliedMigrations, isOld, requireSchema, strangeIn } from './schema-version.ts'
import { bearsIn, migrationNames, readFunctions, readMigration } from './migration-files.ts'
import { grantRoles } from './role-grants.ts'
import type { DatabaseRoles } from '../settings/database-roles.ts'
import { usualRoles } from '../settings/database-roles.ts'
import { exitStatuses, withExitStatus, OperatorError } from '../values/operator-error.ts'

const files: MigrationFiles = { names: migrationNames, text: readMigration }

// Long limits: an index may take minutes, and no person waits for a page from these connections.
const patience = { statementMs: 600_000, acquireMs: 10_000, connections: 4 }

export type MigrationAround = {
  /** Where the database lies, if it is the embedded one: a refusal names the folder. */
  readonly dataFolder?: string | undefined
  /** Hears of each migration when it is applied, and every few seconds of one that takes long. */
  readonly tell?: Tell
  /** Those that get what they need of what was made. */
  readonly roles?: DatabaseRoles
  /** The key under which it says what its version runs. A database that nobody serves yet needs none. */
  readonly openSeals?: OpenSeals
}

/**
 * Brings a database to the schema of this version, with its functions and views and the job queue. Of two runs at once the second
 * waits, or finds nothing left to do.
 * @returns how many of our own migrations were applied
 * @throws OperatorError when the database cannot be reached or refuses, was made by a version that this one does not follow, or others
 * hold its locks. It can be run again.
 */
export async function migrate(
  databaseUrl: string,
  { dataFolder, tell = () => undefined, roles = usualRoles, openSeals }: MigrationAround = {},
): Promise<number> {
  const hasty = openDatabase(databaseUrl, { ...patience, lockMs })
  const patient = openDatabase(databaseUrl, patience)
  try {
    await withExitStatus(exitStatuses.settings, () => requireServerVersion(hasty))
    return await alone(patient, async () => {
      const before = await appliedMigrations(hasty)
      refuseStrange(before, dataFolder)
      const seals = await openSeals?.(hasty)
      if (seals === undefined) await refuseUnsealed(hasty, before)
      else await noteRelease(hasty, seals, false)
      const applied = await applyMigrations({ hasty, patient }, files, tell)
      await retryOnLock('functions', () => hasty.transaction(applyFunctionFiles))
      await retryOnLock('migration_bears', () => noteBearing(hasty))
      await retryOnLock('graphile_worker', () => installQueue(databaseUrl, lockMs))
      await retryOnLock('roles', () => hasty.transaction((tx) => grantRoles(tx, roles, tell)))
      if (seals !== undefined) await noteRelease(hasty, seals, true)
      return applied.length
    })
  } catch (error) {
    throw migrationError(error)
  } finally {
    await Promise.all([hasty.destroy(), patient.destroy()])
  }
}

// We delete no data of another version: the message says what the operator may delete.
function refuseStrange(applied: readonly string[], dataFolder: string | undefined): void {
  const strange = strangeIn(applied)
  if (strange.length === 0) return
  const areOld = strange.some(isOld)
  const made = areOld
    ? 'made by a version before the first release, which this version does not follow'
    : `made by a later version (${strange[0]})`
  if (dataFolder !== undefined)
    throw new OperatorError(
      `The data in ${dataFolder} were ${made}: delete that folder to begin again.`,
    )
  throw new OperatorError(
    `The database of DATABASE_URL was ${made}: it is left as it is; ${areOld ? 'use an empty database' : 'a version that it bears starts on it without migrate'}.`,
  )
}

// Processes of the version before may run beside this migration: what they do not find said under their own key, they do not believe.
async function refuseUnsealed(db: Database, before: readonly string[]): Promise<void> {
  const isFirst = before.length === 0
  if (isFirst || migrationNames().every((name) => before.includes(name))) return
  const keys = await knownKeys(db)
  if (keys.some(({ purpose }) => purpose === 'seal'))
    throw new OperatorError(
      'KEYS_DIR is required, with the key of purpose seal: this version seals what it runs, or processes of the version before would permit nothing. Nothing was done.',
    )
}

// Written again at each migrate: a run that was ended between a migration and this left nothing noted, and no older code starts.
async function noteBearing(db: Database): Promise<void> {
  const rows = migrationNames().flatMap((name) => {
    const bears = bearsIn(readMigration(name))
    return bears === undefined ? [] : [{ name, bears }]
  })
  if (rows.length > 0) await db('migrationBears').insert(rows).onConflict('name').merge()
}

// Applies all files of functions/ in one transaction at each migration, so that the database runs what the files say.
async function applyFunctionFiles(tx: Transaction): Promise<void> {
  for (const { text } of readFunctions()) await runScript(tx, text)
}

const lookMs = 200
const longestWaitMs = 600_000

// Of two runs at once the second waits. The lock is an advisory lock: at the first run there is no table to lock yet. The second run looks
// for it again and again: a statement that waits is one for which `create index concurrently` of the first run would wait in turn.
async function alone<T>(db: Database, work: () => Promise<T>): Promise<T> {
  return db.transaction(async (tx) => {
    await tx.raw('set local idle_in_transaction_session_timeout = 0')
    const until = performance.now() + longestWaitMs
    while (!(await isTaken(tx))) {
      if (performance.now() > until)
        throw new OperatorError(
          'Another migrate has been at work for ten minutes: nothing was done.',
        )
      await setTimeout(lookMs)
    }
    return work()
  })
}

async function isTaken(tx: Transaction): Promise<boolean> {
  const { rows } = await tx.raw<{ rows: { taken: boolean }[] }>(
    "select pg_try_advisory_xact_lock(hashtext('accord.migrate')) as taken",
  )
  return rows[0]?.taken === true
}

function migrationError(thrown: unknown): unknown {
  const error = asPooler(thrown)
  if (error instanceof OperatorError) return error
  const word = sqlState(causeOf(error)) ?? ''
  if (/^(28|3D)/.test(word))
    return new OperatorError(`The database of DATABASE_URL refuses us (${word}).`, { cause: error })
  if (word === '25006')
    return new OperatorError('The database of DATABASE_URL only reads (25006).', { cause: error })
  if (isOutage(error))
    return new OperatorError('The database of DATABASE_URL does not answer.', { cause: error })
  return error
}

/**
 * @returns the look at what the database runs, if this version may watch from there on
 * @throws OperatorError when the database cannot be used, has another schema than this code, or may forget what it confirmed
 */
export async function requireMigrated(
  url: string,
  demanded: Durability & CodePlace,
): Promise<FirstLook | undefined> {
  const db = openDatabase(url, startPatience)
  try {
    await withExitStatus(exitStatuses.settings, () => requireServerVersion(db))
    // A pooler that drops what our connections ask for would look as if the database ran other code.
    await withExitStatus(exitStatuses.settings, () => requireOwnConnections(url))
    const look = await withExitStatus(exitStatuses.schema, () => requireSchema(db, demanded))
    await withExitStatus(exitStatuses.settings, () => requirePlainRole(db, demanded))
    await withExitStatus(exitStatuses.settings, () => requireDurable(db, demanded))
    return look
  } catch (error) {
    const cause = asPooler(error)
    if (cause instanceof OperatorError) throw cause
    const code = sqlState(causeOf(cause)) ?? ''
    if (code === '42501')
      throw new OperatorError(
        'The role of DATABASE_URL may not read what this version reads (42501): « migrate », by the owner’s role, gives it its rights, if SERVING_ROLE names it there.',
        { cause },
      )
    throw new OperatorError(
      `The database of DATABASE_URL cannot be used (${code || 'no answer'}).`,
      {
        cause,
      },
    )
  } finally {
    await db.destroy()
  }
}
