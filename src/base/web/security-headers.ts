import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Context, Middleware } from 'koa'
import helmet from 'koa-helmet'
import type { Config } from '../settings/config.ts'

const self = ["'self'"]

/** On every answer, before the provider: it adds the hash of what it still renders itself to our policy. */
export function securityHeaders(config: Config): Middleware {
  const secure = config.issuer.startsWith('https:')
  const headers = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: self,
        imgSrc: self,
        fontSrc: self,
        scriptSrc: self,
        manifestSrc: self,
        // At a public terminal a script tells us that the person is still there.
        ...(config.kiosk && { connectSrc: self }),
        formAction: self,
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: secure ? { maxAge: 63_072_000, includeSubDomains: false } : false,
    xFrameOptions: { action: 'deny' },
  })
  return async (ctx, next) => {
    // Answers that may be kept, such as assets and keys, overwrite this header.
    ctx.set('Cache-Control', 'no-store')
    ctx.set(
      'Permissions-Policy',
      'camera=(), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self), publickey-credentials-create=(self)',
    )
    return headers(ctx, () => {
      Object.assign(ctx.state, { policy: ctx.response.get('Content-Security-Policy') })
      return next()
    })
  }
}

/** The same headers, for answers that are made before a request has a context. */
export async function headersOfAll(config: Config): Promise<Readonly<Record<string, string>>> {
  const req = new IncomingMessage(new Socket())
  const res = new ServerResponse(req)
  // What the two functions above use of a context.
  const ctx = {
    req,
    res,
    state: {},
    set: (name: string, value: string) => res.setHeader(name, value),
    response: { get: (name: string) => String(res.getHeader(name)) },
  } as unknown as Context
  await securityHeaders(config)(ctx, () => Promise.resolve())
  return Object.fromEntries(
    Object.entries(res.getHeaders()).map(([name, value]) => [name, String(value)]),
  )
}

/** Lets the page play films and recordings of our own. What else the page's policy says stays. */
export function allowMedia(ctx: Context): void {
  const state = ctx.state as { policy: string } // as set above
  const own = "media-src 'self'"
  ctx.set('Content-Security-Policy', `${ctx.response.get('Content-Security-Policy')};${own}`)
  state.policy = `${state.policy};${own}`
}

/** Lets the page's forms lead on to these origins: Chromium applies `form-action` to the redirect after a POST. */
export function allowFormAction(ctx: Context, origins: readonly string[]): void {
  const { policy } = ctx.state as { policy: string } // as set above, before the provider added to it
  ctx.set(
    'Content-Security-Policy',
    policy.replace("form-action 'self'", ["form-action 'self'", ...origins].join(' ')),
  )
}

/** Lets the page's forms be sent to these origins or addresses, and to no other. @param targets sources of CSP, with spaces between */
export function onlyFormAction(ctx: Context, targets: string): void {
  const { policy } = ctx.state as { policy: string } // as set above
  ctx.set('Content-Security-Policy', policy.replace("form-action 'self'", `form-action ${targets}`))
}
