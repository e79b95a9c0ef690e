import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildApp } from '../../src/house/app.ts'
import { problemType } from '../../src/api/openapi/index.ts'
import { readConfig } from '../../src/base/settings/config.ts'
import { createMissingKeys } from '../../src/base/keys/keys.ts'
import type { Endpoint } from '../../src/base/web/endpoints.ts'
import { backchannelGrantName, deviceGrant } from '../../src/provider/clients/profiles.ts'
import { errorNumber } from '../../src/base/web/request-log.ts'
import type { FreshDatabase } from '../support/database.ts'
import { freshDatabase } from '../support/database.ts'
import type { Answer, Visitor } from '../support/fault-client.ts'
import { csrfIn, openVisitor, send } from '../support/fault-client.ts'
import { makeAuthenticator } from '../support/authenticator.ts'
import { newFolder } from '../support/fault-process.ts'
import type { FaultProxy } from '../support/fault-proxy.ts'
import { openFaultProxy } from '../support/fault-proxy.ts'
import type { TestService } from '../support/fault-service.ts'
import { addService, makeAccess, openService, visitOf } from '../support/fault-service.ts'
import type { House } from '../support/house.ts'
import { openHouse } from '../support/house.ts'
import { usualPatience } from '../support/patience.ts'

const issuer = 'http://localhost:7441'
const host = { Host: 'localhost:7441' }
const html = { ...host, Accept: 'text/html' }
const json = { ...host, Accept: 'application/json' }

const everyGrant = {
  grant_types: ['authorization_code', deviceGrant, backchannelGrantName],
  backchannel_token_delivery_mode: 'poll',
}

let database: FreshDatabase
let proxy: FaultProxy
let dataDir: string
let house: House
let endpoints: readonly Endpoint[]
let service: TestService
let person: Visitor
let answers: Readonly<Record<string, Answer>>

beforeAll(async () => {
  database = await freshDatabase()
  proxy = await openFaultProxy(database.url)
  dataDir = newFolder()
  // All that is off until somebody asks for it is on, so that each endpoint answers.
  const jwk = await addService(database.url, join(dataDir, 'keys'), 'bourses', everyGrant)
  await createMissingKeys(join(dataDir, 'keys'), { signals: true })
  house = await openHouse(proxy.url, dataDir, issuer, usualPatience)
  const env = { ISSUER: issuer, DATABASE_URL: database.url, DATA_DIR: dataDir, LOG_LEVEL: 'silent' }
  const app = await buildApp(readConfig(env), database.url)
  await app.close()
  ;({ endpoints } = app)
  service = await openService(house.port, issuer, jwk)
  person = openVisitor(house.port, issuer)
  await makeAccess(person, makeAuthenticator({ origin: issuer, counter: 0 }), await service.push())
  answers = await oneOfEachKind()
})

afterAll(async () => {
  await house.stop()
  await proxy.close()
  await database.drop()
  rmSync(dataDir, { recursive: true, force: true })
})

