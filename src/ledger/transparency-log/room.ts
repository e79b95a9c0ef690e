import type { DayClosing } from '../../base/jobs/day-closing.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { PublicObject } from './public.ts'
import { logClosing } from './closed-days.ts'
import { restoreTable } from './restore.ts'
import { transparencyLogTables } from './tables.ts'

type Parts = {
  readonly foundation: Foundation
  readonly publicObjects: readonly PublicObject[]
  /** What is closed day by day. */
  readonly closings: readonly DayClosing[]
}

export const transparencyLogRoom = room({
  name: 'transparency-log',
  tables: [...transparencyLogTables, restoreTable],
  closings: [logClosing],
  // The days are closed some minutes before.
  times: { 'log.announce': '*/10 * * * *', 'log.closed-days': '38 * * * *' },
  async jobs({ foundation: { db, clock, config }, publicObjects, closings }: Parts) {
    const [{ announcePublic }, { tellClosedDays }] = await Promise.all([
      import('./public.ts'),
      import('./closed-days.ts'),
    ])
    return {
      'log.announce': async () => {
        await announcePublic(db, config.issuer, publicObjects, clock())
      },
      'log.closed-days': async () => {
        await tellClosedDays(db, closings, clock())
      },
    }
  },
  routes: async ({ foundation }: Parts) => ({
    programs: [(await import('./api.ts')).logRoutes(foundation)],
  }),
})
