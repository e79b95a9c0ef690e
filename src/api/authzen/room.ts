import type { Callers } from '../../base/web/caller.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'
import type { DecisionContext } from '../../consent/decisions/index.ts'

type Parts = {
  readonly foundation: Foundation
  readonly callers: Callers
  readonly context: DecisionContext
}

export const authzenRoom = room({
  name: 'authzen',
  operations: async () => (await import('./shapes.ts')).operations,
  routes: async ({ foundation, callers, context }: Parts) => ({
    programs: (await import('./api.ts')).authzenRoutes(foundation, callers, context),
  }),
})
