import { sweepBefore } from '../../base/jobs/sweep-jobs.ts'
import { retention } from '../../base/values/retention.ts'
import type { Callers } from '../../base/web/caller.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { DecisionContext, DecisionTeller } from '../decisions/index.ts'
import type { DisclosureTelling } from './fold.ts'
import { disclosureTeller } from './fold.ts'
import { closeInquiries, inquiriesClosing } from './inquiry-close.ts'
import { sweepTotals } from './inquiry-store.ts'
import { disclosuresTables } from './tables.ts'

type Parts = {
  readonly foundation: Foundation
  readonly callers: Callers
  readonly context: DecisionContext
}
type Asked = { readonly decisions: DecisionTeller }

export const disclosuresRoom = room({
  name: 'disclosures',
  tables: [...disclosuresTables],
  tells: {
    rows: 'rows_of_disclosures',
    strays: 'strays_of_disclosures',
    teller: (telling: Omit<DisclosureTelling, 'permits'>, { decisions }: Asked) =>
      disclosureTeller({ ...telling, permits: decisions.permits }),
  },
  closings: [inquiriesClosing],
  times: {
    // After the denies of the same day.
    'inquiries.close': '34 * * * *',
    'sendings.tell': '*/10 * * * *',
    'reports.unconfirmed': '*/10 * * * *',
  },
  async jobs({ foundation, context }: Parts) {
    const { disclosuresJobs, unconfirmedJobs } = await import('./jobs.ts')
    return {
      'inquiries.close': async () => {
        await closeInquiries(context, foundation.clock())
      },
      ...disclosuresJobs(foundation),
      ...unconfirmedJobs(context, foundation.clock),
    }
  },
  sweeps: async ({ foundation: { db, clock } }: Parts) => ({
    inquiries: () => sweepTotals(db, sweepBefore(clock, retention.traces)),
  }),
  operations: async () => (await import('./shapes.ts')).operations,
  routes: async ({ foundation, callers, context }: Parts) => ({
    programs: [(await import('./api.ts')).reportRoutes(foundation, callers, context)],
  }),
})
