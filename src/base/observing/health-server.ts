import type { Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { Log } from '../logging/log.ts'

// How a process is: asked by who watches it, on a port of its own, which the world does not reach.

const limits = { requestTimeout: 5000, headersTimeout: 5000, maxHeaderSize: 4096 }

type Answer = { readonly status: number; readonly type: string; readonly body: string }

const json = 'application/json'
/** https://prometheus.io/docs/instrumenting/exposition_formats/ */
const prometheus = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * `/healthz`: the process answers. `/readyz`: it can do its work now. `/metrics`: what it counts.
 * @param isReady an error counts as no
 */
export function healthServer(
  isReady: () => Promise<boolean>,
  metrics: () => Promise<string>,
  log: Log,
): Server {
  const notReady = saying(503, 'not ready')
  const answers: Readonly<Record<string, () => Promise<Answer>>> = {
    '/healthz': () => Promise.resolve(saying(200, 'alive')),
    '/readyz': () =>
      isReady().then(
        (is) => (is ? saying(200, 'ready') : notReady),
        () => notReady,
      ),
    '/metrics': async () => ({ status: 200, type: prometheus, body: await metrics() }),
  }
  return createServer(limits, (request, response) => {
    const answer = request.method === 'GET' ? answers[request.url ?? ''] : undefined
    if (answer === undefined) return send(response, saying(404, 'not found'))
    answer().then(
      (said) => send(response, said),
      (error: unknown) => {
        log.error({ error }, 'metrics cannot be told')
        send(response, saying(500, 'error'))
      },
    )
  })
}

function saying(status: number, word: string): Answer {
  return { status, type: json, body: JSON.stringify({ status: word }) }
}

function send(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(body)
}