async function oneOfEachKind(): Promise<Record<string, Answer>> {
  const ask = (path: string, headers: Readonly<Record<string, string>> = html) =>
    send(house.port, path, { headers })
  const stranger = openVisitor(house.port, issuer)
  const visit = await visitOf(stranger, await service.push())
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
  const large = { method: 'POST', headers: { ...html, ...form }, body: 'x'.repeat(60_000) }
  const found = {
    'a page': await ask('/'),
    'an English page': await openVisitor(house.port, issuer).get('/en/aide', {
      Cookie: 'attested=yes',
    }),
    'a page of a visit': await stranger.get(visit),
    'a personal page': await person.get('/acces'),
    'the sign-out page': await person.get('/session/end'),
    'the signed-out page': await ask('/session/end/success'),
    'a redirect of ours': await ask('/session/end?ui_locales=en'),
    'a page that needs a person': await ask('/acces'),
    'a redirect of the provider': await openVisitor(house.port, issuer).get(await service.push()),
    'no page': await ask('/nowhere'),
    'no page, for a program': await ask('/nowhere', json),
    'no JSON': await ask('/.well-known/nowhere', json),
    'a visit of nobody': await ask('/connexion/nobody'),
    'a wrong method': await send(house.port, '/aide', { method: 'DELETE', headers: html }),
    'a wrong method of a program': await send(house.port, '/aide', {
      method: 'PUT',
      headers: json,
    }),
    'a body too large': await stranger.post(`${visit}/cle`, { x: 'x'.repeat(60_000) }),
    'a body too large for the provider': await send(house.port, '/token', large),
    'a forged form': await stranger.post(`${visit}/cle`, { csrf: 'x' }),
    'a wrong host': await ask('/', { ...html, Host: 'evil.example' }),
    'a wrong host, for a program': await ask('/', { ...json, Host: 'evil.example' }),
    'a style sheet': await ask('/css/layout.css'),
    'a missing style sheet': await ask('/css/nowhere.css'),
    discovery: await ask('/.well-known/openid-configuration', json),
    keys: await ask('/jwks', json),
    health: await ask('/healthz', json),
    'a bad request': await ask('/auth?client_id=nobody'),
    'a bad request of a program': await ask('/auth?client_id=nobody', json),
    'a token error': await send(house.port, '/token', {
      method: 'POST',
      headers: { ...json, ...form },
      body: 'grant_type=authorization_code&code=x',
    }),
    'an introspection error': await send(house.port, '/token/introspection', {
      method: 'POST',
      headers: { ...json, ...form },
      body: 'token=x',
    }),
    'no token': await ask('/userinfo', json),
    'a preflight': await send(house.port, '/token', {
      method: 'OPTIONS',
      headers: { ...host, Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST' },
    }),
  }
  await proxy.refuse()
  const away = {
    'an outage': await person.get('/acces'),
    'an outage, for a program': await ask('/readyz', json),
    'an outage at the token endpoint': await service.pushOnce(),
  }
  await proxy.pass()
  return { ...found, ...away }
}

const kinds = [
  ['a page', 200],
  ['an English page', 200],
  ['a page of a visit', 200],
  ['a personal page', 200],
  ['the sign-out page', 200],
  ['the signed-out page', 200],
  ['a redirect of ours', 303],
  ['a page that needs a person', 403],
  ['a redirect of the provider', 303],
  ['no page', 404],
  ['no page, for a program', 404],
  ['no JSON', 404],
  ['a visit of nobody', 404],
  ['a wrong method', 405],
  ['a wrong method of a program', 405],
  ['a body too large', 413],
  ['a body too large for the provider', 413],
  ['a forged form', 403],
  ['a wrong host', 421],
  ['a wrong host, for a program', 421],
  ['a style sheet', 200],
  ['a missing style sheet', 404],
  ['discovery', 200],
  ['keys', 200],
  ['health', 200],
  ['a bad request', 400],
  ['a bad request of a program', 400],
  ['a token error', 400],
  ['an introspection error', 400],
  ['no token', 401],
  ['a preflight', 204],
  ['an outage', 503],
  ['an outage, for a program', 503],
  ['an outage at the token endpoint', 503],
] as const

test('the table below covers every kind of answer', () => {
  expect(Object.keys(answers).toSorted()).toEqual(kinds.map(([kind]) => kind).toSorted())
})

test.each(kinds)('%s (%i) carries the headers that protect', (kind, status) => {
  const { headers, ...answer } = answerOf(kind)
  expect(answer.status).toBe(status)
  const policy = String(headers['content-security-policy'])
  expect(policy).toContain(`default-src 'none'`)
  expect(policy).toContain(`frame-ancestors 'none'`)
  expect(policy).toContain(`base-uri 'none'`)
  expect(policy).not.toMatch(/unsafe|\*|data:|blob:/)
  // Chromium applies form-action to the redirect after a POST: there, and only there, services are named.
  expect(policy.replace(/form-action[^;]*/, '')).not.toContain('http')
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    'x-frame-options': 'DENY',
  })
  expect(headers['strict-transport-security']).toBeUndefined()
  expect(headers['x-powered-by']).toBeUndefined()
  expect(headers['server']).toBeUndefined()
})

test.each(kinds)('%s names no origin but ours, and loads nothing from elsewhere', (kind) => {
  const { text } = answerOf(kind)
  const loaded = text.matchAll(/<(?:script|link|img|iframe|source|use)[^>]+(?:src|href)="([^"]*)"/g)
  for (const [, address] of loaded) expect(address).toMatch(/^\/(?!\/)/)
  expect(text).not.toMatch(
    /<(script|style)(?![^>]* src=)[^>]*>|\son[a-z]+="|\sstyle="|javascript:/i,
  )
  expect(text).not.toMatch(/googleapis|gstatic|cdn\./)
})

