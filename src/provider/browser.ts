import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Context } from 'koa'

// A host of the same registrable domain may plant any cookie in a browser but a __Host- one (RFC 6265bis 4.1.3.2): by such
// a cookie a visit knows the browser that began it. Its row holds the SHA-256 of the cookie, as hex.

/** What a visit knows its browser by. */
export type BrowserMark = {
  /** Undefined: this browser holds none. */
  readonly held: string | undefined
  /** Of a visit that begins: a browser that holds none gets one with the answer. */
  make(): string
}

const cookieBytes = 32
const cookiePattern = /^[\w-]{43}$/

export function browserMark(ctx: Context): BrowserMark {
  // Over http, which is localhost alone, the prefix would be refused (decision 0009).
  const name = ctx.secure ? '__Host-browser' : 'browser'
  const held = ctx.cookies.get(name, { signed: false })
  let cookie = held !== undefined && cookiePattern.test(held) ? held : undefined
  return {
    held: cookie === undefined ? undefined : markOf(cookie),
    make() {
      if (cookie !== undefined) return markOf(cookie)
      cookie = randomBytes(cookieBytes).toString('base64url')
      // Without an end: it goes with the browser, as the session does.
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

/** Whether a row of a visit is of the browser that asks. A row without a mark is nobody's. */
export function isOfBrowser(mark: unknown, { held }: BrowserMark): boolean {
  if (typeof mark !== 'string' || held === undefined) return false
  const [a, b] = [Buffer.from(mark, 'hex'), Buffer.from(held, 'hex')]
  return a.length === b.length && timingSafeEqual(a, b)
}

function markOf(cookie: string): string {
  return createHash('sha256').update(`browser:${cookie}`).digest('hex')
}
