import { openSession } from '../../base/database/db-session.ts'
import type { Callers } from '../../base/web/caller.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { LiveRegister } from '../../registry/index.ts'
import { openDataTables } from './tables.ts'

type Parts = {
  readonly foundation: Foundation
  readonly callers: Callers
  readonly live: LiveRegister
  readonly vault: Vault
  readonly databaseUrl: string
}

export const openDataRoom = room({
  name: 'open-data',
  tables: [...openDataTables],
  // After the count of the same day.
  times: { 'open-data.publish': '53 9 * * *' },
  async jobs({ foundation: { db, config, clock, log }, vault, live, databaseUrl }: Parts) {
    const { publishMonths } = await import('./publish.ts')
    const { issuer } = config
    return {
      // Over a connection that may take its time.
      'open-data.publish': async () => {
        const { session, close } = await openSession(databaseUrl)
        const parts = { db, seals: vault.seals, issuer, register: live.current(), log }
        try {
          await publishMonths(parts, session, clock())
        } finally {
          await close()
        }
      },
    }
  },
  operations: async () => (await import('./shapes.ts')).operations,
  async routes({ foundation, callers, live, vault }: Parts) {
    const { ownFiguresRoutes } = await import('./api.ts')
    const { openDataFileRoutes } = await import('./file-routes.ts')
    const { lawReportRoutes } = await import('./report-routes.ts')
    const { openDataRoutes } = await import('./routes.ts')
    return {
      open: [
        openDataRoutes(foundation, live.current),
        lawReportRoutes(foundation, live.current),
        openDataFileRoutes(foundation, live.current),
      ],
      programs: [ownFiguresRoutes(foundation, callers, { vault })],
    }
  },
})
