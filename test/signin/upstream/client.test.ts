import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { exportJWK, generateKeyPair } from 'jose'
import type { UpstreamClient, UpstreamProvider } from '../../../src/signin/upstream/index.ts'
import {
  discover,
  makeUpstreamClient,
  tellMissingSecrets,
} from '../../../src/signin/upstream/index.ts'
import { Refusal } from '../../../src/base/values/refusal.ts'
import type { Meter } from '../../../src/base/logging/meter.ts'
import { makeMeter } from '../../../src/base/logging/meter.ts'
import { Secret } from '../../../src/base/values/secret.ts'
import type { Behaviour, There, Upstream } from '../../support/upstream.ts'
import { secretThere, startUpstream } from '../../support/upstream.ts'
import { signerOf } from '../../../src/base/keys/signer.ts'
import { seriesIn } from '../../support/series.ts'

// What the one file that calls providers does with a provider that lies, moves, or knows no keys. No house is needed for it.

let there: Upstream
let elsewhere: Upstream
let said: string[]
let meter: Meter

beforeAll(async () => {
  there = await startUpstream('ailleurs')
  elsewhere = await startUpstream('pirate')
})
afterAll(async () => {
  await there.stop()
  await elsewhere.stop()
})
afterEach(() => {
  vi.useRealTimers()
  for (const one of [there, elsewhere]) {
    one.behave(undefined)
    one.say({})
  }
})

const own = 'https://accord.test'
const variable = 'UPSTREAM_SECRET_AILLEURS'

/** A client of a new process. @param services where services of the register are */
async function newClient(
  services: Readonly<Record<string, string>> = {},
  secrets: Readonly<Record<string, string>> = {},
  hasKey = true,
): Promise<UpstreamClient> {
  meter = makeMeter()
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), kid: 'ours' }
  said = []
  const log = { warn: (line: object) => said.push(JSON.stringify(line)) }
  const upstreamSecrets = new Map(
    Object.entries(secrets).map(([name, value]) => [name, new Secret(value)]),
  )
  const config = { issuer: own, outboundAllow: [there.host, elsewhere.host], upstreamSecrets }
  return makeUpstreamClient(
    {
      config,
      keys: { upstream: hasKey ? [jwk] : [] },
      signer: signerOf({ upstream: [jwk] }),
      log: log as never,
      meter,
    },
    (origin) => services[origin],
  )
}

function provider(more: Partial<UpstreamProvider> = {}): UpstreamProvider {
  return {
    id: there.id,
    version: 1,
    name: { fr: 'Ailleurs', en: 'Elsewhere' },
    issuer: there.issuer,
    clientId: 'accord',
    secret: undefined,
    scopes: ['openid'],
    levels: new Map(),
    ceiling: 'urn:accord:aal:2',
    vouchesFor: [],
    claimsFrom: 'id_token',
    ...more,
  }
}

function withSecret(more: Partial<NonNullable<UpstreamProvider['secret']>> = {}) {
  const tokenEndpoint = `${there.issuer}/token`
  return provider({
    secret: { env: variable, tokenEndpoint, method: 'client_secret_basic', ...more },
  })
}

/** What was counted of the provider, by result. */
async function counted(): Promise<Readonly<Record<string, number>>> {
  const name = /^accord_upstream_requests_total\{provider="ailleurs",result="(\w+)"\}$/
  const found = [...seriesIn(await meter.text())].flatMap(([series, value]) => {
    const [, result] = name.exec(series) ?? []
    return result === undefined || value === 0 ? [] : [[result, value] as const]
  })
  return Object.fromEntries(found)
}

let ways = 0

