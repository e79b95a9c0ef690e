import { tellOtherCode } from '../../base/migrating/code-report.ts'
import { makeRowSeals } from '../../base/sealing/row-seal.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import { foldTables } from './tables.ts'

type Parts = { readonly foundation: Foundation }

export const foldRoom = room({
  name: 'fold',
  tables: [...foldTables],
  // 7:19 UTC is night in Québec.
  times: { 'ledger.fold': '19 7 * * *' },
  async jobs({ foundation: { db, clock, config, keys, log } }: Parts) {
    const { beginWalk } = await import('./nightly-fold.ts')
    const looking = { db, place: config, seals: makeRowSeals(keys.seal) }
    return {
      async 'ledger.fold'() {
        await beginWalk(db, clock())
        // What rows say is worth as much as what reads them.
        await tellOtherCode(looking, log)
      },
    }
  },
})
