import { sweepGivenUp } from '../base/jobs/jobs.ts'
import { sweepBefore } from '../base/jobs/sweep-jobs.ts'
import { retention } from '../base/values/retention.ts'
import { sweepServed } from '../base/observing/availability-store.ts'
import { deedFaults, deedTable, lastDeedTable } from '../base/observing/operator-audit-store.ts'
import { releaseTable } from '../base/migrating/release-catalogue.ts'
import { markTable } from '../base/sealing/first-seals.ts'
import type { Foundation } from '../base/web/foundation.ts'
import { sweepHeldTries } from '../base/web/limits/held-tries.ts'
import { sweepRateLimits } from '../base/web/limits/rate-counts.ts'
import { room } from '../base/web/room.ts'
import type { Visits } from '../base/web/visit.ts'
import { baseTables } from '../base/observing/tables.ts'

type Parts = { readonly foundation: Foundation; readonly visits: Visits }

/** What the shelves of the base have for the house. */
export const baseRoom = room({
  name: 'base',
  tables: [...baseTables, releaseTable, markTable, deedTable, lastDeedTable],
  compares: async (session, seals) =>
    (await deedFaults(session, seals)).map((fault) => ({ table: 'operator_deed', ...fault })),
  times: { 'house.sweep': '7 * * * *', 'keys.renew': '17 * * * *' },
  sweeps: async ({ foundation: { db, clock } }: Parts) => ({
    rateLimits: () => sweepRateLimits(db, clock),
    heldTries: () => sweepHeldTries(db, clock),
    served: () => sweepServed(db, sweepBefore(clock, retention.traces)),
    givenUp: () => sweepGivenUp(db, sweepBefore(clock, retention.traces)),
  }),
  routes: async ({ foundation, visits }: Parts) => ({
    programs: [(await import('../base/web/begin.ts')).beginRoutes(foundation, visits)],
  }),
})
