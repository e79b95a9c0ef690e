import { sweepBefore } from '../../base/jobs/sweep-jobs.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { HelpVault } from './judge.ts'
import { forgetHelps, sweepCodes } from './store.ts'
import { helpCodeTable, helpLookTable } from './tables.ts'

type Parts = { readonly foundation: Foundation; readonly helps: HelpVault }

export const helpsRoom = room({
  name: 'helps',
  after: ['mandates', 'offices'],
  tables: [helpCodeTable, helpLookTable],
  forgets: { sharings: [forgetHelps] },
  times: { 'helps.close': '41 * * * *' },
  async jobs({ foundation: { clock }, helps }: Parts) {
    const { closingJobs } = await import('./jobs.ts')
    return closingJobs(helps, clock)
  },
  sweeps: async ({ foundation: { db, clock } }: Parts) => ({
    helpCodes: () => sweepCodes(db, sweepBefore(clock)),
  }),
})
