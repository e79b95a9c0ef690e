import { once } from 'node:events'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as jose from 'jose'
import { expect } from 'vitest'
import { secret } from './secrets.ts'
import type { Json } from './sharing.ts'

/** What was pushed to a receiver, not verified. */
export type Pushed = {
  readonly path: string
  readonly token: string
  readonly headers: IncomingHttpHeaders
  readonly claims: Json
}

export type Receiver = {
  /** `localhost:port`, for OUTBOUND_ALLOW. */
  readonly host: string
  /** What came to a path, oldest first. */
  pushed(path: string): readonly Pushed[]
  /** Waits until so many came to a path. */
  arrived(path: string, count: number): Promise<readonly Pushed[]>
  /** How a path answers from now on; a status, or anything else. Without it, 202. */
  answer(path: string, how: number | ((response: ServerResponse) => void) | undefined): void
  close(): Promise<void>
}

const arrivalMs = 30_000

/** Takes pushed security events (RFC 8935), at any path. */
export async function startReceiver(): Promise<Receiver> {
  const all: Pushed[] = []
  const answers = new Map<string, number | ((response: ServerResponse) => void)>()
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const token = Buffer.concat(parts).toString()
      secret('token', token.slice(token.lastIndexOf('.') + 1))
      all.push({ path, token, headers: request.headers, claims: jose.decodeJwt(token) })
      const how = answers.get(path) ?? 202
      if (typeof how === 'function') return how(response)
      response.writeHead(how).end()
    })
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port
  const pushed = (path: string) => all.filter((one) => one.path === path)
  return {
    host: `localhost:${port}`,
    pushed,
    async arrived(path, count) {
      await expect
        .poll(() => pushed(path).length, { timeout: arrivalMs })
        .toBeGreaterThanOrEqual(count)
      return pushed(path)
    },
    answer(path, how) {
      if (how === undefined) answers.delete(path)
      else answers.set(path, how)
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
