import { readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PublishedKeys } from '../../src/base/keys/jws.ts'
import { readByPublishedKeys } from '../../src/base/keys/jws.ts'
import { createMissingKeys } from '../../src/base/keys/keys.ts'
import type { FreshDatabase } from '../support/database.ts'
import { freshDatabase } from '../support/database.ts'
import { csrfIn, locationOf, openVisitor, send } from '../support/fault-client.ts'
import { newFolder, until } from '../support/fault-process.ts'
import type { TestService } from '../support/fault-service.ts'
import { addService, openService } from '../support/fault-service.ts'
import type { House } from '../support/house.ts'
import { openHouse } from '../support/house.ts'
import type { RollingProxy } from '../support/rolling-proxy.ts'
import { openRollingProxy } from '../support/rolling-proxy.ts'
import { callTool } from '../support/tool.ts'

// Keys are changed while two processes serve, one of which is always a step behind. `npm run drill -- rotation` changes all of them under load.

const issuer = 'http://localhost:7414'
const { host } = new URL(issuer)
const purposes = ['cookie', 'dpop-nonce', 'decision', 'id-token']

let database: FreshDatabase
let dataDir: string
let proxy: RollingProxy
let service: TestService
let houses: House[]

beforeAll(async () => {
  database = await freshDatabase()
  dataDir = newFolder()
  const keysDir = join(dataDir, 'keys')
  await createMissingKeys(keysDir)
  const jwk = await addService(database.url, keysDir, 'bourses')
  // Processes that are started now know the new keys, and use the old ones.
  for (const purpose of purposes) await keys('rotate', purpose)
  proxy = await openRollingProxy(host)
  houses = [await open(), await open()]
  service = await openService(proxy.port, issuer, jwk)
})
afterAll(async () => {
  await Promise.all(houses.map((house) => house.stop()))
  await proxy.close()
  await database.drop()
  rmSync(dataDir, { recursive: true, force: true })
})

test('keys are changed step by step, each process after the other, and no request fails', async () => {
  const before = await signedBy()
  const copy = await namesAtJwks()
  for (const purpose of purposes) await keys('rotate', purpose, '--use', '--at-once')
  await replaceOne()
  await ask()
  await replaceOne()
  await ask()
  const after = await signedBy()
  expect(after.kid).not.toBe(before.kid)
  // The key that signs ID tokens now is in every copy of /jwks that was kept.
  const [signsNow] = await namesAtJwks()
  expect(signsNow).not.toBe(copy[0])
  expect(copy).toContain(signsNow)
  for (const purpose of purposes) await keys('retire', purpose, await oldOf(purpose), '--at-once')
  await replaceOne()
  await ask()

  // What the old key signed is still believed, and it can sign nothing any more.
  const published = JSON.parse((await get('/keys')).text) as PublishedKeys
  for (const { text } of [before, after])
    expect(await readByPublishedKeys(published, 'authzen-configuration+jwt', text)).toBeDefined()
  const folder = join(dataDir, 'keys', 'decision')
  const halves = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
  expect(halves).toHaveLength(2)
  expect(halves.filter((text) => text.includes('"d":'))).toHaveLength(1)
  expect(proxy.lost()).toBe(0)
}, 180_000)

async function replaceOne(): Promise<void> {
  const [old] = houses
  houses = [...houses.slice(1), await open()]
  if (old !== undefined) proxy.drop(old.port)
  await old?.stop()
}

// With two processes in turn, each step of this visit goes to the other one.
async function ask(): Promise<void> {
  for (let n = 0; n < 2; n++) {
    const visitor = openVisitor(proxy.port, issuer)
    const begun = await visitor.get(await service.push())
    const page = await visitor.get(locationOf(begun))
    expect(page.status).toBe(200)
    const left = await visitor.post(
      `${locationOf(begun)}/abandon`,
      { csrf: csrfIn(page) },
      { Origin: issuer },
    )
    expect({ status: left.status, text: left.status === 303 ? '' : left.text }).toEqual({
      status: 303,
      text: '',
    })
    // An odd number of requests: the next visit begins at the other process.
    expect((await get('/aide')).status).toBe(200)
  }
}

async function open(): Promise<House> {
  const house = await openHouse(database.url, dataDir, issuer)
  proxy.take(house.port)
  await until('it gets requests', () => proxy.ready().includes(house.port))
  return house
}

function get(path: string) {
  return send(proxy.port, path, { headers: { Host: host } })
}

async function signedBy(): Promise<{ readonly kid: unknown; readonly text: string }> {
  const { text: body } = await get('/.well-known/authzen-configuration')
  const { signed_metadata: text } = JSON.parse(body) as { signed_metadata: string }
  const header = Buffer.from(text.split('.')[0] ?? '', 'base64url').toString()
  return { kid: (JSON.parse(header) as { kid?: unknown }).kid, text }
}

async function namesAtJwks(): Promise<unknown[]> {
  const { keys: published } = JSON.parse((await get('/jwks')).text) as PublishedKeys
  return published.map(({ kid }) => kid)
}

async function keys(...words: string[]): Promise<string> {
  const env = { DATABASE_URL: database.url, DATA_DIR: dataDir, NODE_ENV: '' }
  const { code, out, err } = await callTool(['keys', ...words], env)
  expect({ words, code, err }).toEqual({ words, code: 0, err: '' })
  return out
}

async function oldOf(purpose: string): Promise<string> {
  const [, old = ''] = (await keys('list')).matchAll(new RegExp(`^${purpose} +(\\S+)`, 'gm'))
  return old[1] ?? ''
}
