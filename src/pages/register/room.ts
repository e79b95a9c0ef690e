import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { LiveRegister } from '../../registry/index.ts'

type Parts = { readonly foundation: Foundation; readonly live: LiveRegister }

export const registerRoom = room({
  name: 'register',
  // It has addresses of its own below /register.
  after: ['open-data'],
  operations: async () => (await import('./shapes.ts')).operations,
  routes: async ({ foundation, live }: Parts) => ({
    open: (await import('./feed-routes.ts')).publicRegisterRoutes(foundation, live),
  }),
})
