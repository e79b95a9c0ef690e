import { walkPeople } from '../../base/jobs/walk-jobs.ts'
import type { Sessions } from '../../base/ports/sessions-port.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { Notary } from '../../consent/record/index.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { LiveRegister } from '../../registry/index.ts'
import type { AccessContext } from './context.ts'

type Parts = {
  readonly foundation: Foundation
  readonly live: LiveRegister
  readonly vault: Vault
  readonly notary: Notary
  readonly sessions: Sessions
  readonly access: AccessContext
}

export const myAccessRoom = room({
  name: 'my-access',
  times: {
    'accounts.end-waits': '57 * * * *',
    'accounts.unused': '47 12 * * *',
  },
  async jobs({ foundation: { db, clock, log }, live, vault, notary, sessions }: Parts) {
    const { endWaits } = await import('./end-waits.ts')
    const { closeUnused } = await import('./unused-accounts.ts')
    const parts = { notary, sessions, log }
    return {
      ...walkPeople(db, 'accounts.unused', (from) =>
        closeUnused(db, parts, live.current(), clock(), { from }),
      ),
      'accounts.end-waits': () => endWaits(db, { vault, log }, clock()),
    }
  },
  routes: async ({ access }: Parts) => ({
    pages: [(await import('./routes.ts')).myAccessRoutes(access)],
  }),
})
