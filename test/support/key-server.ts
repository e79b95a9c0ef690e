import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as jose from 'jose'
import { secret } from './secrets.ts'

/** The address where a service publishes its keys. It answers that the answer may be kept for a day. */
export type KeyServer = {
  readonly url: string
  /** `localhost:port`, for OUTBOUND_ALLOW. */
  readonly host: string
  /** How often it was asked. */
  asked(): number
  publish(...keys: readonly SigningKey[]): void
  /** Sets the answer from now on; undefined answers with the keys that were published last. */
  answer(how: Answering | undefined): void
  close(): Promise<void>
}

/** @param published what it would answer */
export type Answering = (response: ServerResponse, published: string) => void

export type SigningKey = { readonly jwk: jose.JWK; readonly key: jose.CryptoKey }

export async function startKeyServer(): Promise<KeyServer> {
  let body = '{"keys":[]}'
  let answering: Answering | undefined
  let asked = 0
  const server = createServer((_request, response) => {
    asked++
    if (answering !== undefined) return answering(response, body)
    response.writeHead(200, {
      'content-type': 'application/json',
      'cache-control': 'public, max-age=86400',
      expires: new Date(Date.now() + 86_400_000).toUTCString(),
    })
    response.end(body)
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    url: `http://localhost:${port}/jwks`,
    host: `localhost:${port}`,
    asked: () => asked,
    publish(...keys) {
      body = JSON.stringify({ keys: keys.map(({ jwk }) => jwk) })
    },
    answer(how) {
      answering = how
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** @param kid what the key is published under; undefined: under no name */
export async function makeSigningKey(kid: string | undefined): Promise<SigningKey> {
  const { privateKey, publicKey } = await jose.generateKeyPair('ES256', { extractable: true })
  secret('client key', (await jose.exportJWK(privateKey)).d ?? '')
  const jwk = { ...(await jose.exportJWK(publicKey)), use: 'sig', alg: 'ES256' }
  return { jwk: kid === undefined ? jwk : { ...jwk, kid }, key: privateKey }
}