/** Somebody goes there and comes back. @returns her subject, or the code of the refusal */
async function signIn(
  client: UpstreamClient,
  to = provider(),
  { person = { sub: 'somebody' }, back = {} }: { person?: There; back?: object } = {},
): Promise<string> {
  const sent = {
    state: `visit.fr.${ways++}`,
    nonce: `nonce-${ways}`.padEnd(43, 'n'),
    verifier: `verifier-${ways}`.padEnd(43, 'v'),
    maxAge: 300,
  }
  try {
    const address = await client.address(to, sent, { acrValues: [], language: 'fr' })
    const { search } = there.signsIn(address.href, person, { back: { ...back } })
    return (await client.arrival(to, sent, search.slice(1), 0)).subject
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}

test('a secret goes to the address that the register names, as the register says, and keys go where it names none', async () => {
  const client = await newClient({}, { [variable]: secretThere })
  there.proofs.length = 0
  expect(await signIn(client)).toBe('somebody')
  expect(await signIn(client, { ...withSecret(), version: 2 })).toBe('somebody')
  const post = withSecret({ method: 'client_secret_post' })
  expect(await signIn(client, { ...post, version: 3 })).toBe('somebody')
  expect(there.proofs).toEqual(['private_key_jwt', 'basic', 'post'])
})

test('metadata that lead elsewhere get no secret, nor a token request at all', async () => {
  const moved = { token_endpoint: `${elsewhere.issuer}/token` }
  const pushed = { pushed_authorization_request_endpoint: `${elsewhere.issuer}/par` }
  for (const members of [moved, pushed]) {
    const client = await newClient({}, { [variable]: secretThere })
    there.say(members)
    expect(await signIn(client, withSecret())).toBe('upstream.untrusted')
    expect(said.join()).toMatch(
      /is not the one that gets the secret|is not where the secret may go/,
    )
    expect(said.join()).not.toContain(elsewhere.issuer)
  }
  expect([elsewhere.asked('/token'), elsewhere.asked('/par')]).toEqual([0, 0])

  // After the start, too: metadata are judged each time that they are read.
  const client = await newClient({}, { [variable]: secretThere })
  there.say({})
  expect(await signIn(client, withSecret())).toBe('somebody')
  there.say(moved)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 601_000 })
  expect(await signIn(client, withSecret())).toBe('upstream.untrusted')
  expect(elsewhere.asked('/token')).toBe(0)
})

test('without its secret a process says so at its start, asks nobody, and says no more than the variable', async () => {
  const client = await newClient()
  const before = there.asked('/token')
  expect(await signIn(client, withSecret())).toBe('upstream.untrusted')
  expect(said).toEqual([
    JSON.stringify({ code: 'upstream.untrusted', why: `ailleurs: ${variable} is not set` }),
  ])
  expect(there.asked('/token')).toBe(before)
  const told: unknown[] = []
  const log = { error: (line: object, message: string) => told.push([line, message]) } as never
  tellMissingSecrets({ config: { upstreamSecrets: new Map() } as never, log }, [
    withSecret(),
    provider(),
  ])
  expect(told).toEqual([
    [{ why: `ailleurs: ${variable} is not set` }, 'nobody can sign in by a provider'],
  ])
})

test('without a key of its own a process proves itself to nobody, and says which purpose lacks one', async () => {
  const client = await newClient({}, {}, false)
  expect(await signIn(client)).toBe('upstream.untrusted')
  expect(said.join()).toContain('ailleurs: KEYS_DIR has no key of purpose upstream')
})

test('a logout token is judged by the keys that the metadata name, and by none where they name none', async () => {
  const client = await newClient()
  const token = async () => client.loggedOut(provider(), await there.signsOut({ sub: 'x' }))
  const asked = there.asked('/jwks')
  expect([(await token()).subject, (await token()).subject]).toEqual(['x', 'x'])
  // A stranger's token makes no call either.
  const lies = await there.signsOut({ sub: 'x' }, { signature: 'unknown-kid' })
  await expect(client.loggedOut(provider(), lies)).rejects.toThrow('upstream.untrusted')
  expect(there.asked('/jwks')).toBe(asked + 1)
  there.say({ jwks_uri: undefined })
  const lost = (await newClient()).loggedOut(provider(), await there.signsOut({ sub: 'x' }))
  await expect(lost).rejects.toThrow('upstream.untrusted')
  expect(said.join()).toContain('its metadata name no keys')
})

