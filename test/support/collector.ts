import { once } from 'node:events'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { logged } from './secrets.ts'

type Value = { readonly stringValue?: string; readonly intValue?: number | string }
type Pair = { readonly key: string; readonly value: Value }

/** A span as it came (OTLP/HTTP, JSON), its attributes as a record. */
export type CollectedSpan = {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly attributes: Readonly<Record<string, string | number>>
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly resource: Readonly<Record<string, string | number>>
}

export type Collector = {
  readonly url: string
  /** What came so far: each body, and the headers of the requests. */
  text(): string
  headers(): readonly IncomingHttpHeaders[]
  spans(): readonly CollectedSpan[]
  close(): Promise<void>
}

type Sent = {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Pair[] }
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<CollectedSpan, 'attributes' | 'links' | 'resource'> & {
        readonly attributes?: readonly Pair[]
        readonly links?: CollectedSpan['links']
      })[]
    }[]
  }[]
}

/** A collector of traces on this machine. @param answer how it answers; without it, 200 */
export async function startCollector(
  answer: (response: ServerResponse) => void = (response) => response.end('{}'),
): Promise<Collector> {
  const bodies: string[] = []
  const headers: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      bodies.push(Buffer.concat(parts).toString())
      headers.push(request.headers)
      answer(response)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    url: `http://127.0.0.1:${port}`,
    text: () => bodies.join('\n'),
    headers: () => headers,
    spans: () => bodies.flatMap((body) => spansIn(JSON.parse(body) as Sent)),
    async close() {
      logged('traces', bodies.join('\n'))
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function spansIn({ resourceSpans }: Sent): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans
      .flatMap(({ spans }) => spans)
      .map(({ attributes = [], links = [], ...span }) => ({
        ...span,
        links,
        attributes: recordOf(attributes),
        resource: recordOf(resource.attributes),
      })),
  )
}

function recordOf(pairs: readonly Pair[]): Record<string, string | number> {
  return Object.fromEntries(
    pairs.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]),
  )
}
