import type { Config } from './base/platform/config.ts'
import type { Database } from './base/platform/database.ts'
import { openKeys } from './base/platform/keys.ts'
import { makeRowSeals } from './base/platform/row-seal.ts'
import { StartError } from './base/platform/start-error.ts'
import { withDatabase } from './command-database.ts'
import type { LiftParts } from './consent/matching/index.ts'
import { matchingCommand } from './consent/matching/index.ts'
import { openRegister } from './registry/index.ts'

/** `accord matching …`. */
export function matchingHere(
  config: Config,
  args: readonly string[],
): Promise<string[] | undefined> {
  return withDatabase(config, (db, now) =>
    matchingCommand(db, args, now, () => partsOf(config, db)),
  )
}

async function partsOf({ keysDir, issuer }: Config, db: Database): Promise<LiftParts> {
  if (keysDir === '') throw new StartError('KEYS_DIR is required for this command.')
  const seals = makeRowSeals((await openKeys(keysDir)).seal)
  const { signers } = (await openRegister(db, seals)).current()
  return { seals, issuer, signers }
}
