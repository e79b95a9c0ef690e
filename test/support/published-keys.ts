import * as jose from 'jose'
import type { Site } from './browser.ts'
import { exchange } from './browser.ts'
import { json } from './service.ts'

/** The keys that a broker publishes at `/jwks`, as a client's library holds them. */
export async function publishedKeys({
  issuer,
  ports,
}: Site): Promise<ReturnType<typeof jose.createLocalJWKSet>> {
  const url = new URL('/jwks', issuer)
  const asked = { method: 'GET', headers: { host: url.host }, body: undefined }
  return jose.createLocalJWKSet(json(await exchange(ports[0] ?? 0, url, asked)) as never)
}
