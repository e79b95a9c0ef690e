import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import * as jose from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { KeyPair } from '../../src/base/keys/key-pairs.ts'
import type { FarPurpose } from '../../src/base/keys/signer.ts'
import { mostConnections } from '../../src/base/keys/signer-share.ts'
import { algsOf } from '../../src/base/keys/signer.ts'
import type { ServedPurpose, SignerSockets } from '../../src/base/values/key-purposes.ts'
import { present } from '../../src/base/values/present.ts'
import { originOf } from '../../src/ledger/chain/index.ts'
import type { Answer, Browser, Site } from '../support/browser.ts'
import { exchange } from '../support/browser.ts'
import type { Broker } from '../support/broker.ts'
import { callbackOf, codeOf, issuer, startBroker } from '../support/broker.ts'
import { until } from '../support/fault-process.ts'
import { newPerson } from '../support/person.ts'
import type { Service } from '../support/service.ts'
import { json, makeService } from '../support/service.ts'
import type { TestSigner } from '../support/signer.ts'
import { askAt, makeSignerProcess, settingOf, statement } from '../support/signer.ts'

// ID tokens are signed, and what is kept of a person is opened, by a process that is not ours, which goes away and comes back. The
// processes of the web hold no key of theirs.

const elsewhere = ['id-token', 'id-token-rsa', 'decision', 'receipt', 'data'] as const
const year = new Date().getUTCFullYear()
let signer: TestSigner
/** Those of a web process. */
let sockets: SignerSockets
let broker: Broker
let services: Readonly<Record<'ES256' | 'RS256' | 'PS256', Service>>
let browser: Browser

