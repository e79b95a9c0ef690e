import type { Callers } from '../../base/web/caller.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { remarkTeller } from './fold.ts'
import { forgetRemarks } from './store.ts'
import { remarkTable } from './tables.ts'

type Parts = {
  readonly foundation: Foundation
  readonly callers: Callers
  readonly vault: Vault
}

export const remarksRoom = room({
  name: 'remarks',
  tables: [remarkTable],
  tells: { rows: 'rows_of_remarks', teller: remarkTeller },
  forgets: { passkeys: [forgetRemarks] },
  operations: async () => (await import('./shapes.ts')).operations,
  routes: async ({ foundation, callers, vault }: Parts) => ({
    programs: [(await import('./api.ts')).remarkRoutes(foundation, callers, vault)],
  }),
})
