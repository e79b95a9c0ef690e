import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { LiveRegister } from '../../registry/index.ts'
import type { PlannedWork } from './planned-work.ts'

type Parts = {
  readonly foundation: Foundation
  readonly live: LiveRegister
  readonly planned: () => Promise<readonly PlannedWork[]>
}

export const statusRoom = room({
  name: 'status',
  operations: async () => (await import('./shapes.ts')).operations,
  routes: async ({ foundation, live, planned }: Parts) => ({
    open: (await import('./routes.ts')).statusRoutes(foundation, live, planned),
  }),
})
