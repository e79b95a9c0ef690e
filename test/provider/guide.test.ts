import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CryptoKey } from 'jose'
import { exportJWK, generateKeyPair } from 'jose'
import * as client from 'openid-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Site } from '../support/browser.ts'
import { exchange } from '../support/browser.ts'
import type { Broker } from '../support/broker.ts'
import { callbackOf, issuer, startBroker } from '../support/broker.ts'
import { newFolder } from '../support/fault-process.ts'
import type { NewPerson } from '../support/person.ts'
import { newPerson } from '../support/person.ts'
import { secret } from '../support/secrets.ts'
import type { Service } from '../support/service.ts'
import { makeService } from '../support/service.ts'

// The program of docs/integrate.md, which a service copies, signs a person in as it is shown.

const root = join(import.meta.dirname, '../..')

type Program = {
  connect(
    issuer: string,
    clientId: string,
    key: client.PrivateKey,
    options: client.DiscoveryRequestOptions,
  ): Promise<client.Configuration>
  begin(
    config: client.Configuration,
    redirectUri: string,
  ): Promise<{ readonly attempt: Readonly<Record<string, unknown>>; readonly location: URL }>
  finish(
    config: client.Configuration,
    url: URL,
    attempt: Readonly<Record<string, unknown>>,
  ): Promise<Readonly<Record<string, unknown>>>
}

let broker: Broker
let service: Service
let key: CryptoKey
let person: NewPerson
let program: Program
/** What a stranger on the way does to the answers of the house. */
let onTheWay = (text: string) => text
/** What the program called, and with what it was answered: « POST /token 200 ». */
let calls: string[] = []

async function makeExample(site: Site): Promise<Service[]> {
  const pair = await generateKeyPair('ES256', { extractable: true })
  key = pair.privateKey
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'guide', use: 'sig', alg: 'ES256' }
  service = await makeService(site, {
    clientId: 'exemple',
    organisation: 'org_exemple',
    more: {
      jwks: { keys: [jwk] },
      backchannel_logout_uri: 'https://exemple.test/logout',
      backchannel_logout_session_required: true,
    },
  })
  return [service]
}

beforeAll(async () => {
  broker = await startBroker(makeExample)
  person = await newPerson(broker)
  const folder = newFolder()
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'sign-in.mjs'), programIn('integrate.md'))
  const path = pathToFileURL(join(folder, 'sign-in.mjs')).href
  program = (await import(/* @vite-ignore */ path)) as Program // a program without types
})

afterAll(() => broker.stop())

function programIn(file: string): string {
  return /```js\n([\s\S]*?)```/.exec(readFileSync(join(root, 'docs', file), 'utf8'))?.[1] ?? ''
}

function isOfServer(call: string): boolean {
  return call.startsWith('POST')
}

/** The calls of the first exchange that the guide shows, each with an answer. */
function exchangeIn(file: string): string[] {
  const text = readFileSync(join(root, 'docs', file), 'utf8')
  const [, shown = ''] = /```http\n([^]*?)```/.exec(text) ?? []
  return shown.split(/^(?=[A-Z]+ \/)/m).flatMap((call) => {
    const [, name = ''] = /^([A-Z]+ \/[^\s?]*)/.exec(call) ?? []
    return [...call.matchAll(/^→ (\d+)/gm)].map(([, status = '']) => `${name} ${status}`)
  })
}

// The house has no name that is resolved.
async function toHouse(url: string, { method, headers, body }: client.CustomFetchOptions) {
  const answer = await exchange(broker.ports[0] ?? 0, new URL(url), {
    method,
    headers: { ...headers, host: new URL(issuer).host },
    body: body instanceof URLSearchParams ? body.toString() : undefined,
  })
  calls.push(`${method} ${new URL(url).pathname} ${answer.status}`)
  const told = Object.entries(answer.headers).map(([name, value]) => [name, String(value)])
  return new Response(onTheWay(answer.body), {
    status: answer.status,
    headers: Object.fromEntries(told) as Record<string, string>, // pairs of texts
  })
}

async function signingIn() {
  const config = await program.connect(
    issuer,
    'exemple',
    { key, kid: 'guide' },
    {
      execute: [client.allowInsecureRequests],
      [client.customFetch]: toHouse,
    },
  )
  const { attempt, location } = await program.begin(config, service.redirectUri)
  const callback = callbackOf(await person.browser.follow(location.href))
  secret('authorization code', callback.searchParams.get('code') ?? '')
  return { config, attempt, callback }
}

test('both languages show the same program', () => {
  expect(programIn('integrate.md')).toContain('openid-client')
  expect(programIn('integrate.md')).toBe(programIn('integrate.en.md'))
})

test('a person signs in by the program of the guide', async () => {
  calls = []
  const { config, attempt, callback } = await signingIn()
  const session = await program.finish(config, callback, attempt)
  expect(calls.filter(isOfServer)).toEqual(exchangeIn('integrate.en.md').filter(isOfServer))
  expect(exchangeIn('integrate.md')).toEqual(exchangeIn('integrate.en.md'))
  expect([...callback.searchParams.keys()].toSorted()).toEqual(['code', 'iss', 'state'])
  expect(session).toEqual({
    sub: expect.stringMatching(/^[\w-]{22}$/),
    sid: expect.any(String),
    idToken: expect.any(String),
    accessToken: expect.any(String),
  })
  secret('token', String(session['accessToken']))
})

test('it refuses an answer to another attempt, and one of another issuer', async () => {
  const { config, attempt, callback } = await signingIn()
  const elsewhere = new URL(callback)
  elsewhere.searchParams.set('iss', 'https://other.test')
  await expect(program.finish(config, elsewhere, attempt)).rejects.toThrow()
  await expect(program.finish(config, callback, { ...attempt, state: 'another' })).rejects.toThrow()
})

test('it refuses an ID token that somebody changed on the way', async () => {
  const { config, attempt, callback } = await signingIn()
  onTheWay = (text) =>
    text.replace(/("id_token":"[^."]+\.)([^."]+)/, (_, before: string, claims: string) => {
      const said = JSON.parse(Buffer.from(claims, 'base64url').toString()) as object // our ID token
      const other = JSON.stringify({ ...said, sub: 'somebody-else' })
      return before + Buffer.from(other).toString('base64url')
    })
  try {
    await expect(program.finish(config, callback, attempt)).rejects.toThrow()
  } finally {
    onTheWay = (text) => text
  }
})
