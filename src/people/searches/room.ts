import { sweepBefore } from '../../base/jobs/sweep-jobs.ts'
import type { Renewal } from '../../base/sealing/row-renewal.ts'
import { retention } from '../../base/values/retention.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { KeyedRows } from '../../ledger/chain/index.ts'
import { mandateSeals, renewalOf } from '../mandates/index.ts'
import { forgetSearches, sweepSearches } from './store.ts'
import { searchTable } from './tables.ts'

type Parts = { readonly foundation: Foundation }

export const searchesRoom = room({
  name: 'searches',
  after: ['offices'],
  tables: [searchTable],
  forgets: { sharings: [forgetSearches] },
  renewals: ({ keys }: KeyedRows): readonly Renewal[] => [
    renewalOf(mandateSeals(keys), searchTable, ({ searchId }) => searchId),
  ],
  sweeps: async ({ foundation: { db, clock } }: Parts) => ({
    searches: () => sweepSearches(db, sweepBefore(clock, retention.traces)),
  }),
})
