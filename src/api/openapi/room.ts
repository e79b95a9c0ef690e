import type { Foundation } from '../../base/web/foundation.ts'
import type { Operation } from '../../base/web/operation.ts'
import { room } from '../../base/web/room.ts'

type Parts = {
  readonly foundation: Foundation
  /** Of all rooms. */
  readonly operations: readonly Operation[]
}

export const openapiRoom = room({
  name: 'openapi',
  async routes({ foundation, operations }: Parts) {
    const { docsRoutes, openapiRoutes } = await import('./routes.ts')
    return { programs: [openapiRoutes(foundation, operations), docsRoutes(foundation, operations)] }
  },
})
