import type { Config } from './base/platform/config.ts'
import type { Database } from './base/platform/database.ts'
import { openKeys } from './base/platform/keys.ts'
import { StartError } from './base/platform/start-error.ts'
import { withDatabase } from './command-database.ts'
import type { OrderedEraser } from './consent/erasure/index.ts'
import { erasureCommand } from './consent/erasure/index.ts'
import { makeVault } from './ledger/chain/index.ts'
import { makePairwise } from './people/accounts/index.ts'
import { openRegister } from './registry/index.ts'

/** `accord person erase …`, with the keys that an erasure needs. */
export function personHere(config: Config, args: readonly string[]): Promise<string[] | undefined> {
  return withDatabase(config, (db, now) =>
    erasureCommand(db, args, now, () => eraserOf(config, db)),
  )
}

async function eraserOf({ keysDir, issuer }: Config, db: Database): Promise<OrderedEraser> {
  if (keysDir === '') throw new StartError('KEYS_DIR is required for this command.')
  const keys = await openKeys(keysDir)
  const vault = makeVault(keys)
  const { signers } = (await openRegister(db, vault.seals)).current()
  return { vault, pairwise: makePairwise(keys.pairwise), keys, issuer, signers }
}
