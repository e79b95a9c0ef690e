import type { Callers } from '../../base/web/caller.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { RecordTeller } from '../record/index.ts'
import type { stopRoutes } from './api.ts'
import { stopTeller } from './fold.ts'
import { tellOverdue } from './overdue-job.ts'
import { stopsTables } from './tables.ts'

type Parts = {
  readonly foundation: Foundation
  readonly callers: Callers
  readonly context: Parameters<typeof stopRoutes>[2] &
    Pick<Parameters<typeof tellOverdue>[0], 'live'>
}

export const stopsRoom = room({
  name: 'stops',
  tables: [...stopsTables],
  tells: {
    rows: 'rows_of_stops',
    teller: ({ personId }: { readonly personId: string }, of: { readonly record: RecordTeller }) =>
      stopTeller({ personId, current: of.record.current }),
  },
  times: { 'stops.overdue': '27 * * * *' },
  jobs: async ({ foundation: { db, log, clock }, context: { live } }: Parts) => ({
    'stops.overdue': () => tellOverdue({ db, log, live }, clock()),
  }),
  operations: async () => (await import('./shapes.ts')).operations,
  routes: async ({ foundation, callers, context }: Parts) => ({
    programs: [(await import('./api.ts')).stopRoutes(foundation, callers, context)],
  }),
})
