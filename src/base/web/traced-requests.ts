import type { Middleware } from 'koa'
import { inNewTrace, methodOf } from '../logging/tracing.ts'
import type { Endpoint } from './endpoints.ts'
import { endpointIn } from './endpoints.ts'

/** A trace a request. It says the template of its address, its method and its status, and nothing that the caller chose. */
export function traceRequests(endpoints: readonly Endpoint[]): Middleware {
  const at = endpointIn(endpoints)
  return async (ctx, next) => {
    const method = methodOf(ctx.method)
    const attributes = { 'http.request.method': method }
    const begun = async (end: Parameters<Parameters<typeof inNewTrace>[1]>[0]) => {
      await next()
      const route = at(ctx.path)?.path ?? 'other'
      const told = { 'http.route': route, 'http.response.status_code': ctx.status }
      end(ctx.status >= 500, { ...told, name: `${method} ${route}` })
    }
    await inNewTrace({ name: method, kind: 'server', attributes }, begun, ctx.get('traceparent'))
  }
}
