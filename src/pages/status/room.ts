import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { PlannedWork } from './planned-work.ts'

type Parts = {
  readonly foundation: Foundation
  readonly planned: () => Promise<readonly PlannedWork[]>
}

export const statusRoom = room({
  name: 'status',
  operations: async () => (await import('./shapes.ts')).operations,
  routes: async ({ foundation, planned }: Parts) => ({
    open: (await import('./routes.ts')).statusRoutes(foundation, planned),
  }),
})
