import type { Callers } from '../../base/web/caller.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { KeyedRows, Vault } from '../../ledger/chain/index.ts'
import type { Providers } from '../../people/identity/index.ts'
import { matchingTeller } from './fold.ts'
import { matchingRenewal } from './seal.ts'
import { forgetMatching } from './store.ts'

type Parts = {
  readonly foundation: Foundation
  readonly vault: Vault
  readonly callers: Callers
  readonly providers: Providers
}

export const matchingRoom = room({
  name: 'matching',
  tells: { rows: 'rows_of_matching', teller: matchingTeller },
  forgets: { sharings: [forgetMatching] },
  renewals: ({ vault }: KeyedRows) => [matchingRenewal(vault.seals)],
  operations: async () => (await import('./shapes.ts')).operations,
  async routes({ foundation: { db, keys, log, config }, vault, callers, providers }: Parts) {
    const { matchingRoutes } = await import('./api.ts')
    const { identitySeals, makeVerifiedIdentities } = await import('../../people/identity/index.ts')
    const identities = makeVerifiedIdentities({ db, seals: identitySeals(keys), providers })
    const { matchingNoMatchesADay: noMatchesADay } = config
    return { programs: [matchingRoutes({ db, vault, log, identities, noMatchesADay }, callers)] }
  },
})
