import { existsSync } from 'node:fs'
import { join } from 'node:path'
import send from 'koa-send'
import type { Context, Middleware } from 'koa'
import { refuseMethod } from './methods.ts'

const root = join(import.meta.dirname, '../../../public')
const assets = /^\/(css|js|fonts|icons)\/[a-z0-9-]+\.(css|js|woff2|svg)$|^\/favicon\.svg$/
const taken = ['GET', 'HEAD']
const maxAgeMs = 3600 * 1000

/** Styles, scripts, fonts and icons, served as they are, from our own origin only. */
export function assetRoutes(): Middleware {
  return async (ctx, next) => {
    const isAsset = assets.test(ctx.path)
    const isTaken = taken.includes(ctx.method)
    if (isAsset && isTaken && (await isSent(ctx))) return
    if (isAsset && !isTaken && existsSync(join(root, ctx.path))) refuseMethod(ctx, taken)
    await next()
  }
}

async function isSent(ctx: Context): Promise<boolean> {
  try {
    ctx.remove('Cache-Control') // the one kind of answer that may be kept
    await send(ctx, ctx.path, { root, maxAge: maxAgeMs })
    return true
  } catch (error) {
    if (error instanceof Error && 'status' in error && error.status === 404) return false
    throw error
  }
}
