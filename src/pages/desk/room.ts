import { room } from '../../base/web/room.ts'
import type { KeyMaking } from './keys-routes.ts'

export const deskRoom = room({
  name: 'desk',
  routes: async ({ deskKeys }: { readonly deskKeys: KeyMaking }) => ({
    pages: [(await import('./keys-routes.ts')).deskKeysRoutes(deskKeys)],
  }),
})
