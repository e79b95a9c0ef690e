import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { PublicObject } from './public.ts'
import { restoreTable } from './restore.ts'
import { transparencyLogTables } from './tables.ts'

type Parts = { readonly foundation: Foundation; readonly publicObjects: readonly PublicObject[] }

export const transparencyLogRoom = room({
  name: 'transparency-log',
  tables: [...transparencyLogTables, restoreTable],
  times: { 'log.announce': '*/10 * * * *' },
  async jobs({ foundation: { db, clock, config }, publicObjects }: Parts) {
    const { announcePublic } = await import('./public.ts')
    return {
      'log.announce': async () => {
        await announcePublic(db, config.issuer, publicObjects, clock())
      },
    }
  },
  routes: async ({ foundation }: Parts) => ({
    programs: [(await import('./api.ts')).logRoutes(foundation)],
  }),
})
