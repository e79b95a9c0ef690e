import { systemClock } from '../base/values/clock.ts'
import type { Config } from '../base/settings/config.ts'
import type { Database } from '../base/database/database.ts'
import { openSigningKeys, withDatabase } from './command-database.ts'
import { makeNotary } from '../consent/record/index.ts'
import { makeVault } from '../ledger/chain/index.ts'
import type { OrderParts } from '../pages/my-access/index.ts'
import { accountCommand } from '../pages/my-access/index.ts'
import { makeSessions } from '../provider/index.ts'
import { openRegister } from '../registry/index.ts'
import { makeCodeProofs, makeHash, openPeppers, pepperSeals } from '../signin/factors/index.ts'

/** `accord account …`, with what closing an access needs. */
export function accountHere(
  config: Config,
  args: readonly string[],
): Promise<string[] | undefined> {
  return withDatabase(config, (db, now) => accountCommand(db, args, now, () => partsOf(config, db)))
}

// Closing an access ends sharings: each end is a sealed event with a signed receipt.
async function partsOf(config: Config, db: Database): Promise<OrderParts> {
  const { keys, signer } = await openSigningKeys(config)
  const vault = makeVault(keys)
  const notary = makeNotary({ keys, signer, config }, await openRegister(db, vault.seals), vault)
  const codeProofs = makeCodeProofs(keys.data, {
    hash: makeHash(),
    openKept: () => openPeppers(db, pepperSeals(keys.data)),
  })
  return { notary, codeProofs, sessions: makeSessions({ db, clock: systemClock }, vault.seals) }
}
