import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Context } from 'koa'

// A visit recognises the browser that began it by a __Host- cookie, because a host of the same registrable domain can set any
// other cookie (RFC 6265bis, section 4.1.3.2). The row of the visit holds the SHA-256 of the cookie, as hex.

/** The mark by which a visit recognises its browser. */
export type BrowserMark = {
  /** Undefined when this browser has no such cookie. */
  readonly held: string | undefined
  /** The mark for a visit that begins. A browser without the cookie gets one with the answer. */
  make(): string
}

const cookieBytes = 32
const cookiePattern = /^[\w-]{43}$/

export function browserMark(ctx: Context): BrowserMark {
  // Browsers refuse the prefix over http, which is allowed on localhost only (docs/design/security.md#browser).
  const name = ctx.secure ? '__Host-browser' : 'browser'
  const held = ctx.cookies.get(name, { signed: false })
  let cookie = held !== undefined && cookiePattern.test(held) ? held : undefined
  return {
    held: cookie === undefined ? undefined : markOf(cookie),
    make() {
      if (cookie !== undefined) return markOf(cookie)
      cookie = randomBytes(cookieBytes).toString('base64url')
      // Without an expiry the cookie ends when the browser is closed, as the session's cookie does.
      ctx.cookies.set(name, cookie, {
        path: '/',
        httpOnly: true,
        sameSite: 'lax',
        secure: ctx.secure,
        signed: false,
      })
      return markOf(cookie)
    },
  }
}

/** Whether the browser that asks began the visit of this row. A row without a mark fits no browser. */
export function isOfBrowser(mark: unknown, { held }: BrowserMark): boolean {
  if (typeof mark !== 'string' || held === undefined) return false
  const [a, b] = [Buffer.from(mark, 'hex'), Buffer.from(held, 'hex')]
  return a.length === b.length && timingSafeEqual(a, b)
}

function markOf(cookie: string): string {
  return createHash('sha256').update(`browser:${cookie}`).digest('hex')
}
