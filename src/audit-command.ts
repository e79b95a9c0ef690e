import type { Config } from './base/platform/config.ts'
import type { Database } from './base/platform/database.ts'
import { openSigningKeys, withDatabase } from './command-database.ts'
import type { DossierParts } from './consent/dossiers/index.ts'
import { dossierCommand, readingCommand } from './consent/dossiers/index.ts'
import { makeVault } from './ledger/chain/index.ts'
import { makePairwise } from './people/accounts/index.ts'
import { openRegister } from './registry/index.ts'

/** `accord audit …`: only `person` needs the database and the keys of the house. */
export function auditHere(config: Config, args: readonly string[]): Promise<string[] | undefined> {
  if (args[0] !== 'person') return readingCommand(config.keysDir, args)
  return withDatabase(config, (db, now) => dossierCommand(db, args, now, () => partsOf(config, db)))
}

async function partsOf(config: Config, db: Database): Promise<DossierParts> {
  const statements = await openSigningKeys(config)
  const { keys } = statements
  const { issuer } = config
  const vault = makeVault(keys)
  const { signers } = (await openRegister(db, vault.seals)).current()
  return { vault, pairwise: makePairwise(keys.pairwise), statements, issuer, signers }
}
