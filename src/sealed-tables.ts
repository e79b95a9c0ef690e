import type { FirstSeals } from './base/platform/first-seals.ts'
import { accountsFirstSeals, firstStandings } from './people/accounts/index.ts'
import { providerFirstSeals } from './provider/index.ts'
import { factorsFirstSeals } from './signin/factors/index.ts'
import { webauthnFirstSeals } from './webauthn/index.ts'

/** The tables whose rows bear a seal and are told by no event: `accord seals first` seals what is older than the seals. */
export const sealedTables: readonly FirstSeals[] = [
  firstStandings,
  ...accountsFirstSeals,
  ...providerFirstSeals,
  ...webauthnFirstSeals,
  ...factorsFirstSeals,
]
