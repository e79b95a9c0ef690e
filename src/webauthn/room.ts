import { sweepBefore } from '../base/jobs/sweep-jobs.ts'
import type { Foundation } from '../base/web/foundation.ts'
import { room } from '../base/web/room.ts'
import { attestationTable, challengeTable, metadataTable, passkeyTable, userTable } from './seal.ts'
import { forgetPasskeys, sweepChallenges, waysByKey } from './store.ts'

type Parts = { readonly foundation: Foundation }

export const webauthnRoom = room({
  name: 'webauthn',
  tables: [passkeyTable, userTable, challengeTable, attestationTable, metadataTable],
  forgets: { passkeys: [forgetPasskeys] },
  ways: [waysByKey],
  sweeps: async ({ foundation: { db, clock } }: Parts) => ({
    challenges: () => sweepChallenges(db, sweepBefore(clock)),
  }),
})
