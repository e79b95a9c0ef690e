import { room } from '../../base/web/room.ts'
import type { SharingContext } from './context.ts'

export const mySharingRoom = room({
  name: 'my-sharing',
  // It has an address of its own below /mes-partages.
  after: ['disputes'],
  routes: async (parts: SharingContext) => ({
    pages: [(await import('./routes.ts')).mySharingRoutes(parts)],
  }),
})
