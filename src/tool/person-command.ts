import type { Config } from '../base/settings/config.ts'
import type { Database } from '../base/database/database.ts'
import { openSigningKeys, withDatabase } from './command-database.ts'
import type { OrderedEraser } from '../consent/erasure/index.ts'
import { erasureCommand } from '../consent/erasure/index.ts'
import { makeVault } from '../ledger/chain/index.ts'
import { makePairwise } from '../people/accounts/index.ts'
import { openRegister } from '../registry/index.ts'

/** `accord person erase …`, with the keys that an erasure needs. */
export function personHere(config: Config, args: readonly string[]): Promise<string[] | undefined> {
  return withDatabase(config, (db, now) =>
    erasureCommand(db, args, now, () => eraserOf(config, db)),
  )
}

async function eraserOf(config: Config, db: Database): Promise<OrderedEraser> {
  const statements = await openSigningKeys(config)
  const { keys } = statements
  const { issuer } = config
  const vault = makeVault(keys)
  const { signers } = (await openRegister(db, vault.seals)).current()
  return { vault, pairwise: makePairwise(keys.pairwise), statements, issuer, signers }
}
