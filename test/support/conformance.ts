import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMissingKeys } from '../../src/base/keys/keys.ts'
import { issuer } from './broker.ts'
import type { Answer } from './browser.ts'
import { exchange } from './browser.ts'
import { freshDatabase } from './database.ts'
import { openHouse } from './house.ts'

/** A house with its second decision point, that of the standard's certification, or without it. */
export type ConformanceHouse = {
  get(path: string): Promise<Answer>
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>
  call(method: string, path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>
  output(): string
  stop(): Promise<void>
}

export async function startConformance(
  env: Readonly<Record<string, string>> = { AUTHZEN_CONFORMANCE: '1' },
): Promise<ConformanceHouse> {
  const database = await freshDatabase()
  const dataDir = mkdtempSync(join(tmpdir(), 'accord-conformance-'))
  await createMissingKeys(join(dataDir, 'keys'))
  const house = await openHouse(database.url, dataDir, issuer, env)
  const send = (
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body?: string | Buffer,
  ) =>
    exchange(house.port, new URL(path, issuer), {
      method,
      headers: { host: new URL(issuer).host, accept: 'application/json', ...headers },
      body,
    })
  return {
    get: (path) => send('GET', path),
    call: (method, path, headers) => send(method, path, headers),
    post(path, body, headers = {}) {
      const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
      return send('POST', path, { 'content-type': 'application/json', ...headers }, text)
    },
    output: () => house.output(),
    async stop() {
      await house.stop()
      await database.drop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
