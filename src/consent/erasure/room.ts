import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { Eraser } from './erase.ts'
import type { ErasureTelling } from './fold.ts'
import { erasureTeller } from './fold.ts'
import { erasureTables } from './tables.ts'

type Parts = { readonly foundation: Foundation; readonly eraser: Eraser }
type Alone = 'personId' | 'erasedYears' | 'befores'

export const erasureRoom = room({
  name: 'erasure',
  tables: [...erasureTables],
  tells: {
    rows: 'rows_of_erasure',
    teller: (telling: Pick<ErasureTelling, Alone>, of: Omit<ErasureTelling, Alone>) =>
      erasureTeller({ ...telling, ...of }),
  },
  times: { 'content.erase': '37 * * * *' },
  async jobs({ foundation: { db, log, clock }, eraser }: Parts) {
    const { eraseByTime } = await import('./erase.ts')
    return {
      'content.erase': async () => {
        await eraseByTime(db, eraser, clock(), log)
      },
    }
  },
})
