import { sweepBefore } from '../../base/jobs/sweep-jobs.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { KeyedRows } from '../../ledger/chain/index.ts'
import { waysByCard } from './card-store.ts'
import { cardCodeTable, cardTable } from './card-tables.ts'
import { sweepCounterCodes, waysByCodes } from './code-store.ts'
import { sweepProposals } from './password-store.ts'
import { makeAddressMarks } from './passwords.ts'
import { factorsRenewals } from './renewal-store.ts'
import { sweepSetAside, waysSetAside } from './set-aside-store.ts'
import { forgetFactors, sweepEnrolments, waysByFactor } from './store.ts'
import {
  asideTable,
  codeTable,
  enrolmentTable,
  passwordTable,
  proposalTable,
  totpTable,
} from './seal.ts'
import { factorsTables } from './tables.ts'

type Parts = { readonly foundation: Foundation }

export const factorsRoom = room({
  name: 'factors',
  tables: [
    ...factorsTables,
    passwordTable,
    proposalTable,
    totpTable,
    enrolmentTable,
    codeTable,
    asideTable,
    cardTable,
    cardCodeTable,
  ],
  forgets: { factors: [forgetFactors] },
  renewals: ({ keys: { data: dataKeys }, vault }: KeyedRows) =>
    factorsRenewals({ vault, addressMarks: makeAddressMarks(dataKeys), dataKeys }),
  ways: [waysByFactor, waysSetAside, waysByCodes, waysByCard],
  sweeps: async ({ foundation: { db, clock } }: Parts) => ({
    enrolments: () => sweepEnrolments(db, sweepBefore(clock)),
    counterCodes: () => sweepCounterCodes(db, sweepBefore(clock)),
    proposals: () => sweepProposals(db, clock()),
    setAside: () => sweepSetAside(db, sweepBefore(clock)),
  }),
})
