import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Koa from 'koa'
import type { Transaction } from '../../src/base/database/database.ts'
import type { Foundation } from '../../src/base/web/foundation.ts'
import { noProgress } from '../../src/ledger/monitor/progress.ts'
import type { MonitorState } from '../../src/ledger/monitor/shapes.ts'
import type { Memory } from '../../src/ledger/monitor/state.ts'
import { passOver } from '../../src/ledger/monitor/watch.ts'
import { logRoutes } from '../../src/ledger/transparency-log/index.ts'
import { siteFileRoutes } from '../../src/pages/site/index.ts'
import { issuer } from './broker.ts'

// `accord ledger monitor` among those who look at what the tamper drill changed: it has an address and a memory. It is served the log
// and the versions of the register by the routes of a house, which read the transaction of a try and a folder of files.

/** The rows of which outsiders are shown anything. */
export const shownOutside: readonly string[] = [
  'ledger_position',
  'log',
  'log_node',
  'public_object',
  'register_leaf',
  'register_objects',
]

export type Outsider = {
  /** A pass that is remembered. @returns what it found */
  see(served: Served): Promise<string[]>
  /** A pass that is forgotten. @returns what it found */
  look(served: Served): Promise<string[]>
  close(): Promise<void>
}

type Served = { readonly tx: Transaction; readonly ledgerDir: string }

const nothing = () => Promise.resolve()

// Time passes in a drill, and a log does not grow while it does.
const maxAgeSeconds = 100 * 366 * 24 * 3600

export async function openOutsider(): Promise<Outsider> {
  let served: Served | undefined
  let state: MonitorState | undefined
  let last: Promise<unknown> = Promise.resolve()
  const app = new Koa()
  app.silent = true // a row that cannot be served is an answer without a document
  app.use(async (ctx, next) => {
    if (served === undefined) return
    const { tx: db, ledgerDir } = served
    const foundation = { db, config: { issuer, ledgerDir } } as unknown as Foundation // these routes use nothing else
    const answer = () =>
      siteFileRoutes(foundation).serve(ctx, () => logRoutes(foundation).serve(ctx, next))
    // A transaction has one connection: one answer after the other.
    const turn = last.then(answer)
    last = turn.catch(() => undefined)
    await turn
  })
  const server = createServer((request, response) => void app.callback()(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // always so for a TCP server
  const address = `http://127.0.0.1:${port}`

  async function pass(now: Served, memory: Memory): Promise<string[]> {
    const asked = { url: issuer, policy: undefined, accepts: false, maxAgeSeconds, memory }
    // A statement that PostgreSQL refuses ends its transaction: the other lookers have one of their own.
    return now.tx.transaction(async (tx) => {
      served = { ...now, tx }
      const fetched = globalThis.fetch
      // The monitor gives addresses as text.
      globalThis.fetch = (at, init) => fetched((at as string).replace(issuer, address), init)
      try {
        const { findings } = await passOver({ ...asked, now: new Date(), progress: noProgress })
        return findings.map(({ where, because }) => `${where}: ${because}`)
      } finally {
        globalThis.fetch = fetched
        served = undefined
      }
    })
  }

  return {
    see: (now) =>
      pass(
        now,
        memoryOf((next) => (state = next)),
      ),
    look: (now) =>
      pass(
        now,
        memoryOf(() => undefined),
      ),
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }

  function memoryOf(write: (next: MonitorState) => void): Memory {
    return {
      read: () => Promise.resolve(state),
      write: (next) => Promise.resolve(write(next)),
      keepDocument: nothing,
      keepEvidence: nothing,
      release: () => undefined,
    }
  }
}
