import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { CallFailed } from '../../../src/base/values/outbound-error.ts'
import { guardedFetch } from '../../../src/provider/clients/guarded-fetch.ts'
import type { Broker } from '../../support/broker.ts'
import { startBroker } from '../../support/broker.ts'
import type { Answer } from '../../support/browser.ts'
import { makeBrowser } from '../../support/browser.ts'
import type { Answering, KeyServer, SigningKey } from '../../support/key-server.ts'
import { makeSigningKey, startKeyServer } from '../../support/key-server.ts'
import type { Params, Service } from '../../support/service.ts'
import { json, makeService, register } from '../../support/service.ts'
import { letTimeMove, pass } from '../../support/time.ts'

// A service publishes its keys at an address: how soon a key that came or went counts, at each of two processes.

const [minute, hour] = [60, 3600]

let broker: Broker
let keys: KeyServer
let service: Service
beforeAll(async () => {
  letTimeMove()
  keys = await startKeyServer()
  broker = await startBroker(
    async (site) => {
      const more = { jwks_uri: keys.url }
      service = await makeService(site, { clientId: 'keyed', organisation: 'org_keyed', more })
      return [service]
    },
    [],
    undefined,
    { OUTBOUND_ALLOW: keys.host, LOG_LEVEL: 'info' },
  )
})
afterAll(async () => {
  await broker.stop()
  await keys.close()
})

// What an earlier test left is forgotten: the set of each process is too old to be believed.
beforeEach(async () => {
  keys.answer(undefined)
  keys.publish()
  await pass(broker.db, { seconds: hour + minute })
})

/** Pushes a request at one of the two processes. */
async function push({ jwk, key }: SigningKey, at: 0 | 1, params: Params = {}): Promise<Answer> {
  const header = jwk.kid === undefined ? {} : { kid: jwk.kid }
  const assertion = await service.assertion({ key, header })
  return service.push(params, { assertion, port: broker.ports[at] ?? 0 })
}

async function statuses(key: SigningKey): Promise<number[]> {
  return [(await push(key, 0)).status, (await push(key, 1)).status]
}

/** What was asked of the address meanwhile. */
async function readings(work: () => Promise<unknown>): Promise<number> {
  const before = keys.asked()
  await work()
  return keys.asked() - before
}

test('a removed key is refused after ten minutes by every process, whatever the cache headers say', async () => {
  const [leaked, next] = [await makeSigningKey('leaked'), await makeSigningKey('next')]
  keys.publish(leaked, next)
  expect(await statuses(leaked)).toEqual([201, 201])
  keys.publish(next)

  await pass(broker.db, { seconds: 10 * minute - 5 })
  expect(await readings(() => statuses(next))).toBe(0)
  expect(await statuses(leaked)).toEqual([201, 201])
  await pass(broker.db, { seconds: 6 })
  const refused = await push(leaked, 0)

  expect([refused.status, json(refused)['error']]).toEqual([401, 'invalid_client'])
  expect((await push(leaked, 1)).status).toBe(401)
  expect(await statuses(next)).toEqual([201, 201])
})

test('a removed key is refused at once in a process that reads the set again for a new key', async () => {
  const [leaked, next] = [await makeSigningKey('leaked'), await makeSigningKey('next')]
  keys.publish(leaked)
  expect(await statuses(leaked)).toEqual([201, 201])

  keys.publish(next)

  expect(await statuses(next)).toEqual([201, 201])
  expect(await statuses(leaked)).toEqual([401, 401])
})

describe('a new key works at once', () => {
  test.each([
    ['under a name of its own', 'old', 'new'],
    ['under the name of the one before', 'same', 'same'],
    ['without a name', undefined, undefined],
  ])('%s', async (_, before, after) => {
    const [old, fresh] = [await makeSigningKey(before), await makeSigningKey(after)]
    keys.publish(old)
    expect(await statuses(old)).toEqual([201, 201])

    keys.publish(fresh)

    expect(await readings(async () => expect(await statuses(fresh)).toEqual([201, 201]))).toBe(2)
  })

  test('for many requests at once, which share one call', async () => {
    const [old, fresh] = [await makeSigningKey('old'), await makeSigningKey('new')]
    keys.publish(old)
    expect((await push(old, 0)).status).toBe(201)
    keys.publish(fresh)

    const answers: Answer[] = []
    const asked = await readings(async () => {
      answers.push(...(await Promise.all(Array.from({ length: 20 }, () => push(fresh, 0)))))
    })

    expect([...new Set(answers.map(({ status }) => status))]).toEqual([201])
    expect(asked).toBe(1)
  })
})

test('an unknown key makes an address read once a minute, however often it is tried', async () => {
  const [known, late] = [await makeSigningKey('known'), await makeSigningKey('late')]
  const stranger = await makeSigningKey('stranger')
  keys.publish(known)
  expect((await push(known, 0)).status).toBe(201)

  const tried = async () => {
    for (let n = 0; n < 4; n++) expect((await push(stranger, 0)).status).toBe(401)
    await Promise.all(Array.from({ length: 8 }, () => push(stranger, 0)))
  }
  expect(await readings(tried)).toBe(1)
  keys.publish(known, late)
  expect((await push(late, 0)).status).toBe(401)
  await pass(broker.db, { seconds: minute })

  expect((await push(late, 0)).status).toBe(201)
})

