import type { Foundation } from '../../base/web/foundation.ts'
import type { AnswerOf } from '../../base/web/operation.ts'
import type { ReadCurrentSession } from '../../base/web/person.ts'
import { room } from '../../base/web/room.ts'
import type { LiveRegister } from '../../registry/index.ts'
import type { limits } from './shapes.ts'

type Parts = {
  readonly foundation: Foundation
  readonly live: LiveRegister
  readonly provider: { readonly whoIsThis: ReadCurrentSession }
  readonly limits: AnswerOf<typeof limits>
}

export const siteRoom = room({
  name: 'site',
  operations: async () => (await import('./shapes.ts')).operations,
  async routes({ foundation, live, provider, limits: published }: Parts) {
    const { siteApiRoutes } = await import('./api.ts')
    const { siteFileRoutes, siteRoutes } = await import('./routes.ts')
    return {
      open: [
        siteRoutes(foundation, live.current, provider.whoIsThis),
        siteFileRoutes(foundation),
        siteApiRoutes(foundation, published, live.current),
      ],
    }
  },
})
