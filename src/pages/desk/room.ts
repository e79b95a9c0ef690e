import { room } from '../../base/web/room.ts'
import type { DeskRoom } from './desk-room.ts'
import type { KeyMaking } from './keys-routes.ts'

type Parts = { readonly desk: DeskRoom; readonly deskKeys: KeyMaking }

export const deskRoom = room({
  name: 'desk',
  async routes({ desk, deskKeys }: Parts) {
    const { deskFiles, deskRoutes } = await import('./routes.ts')
    const { deskKeysRoutes } = await import('./keys-routes.ts')
    return { pages: [deskFiles(desk), deskRoutes(desk), deskKeysRoutes(deskKeys)] }
  },
})
