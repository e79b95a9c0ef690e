import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { LiveRegister, MediaShelf } from '../../registry/index.ts'

type Parts = {
  readonly foundation: Foundation
  readonly live: LiveRegister
  readonly media: MediaShelf
}

export const registerRoom = room({
  name: 'register',
  // It has addresses of its own below /register.
  after: ['open-data'],
  operations: async () => (await import('./shapes.ts')).operations,
  routes: async ({ foundation, live, media }: Parts) => ({
    open: (await import('./feed-routes.ts')).publicRegisterRoutes(foundation, live, media),
  }),
})
