import type { FileHandle } from 'node:fs/promises'
import type { Context } from 'koa'
import readRanges from 'range-parser'
import { Refusal } from '../../base/values/refusal.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { routes } from '../../base/web/router.ts'
import type { LiveRegister, MediaFile, MediaShelf, Register } from '../../registry/index.ts'
import {
  fileOf,
  mediaFiles,
  mediaFolder,
  mediaName,
  publishedRegister,
} from '../../registry/index.ts'

const yearSeconds = 365 * 24 * 3600
// A reader that takes nothing for so long has left: a film that was stopped is asked for again from there.
const stalledMs = 60_000

/** The films and recordings that texts of the public register name: the bytes of an address never change. */
export function mediaRoutes(live: LiveRegister, shelf: MediaShelf): ServedRoutes {
  const named = keepNamed(live)
  return routes('programs')
    .get(`${mediaFolder}/:file`, async (ctx) => {
      const file = named().get(ctx.params.file)
      const handle = file && (await shelf.open(file))
      if (file === undefined || handle === undefined) throw new Refusal('not-found', 404)
      await send(ctx, file, handle)
    })
    .served('page')
}

/** By their names. A text that nobody is asked with yet is no part of the public register. */
function keepNamed(live: LiveRegister): () => ReadonlyMap<string, MediaFile> {
  let made: { readonly of: Register; readonly files: ReadonlyMap<string, MediaFile> } | undefined
  return () => {
    const register = live.current()
    if (made?.of !== register) {
      const versions = publishedRegister(register)
        .objects('text')
        .flatMap((text) => text.versions)
      const files = versions.flatMap((version) => mediaFiles(fileOf('text', version).media))
      made = { of: register, files: new Map(files.map((file) => [mediaName(file), file])) }
    }
    return made.files
  }
}

/** All of the file, or the one range that is asked for (RFC 9110, section 14). */
async function send(ctx: Context, { type, sha256, bytes }: MediaFile, handle: FileHandle) {
  const tag = `"${sha256}"`
  ctx.set('Cache-Control', `public, max-age=${yearSeconds}, immutable`)
  ctx.set('ETag', tag)
  ctx.set('Accept-Ranges', 'bytes')
  ctx.status = 200
  ctx.type = type
  const range = rangeOf(ctx, bytes, tag)
  if (ctx.fresh || range === 'none') {
    await handle.close()
    if (range === 'none') ctx.set('Content-Range', `bytes */${bytes}`)
    ctx.status = ctx.fresh ? 304 : 416
    return
  }
  const { start, end } = range ?? { start: 0, end: bytes - 1 }
  if (range !== undefined) {
    ctx.status = 206
    ctx.set('Content-Range', `bytes ${start}-${end}/${bytes}`)
  }
  ctx.res.setTimeout(stalledMs, () => ctx.res.destroy())
  // The stream closes the file, also where the reader leaves.
  ctx.body = handle.createReadStream({ start, end })
  ctx.length = end - start + 1
}

/** Undefined: everything. A server may leave several ranges, and what is no range, unheeded. `none`: nothing of the file is there. */
function rangeOf(ctx: Context, bytes: number, tag: string) {
  const [asked, condition] = [ctx.get('Range'), ctx.get('If-Range')]
  if (asked === '' || (condition !== '' && condition !== tag)) return undefined
  const ranges = readRanges(bytes, asked, { combine: true })
  if (ranges === -1) return 'none'
  if (ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return undefined
  return ranges[0]
}
