import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { Eraser } from './erase.ts'
import type { ErasureTelling } from './fold.ts'
import { erasureTeller } from './fold.ts'
import { oldestKept } from './plan.ts'
import { erasureTables } from './tables.ts'

type Parts = {
  readonly foundation: Foundation
  readonly eraser: Eraser
  readonly databaseUrl: string
}
type Alone = 'personId' | 'erased' | 'befores'

export const erasureRoom = room({
  name: 'erasure',
  tables: [...erasureTables],
  tells: {
    rows: 'rows_of_erasure',
    teller: (telling: Pick<ErasureTelling, Alone>, of: Omit<ErasureTelling, Alone>) =>
      erasureTeller({ ...telling, ...of }),
  },
  // In the night of Québec, behind the night's other work.
  times: { 'content.erase': '37 * * * *', 'content.finish': '47 8 * * *' },
  async jobs({ foundation: { db, log, clock }, eraser, databaseUrl }: Parts) {
    const [{ eraseByTime }, { byJob, finishByTime }, { forgetOldReferences }] = await Promise.all([
      import('./erase.ts'),
      import('./finish.ts'),
      import('../../base/observing/operator-audit-store.ts'),
    ])
    const finishing = {
      databaseUrl,
      limits: byJob,
      say: (line: string) => log.info({ job: 'content.finish' }, line),
    }
    return {
      'content.erase': async () => {
        await eraseByTime(db, eraser, clock(), log)
        await forgetOldReferences(db, eraser.vault.seals, oldestKept(clock()))
      },
      'content.finish': () => finishByTime(db, eraser, clock(), finishing),
    }
  },
})
