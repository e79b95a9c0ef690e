import { randomUUID } from 'node:crypto'
import { isIPv4 } from 'node:net'
import type { Context, Middleware } from 'koa'
import { deviceLabel } from './device.ts'
import type { Log } from './log.ts'

/** Numbers the request, notes where it came from as coarsely as may be kept, and writes its one line. */
export function requestLog(log: Log): Middleware {
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
        route: routerPath ?? knownRoute(ctx.path),
        status: ctx.status,
      }
      log.info({ ...fields, ms: Math.round(performance.now() - started) }, 'request')
    }
  }
}

// Paths of the provider may end in an id; only their first segment is written.
function knownRoute(path: string): string {
  return `/${(path.split('/')[1] ?? '').slice(0, 40)}`
}

/** /24 or /48: enough to say "not from here", too little to say who (DOMAIN 2.4). */
export function networkOf(address: string): string | undefined {
  const plain = address.replace(/^::ffff:/, '')
  if (isIPv4(plain)) return `${plain.split('.').slice(0, 3).join('.')}.0/24`
  if (!address.includes(':')) return undefined
  const [head = ''] = address.split('::', 1)
  const groups = head.split(':').filter((group) => group !== '')
  return `${groups.slice(0, 3).join(':')}::/48`
}

/** What tries are counted by: an IPv4 address, or the /64 that one subscriber has. Never kept as it is. */
export function peerOf(ctx: Context): string {
  const plain = ctx.ip.replace(/^::ffff:/, '')
  if (isIPv4(plain)) return plain
  const [head = '', tail = ''] = plain.split('::', 2)
  const before = head.split(':').filter((group) => group !== '')
  const after = tail.split(':').filter((group) => group !== '')
  const zeros = plain.includes('::') ? Math.max(0, 8 - before.length - after.length) : 0
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after]
  return `${groups.slice(0, 4).join(':')}::/64`
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
