import type { Middleware } from 'koa'

const oneYearSeconds = 31_536_000

/**
 * The headers of every answer: only our own style sheet and picture, no script, no frame, no cache.
 * @param further addresses besides the provider's to which a form may lead
 */
export function securityHeaders(
  address: string,
  issuer: string,
  further: readonly string[] = [],
): Middleware {
  // form-action also covers redirects: signing out and asking for a bursary both lead to the provider.
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    `form-action ${["'self'", new URL(issuer).origin, ...further].join(' ')}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
  const isSecure = address.startsWith('https:')
  return async (ctx, next) => {
    ctx.set({
      'Cache-Control': 'no-store',
      'Content-Security-Policy': policy,
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
      // The callback's address holds a code: no other site may see it. (With no-referrer, browsers would also write
      // `Origin: null` on our own forms, and isFromOwnPages could not tell them from others.)
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
    })
    if (isSecure) ctx.set('Strict-Transport-Security', `max-age=${oneYearSeconds}`)
    await next()
  }
}

/**
 * Did this POST come from one of our own pages? SameSite=Lax already stops other sites, but other ports of
 * localhost and sister domains are the same site. Without both headers it is no browser, so nobody's cookie is abused.
 */
export function isFromOwnPages(headers: NodeJS.Dict<string | string[]>, address: string): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin'
  const origin = headers['origin']
  return origin === undefined || origin === address
}
