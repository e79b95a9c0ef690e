import type { IncomingMessage, ServerResponse } from 'node:http'
import { finished } from 'node:stream'

const lingerMs = 2000

/**
 * Ends a connection whose request was answered before its body was read whole, as one that is too long. Nothing else would, until the
 * limit of a request: nobody reads there any more, so that not even its end is heard, and a process that stops would wait for it. The
 * sender may go on for a moment, and what comes is thrown away; a connection that is cut at once might lose the answer (RFC 9112,
 * section 9.6).
 */
export function endUnread(request: IncomingMessage, response: ServerResponse): void {
  response.once('finish', () => {
    if (request.complete) return
    const cutting = setTimeout(() => request.socket.destroy(), lingerMs).unref()
    finished(request, { writable: false }, () => clearTimeout(cutting))
    request.resume()
  })
}
