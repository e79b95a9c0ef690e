import { once } from 'node:events'
import type { Server } from 'node:http'

const lookMs = 100

/** Lets nobody in any more, and waits for the requests that have begun; what is left after the limit is cut. */
export async function drain(server: Server, limitMs: number): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  // A connection is idle only once its last answer has left.
  const looking = setInterval(() => server.closeIdleConnections(), lookMs)
  const cutting = setTimeout(() => server.closeAllConnections(), limitMs)
  await closed
  clearInterval(looking)
  clearTimeout(cutting)
}