beforeAll(async () => {
  signer = await makeSignerProcess([...elsewhere, 'log'], issuer)
  await signer.begin()
  const { log: _of, ...own } = signer.sockets
  sockets = own
  const env = { SIGNER_SOCKETS: settingOf(sockets) }
  broker = await startBroker(makeServices, [], undefined, env, { elsewhere })
  browser = (await newPerson({ ...broker, signerSockets: sockets })).browser
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

test('a web process that somebody holds has nothing signed for another house or another time, and no tree', async () => {
  const at = (purpose: ServedPurpose) => signer.sockets[purpose] ?? ''
  const now = Math.floor(Date.now() / 1000)
  const ask = async (purpose: FarPurpose, claims: Readonly<Record<string, unknown>>) => {
    const [{ keys } = {}] = await askAt(at(purpose), [{ ask: 'keys' }])
    const [jwk] = (keys as Record<string, KeyPair[]>)[purpose] ?? []
    const alg = algsOf[purpose][0] ?? ''
    const kid = await jose.calculateJwkThumbprint(present(jwk, 'a key'))
    const bytes = statement(purpose, { iss: issuer, alg, kid, claims }).toString('base64url')
    const [answer] = await askAt(at(purpose), [{ ask: 'sign', purpose, kid, alg, bytes }])
    return answer?.refused ?? 'signed'
  }
  for (const purpose of ['id-token', 'id-token-rsa', 'decision', 'receipt'] as const) {
    expect(await ask(purpose, {})).toBe('signed')
    expect(await ask(purpose, { iss: 'https://other.example' })).toBe(
      'a statement of another house',
    )
    const ofNextYear = { iat: now + 366 * 86_400 }
    expect(await ask(purpose, ofNextYear)).toBe('a statement of another time')
    const ofTenYears = { exp: now + 3660 * 86_400 }
    expect(await ask(purpose, ofTenYears)).toBe('a statement that lives too long')
  }
  // At the sockets of a web process nobody hears of a tree, nor at one purpose of another.
  const tree = { ask: 'tree', size: 2 ** 40, root: 'A'.repeat(43), old: 0, proof: [] }
  const questions = [
    { ...tree, origin: originOf(issuer, year) },
    { ask: 'log-keys', origin: originOf(issuer, year) },
  ]
  for (const path of Object.values(sockets))
    expect((await askAt(path, questions)).map(({ refused }) => refused)).toEqual(
      questions.map(() => 'this socket is for another purpose'),
    )
  const [opened] = await askAt(at('decision'), [{ ask: 'derive' }])
  expect(opened).toHaveProperty('refused')
  // Whoever may ask for trees invents no log, and begins no year.
  const invented = Array.from({ length: 996 }, (_, n) => `other.example/log/${year}/p${n}`)
  const long = Array.from(
    { length: 20 },
    (_, n) => `${new URL(issuer).host}/${'x'.repeat(250)}${n}`,
  )
  const origins = [originOf(issuer, year + 1), ...invented, ...long]
  const answers = await askAt(
    at('log'),
    origins.map((origin) => ({ ...tree, origin })),
  )
  expect(answers.filter((answer) => !('refused' in answer))).toEqual([])
  expect(existsSync(join(signer.memoryDir, 'signed.json'))).toBe(false)
  const first = { ...tree, origin: originOf(issuer, year), size: 1 }
  expect(await askAt(at('log'), [first])).toEqual([{ id: 0, signatures: [expect.any(String)] }])
  // Another signer over the same memory would sign another tree of this size.
  const second = await signer.another()
  expect(second).toContain(`Another signer has the memory ${signer.memoryDir}`)
})

test('who holds connections, or asks what cannot be read, takes nothing from others and fills no log', async () => {
  const path = sockets['id-token'] ?? ''
  const idle = Array.from({ length: 600 }, () =>
    connect(path)
      .resume()
      .on('error', () => undefined),
  )
  // At this socket the ones that ask nothing make room, and the others are as they were.
  await until('most of them have made room', () =>
    Promise.resolve(idle.filter(({ closed }) => closed).length >= idle.length - mostConnections),
  )
  const { ES256: service } = services
  expect((await service.redeem(...(await code(service)))).status).toBe(200)
  expect(await askAt(path, [{ ask: 'keys' }])).toHaveLength(1)
  expect(json(await get('/readyz'))).not.toHaveProperty('code')
  for (const socket of idle) socket.destroy()

  const before = signer.output().length
  const nonsense = Array.from({ length: 5000 }, (_, n) => ({ ask: `nothing ${n}` }))
  expect(await askAt(path, nonsense)).toHaveLength(nonsense.length)
  await until('it has said what it refused', () =>
    Promise.resolve(said(before, 'SIGNER_REFUSES') >= nonsense.length),
  )
  expect(signer.output().length - before).toBeLessThan(5000)
  expect(signer.output()).not.toContain('nothing 0')
})

test('while it is away, nothing is signed, used up or ready; it comes back, and everything goes on', async () => {
  const { RS256: service } = services
  const asked = await code(service)
  await signer.end('SIGKILL')
  const answer = await service.redeem(...asked)
  expect([answer.status, json(answer)]).toEqual([503, { error: 'temporarily_unavailable' }])
  expect(answer.headers['retry-after']).toBe('5')
  expect(json(await get('/readyz'))).toMatchObject({ status: 503, code: 'signer' })

  fillMemory()
  await signer.begin()
  await until('it is ready', async () => (await get('/readyz')).status === 200)
  expect((await service.redeem(...asked)).status).toBe(200)
  await newPerson({ ...broker, signerSockets: sockets })
})

test('no signal opens a debugger in it, and at its end it says how much it signed of each purpose', async () => {
  process.kill(signer.pid(), 'SIGUSR1')
  expect(await askAt(sockets.receipt ?? '', [{ ask: 'keys' }])).toHaveLength(1)
  await signer.end()
  expect(signer.output()).not.toContain('Debugger')
  for (const purpose of ['id-token-rsa', 'data'])
    expect(said(0, 'SIGNER_COUNT', purpose)).toBeGreaterThan(0)
  expect(said(0, 'SIGNER_COUNT', 'log')).toBe(0)
})

/** What it says in its lines from there on, summed. */
function said(from: number, code: string, purpose?: string): number {
  return signer
    .output()
    .slice(from)
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map(
      (line) =>
        JSON.parse(line) as { code?: string; purpose?: string; count: number; hour?: string },
    )
    .filter((line) => line.code === code && (purpose === undefined || line.purpose === purpose))
    .reduce((sum, { count }) => sum + count, 0)
}

/** As one who might ask for trees of any name could fill it once, beyond what a signer then read. */
function fillMemory(): void {
  const path = join(signer.memoryDir, 'signed.json')
  const { v, logs } = JSON.parse(readFileSync(path, 'utf8')) as { v: number; logs: object }
  const [tree] = Object.values(logs) as object[]
  const invented = Array.from(
    { length: 1000 },
    (_, n) => [`${'x'.repeat(290)}/${n}`, tree] as const,
  )
  writeFileSync(path, JSON.stringify({ v, logs: { ...logs, ...Object.fromEntries(invented) } }))
}

async function code(service: Service): Promise<[string, Awaited<ReturnType<Service['begin']>>]> {
  const errand = service.plain()
  return [codeOf(callbackOf(await browser.follow(errand.url))), errand]
}

function get(path: string): Promise<Answer> {
  const url = new URL(path, issuer)
  const call = { method: 'GET', headers: { host: url.host }, body: undefined }
  return exchange(broker.ports[0] ?? 0, url, call)
}
