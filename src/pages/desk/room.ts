import { room } from '../../base/web/room.ts'
import type { DeskRoom } from './desk-room.ts'

export const deskRoom = room({
  name: 'desk',
  routes: async ({ desk }: { readonly desk: DeskRoom }) => ({
    pages: [(await import('./routes.ts')).deskRoutes(desk)],
  }),
})
