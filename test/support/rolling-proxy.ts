import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A reverse proxy that sends requests in turn to the processes that say they are ready, over connections that it keeps. */
export type RollingProxy = {
  readonly port: number
  /** How many requests had no answer from a process, and got a 502 from here. */
  readonly lost: () => number
  /** How many answers there were of each status, 502 from here among them, and how long the slowest took, in milliseconds. */
  answers(): { readonly statuses: Readonly<Record<number, number>>; readonly slowestMs: number }
  /** The processes that requests go to now. */
  ready(): readonly number[]
  /** @param address of the machine, by default this one */
  take(port: number, address?: string): void
  drop(port: number): void
  close(): Promise<void>
}

const lookMs = 100
// A process that is frozen, or cut off, gets no more requests after this long.
const lookLimitMs = 1000
const answerLimitMs = 20_000

/** @param limitMs how long a process may take to say that it is ready */
export async function openRollingProxy(host: string, limitMs = lookLimitMs): Promise<RollingProxy> {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const [known, ready] = [new Map<number, string>(), new Set<number>()]
  const statuses: Record<number, number> = {}
  let [turn, lost, slowestMs] = [0, 0, 0]

  // One question at a time for each process.
  const asked = new Set<number>()
  async function look(port: number): Promise<void> {
    if (asked.has(port)) return
    asked.add(port)
    const isReady = await isReadyAt(known.get(port) ?? 'localhost', port, host, limitMs)
    asked.delete(port)
    if (isReady && known.has(port)) ready.add(port)
    else ready.delete(port)
  }

  function pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const from = performance.now()
    outgoing.on('close', () => {
      const { statusCode } = outgoing
      statuses[statusCode] = (statuses[statusCode] ?? 0) + 1
      slowestMs = Math.max(slowestMs, performance.now() - from)
    })
    const fail = () => {
      lost += 1
      if (!outgoing.headersSent) outgoing.writeHead(502)
      outgoing.end()
    }
    const port = [...ready][turn++ % Math.max(1, ready.size)]
    if (port === undefined) return fail()
    const { method, url, headers } = incoming
    const sent = request(
      { host: known.get(port), port, method, path: url, headers, agent, timeout: answerLimitMs },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.on('error', fail).pipe(outgoing)
      },
    )
    sent.on('timeout', () => sent.destroy()).on('error', fail)
    incoming.pipe(sent)
  }

  const looking = setInterval(() => {
    for (const port of known.keys()) void look(port)
  }, lookMs)
  const server = createServer(pass).listen(0, 'localhost')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port, // always so for a TCP listener
    lost: () => lost,
    answers: () => ({ statuses: { ...statuses }, slowestMs: Math.round(slowestMs) }),
    ready: () => [...ready],
    take: (port, address = 'localhost') => void known.set(port, address),
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

function isReadyAt(address: string, port: number, host: string, limitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = request(
      {
        host: address,
        port,
        path: '/readyz',
        headers: { host },
        agent: false,
        signal: AbortSignal.timeout(limitMs),
      },
      (answer) => {
        answer.resume()
        resolve(answer.statusCode === 200)
      },
    )
    sent.on('error', () => resolve(false))
    sent.end()
  })
}
