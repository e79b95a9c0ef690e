import { sweepBefore } from '../../base/jobs/sweep-jobs.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { Renewal } from '../../base/sealing/row-renewal.ts'
import type { KeyedRows } from '../../ledger/chain/index.ts'
import { mandateSeals, renewalOf } from '../mandates/index.ts'
import type { HelpVault } from './judge.ts'
import { forgetHelps, sweepCodes, sweepRequests } from './store.ts'
import { helpCodeTable, helpLookTable, helpRequestTable } from './tables.ts'

type Parts = { readonly foundation: Foundation; readonly helps: HelpVault }

export const helpsRoom = room({
  name: 'helps',
  after: ['mandates', 'offices'],
  tables: [helpCodeTable, helpRequestTable, helpLookTable],
  forgets: { sharings: [forgetHelps] },
  times: { 'helps.close': '41 * * * *' },
  async jobs({ foundation: { clock }, helps }: Parts) {
    const { closingJobs } = await import('./jobs.ts')
    return closingJobs(helps, clock)
  },
  renewals: ({ keys }: KeyedRows): readonly Renewal[] => [
    renewalOf(mandateSeals(keys), helpRequestTable, ({ helpId }) => helpId),
  ],
  sweeps: async ({ foundation: { db, clock } }: Parts) => ({
    helpCodes: () => sweepCodes(db, sweepBefore(clock)),
    helpRequests: () => sweepRequests(db, sweepBefore(clock)),
  }),
})
