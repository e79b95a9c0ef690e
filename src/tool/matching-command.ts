import type { Config } from '../base/settings/config.ts'
import type { Database } from '../base/database/database.ts'
import { sealsOf, withDatabase } from './command-database.ts'
import type { LiftParts } from '../consent/matching/index.ts'
import { matchingCommand } from '../consent/matching/index.ts'
import { openRegister } from '../registry/index.ts'

/** `accord matching …`. */
export function matchingHere(
  config: Config,
  args: readonly string[],
): Promise<string[] | undefined> {
  return withDatabase(config, (db, now) =>
    matchingCommand(db, args, now, () => partsOf(config, db)),
  )
}

async function partsOf(config: Config, db: Database): Promise<LiftParts> {
  const seals = await sealsOf(config)
  const { issuer } = config
  const { signers } = (await openRegister(db, seals)).current()
  return { seals, issuer, signers }
}
