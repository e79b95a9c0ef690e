import type { Middleware } from 'koa'
import type { Foundation } from '../foundation/foundation.ts'
import type { Operation } from '../foundation/operation.ts'
import { routes } from '../foundation/router.ts'
import { documentOf } from './document.ts'

/** What the JSON APIs of this house take and give: for programs, and on a page. Before any cookie is read. */
export function openapiRoutes(
  { config }: Foundation,
  operations: readonly Operation[],
): Middleware {
  const { issuer, brand } = config
  const document = documentOf(operations, { issuer, brand })
  return routes()
    .get('/api/openapi.json', (ctx) => {
      ctx.set('Cache-Control', 'public, max-age=3600')
      ctx.body = document
    })
    .middleware()
}
