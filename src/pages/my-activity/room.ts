import { room } from '../../base/web/room.ts'
import type { ActivityContext } from './routes.ts'

export const myActivityRoom = room({
  name: 'my-activity',
  routes: async (parts: ActivityContext) => ({
    pages: [(await import('./routes.ts')).myActivityRoutes(parts)],
  }),
})
