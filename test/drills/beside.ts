import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
import { makeClient } from '../../bench/client.ts'
import { issuer } from '../../bench/world.ts'
import type { Row } from './open-loop.ts'

// One more caller, a hundred times a second, with an event loop of its own: whoever sends thousands of requests a second reads its answers
// late, and would count that as the server's time.

const everyMs = 10
const connections = 300

/** Opens pages until it is ended. @returns what ends it, with what became of each */
export function askBeside(address: string): () => Promise<readonly Row[]> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { address } })
  return async () => {
    worker.postMessage('end', [])
    const [rows] = (await once(worker, 'message')) as [readonly Row[]] // what this file sends
    await worker.terminate()
    return rows
  }
}

if (!isMainThread && parentPort !== null && isAsked(workerData)) {
  const ending = new AbortController()
  parentPort.once('message', () => ending.abort())
  const client = makeClient(issuer, workerData.address, connections)
  const rows: Row[] = []
  const under: Promise<void>[] = []
  while (!ending.signal.aborted) {
    under.push(askOnce(client, rows))
    await pause(everyMs)
  }
  await Promise.all(under)
  parentPort.postMessage(rows, [])
}

function isAsked(data: unknown): data is { readonly address: string } {
  return typeof data === 'object' && data !== null && 'address' in data
}

async function askOnce(client: ReturnType<typeof makeClient>, rows: Row[]): Promise<void> {
  const from = performance.now()
  const headers = { cookie: '__Host-attested=yes' }
  const outcome = await client.send({ path: '/', headers }).then(
    ({ status, retryAfter }): Row['outcome'] => {
      if (status === 200) return { is: 'good' }
      return status === 503 && retryAfter !== undefined
        ? { is: 'refused' }
        : { is: 'failed', why: String(status) }
    },
    (error: unknown): Row['outcome'] => ({ is: 'failed', why: String(error) }),
  )
  rows.push({ kind: 'beside', ms: performance.now() - from, outcome })
}
