import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import { foldTables } from './tables.ts'

type Parts = { readonly foundation: Foundation }

export const foldRoom = room({
  name: 'fold',
  tables: [...foldTables],
  // 7:19 UTC is night in Québec.
  times: { 'ledger.fold': '19 7 * * *' },
  async jobs({ foundation: { db, clock } }: Parts) {
    const { beginWalk } = await import('./nightly-fold.ts')
    return { 'ledger.fold': () => beginWalk(db, clock()) }
  },
})
