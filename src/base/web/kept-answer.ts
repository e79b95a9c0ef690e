import { createHash } from 'node:crypto'
import type { Context } from 'koa'
import { keptSeconds } from '../jobs/ttl-cache.ts'
import { isLarge } from './page.ts'

// Answers that anybody may keep for a minute, and ask for again by their hash (RFC 9111, RFC 9110 13.1.2).

/** The answer that was just made, for a program: everybody gets the same. */
export function letKeep(ctx: Context): void {
  ctx.set('Cache-Control', `public, max-age=${keptSeconds}`)
  setTag(ctx)
}

/**
 * The page that was just shown. Who brings a cookie of a session, of large type or of a public terminal gets a page of her own: nobody
 * keeps that one.
 */
export function letKeepPage(ctx: Context): void {
  ctx.vary('Cookie')
  if (isSameForAll(ctx)) letKeep(ctx)
}

/** Whether a page that anybody may read shows nothing of who asked: no menu of hers, no large type, no bar of a public terminal. */
function isSameForAll(ctx: Context): boolean {
  const { isSignedIn, hadSession, kiosk } = ctx.state as {
    isSignedIn?: boolean
    hadSession?: boolean
    kiosk?: unknown
  }
  const isPlain = ctx.query['gros'] === undefined && !isLarge(ctx)
  return isPlain && isSignedIn !== true && hadSession !== true && kiosk === undefined
}

function setTag(ctx: Context): void {
  if (typeof ctx.body !== 'string') throw new TypeError('only a text is kept by its hash')
  ctx.set('ETag', `"${createHash('sha256').update(ctx.body).digest('base64url').slice(0, 27)}"`)
  // 304 without a body where the reader has this text already.
  if (ctx.fresh) ctx.status = 304
}