test('an address of a service, or of this broker, among the metadata stops the provider, then and later', async () => {
  const services: Record<string, string> = {}
  const client = await newClient(services)
  expect(await signIn(client)).toBe('somebody')
  there.say({ userinfo_endpoint: `${elsewhere.issuer}/userinfo`, op_tos_uri: 'https://a.test/' })
  const again = await newClient(services)
  expect(await signIn(again)).toBe('somebody')
  // A service that the register names later, while the metadata are held.
  services[elsewhere.issuer] = 'bibliotheque'
  services['https://a.test'] = 'textes'
  expect(await signIn(again)).toBe('upstream.untrusted')
  expect(said.join()).toContain('its userinfo_endpoint is at an address of bibliotheque')
  there.say({ jwks_uri: `${own}/jwks` })
  expect(await signIn(await newClient())).toBe('upstream.untrusted')
  expect(said.join()).toContain('its jwks_uri is at an address of this broker')
  there.say({ mtls_endpoint_aliases: { token_endpoint: `${own}/token` } })
  expect(await signIn(await newClient())).toBe('upstream.untrusted')
})

test('metadata of another issuer are not believed, whenever they come', async () => {
  for (const issuer of ['https://other.test', `${there.issuer}/`]) {
    const client = await newClient()
    expect(await signIn(client)).toBe('somebody')
    there.say({ issuer })
    expect(await signIn(await newClient())).toBe('upstream.untrusted')
    const now = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: now + 601_000 })
    expect(await signIn(client)).toBe('upstream.untrusted')
    vi.useRealTimers()
    there.say({})
  }
})

test('a provider that demands pushed requests and bound tokens gets both', async () => {
  const par = `${there.issuer}/par`
  there.say({
    pushed_authorization_request_endpoint: par,
    require_pushed_authorization_requests: true,
    dpop_signing_alg_values_supported: ['ES256'],
  })
  const before = [there.asked('/par'), there.asked('/token')]
  expect(await signIn(await newClient())).toBe('somebody')
  // The first proof has no nonce yet: the token is asked for twice (RFC 9449, section 8).
  expect([there.asked('/par'), there.asked('/token')]).toEqual([
    (before[0] ?? 0) + 1,
    (before[1] ?? 0) + 2,
  ])
})

test('after a change of keys nobody comes in for a minute at most, and then again', async () => {
  const client = await newClient()
  expect(await signIn(client)).toBe('somebody')
  await there.rotate()
  const asked = there.asked('/jwks')
  expect(await signIn(client)).toBe('upstream.untrusted')
  expect(await signIn(client)).toBe('upstream.untrusted')
  expect(there.asked('/jwks')).toBe(asked)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 })
  expect(await signIn(client)).toBe('somebody')
  expect(there.asked('/jwks')).toBe(asked + 1)
})

test('clocks may differ by ten seconds, and no more', async () => {
  const client = await newClient()
  const at = (secondsAgo: number) =>
    signIn(client, provider(), { person: { sub: 'x', secondsAgo } })
  expect([await at(-8), await at(308)]).toEqual(['x', 'x'])
  expect([await at(-20), await at(330)]).toEqual(['upstream.untrusted', 'upstream.untrusted'])
})

// RFC 6749, section 4.1.2.1; OpenID Connect Core, section 3.1.2.6; RFC 9396, section 5; and one that nobody knows.
test.each([
  'invalid_request',
  'unauthorized_client',
  'access_denied',
  'unsupported_response_type',
  'invalid_scope',
  'server_error',
  'temporarily_unavailable',
  'interaction_required',
  'login_required',
  'account_selection_required',
  'consent_required',
  'invalid_request_uri',
  'invalid_request_object',
  'request_not_supported',
  'request_uri_not_supported',
  'registration_not_supported',
  'unmet_authentication_requirements',
  'invalid_authorization_details',
  'made_up',
])('sent back with %s, she reads that nothing came of it', async (error) => {
  const back = { code: undefined, error, error_description: '<script>\n' }
  expect(await signIn(await newClient(), provider(), { back })).toBe('upstream.declined')
  expect(said.join()).not.toContain('script')
  expect(await counted()).toEqual({ answered: 1, declined: 1 })
})

test('the error of one provider, or a code beside an error, is no answer of another', async () => {
  const client = await newClient()
  const wrong = { error: 'access_denied', code: undefined, iss: 'https://other.test' }
  expect(await signIn(client, provider(), { back: wrong })).toBe('upstream.untrusted')
  expect(await signIn(client, provider(), { back: { response: 'x.y.z' } })).toBe(
    'upstream.untrusted',
  )
  expect(await counted()).toEqual({ answered: 2, untrusted: 2 })
})

