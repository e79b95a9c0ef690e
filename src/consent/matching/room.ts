import type { Callers } from '../../base/web/caller.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { Providers } from '../../people/identity/index.ts'
import type { LiveRegister } from '../../registry/index.ts'
import { matchingTeller } from './fold.ts'
import { forgetMatching } from './store.ts'
import { stopTable } from './seal.ts'
import { matchingTables } from './tables.ts'

type Parts = {
  readonly foundation: Foundation
  readonly vault: Vault
  readonly callers: Callers
  readonly providers: Providers
  readonly live: LiveRegister
}

export const matchingRoom = room({
  name: 'matching',
  tables: [...matchingTables, stopTable],
  tells: { rows: 'rows_of_matching', teller: matchingTeller },
  forgets: { sharings: [forgetMatching] },
  operations: async () => (await import('./shapes.ts')).operations,
  async routes({ foundation: { db, keys, log, config }, vault, callers, ...heard }: Parts) {
    const { matchingRoutes } = await import('./api.ts')
    const { identitySeals, makeVerifiedIdentities } = await import('../../people/identity/index.ts')
    const { providers, live } = heard
    const checkingBodies = () => live.current().checkingBodies
    const believing = { seals: identitySeals(keys), providers, checkingBodies }
    const identities = makeVerifiedIdentities({ db, ...believing })
    const { matchingNoMatchesADay: noMatchesADay } = config
    return { programs: [matchingRoutes({ db, vault, log, identities, noMatchesADay }, callers)] }
  },
})
