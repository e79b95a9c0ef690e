import { openSession } from '../../base/database/db-session.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { countDifferences } from './recount.ts'
import { monthTable } from './seal.ts'
import { figuresTables } from './tables.ts'

type Parts = {
  readonly foundation: Foundation
  readonly vault: Vault
  readonly databaseUrl: string
}

export const figuresRoom = room({
  name: 'figures',
  tables: [...figuresTables, monthTable],
  compares: countDifferences,
  // After the fold, and before the day's first readers.
  times: { 'figures.count': '23 9 * * *' },
  async jobs({ foundation: { db, log }, vault, databaseUrl }: Parts) {
    const { countMonths } = await import('./count.ts')
    return {
      // Over a connection that may take its time.
      'figures.count': async () => {
        const { session, close } = await openSession(databaseUrl)
        try {
          await countMonths({ db, vault, log }, session)
        } finally {
          await close()
        }
      },
    }
  },
})
