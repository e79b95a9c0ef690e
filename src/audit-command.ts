import type { Config } from './base/platform/config.ts'
import type { Database } from './base/platform/database.ts'
import { openKeys } from './base/platform/keys.ts'
import { StartError } from './base/platform/start-error.ts'
import { withDatabase } from './command-database.ts'
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

async function partsOf({ keysDir, issuer }: Config, db: Database): Promise<DossierParts> {
  if (keysDir === '') throw new StartError('KEYS_DIR is required for this command.')
  const keys = await openKeys(keysDir)
  const vault = makeVault(keys)
  const { signers } = (await openRegister(db, vault.seals)).current()
  return { vault, pairwise: makePairwise(keys.pairwise), keys, issuer, signers }
}
