import type { Config } from './base/platform/config.ts'
import { openKeys } from './base/platform/keys.ts'
import { StartError } from './base/platform/start-error.ts'
import { withDatabase } from './command-database.ts'
import type { Eraser } from './consent/erasure/index.ts'
import { erasureCommand } from './consent/erasure/index.ts'
import { makeVault } from './ledger/chain/index.ts'
import { makePairwise } from './people/accounts/index.ts'

/** `accord person erase …`, with the keys that an erasure needs. */
export function personHere(config: Config, args: readonly string[]): Promise<string[] | undefined> {
  return withDatabase(config, (db, now) => erasureCommand(db, args, now, () => eraserOf(config)))
}

async function eraserOf({ keysDir, issuer }: Config): Promise<Eraser> {
  if (keysDir === '') throw new StartError('KEYS_DIR is required for this command.')
  const keys = await openKeys(keysDir)
  return { vault: makeVault(keys), pairwise: makePairwise(keys.pairwise), keys, issuer }
}
