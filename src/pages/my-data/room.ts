import { room } from '../../base/web/room.ts'
import type { MyDataContext } from './routes.ts'

export const myDataRoom = room({
  name: 'my-data',
  routes: async ({ myData }: { readonly myData: MyDataContext }) => ({
    pages: [(await import('./routes.ts')).myDataRoutes(myData)],
  }),
})
