import type { Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { BlockList, isIP } from 'node:net'
import type { Log } from './log.ts'

// How a process is: asked by who watches it, on a port of its own, which the world does not reach.

const internal = new BlockList()
for (const [net, bits] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  internal.addSubnet(net, bits, 'ipv4')
for (const [net, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  internal.addSubnet(net, bits, 'ipv6')

/** Whether only this machine or an internal network reaches an address. A wildcard is reached from everywhere. */
export function isInternal(host: string): boolean {
  const family = isIP(host)
  if (family === 0) return host === 'localhost'
  return internal.check(host, family === 6 ? 'ipv6' : 'ipv4')
}

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
