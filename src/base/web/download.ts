import { Readable } from 'node:stream'
import type { Context } from 'koa'
import type { Foundation } from './foundation.ts'

// A reader that takes nothing for so long has left.
const stalledMs = 60_000
const chunkCharacters = 32_768

const types = { csv: 'text/csv; charset=utf-8', json: 'application/json' } as const

/** Sends a file to the person who pressed the button. The server stores the file nowhere. */
export function sendFile(
  ctx: Context,
  foundation: Foundation,
  { name, kind }: { readonly name: string; readonly kind: keyof typeof types },
  parts: AsyncIterable<string>,
): void {
  ctx.set('Cache-Control', 'no-store')
  ctx.set('Content-Disposition', `attachment; filename="${name}.${kind}"`)
  ctx.type = types[kind]
  ctx.body = sendStream(ctx, foundation, parts)
}

/**
 * An answer that is made while it is sent. An error on the way breaks the connection (Koa's pipeline), so that nobody takes a part
 * of the file for the whole.
 */
export function sendStream(
  ctx: Context,
  { log }: Foundation,
  parts: AsyncIterable<string>,
): Readable {
  const body = Readable.from(inChunks(parts))
  body.once('error', (error) => {
    const { requestId } = ctx.state as { requestId: string } // set by src/base/web/request-log.ts
    log.warn({ requestId, error }, 'an export broke off')
  })
  ctx.res.setTimeout(stalledMs, () => ctx.res.destroy())
  return body
}

// Few large parts instead of many small ones.
async function* inChunks(parts: AsyncIterable<string>): AsyncGenerator<string> {
  let chunk = ''
  for await (const part of parts) {
    chunk += part
    if (chunk.length < chunkCharacters) continue
    yield chunk
    chunk = ''
  }
  if (chunk !== '') yield chunk
}
