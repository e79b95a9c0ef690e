import { timingSafeEqual } from 'node:crypto'
import type { Context, Middleware } from 'koa'
import type { Keys } from '../keys/keys.ts'
import { hmacSha1 } from '../sealing/keyed-crypto.ts'

/** The interface of keygrip, which koa and the provider take in the place of a list of keys. */
export type CookieKeys = {
  sign(data: string): string
  /** The place of the key that signed, -1 for none: what an older one signed is signed anew. */
  index(data: string, signature: string): number
  verify(data: string, signature: string): boolean
}

/**
 * Signs and checks cookies as keygrip does, so that those that browsers hold stay good. Keygrip compares two signatures by two more MACs,
 * under bytes drawn for it: 20 µs a cookie, where `timingSafeEqual` takes one.
 */
export function cookieKeys({ cookie: keys }: Pick<Keys, 'cookie'>): CookieKeys {
  const [newest] = keys
  if (newest === undefined) throw new TypeError('cookies need a key')
  const index = (data: string, signature: string) =>
    keys.findIndex((key) => isSame(signature, signed(key, data)))
  return {
    sign: (data) => signed(newest, data),
    index,
    verify: (data, signature) => index(data, signature) >= 0,
  }
}

function signed(key: string, data: string): string {
  return hmacSha1(key, data).toString('base64url')
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Notes whether the browser brings the cookie of a session, without reading the session. */
export function rememberSession(cookieName: string): Middleware {
  return async (ctx, next) => {
    const hadSession = ctx.cookies.get(cookieName, { signed: true }) !== undefined
    Object.assign(ctx.state, { hadSession })
    await next()
  }
}

/** Whether the browser brings the cookie of a session: which may be over. */
export function hasSessionCookie(ctx: Context): boolean {
  return (ctx.state as { hadSession?: boolean }).hadSession === true // set by rememberSession
}
