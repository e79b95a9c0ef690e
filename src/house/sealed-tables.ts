import type { FirstSeals } from '../base/sealing/first-seals.ts'
import {
  accountsFirstSeals,
  firstDevices,
  firstStandings,
  firstWays,
  waysHeld,
  waysToContact,
} from '../people/accounts/index.ts'
import { providerFirstSeals } from '../provider/index.ts'
import {
  factorsFirstSeals,
  waysSetAside,
  waysByCodes,
  waysByFactor,
} from '../signin/factors/index.ts'
import { waysByIdentity } from '../signin/upstream/index.ts'
import { waysByKey, webauthnFirstSeals } from '../webauthn/index.ts'

/** The tables whose rows bear a seal and are told by no event: `accord seals first` seals what is older than the seals. */
export const sealedTables: readonly FirstSeals[] = [
  firstStandings,
  firstDevices,
  ...accountsFirstSeals,
  ...providerFirstSeals,
  ...webauthnFirstSeals,
  ...factorsFirstSeals,
  // After the seals of the ways themselves: only those that were true then are listed.
  firstWays([
    waysByKey,
    waysByFactor,
    waysByIdentity,
    waysSetAside,
    waysByCodes,
    waysToContact,
    waysHeld,
  ]),
]
