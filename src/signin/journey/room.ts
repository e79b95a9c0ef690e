import { sweepBefore } from '../../base/jobs/sweep-jobs.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { Sessions } from '../../base/ports/sessions-port.ts'
import { room } from '../../base/web/room.ts'
import type { JourneyNeeds } from './routes.ts'
import { forgetAttempts, sweepAttempts } from './store.ts'
import { attemptTable, givenPasswordTable } from './seal.ts'

type Parts = {
  readonly foundation: Foundation
  readonly journey: JourneyNeeds & { readonly sessions: Sessions }
}

export const journeyRoom = room({
  name: 'journey',
  tables: [attemptTable, givenPasswordTable],
  forgets: { visits: [forgetAttempts] },
  jobs: async ({ foundation }: Parts) => (await import('./jobs.ts')).signinJobs(foundation),
  sweeps: async ({ foundation: { db, clock } }: Parts) => ({
    attempts: () => sweepAttempts(db, sweepBefore(clock)),
  }),
  async routes({ foundation, journey }: Parts) {
    const { signinRoutes } = await import('./routes.ts')
    const { upstreamReturnRoutes } = await import('./upstream-return-routes.ts')
    return {
      programs: [signinRoutes(foundation, journey), ...upstreamReturnRoutes(foundation, journey)],
    }
  },
})
