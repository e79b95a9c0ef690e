import * as jose from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Answer, Browser, Site } from '../support/browser.ts'
import { exchange } from '../support/browser.ts'
import type { Broker } from '../support/broker.ts'
import { callbackOf, codeOf, issuer, startBroker } from '../support/broker.ts'
import { until } from '../support/fault-process.ts'
import { newPerson } from '../support/person.ts'
import type { Service } from '../support/service.ts'
import { json, makeService } from '../support/service.ts'
import type { TestSigner } from '../support/signer.ts'
import { makeSignerProcess } from '../support/signer.ts'

// ID tokens are signed, and what is kept of a person is opened, by a process that is not ours, which goes away and comes back. The
// processes of the web hold no key of theirs.

const elsewhere = ['id-token', 'id-token-rsa', 'decision', 'receipt', 'data']
let signer: TestSigner
let broker: Broker
let services: Readonly<Record<'ES256' | 'RS256' | 'PS256', Service>>
let browser: Browser

beforeAll(async () => {
  signer = await makeSignerProcess(elsewhere)
  await signer.begin()
  const env = { SIGNER_SOCKET: signer.socketPath }
  broker = await startBroker(makeServices, [], undefined, env, { elsewhere })
  browser = (await newPerson({ ...broker, signerSocket: signer.socketPath })).browser
})
// Apart from each other: a signer would outlive a broker that did not start.
afterAll(() => broker.stop())
afterAll(() => signer.drop())

async function makeServices(site: Site): Promise<Service[]> {
  const of = (clientId: string, alg?: string) =>
    makeService(site, {
      clientId,
      organisation: 'org_revenue',
      isBearer: true,
      more: {
        profile: 'baseline',
        ...(alg === undefined ? {} : { id_token_signed_response_alg: alg }),
      },
    })
  services = {
    ES256: await of('desk'),
    RS256: await of('older', 'RS256'),
    PS256: await of('padded', 'PS256'),
  }
  return Object.values(services)
}

test('a service finds at /jwks the keys of a signer, and what it signed', async () => {
  const published = json(await get('/jwks'))
  const names = (published as { keys: jose.JWK[] }).keys.map(({ kty, alg }) => [kty, alg])
  expect(names).toEqual([
    ['EC', 'ES256'],
    ['RSA', undefined],
  ])
  const keys = jose.createLocalJWKSet(published as never)
  for (const [alg, service] of Object.entries(services)) {
    const { id_token: token } = json(await service.redeem(...(await code(service))))
    const { protectedHeader } = await jose.jwtVerify(String(token), keys, { issuer })
    expect(protectedHeader.alg).toBe(alg)
  }
})

test('while it is away, nothing is signed, used up or ready; it comes back, and everything goes on', async () => {
  const { RS256: service } = services
  const asked = await code(service)
  await signer.end('SIGKILL')
  const answer = await service.redeem(...asked)
  expect([answer.status, json(answer)]).toEqual([503, { error: 'temporarily_unavailable' }])
  expect(answer.headers['retry-after']).toBe('5')
  expect(json(await get('/readyz'))).toMatchObject({ status: 503, code: 'signer' })

  await signer.begin()
  await until('it is ready', async () => (await get('/readyz')).status === 200)
  expect((await service.redeem(...asked)).status).toBe(200)
  await newPerson({ ...broker, signerSocket: signer.socketPath })
})

async function code(service: Service): Promise<[string, Awaited<ReturnType<Service['begin']>>]> {
  const errand = service.plain()
  return [codeOf(callbackOf(await browser.follow(errand.url))), errand]
}

function get(path: string): Promise<Answer> {
  const url = new URL(path, issuer)
  const call = { method: 'GET', headers: { host: url.host }, body: undefined }
  return exchange(broker.ports[0] ?? 0, url, call)
}