test('an unknown key in the first request leads to one call for the set', async () => {
  keys.publish(await makeSigningKey('known'))
  const stranger = await makeSigningKey('stranger')

  expect(await readings(() => push(stranger, 0))).toBe(1)
})

test('a page, or an assertion of another service, calls no address', async () => {
  const key = await makeSigningKey('key')
  keys.publish(key)
  const pushed = await push(key, 0)
  await pass(broker.db, { seconds: 30 * minute })
  const query = new URLSearchParams({
    client_id: service.clientId,
    request_uri: String(json(pushed)['request_uri']),
  })

  const asked = await readings(async () => {
    await makeBrowser(broker).follow(`${broker.issuer}/auth?${query.toString()}`)
    await broker.services.library.push({ client_id: service.clientId })
  })

  expect(asked).toBe(0)
})

test('a new version of a service keeps the keys that were read for its earlier version', async () => {
  const key = await makeSigningKey('key')
  keys.publish(key)
  expect(await statuses(key)).toEqual([201, 201])
  keys.answer((response) => response.writeHead(503).end())
  const redirectUri = 'https://keyed.test/second'
  const redirectUris = [service.redirectUri, redirectUri]
  const registered = { ...service.registered, version: 2, redirect_uris: redirectUris }

  await register(broker, [{ ...service, registered }])

  for (const at of [0, 1] as const) {
    const atNewOne = async () => (await push(key, at, { redirect_uri: redirectUri })).status
    await expect.poll(atNewOne).toBe(201)
  }
})

const filling = 'x'.repeat(33_000)
const oct = '{"keys":[{"kty":"oct","k":"AAAA"}]}'

// How it answers, and what the log says of it.
const unusable: [string, string, Answering][] = [
  ['an error', 'answered 503', (response) => response.writeHead(503).end()],
  ['nothing', 'no answer (UND_ERR_SOCKET)', (response) => response.destroy()],
  ['a redirect inward, where a set is', 'no answer', leadElsewhere],
  ['a page', 'answered no set of public keys', (response) => response.end('<!doctype html>')],
  ['other JSON', 'answered no set of public keys', (response) => response.end('{"keys":{}}')],
  ['a symmetric key', 'answered no set of public keys', (response) => response.end(oct)],
  ['33 kB', 'answered too much', (response) => response.end(`{"keys":[],"x":"${filling}"}`)],
]

function leadElsewhere(response: ServerResponse, published: string): void {
  if (response.req.url?.endsWith('/elsewhere') === true) response.end(published)
  else response.writeHead(302, { location: `${keys.url}/elsewhere` }).end()
}

describe('an address that fails with', () => {
  test.each(unusable)('%s leaves the known set in use for an hour', async (_, why, how) => {
    const key = await makeSigningKey('key')
    const [before, refusals] = [said(why), said('jwks_uri: could not be read')]
    keys.publish(key)
    expect(await statuses(key)).toEqual([201, 201])
    keys.answer(how)

    await pass(broker.db, { seconds: hour - 5 })
    expect(await statuses(key)).toEqual([201, 201])
    await pass(broker.db, { seconds: 6 })
    const refused = await push(key, 0)

    expect([refused.status, json(refused)['error']]).toEqual([401, 'invalid_client'])
    expect((await push(key, 1)).status).toBe(401)
    await expect.poll(() => said(why)).toBeGreaterThan(before)
    await expect.poll(() => said('jwks_uri: could not be read')).toBeGreaterThan(refusals)
    keys.answer(undefined)
    await pass(broker.db, { seconds: 10 })
    expect(await statuses(key)).toEqual([201, 201])
  })
})

test('a silent address is called once in ten seconds, for two and a half seconds', async () => {
  const key = await makeSigningKey('key')
  keys.publish(key)
  expect((await push(key, 0)).status).toBe(201)
  keys.answer((response) => void response.write('{'))
  await pass(broker.db, { seconds: 11 * minute })

  const began = performance.now()
  const asked = await readings(async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => push(key, 0)))
    expect([...new Set(answers.map(({ status }) => status))]).toEqual([201])
    for (let n = 0; n < 4; n++) expect((await push(key, 0)).status).toBe(201)
  })

  expect(asked).toBe(1)
  expect(performance.now() - began).toBeGreaterThan(2000)
  await expect.poll(() => said('no answer in time')).toBe(1)
})

test('a public address is called behind the guard of the library, and a plain one never', async () => {
  const asked: string[] = []
  const dispatcher = {
    dispatch({ origin }: { readonly origin: string }) {
      asked.push(origin)
      throw new Error('refused by the guard')
    },
  }
  const behind = { dispatcher } as object as RequestInit // nothing else of it is called
  const call = guardedFetch([keys.host])
  await expect(call('https://keyed.test/jwks', behind)).rejects.toThrow()
  expect(asked).toEqual(['https://keyed.test'])
  for (const plain of ['http://keyed.test/jwks', new Request('http://keyed.test/jwks')])
    await expect(call(plain)).rejects.toThrow(CallFailed)
  // Where the operator named the host, its guard would refuse the machine's own addresses.
  keys.answer((response) => response.end('{}'))
  expect((await call(keys.url, behind)).status).toBe(200)
  expect(asked).toHaveLength(1)
})

/** How often a process said this of the service. */
function said(why: string): number {
  const lines = broker.output().split('\n')
  const ours = lines.filter((line) => line.includes('"serviceId":"keyed"'))
  return ours.filter((line) => line.includes(`"why":"${why}"`)).length
}
