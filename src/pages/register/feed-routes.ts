import type { Context } from 'koa'
import type { Foundation } from '../../base/web/foundation.ts'
import { letKeep } from '../../base/web/kept-answer.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { routes } from '../../base/web/router.ts'
import type { LiveRegister, MediaShelf } from '../../registry/index.ts'
import { registerApiRoutes } from './api.ts'
import type { Copy } from './register-cache.ts'
import { keepRegister } from './register-cache.ts'
import { changesFeed, siteMap } from './feeds.ts'
import { mediaRoutes } from './media-routes.ts'
import { registerRoutes } from './routes.ts'

/** The public register: one copy a process, its pages, its files and its feeds. */
export function publicRegisterRoutes(
  foundation: Foundation,
  live: LiveRegister,
  media: MediaShelf,
): readonly ServedRoutes[] {
  const kept = keepRegister(foundation, live)
  // Files before pages: a suffix is no part of an id.
  return [
    registerApiRoutes(foundation, kept),
    feedRoutes(foundation, kept),
    mediaRoutes(live, media),
    registerRoutes(foundation, kept),
  ]
}

/** Files that programs look for, at names that are usual. */
function feedRoutes({ config }: Foundation, kept: () => Promise<Copy>): ServedRoutes {
  return routes('programs')
    .get('/register/changes.atom', async (ctx) => {
      send(ctx, 'application/atom+xml; charset=utf-8', changesFeed(await kept(), config.issuer))
    })
    .get('/sitemap.xml', async (ctx) => {
      send(ctx, 'application/xml; charset=utf-8', siteMap(await kept(), config.issuer))
    })
    .served('page')
}

function send(ctx: Context, type: string, body: string): void {
  ctx.type = type
  ctx.body = body
  letKeep(ctx)
}
