import { channel } from 'node:diagnostics_channel'
import type { ClientRequest, IncomingMessage } from 'node:http'

// What callers see of a deployment: each request, how long it took, and how it ended. A request fails where it has no answer, or one that
// says that the deployment could not do it.

export type Seen = {
  readonly requests: number
  /** How many failed: by status, or by the code of the error. */
  readonly failed: Readonly<Record<string, number>>
  /** From the start of the first request that failed to the end of the last one. */
  readonly troubleMs: number
  /** The longest time in which no request ended well. */
  readonly longestSilenceMs: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly slowestMs: number
}

export type Meter = {
  /** What was seen since the last call, or since the beginning. */
  seen(): Seen
  /** The same of decisions alone. */
  readonly decisions: () => Seen
  statuses(): Readonly<Record<number, number>>
  slowestMs(): number
  end(): void
}

type One = {
  readonly from: number
  readonly to: number
  readonly failure: string | undefined
  readonly isDecision: boolean
}

/** Counts the requests of this process to an address. */
export function startMeter(address: string): Meter {
  const begun = new WeakMap<ClientRequest, number>()
  let [since, all]: [number, One[]] = [performance.now(), []]
  const statuses: Record<number, number> = {}
  let slowest = 0

  function note(request: ClientRequest, failure: string | undefined): void {
    const from = begun.get(request)
    if (from === undefined) return
    begun.delete(request)
    const to = performance.now()
    slowest = Math.max(slowest, to - from)
    all.push({ from, to, failure, isDecision: request.path.startsWith('/access/') })
  }
  const start = (message: unknown) => {
    const { request } = message as { readonly request: ClientRequest }
    if (request.host === address) begun.set(request, performance.now())
  }
  const finish = (message: unknown) => {
    const { request, response } = message as {
      readonly request: ClientRequest
      readonly response: IncomingMessage
    }
    const { statusCode = 0 } = response
    if (begun.has(request)) statuses[statusCode] = (statuses[statusCode] ?? 0) + 1
    note(request, statusCode >= 500 ? String(statusCode) : undefined)
  }
  const fail = (message: unknown) => {
    const { request, error } = message as {
      readonly request: ClientRequest
      readonly error: Error & { readonly code?: string }
    }
    note(request, error.code ?? error.name)
  }
  // Names of Node's own channels.
  const listeners = [
    [channel('http.client.request.start'), start],
    [channel('http.client.response.finish'), finish],
    [channel('http.client.request.error'), fail],
  ] as const
  for (const [one, listener] of listeners) one.subscribe(listener)
  return {
    seen() {
      const seen = summary(all, since)
      ;[since, all] = [performance.now(), []]
      return seen
    },
    decisions: () =>
      summary(
        all.filter(({ isDecision }) => isDecision),
        since,
      ),
    statuses: () => ({ ...statuses }),
    slowestMs: () => Math.round(slowest),
    end() {
      for (const [one, listener] of listeners) one.unsubscribe(listener)
    },
  }
}

function summary(all: readonly One[], since: number): Seen {
  const took = all.map(({ from, to }) => to - from).toSorted((a, b) => a - b)
  const at = (part: number) => Math.round(took[Math.ceil(took.length * part) - 1] ?? 0)
  const bad = all.filter(({ failure }) => failure !== undefined)
  const failed: Record<string, number> = {}
  for (const { failure = '' } of bad) failed[failure] = (failed[failure] ?? 0) + 1
  const good = all.filter(({ failure }) => failure === undefined).map(({ to }) => to)
  const ends = [since, ...good.toSorted((a, b) => a - b), performance.now()]
  const silences = ends.slice(1).map((to, n) => to - (ends[n] ?? to))
  const begin = Math.min(...bad.map(({ from }) => from))
  const end = Math.max(...bad.map(({ to }) => to))
  return {
    requests: all.length,
    failed,
    troubleMs: bad.length === 0 ? 0 : Math.round(end - begin),
    longestSilenceMs: Math.round(Math.max(0, ...silences)),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    slowestMs: at(1),
  }
}
