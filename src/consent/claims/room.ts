import { room } from '../../base/web/room.ts'
import type { KeyedRows } from '../../ledger/chain/index.ts'
import { claimsTeller } from './fold.ts'
import { claimsRenewal } from './seal.ts'
import type { ClaimsContext } from './show.ts'
import { forgetClaims } from './store.ts'

export const claimsRoom = room({
  name: 'claims',
  tells: { rows: 'rows_of_claims', teller: claimsTeller },
  forgets: { sharings: [forgetClaims] },
  renewals: ({ vault }: KeyedRows) => [claimsRenewal(vault.seals)],
  routes: async (context: ClaimsContext) => ({
    questions: [(await import('./routes.ts')).claimsRoutes(context)],
  }),
})
