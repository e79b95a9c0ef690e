import { Router } from '@koa/router'
import type { RouterContext } from '@koa/router'
import type { Context, Middleware } from 'koa'
import type { Operation } from './operation.ts'

export type Handler = (
  ctx: Context & { params: Readonly<Record<string, string>> },
) => Promise<void> | void

export type Routes = {
  get(path: string, handler: Handler): Routes
  post(path: string, handler: Handler): Routes
  put(path: string, handler: Handler): Routes
  /** An operation of a JSON API, at the whole path that it is published with. */
  on(operation: Pick<Operation, 'method' | 'path'>, handler: Handler): Routes
  middleware(): Middleware
}

/** A room's URLs. Unknown methods of a known path are 405, unknown paths pass on. */
export function routes(prefix = ''): Routes {
  // sensitive, strict: one spelling of each path
  const router = new Router({ sensitive: true, strict: true })
  const self: Routes = {
    get(path, handler) {
      router.get(prefix + path, (ctx: RouterContext) => handler(ctx))
      return self
    },
    post(path, handler) {
      router.post(prefix + path, (ctx: RouterContext) => handler(ctx))
      return self
    },
    put(path, handler) {
      router.put(prefix + path, (ctx: RouterContext) => handler(ctx))
      return self
    },
    on: ({ method, path }, handler) => self[method](path, handler),
    middleware() {
      const [serve, others] = [router.routes(), router.allowedMethods({ throw: false })]
      // The router adds its own members to the context; Koa's type of a middleware does not know them.
      return (async (ctx, next) =>
        serve(ctx as never, () => others(ctx as never, next))) as Middleware
    },
  }
  return self
}
