import { room } from '../../base/web/room.ts'
import type { myDataRoutes } from './routes.ts'

export const myDataRoom = room({
  name: 'my-data',
  routes: async ({ myData }: { readonly myData: Parameters<typeof myDataRoutes>[0] }) => ({
    pages: [(await import('./routes.ts')).myDataRoutes(myData)],
  }),
})
