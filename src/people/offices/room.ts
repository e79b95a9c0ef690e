import { sweepBefore } from '../../base/jobs/sweep-jobs.ts'
import type { Renewal } from '../../base/sealing/row-renewal.ts'
import { retention } from '../../base/values/retention.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { KeyedRows } from '../../ledger/chain/index.ts'
import { mandateSeals, renewalOf } from '../mandates/index.ts'
import { forgetNaming, sweepCodes } from './naming-store.ts'
import { forgetDeskSession, sweepDeskSessions } from './session-store.ts'
import { forgetProposals, sweepProposals } from './store.ts'
import { deskCodeTable, deskSessionTable, proposalTable, workAccessTable } from './tables.ts'
import { workAccessRenewal } from './work-accesses.ts'

type Parts = { readonly foundation: Foundation }

export const officesRoom = room({
  name: 'offices',
  after: ['mandates'],
  tables: [proposalTable, deskSessionTable, workAccessTable, deskCodeTable],
  forgets: { sharings: [forgetProposals, forgetNaming], visits: [forgetDeskSession] },
  renewals: ({ keys }: KeyedRows): readonly Renewal[] => [
    renewalOf(mandateSeals(keys), proposalTable, ({ proposalId }) => proposalId),
    workAccessRenewal(mandateSeals(keys)),
  ],
  sweeps: async ({ foundation: { db, clock } }: Parts) => ({
    desk: () => sweepProposals(db, sweepBefore(clock, retention.traces)),
    'desk codes': () => sweepCodes(db, sweepBefore(clock, retention.traces)),
    deskSessions: () => sweepDeskSessions(db, sweepBefore(clock)),
  }),
})
