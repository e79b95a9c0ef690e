import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { LiveRegister } from '../../registry/index.ts'

type Parts = { readonly foundation: Foundation; readonly live: LiveRegister }

export const circulationRoom = room({
  name: 'circulation',
  routes: async ({ foundation, live }: Parts) => ({
    open: (await import('./routes.ts')).circulationRoutes(foundation, live.current),
  }),
})
