import { sweepBefore } from '../../base/jobs/sweep-jobs.ts'
import type { Callers } from '../../base/web/caller.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { MeContext } from './context.ts'
import { meTables } from './tables.ts'

type Parts = {
  readonly foundation: Foundation
  readonly callers: Callers
  readonly own: MeContext
}

export const meRoom = room({
  name: 'me',
  tables: [...meTables],
  async sweeps({ foundation: { db, clock } }: Parts) {
    const { sweepAnswers } = await import('./store.ts')
    return { answers: () => sweepAnswers(db, sweepBefore(clock)) }
  },
  operations: async () => (await import('./shapes.ts')).operations,
  routes: async ({ own, callers }: Parts) => ({
    programs: [(await import('./api.ts')).meApiRoutes(own, callers)],
  }),
})
