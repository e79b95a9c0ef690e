import { sweepBefore } from '../../base/jobs/sweep-jobs.ts'
import { retention } from '../../base/values/retention.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { closeDays, refusalsClosing } from './close-days.ts'
import { decisionTeller } from './fold.ts'
import { sweepDenies, sweepKeys } from './store.ts'
import { decisionsTables } from './tables.ts'

type Parts = { readonly foundation: Foundation; readonly vault: Vault }

export const decisionsRoom = room({
  name: 'decisions',
  tables: [...decisionsTables],
  tells: { rows: 'rows_of_decisions', teller: decisionTeller },
  closings: [refusalsClosing],
  times: { 'decisions.close': '32 * * * *' },
  jobs: async ({ foundation: { db, log, clock }, vault }: Parts) => ({
    'decisions.close': async () => {
      await closeDays(db, vault, clock(), log)
    },
  }),
  sweeps: async ({ foundation: { db, clock } }: Parts) => ({
    keys: () => sweepKeys(db, sweepBefore(clock)),
    denies: () => sweepDenies(db, sweepBefore(clock, retention.traces)),
  }),
})
