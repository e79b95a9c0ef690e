import type { Foundation } from '../../base/web/foundation.ts'
import { publicHalf } from '../../base/platform/key-pairs.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { routes } from '../../base/web/router.ts'
import { errandIn } from '../upstream/index.ts'
import { visitAddress } from './address.ts'

/** `/retour/…`: where providers send people back, and where they read the key by which this broker authenticates. */
export function upstreamReturnRoutes({ keys }: Foundation): readonly ServedRoutes[] {
  return [
    routes('people')
      .get('/retour/:provider', (ctx) => {
        const query = new URLSearchParams(ctx.querystring)
        const going = errandIn(query)
        if (going === undefined) throw new Refusal('upstream.unasked', 403)
        const base = going.language === 'en' ? '/en' : ''
        const { provider } = ctx.params
        // From « Mon accès », or from a visit.
        const from = /^acces-[\da-f]{32}$/.test(going.errand)
          ? `/acces/comptes/${provider}`
          : visitAddress({ id: going.errand }, 'fournisseurs', provider)
        ctx.redirect(`${base}${from}/retour?${query.toString()}`)
        ctx.status = 303
      })
      .served(),
    routes('programs')
      .get('/retour/:provider/jwks', (ctx) => {
        ctx.body = { keys: keys.upstream.map(publicHalf) }
      })
      .served(),
  ]
}
