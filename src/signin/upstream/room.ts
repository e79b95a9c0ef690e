import { sweepBefore } from '../../base/jobs/sweep-jobs.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { KeyedRows } from '../../ledger/chain/index.ts'
import { identitySeals } from '../../people/identity/index.ts'
import { sweepUpstream } from './authorization-store.ts'
import {
  arrivalTable,
  errandTable,
  identityTable,
  upstreamRenewals,
  upstreamSessionTable,
} from './seal.ts'
import { forgetIdentities, waysByIdentity } from './store.ts'
import { upstreamTables } from './tables.ts'

type Parts = { readonly foundation: Foundation }

export const upstreamRoom = room({
  name: 'upstream',
  tables: [...upstreamTables, identityTable, errandTable, arrivalTable, upstreamSessionTable],
  forgets: { factors: [forgetIdentities] },
  renewals: ({ keys }: KeyedRows) => upstreamRenewals(identitySeals(keys)),
  ways: [waysByIdentity],
  sweeps: async ({ foundation: { db, clock } }: Parts) => ({
    upstream: () => sweepUpstream(db, sweepBefore(clock)),
  }),
})
