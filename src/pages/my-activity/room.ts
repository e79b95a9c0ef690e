import { room } from '../../base/web/room.ts'
import type { myActivityRoutes } from './routes.ts'

export const myActivityRoom = room({
  name: 'my-activity',
  routes: async (parts: Parameters<typeof myActivityRoutes>[0]) => ({
    pages: [(await import('./routes.ts')).myActivityRoutes(parts)],
  }),
})
