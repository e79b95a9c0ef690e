import type { Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { BlockList, isIP } from 'node:net'

// How a process that works is: asked by who watches it, on a port of its own, for it may serve no web.

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

/** `/healthz`: the process answers. `/readyz`: it can work now. @param isReady an error counts as no */
export function healthServer(isReady: () => Promise<boolean>): Server {
  const answers: Readonly<Record<string, () => Promise<[number, string]>>> = {
    '/healthz': () => Promise.resolve([200, 'alive']),
    '/readyz': async () => ((await isReady()) ? [200, 'ready'] : [503, 'not ready']),
  }
  return createServer(limits, (request, response) => {
    const answer = request.method === 'GET' ? answers[request.url ?? ''] : undefined
    if (answer === undefined) return say(response, 404, 'not found')
    answer().then(
      ([status, word]) => say(response, status, word),
      () => say(response, 503, 'not ready'),
    )
  })
}

function say(response: ServerResponse, status: number, word: string): void {
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }
  response.writeHead(status, headers).end(JSON.stringify({ status: word }))
}
