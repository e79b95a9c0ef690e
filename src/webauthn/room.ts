import { sweepBefore } from '../base/jobs/sweep-jobs.ts'
import type { Foundation } from '../base/web/foundation.ts'
import { room } from '../base/web/room.ts'
import type { KeyedRows } from '../ledger/chain/index.ts'
import { webauthnFirstSeals, webauthnRenewals } from './seal.ts'
import { forgetPasskeys, sweepChallenges, waysByKey } from './store.ts'

type Parts = { readonly foundation: Foundation }

export const webauthnRoom = room({
  name: 'webauthn',
  forgets: { passkeys: [forgetPasskeys] },
  renewals: ({ vault }: KeyedRows) => webauthnRenewals(vault.seals),
  firstSeals: webauthnFirstSeals,
  ways: [waysByKey],
  sweeps: async ({ foundation: { db, clock } }: Parts) => ({
    challenges: () => sweepChallenges(db, sweepBefore(clock)),
  }),
})
