import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A reverse proxy that sends requests in turn to the processes that say they are ready, over connections that it keeps. */
export type RollingProxy = {
  readonly port: number
  /** How many requests had no answer from a process, and got a 502 from here. */
  readonly lost: () => number
  /** The processes that requests go to now. */
  ready(): readonly number[]
  take(port: number): void
  drop(port: number): void
  close(): Promise<void>
}

const lookMs = 100

export async function openRollingProxy(host: string): Promise<RollingProxy> {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const [known, ready] = [new Set<number>(), new Set<number>()]
  let [turn, lost] = [0, 0]

  async function look(port: number): Promise<void> {
    const isReady = await statusOf(port, host)
    if (isReady && known.has(port)) ready.add(port)
    else ready.delete(port)
  }

  function pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const fail = () => {
      lost += 1
      if (!outgoing.headersSent) outgoing.writeHead(502)
      outgoing.end()
    }
    const port = [...ready][turn++ % Math.max(1, ready.size)]
    if (port === undefined) return fail()
    const { method, url, headers } = incoming
    const sent = request(
      { host: 'localhost', port, method, path: url, headers, agent },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.on('error', fail).pipe(outgoing)
      },
    )
    sent.on('error', fail)
    incoming.pipe(sent)
  }

  const looking = setInterval(() => {
    for (const port of known) void look(port)
  }, lookMs)
  const server = createServer(pass).listen(0, 'localhost')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port, // always so for a TCP listener
    lost: () => lost,
    ready: () => [...ready],
    take: (port) => void known.add(port),
    drop(port) {
      known.delete(port)
      ready.delete(port)
    },
    async close() {
      clearInterval(looking)
      agent.destroy()
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function statusOf(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = request(
      { host: 'localhost', port, path: '/readyz', headers: { host }, agent: false },
      (answer) => {
        answer.resume()
        resolve(answer.statusCode === 200)
      },
    )
    sent.on('error', () => resolve(false))
    sent.end()
  })
}
