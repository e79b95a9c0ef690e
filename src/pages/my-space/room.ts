import { room } from '../../base/web/room.ts'
import type { AccessContext } from '../my-access/index.ts'

type Parts = { readonly access: AccessContext }

export const mySpaceRoom = room({
  name: 'my-space',
  routes: async ({ access }: Parts) => ({
    pages: [(await import('./routes.ts')).mySpaceRoutes(access)],
  }),
})