test.each<[string, string, Behaviour]>([
  ['500', '/.well-known/openid-configuration', (_, response) => !!response.writeHead(500).end()],
  [
    'huge',
    '/.well-known/openid-configuration',
    (_, response) => !!response.end('x'.repeat(70_000)),
  ],
  [
    'moved',
    '/.well-known/openid-configuration',
    (_, response) => !!response.writeHead(302, { location: elsewhere.issuer }).end(),
  ],
  ['empty', '/.well-known/openid-configuration', (_, response) => !!response.writeHead(204).end()],
  ['no JSON', '/.well-known/openid-configuration', (_, response) => !!response.end('<html>')],
  ['keys that are huge', '/jwks', (_, response) => !!response.end('x'.repeat(70_000))],
  ['keys that fail', '/jwks', (_, response) => !!response.writeHead(503).end()],
])('%s: nobody comes in, and the next request tells it without a call', async (_, path, how) => {
  const client = await newClient()
  there.behave((asked, response) => asked === path && how(asked, response))
  const before = there.asked(path)
  expect(await signIn(client)).toMatch(/^upstream\.(away|untrusted)$/)
  expect(await signIn(client)).toMatch(/^upstream\.(away|untrusted)$/)
  const calls = there.asked(path) - before
  expect(calls).toBe(path === '/jwks' ? 2 : 1)
  expect(said.join()).not.toContain('xxx')
})

test('one that hangs is waited for once, and who comes meanwhile shares that', async () => {
  const client = await newClient()
  there.behave(() => true)
  const discovery = '/.well-known/openid-configuration'
  const before = there.asked(discovery)
  const all = await Promise.all(Array.from({ length: 20 }, () => signIn(client)))
  expect(new Set(all)).toEqual(new Set(['upstream.away']))
  expect(await signIn(client)).toBe('upstream.away')
  expect(there.asked(discovery) - before).toBe(1)
  expect(await counted()).toEqual({ away: 21 })
})

test('what a plan asks of a provider is what a sign-in would find', async () => {
  const config = { issuer: own, outboundAllow: [there.host] }
  const said = async (asked = provider(), services: Record<string, string> = {}) => {
    const { isAway, faults } = await discover(asked, config, (origin) => services[origin])
    owners = faults.map(({ owner }) => owner)
    return [isAway, ...faults.map(({ path, message }) => `${path.join('.')}: ${message}`)]
  }
  let owners: unknown[] = []
  expect(await said()).toEqual([false])
  expect(await said(provider(), { [there.issuer]: 'bibliotheque' })).toContain(
    'issuer: its token_endpoint is at an address of bibliotheque',
  )
  expect(new Set(owners)).toEqual(new Set(['bibliotheque']))
  expect(await said(withSecret({ tokenEndpoint: `${there.issuer}/other` }))).toEqual([
    false,
    'secret.token_endpoint: its token_endpoint is not the one that gets the secret',
    'secret: secret: it knows private_key_jwt, and needs no secret',
  ])
  there.say({ issuer: 'https://other.test' })
  expect(await said()).toEqual([false, 'issuer: its metadata are of another issuer'])
  for (const authorization_endpoint of [undefined, 'no address', 'http://10.0.0.1/']) {
    there.say({ authorization_endpoint, op_policy_uri: 7, made_up_uri: 7, other_uri: 'none' })
    expect(await said()).toEqual([
      false,
      'issuer: nobody may be sent to its authorization_endpoint',
    ])
  }
  // Who plans hears it; whoever signs in by a provider that is there already waits for what is called.
  there.say({ jwks_uri: 'https://localhost/keys', userinfo_endpoint: 'https://id.test:22/me' })
  expect(await said()).toEqual([
    false,
    'issuer: its jwks_uri must be at a public name',
    'issuer: its userinfo_endpoint must be at port 443',
  ])
  there.say({})
  for (const issuer of ['http://10.0.0.1', 'https://10.0.0.1'])
    expect(await said(provider({ issuer }))).toEqual([
      true,
      'issuer: its metadata cannot be read: this address may not be called',
    ])
  there.behave((_, response) => !!response.writeHead(500).end())
  expect((await said())[0]).toBe(true)
})
