import type { Middleware } from 'koa'
import type { Config } from '../settings/config.ts'
import { Refusal } from '../values/refusal.ts'

/**
 * One name, one spelling: exactly one Host, equal to the issuer's; no forwarded host; an origin-form target
 * without dot segments, doubled slashes or encoded letters; https where the issuer says so. Which methods a path takes, its room says.
 */
export function frontDoor(config: Config): Middleware {
  const issuer = new URL(config.issuer)
  return async (ctx, next) => {
    const hosts = ctx.req.rawHeaders.filter(
      (_, i, all) => i % 2 === 0 && all[i]?.toLowerCase() === 'host',
    )
    if (
      hosts.length !== 1 ||
      ctx.req.headers.host !== issuer.host ||
      ctx.get('X-Forwarded-Host') !== ''
    ) {
      throw new Refusal('wrong-host', 421)
    }
    if (issuer.protocol === 'https:' && !ctx.secure) throw new Refusal('wrong-host', 421)
    if (!isCanonical(ctx.req.url ?? '')) throw new Refusal('not-found', 404)
    await next()
  }
}

/** Whether a target's path has its one spelling. */
export function isCanonical(target: string): boolean {
  const [path = ''] = target.split('?', 1)
  if (!path.startsWith('/') || path.length > 2048) return false
  if (/\/\/|\/\.{1,2}(\/|$)|[;\\]|[^\u0021-\u007e]/.test(path)) return false
  return !/%(?!2[Bb]|3[ACac]|40)/.test(path)
}
