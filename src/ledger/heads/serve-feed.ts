import { open } from 'node:fs/promises'
import type { Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import { isFeedName, mostFileBytes } from './feed-source.ts'

// The files of the feed of heads for machines that do not have the folder: on a port of its own, which the world does not reach. They are
// encrypted as they lie there. A part of a snapshot has two megabytes, so that nobody needs a piece of a file.

const limits = {
  requestTimeout: 5000,
  headersTimeout: 5000,
  maxHeaderSize: 4096,
  keepAliveTimeout: 10_000,
}
/** Of all readers together: a process that catches up has four. */
const mostConnections = 64
const silentMs = 30_000

export function feedServer(folder: string): Server {
  const server = createServer(limits, ({ method, url, headers }, response) => {
    const name = (url ?? '').slice(1)
    if (method !== 'GET') return void response.writeHead(405, { Allow: 'GET' }).end()
    if (!isFeedName(name)) return void response.writeHead(404).end()
    give(join(folder, name), headers['if-none-match'], response).catch(
      // Its file cannot be read, or its reader went away.
      recoverFrom(Error, () => {
        if (response.headersSent) response.destroy()
        else response.writeHead(503).end()
      }),
    )
  })
  server.maxConnections = mostConnections
  server.setTimeout(silentMs)
  return server
}

async function give(path: string, known: string | undefined, response: ServerResponse) {
  const file = await open(path).catch(recoverFrom(Error, absent))
  if (file === undefined) return response.writeHead(404).end()
  try {
    const { size, mtimeNs, ino } = await file.stat({ bigint: true })
    // A file is put in its place whole, and another one has another number or time.
    const tag = `"${ino}-${mtimeNs}-${size}"`
    if (known === tag) return response.writeHead(304, { ETag: tag }).end()
    if (size > mostFileBytes) throw new Error(`${path} is too long`)
    const headers = { ETag: tag, 'Content-Length': Number(size), 'Cache-Control': 'no-store' }
    response.writeHead(200, { ...headers, 'Content-Type': 'application/octet-stream' })
    return await pipeline(file.createReadStream({ autoClose: false }), response)
  } finally {
    await file.close()
  }
}

function absent(error: Error): undefined {
  const code = 'code' in error ? error.code : undefined
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error
}
