import { sweepBefore } from '../../base/jobs/sweep-jobs.ts'
import { retention } from '../../base/values/retention.ts'
import { walkPeople } from '../../base/jobs/walk-jobs.ts'
import { room } from '../../base/web/room.ts'
import { askingTeller } from './fold.ts'
import type { AskingContext } from './question-context.ts'
import { forgetSilenced, sweepRepeatedQuestions } from './repeat-store.ts'
import { sweepDrafts } from './store.ts'
import { askingTables } from './tables.ts'

type Parts = AskingContext

export const askingRoom = room({
  name: 'asking',
  tables: [...askingTables],
  tells: { rows: 'rows_of_asking', teller: askingTeller },
  forgets: { messages: [forgetSilenced] },
  times: { 'questions.remind': '46 13 * * *' },
  async jobs({ foundation: { db, log, clock }, live }: Parts) {
    const { remindOfQuestions } = await import('./reminders.ts')
    return walkPeople(db, 'questions.remind', (from) =>
      remindOfQuestions({ db, log, live }, clock(), from),
    )
  },
  sweeps: async ({ foundation: { db, clock } }: Parts) => ({
    drafts: () => sweepDrafts(db, sweepBefore(clock, retention.drafts)),
    askedAgain: () => sweepRepeatedQuestions(db, sweepBefore(clock, retention.counts)),
  }),
  async routes(parts: Parts) {
    const { consentRoutes } = await import('./pages/routes.ts')
    const { severalRoutes } = await import('./pages/several-routes.ts')
    const { waitingRoutes } = await import('./pages/waiting-routes.ts')
    const { keptRoutes } = await import('./pages/kept-routes.ts')
    const { laterRoutes } = await import('./pages/later-routes.ts')
    const { noticeRoutes } = await import('./pages/notice-routes.ts')
    const { againRoutes } = await import('./pages/repeat-routes.ts')
    return {
      questions: [
        consentRoutes(parts),
        severalRoutes(parts),
        waitingRoutes(parts),
        keptRoutes(parts),
        laterRoutes(parts),
        noticeRoutes(parts),
        againRoutes(parts),
      ],
    }
  },
})
