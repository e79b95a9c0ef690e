import { systemClock } from '../base/values/clock.ts'
import type { Config } from '../base/settings/config.ts'
import type { Database } from '../base/database/database.ts'
import { openSigningKeys, withDatabase } from './command-database.ts'
import type { DossierParts } from '../consent/dossiers/index.ts'
import { dossierCommand, readingCommand } from '../consent/dossiers/index.ts'
import { publishedKeysFrom } from '../consent/record/index.ts'
import type { AuditExportParts } from '../ledger/audit-export/index.ts'
import { checkCommand, exportCommand, referenceKeyCommand } from '../ledger/audit-export/index.ts'
import { makeVault } from '../ledger/chain/index.ts'
import { requireUrl } from '../house/migration.ts'
import { makePairwise } from '../people/accounts/index.ts'
import { openRegister } from '../registry/index.ts'

/** `accord audit …`: only `person` and `export` need the database and the keys of the house. */
export function auditHere(config: Config, args: readonly string[]): Promise<string[] | undefined> {
  const { keysDir } = config
  if (args[0] === 'person')
    return withDatabase(config, (db, now) =>
      dossierCommand(db, args, now, () => partsOf(config, db)),
    )
  if (args[0] === 'export') return exportCommand(args, () => exportPartsOf(config))
  if (args[0] === 'check')
    return checkCommand(args, systemClock(), (given) => publishedKeysFrom(given, keysDir))
  return args[0] === 'reference-key' ? referenceKeyCommand(args) : readingCommand(keysDir, args)
}

// The command is noted: by then the database is open, and its keys are known.
async function exportPartsOf(config: Config): Promise<AuditExportParts> {
  const statements = await openSigningKeys(config)
  const { issuer } = config
  return { databaseUrl: requireUrl(config), statements, issuer, now: systemClock() }
}

async function partsOf(config: Config, db: Database): Promise<DossierParts> {
  const statements = await openSigningKeys(config)
  const { keys } = statements
  const { issuer } = config
  const vault = makeVault(keys)
  const { signers } = (await openRegister(db, vault.seals)).current()
  return { vault, pairwise: makePairwise(keys.pairwise), statements, issuer, signers }
}
