import { randomUUID } from 'node:crypto'
import type { Context, Middleware } from 'koa'
import { deviceLabel } from './device.ts'
import type { Log } from '../logging/log.ts'
import { networkOf } from './limits/network.ts'
import { isAsset } from './assets.ts'
import type { Endpoint } from './endpoints.ts'
import { firstSegment } from './router.ts'
import type { CountRequest } from './request-count.ts'

/** Numbers the request, notes where it came from as coarsely as may be kept, and writes its one line. */
export function requestLog(
  log: Log,
  endpoints: readonly Endpoint[],
  counted: CountRequest = () => undefined,
): Middleware {
  const routeOf = routesKnown(endpoints)
  return async (ctx, next) => {
    const started = performance.now()
    const requestId = randomUUID()
    Object.assign(ctx.state, { requestId, network: networkOf(ctx.ip) })
    ctx.set('X-Request-ID', requestId)
    try {
      await next()
    } finally {
      const { routerPath } = ctx as { routerPath?: string }
      const fields = {
        requestId,
        method: ctx.method,
        route: routerPath ?? routeOf(ctx.path),
        status: ctx.status,
        ...serviceOf(ctx),
      }
      const ms = performance.now() - started
      log.info({ ...fields, ms: Math.round(ms) }, 'request')
      counted(ctx, ms / 1000)
    }
  }
}

/** Says of which service of the register the request is: the one that has authenticated, or that a request of a browser names. */
export function noteService(ctx: Context, serviceId: string | undefined): void {
  if (serviceId !== undefined) Object.assign(ctx.state, { serviceId })
}

function serviceOf(ctx: Context): { readonly serviceId?: string } {
  const { serviceId } = ctx.state as { serviceId?: string } // as noted above
  return serviceId === undefined ? {} : { serviceId }
}

/** What a person reads out from an error page: the first eight characters of the request's number, as each of its log lines begins it. */
export function errorNumber(requestId: string): string {
  return requestId.slice(0, 8).toUpperCase()
}

/**
 * The first segment of a path, where an endpoint or a file of public/ begins so: paths of the provider may end in an id. Else what
 * somebody typed would stand in the log, an address or a code of hers perhaps.
 */
export function routesKnown(endpoints: readonly Endpoint[]): (path: string) => string {
  const known = new Set(endpoints.map(({ path }) => firstSegment({ path })))
  return (path) => {
    const first = firstSegment({ path })
    return known.has(first) || isAsset(path) ? first : 'other'
  }
}

/** The device label of a request. */
export function deviceOf(ctx: Context): string {
  return deviceLabel(ctx.get('User-Agent'))
}

/** Where a deed came from, as far as it may be kept: truncated network, and the request's number. */
export type Origin = { readonly requestId: string; readonly network: string | undefined }

export function originOf(ctx: Context): Origin {
  const { requestId, network } = ctx.state as Partial<Origin> // as noted above
  return { requestId: requestId ?? '', network }
}

/** The caller's own number of a request, which AuthZEN 1.0 (10.1.3) gives back; visible ASCII only, so that it adds no header. */
export function echoedRequestId(given: unknown): string | undefined {
  return typeof given === 'string' && /^[\x21-\x7e]{1,256}$/.test(given) ? given : undefined
}