test.each(kinds.filter(([, status]) => status >= 400))(
  '%s (%i) reveals nothing internal',
  (kind) => {
    const { text, headers } = answerOf(kind)
    expect(text).not.toMatch(/\n\s+at |node_modules|\/src\/|\.ts\b|\/work\/|\/home\//)
    expect(text).not.toMatch(/select |insert |postgres|knex|oidc-provider|koa|127\.0\.0\.1/i)
    expect(text).not.toMatch(/ECONN|ETIMEDOUT|57P01|22021/)
    expect(text).not.toMatch(/evil\.example/)
    expect(headers['cache-control']).toContain('no-store')
  },
)

test.each([
  ['no page, for a program', 404, 'not-found'],
  ['no JSON', 404, 'not-found'],
  ['a wrong method of a program', 405, 'method-not-allowed'],
  ['a wrong host, for a program', 421, 'wrong-host'],
  ['an outage, for a program', 503, 'unavailable'],
] as const)('%s is a problem document (RFC 9457)', (kind, status, code) => {
  const { headers, text } = answerOf(kind)
  expect(headers['content-type']).toMatch(/^application\/problem\+json/)
  expect(JSON.parse(text)).toEqual({
    type: problemType(issuer, code),
    title: expect.any(String),
    status,
    code,
    request_id: headers['x-request-id'],
  })
})

test('a person reads the number of the request on the page that says no', () => {
  for (const kind of ['no page', 'a wrong method', 'an outage', 'a bad request'] as const) {
    const { headers, text } = answerOf(kind)
    expect(text).toContain(errorNumber(String(headers['x-request-id'])))
  }
})

test('errors of OAuth are in its words, never cached', () => {
  for (const kind of ['a token error', 'an introspection error', 'no token'] as const) {
    const { headers, text } = answerOf(kind)
    expect(headers['cache-control']).toContain('no-store')
    expect(JSON.parse(text)).toMatchObject({ error: expect.stringMatching(/^[a-z_]+$/) })
  }
  expect(JSON.parse(answerOf('an outage at the token endpoint').text)).toMatchObject({
    error: 'temporarily_unavailable',
  })
})

test('405 has an Allow header', () => {
  for (const kind of ['a wrong method', 'a wrong method of a program'] as const)
    expect(answerOf(kind).headers.allow).toBe('HEAD, GET')
})

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'TRACE']

test('at every endpoint the Allow header of 405 names exactly the accepted methods', async () => {
  const places = endpoints.map(({ path }) => path.replaceAll(/[:*]\w+/g, '1'))
  expect(places.length).toBeGreaterThan(100)
  const english = endpoints.filter(({ audience }) => audience === 'people').slice(0, 20)
  const assets = [
    '/css/layout.css',
    '/js/passkey.js',
    '/icons/mark.svg',
    '/favicon.svg',
    '/en/attestation',
  ]
  for (const path of [...places, ...english.map(pathInEnglish), ...assets]) {
    const { status, headers } = await call('PROPFIND', path)
    // Nobody but an officer learns that there is a desk.
    if (isAtDesk(path)) {
      expect([path, status, headers.allow]).toEqual([path, 404, undefined])
      continue
    }
    const allowed = String(headers.allow).split(', ')
    expect([path, status, allowed.every((method) => method !== '')]).toEqual([path, 405, true])
    const answers = await Promise.all(methods.map((method) => call(method, path)))
    const taken = methods.filter((_, i) => answers[i]?.status !== 405)
    expect([path, taken]).toEqual([path, methods.filter((method) => allowed.includes(method))])
  }
})

function isAtDesk(path: string): boolean {
  return /^(?:\/en)?\/guichet(?:\/|$)/.test(path)
}

test('an unknown path has no Allow header', async () => {
  for (const path of ['/nowhere', '/en/nowhere', '/css/nowhere.css', '/en/token', '/token/other'])
    for (const method of methods) {
      const { status, headers } = await call(method, path)
      expect([method, path, status, headers.allow]).toEqual([method, path, 404, undefined])
    }
})

const call = (method: string, path: string) =>
  send(house.port, path, { method, headers: { ...json, Cookie: 'attested=yes' } })
const pathInEnglish = ({ path }: Endpoint) => `/en${path.replaceAll(/[:*]\w+/g, '1')}`

test('personal answers are never cached; public and fixed ones may be', () => {
  const personal = ['a page of a visit', 'a personal page', 'the sign-out page'] as const
  for (const kind of [...personal, 'a redirect of ours', 'a redirect of the provider'] as const)
    expect(`${kind}: ${answerOf(kind).headers['cache-control']}`).toContain('no-store')
  expect(answerOf('a style sheet').headers['cache-control']).toMatch(/max-age=\d+/)
})

test('a preflight allows a foreign origin nothing', () => {
  const { headers } = answerOf('a preflight')
  expect(headers['access-control-allow-credentials']).toBeUndefined()
  // The answer itself, which is what counts, is not opened to it.
  expect(answerOf('discovery').headers['access-control-allow-credentials']).toBeUndefined()
})

test('each answer has its own X-Request-ID, and a visitor cannot choose it', async () => {
  const chosen = 'chosen-by-the-visitor'
  const ask = () => send(house.port, '/aide', { headers: { ...html, 'X-Request-ID': chosen } })
  const numbers = [await ask(), await ask()].map((answer) => answer.headers['x-request-id'])
  expect(new Set([...numbers, chosen]).size).toBe(3)
})

test('each page’s form has a token of its own', async () => {
  const [one, two] = await Promise.all(
    [0, 1].map(async () => {
      const stranger = openVisitor(house.port, issuer)
      return csrfIn(await stranger.get(await visitOf(stranger, await service.push())))
    }),
  )
  expect(one).not.toBe(two)
})

function answerOf(kind: string): Answer {
  const answer = answers[kind]
  if (answer === undefined) throw new Error(`not asked for: ${kind}`)
  return answer
}
