import { room } from '../../base/web/room.ts'
import type { DeskRoom } from './desk-room.ts'
import type { KeyMaking } from './keys-routes.ts'

type Parts = { readonly desk: DeskRoom; readonly deskKeys: KeyMaking }

export const deskRoom = room({
  name: 'desk',
  routes: async ({ desk, deskKeys }: Parts) => ({
    pages: [
      (await import('./routes.ts')).deskRoutes(desk),
      (await import('./keys-routes.ts')).deskKeysRoutes(deskKeys),
    ],
  }),
})
