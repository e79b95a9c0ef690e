import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import send from 'koa-send'
import type { Context } from 'koa'
import type { ServedRoutes } from './endpoints.ts'
import { refuseMethod } from './router.ts'

const root = join(import.meta.dirname, '../../../public')
const folders = ['/css', '/js', '/fonts', '/icons']
const icon = '/favicon.svg'
const inFolder = new RegExp(`^(?:${folders.join('|')})/[a-z0-9-]+\\.(css|js|woff2|svg|png)$`)
const compressed = /\.(css|js)$/
const taken = ['GET', 'HEAD']
const maxAgeMs = 3600 * 1000

const zip = promisify(gzip)

/** Whether a path may be one of a file of public/. */
export function isAsset(path: string): boolean {
  return path === icon || inFolder.test(path)
}

/** Styles, scripts, fonts and icons, from our own origin only. They hold nothing of anybody's, so that compressing them tells nothing. */
export function assetRoutes(): ServedRoutes {
  // One entry a file of public/: each is compressed once.
  const zipped = new Map<string, Promise<Buffer>>()
  return {
    // Files that belong to pages are no endpoints.
    endpoints: [],
    segments: [...folders, icon],
    async serve(ctx, next) {
      const isOne = isAsset(ctx.path)
      const isTaken = taken.includes(ctx.method)
      if (isOne && isTaken && (await isSent(ctx, zipped))) return
      if (isOne && !isTaken && existsSync(join(root, ctx.path))) refuseMethod(ctx, taken)
      await next()
    },
  }
}

async function isSent(ctx: Context, zipped: Map<string, Promise<Buffer>>): Promise<boolean> {
  try {
    ctx.remove('Cache-Control') // the one kind of answer that may be kept
    const file = await send(ctx, ctx.path, { root, maxAge: maxAgeMs })
    if (compressed.test(ctx.path)) await sendZipped(ctx, file, zipped)
    return true
  } catch (error) {
    if (error instanceof Error && 'status' in error && error.status === 404) return false
    throw error
  }
}

/** Sends the same bytes compressed to who takes them so. */
async function sendZipped(
  ctx: Context,
  file: string,
  zipped: Map<string, Promise<Buffer>>,
): Promise<void> {
  ctx.vary('Accept-Encoding')
  if (ctx.acceptsEncodings('gzip', 'identity') !== 'gzip') return
  const known = zipped.get(file) ?? readFile(file).then((bytes) => zip(bytes))
  zipped.set(file, known)
  const type = ctx.type
  ctx.body = await known
  ctx.type = type
  ctx.set('Content-Encoding', 'gzip')
}
