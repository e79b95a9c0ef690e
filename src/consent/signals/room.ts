import type { Callers } from '../../base/web/caller.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { KeyedRows } from '../../ledger/chain/index.ts'
import type { signalsRoutes } from './api.ts'
import { headerSeals, headerRenewal, streamTable } from './seal.ts'
import { forgetSubjects } from './store.ts'
import { signalsTables } from './tables.ts'
import { toldTable } from './told-store.ts'

type Parts = {
  readonly foundation: Foundation
  readonly callers: Callers
  readonly context: Parameters<typeof signalsRoutes>[2]
}

export const signalsRoom = room({
  name: 'signals',
  tables: [...signalsTables, streamTable, toldTable],
  forgets: { visits: [forgetSubjects] },
  renewals: ({ keys }: KeyedRows) => [headerRenewal(headerSeals(keys))],
  times: { 'signals.recheck': '17 4 * * *' },
  async jobs({ foundation: { db, clock, log }, context: { vault } }: Parts) {
    const { recheckSignals } = await import('./recheck.ts')
    return { 'signals.recheck': async () => void (await recheckSignals({ db, vault, clock, log })) }
  },
  async sweeps({ foundation: { db, clock, log } }: Parts) {
    const { sweepSignals } = await import('./retention.ts')
    return { signals: () => sweepSignals({ db, clock, log }) }
  },
  operations: async () => (await import('./shapes.ts')).operations,
  routes: async ({ foundation, callers, context }: Parts) => ({
    programs: [(await import('./api.ts')).signalsRoutes(foundation, callers, context)],
  }),
})
