import { openClockAsItIs } from '../base/database/clock-offset.ts'
import { requireRightClock } from '../base/database/clock-skew.ts'
import { systemClock } from '../base/values/clock.ts'
import type { Config } from '../base/settings/config.ts'
import type { Database } from '../base/database/database.ts'
import { openDatabase, startPatience } from '../base/database/database.ts'
import { makeSigner } from '../base/keys/remote-signer.ts'
import type { SigningPort } from '../base/keys/signer.ts'
import type { Keys } from '../base/keys/keys.ts'
import { openKeysAnywhere, requireKnownKeys } from '../base/keys/known-keys.ts'
import { processLog } from '../base/settings/instance.ts'
import type { RowSeals } from '../base/sealing/row-seal.ts'
import { makeRowSeals } from '../base/sealing/row-seal.ts'
import { sealsForMigration } from '../base/migrating/migration-seals.ts'
import { requireSchema } from '../base/migrating/schema-version.ts'
import { OperatorError } from '../base/values/operator-error.ts'

// What the commands of the operator's tool open, for as long as one takes.

export function withDatabase<T>(
  config: Config,
  deed: (db: Database, now: Date) => Promise<T>,
): Promise<T> {
  return withAnyKeys(config, async (db, now) => {
    await requireKnownKeys(db, config)
    return deed(db, now)
  })
}

// The configurations whose database was looked at a moment ago, for the row that the command leaves.
const looked = new WeakSet<Config>()

/** That what a command opens by this configuration was looked at: the command need not look again. @returns the same one */
export function noteLookedAt(config: Config): Config {
  looked.add(config)
  return config
}

/** Without a look at the keys: for the commands that change them. */
export function withAnyKeys<T>(
  config: Config,
  deed: (db: Database, now: Date) => Promise<T>,
): Promise<T> {
  return withDatabaseUrl(config, async (url) => {
    const db = openDatabase(url, startPatience)
    try {
      if (!looked.has(config)) await requireSchema(db, config)
      await requireRightClock(db)
      await openClockAsItIs(db, config)
      return await deed(db, systemClock())
    } finally {
      await db.destroy()
    }
  })
}

export async function withDatabaseUrl<T>(
  config: Config,
  deed: (url: string) => Promise<T>,
): Promise<T> {
  const url = config.databaseUrl?.reveal()
  if (url !== undefined) {
    if (config.mode === 'demonstration') await requireDemonstrationAt(url)
    return deed(url)
  }
  // Only a demonstration has no DATABASE_URL (src/base/settings/config.ts): its own PostgreSQL is used, running or not.
  const { borrowEmbedded } = await import('../base/postgres/embedded-server.ts')
  const own = await borrowEmbedded(config.dataDir)
  try {
    // A database that was not running is migrated first, as a start of this version would do.
    if (own.isStarted) await migrateOwn(own.url, config)
    return await deed(own.url)
  } finally {
    await own.stop()
  }
}

// Only a demonstration needs the room of the log for that.
async function requireDemonstrationAt(url: string): Promise<void> {
  const { requireDemonstration } = await import('../ledger/transparency-log/index.ts')
  await requireDemonstration(url)
}

async function migrateOwn(url: string, config: Config): Promise<void> {
  const { migrate } = await import('../base/migrating/migrate.ts')
  await migrate(url, { openSeals: sealsForMigration(config) })
}

/** The keys of a command that signs, and where it signs with those that lie elsewhere. @throws OperatorError */
export async function openSigningKeys(
  config: Config,
): Promise<{ readonly keys: Keys; readonly signer: SigningPort }> {
  if (config.keysDir === '') throw new OperatorError('KEYS_DIR is required for this command.')
  const keys = await openKeysAnywhere(config)
  return { keys, signer: makeSigner(keys, config.signerSockets, processLog(config)) }
}

export async function sealsOf(config: Config): Promise<RowSeals> {
  if (config.keysDir === '') throw new OperatorError('KEYS_DIR is required for this command.')
  return makeRowSeals((await openKeysAnywhere(config)).seal)
}
