import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { KeyedRows } from '../chain/index.ts'
import type { PublicObject } from './public.ts'
import { restoreRenewal } from './restore.ts'

type Parts = { readonly foundation: Foundation; readonly publicObjects: readonly PublicObject[] }

export const transparencyLogRoom = room({
  name: 'transparency-log',
  renewals: ({ vault }: KeyedRows) => [restoreRenewal(vault.seals)],
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
