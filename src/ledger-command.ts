import type { Config } from './base/platform/config.ts'
import { openDatabase, startPatience } from './base/platform/database.ts'
import { openKeys } from './base/platform/keys.ts'
import { requireKnownKeys } from './base/platform/known-keys.ts'
import { withDatabaseUrl } from './command-database.ts'
import { foldParts } from './folds.ts'
import { makeVault } from './ledger/chain/index.ts'
import type { DatabaseParts } from './ledger/transparency-log/index.ts'
import { announcedLeaves, ledgerCommand, requireTrueLog } from './ledger/transparency-log/index.ts'
import { registerLeaves, uncheckedRegister } from './registry/index.ts'

/** `accord ledger verify|remember`, with what they read of the database. */
export function ledgerHere(config: Config, args: readonly string[]): Promise<string[] | undefined> {
  return ledgerCommand(config, args, (deed) => insideOf(config, deed))
}

/** Before the register gets its first seals. @throws StartError */
export function requireTrueLogHere(config: Config): Promise<void> {
  return insideOf(config, (given) => requireTrueLog(config, given))
}

// Without keys the command checks what can be checked without them.
function insideOf<T>(config: Config, deed: (given: DatabaseParts) => Promise<T>): Promise<T> {
  return withDatabaseUrl(config, async (databaseUrl) => {
    const keys = config.keysDir === '' ? undefined : await openKeys(config.keysDir)
    const db = openDatabase(databaseUrl, startPatience)
    try {
      await requireKnownKeys(db, config)
      const register = [...(await registerLeaves(db)), ...(await announcedLeaves(db))]
      const vault = keys && makeVault(keys)
      const parts = foldParts(await uncheckedRegister(db))
      return await deed({ db, databaseUrl, secrets: keys?.log ?? [], vault, parts, register })
    } finally {
      await db.destroy()
    }
  })
}
