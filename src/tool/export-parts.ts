import type { ExportContext } from '../api/me/index.ts'
import type { Database } from '../base/database/database.ts'
import { processLog } from '../base/settings/instance.ts'
import { systemClock } from '../base/values/clock.ts'
import { makeNotary } from '../consent/record/index.ts'
import { signalMapping } from '../consent/signals/index.ts'
import { readFlows } from '../consent/standing/index.ts'
import { makeVault } from '../ledger/chain/index.ts'
import { makeSessions, silencesOf } from '../provider/index.ts'
import { openRegister } from '../registry/index.ts'
import { makePasswords, openPeppers, pepperSeals } from '../signin/factors/index.ts'
import type { House } from './house.ts'

/** What an export is read with, by a command that serves nobody. */
export async function exportPartsOf(
  { config, openSigningKeys }: House,
  db: Database,
): Promise<ExportContext> {
  const { keys, signer } = await openSigningKeys()
  const vault = makeVault(keys, signalMapping)
  const live = await openRegister(db, vault.seals)
  const log = processLog(config)
  const openKept = () => openPeppers(db, pepperSeals(keys.data))
  return {
    foundation: { config, db, keys, clock: systemClock },
    live,
    notary: makeNotary({ keys, signer, config, log }, live, vault, readFlows),
    sessions: makeSessions({ db, clock: systemClock }, vault.seals),
    signInRequests: { silences: (personId) => silencesOf(db, personId) },
    passwords: makePasswords(keys.data, vault, { openKept }),
  }
}
