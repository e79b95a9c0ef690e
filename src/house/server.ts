import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { finished } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { drain } from '../base/jobs/graceful-drain.ts'
import type { Readiness } from '../base/observing/readiness.ts'
import type { Admission } from '../base/web/limits/admission.ts'

// The server of the web: what it reads, when it gives a connection up, and how it stops.

const limits = {
  requestTimeout: 15_000,
  headersTimeout: 10_000,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16_384,
}
const lingerMs = 2000
// How long requests that have begun may take, downloads among them.
const drainMs = 20_000

type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>

export function serverOf(handle: Handle, admission: Admission): Server {
  return createServer(limits, (request, response) => {
    endUnread(request, response)
    admission(request, response, () => handle(request, response))
  })
}

/**
 * Ends a connection whose request was answered before its body was read whole, as one that is too long. Nothing else would, until the
 * limit of a request: nobody reads there any more, so that not even its end is heard, and a process that stops would wait for it. The
 * sender may go on for a moment, and what comes is thrown away; a connection that is cut at once might lose the answer (RFC 9112,
 * section 9.6).
 */
function endUnread(request: IncomingMessage, response: ServerResponse): void {
  response.once('finish', () => {
    if (request.complete) return
    const cutting = setTimeout(() => request.socket.destroy(), lingerMs).unref()
    finished(request, { writable: false }, () => clearTimeout(cutting))
    request.resume()
  })
}

/** A server that stops so that no request is lost. */
export type GracefulServer = {
  /** `/readyz` says it at once. Everything that comes is still served. */
  leave(): Promise<void>
  /** Once the proxies had time to notice: lets nobody in any more, and waits for the requests that have begun. */
  close(): Promise<void>
}

export function gracefulServer(
  server: Server,
  readiness: Readiness,
  graceMs: number,
): GracefulServer {
  let noticed: Promise<unknown> | undefined
  const leave = async () => {
    readiness.leave()
    if (noticed === undefined) server.prependListener('request', endConnection)
    noticed ??= pause(graceMs)
    await Promise.resolve()
  }
  return {
    leave,
    async close() {
      await leave()
      await noticed
      await drain(server, drainMs)
    },
  }
}

// No further request comes over this connection.
function endConnection(_: IncomingMessage, response: ServerResponse): void {
  response.setHeader('Connection', 'close')
}
