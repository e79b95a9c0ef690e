import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as jose from 'jose'
import { openBox } from '../../demo/mailbox/box.ts'
import { startSmtp } from '../../demo/mailbox/smtp.ts'
import { openDatabase, transact } from '../../src/base/database/database.ts'
import { dayAfter, dayOf } from '../../src/base/values/calendar.ts'
import { createMissingKeys, openKeys } from '../../src/base/keys/keys.ts'
import { signalMapping } from '../../src/consent/signals/index.ts'
import { makeVault } from '../../src/ledger/chain/index.ts'
import { endSessions } from '../../src/provider/unit/session-store.ts'
import type { RegisterObject } from '../../src/registry/index.ts'
import { runTool } from '../../src/tool/tool.ts'
import { makeClient } from '../conformance/clients.ts'
import type { Client, KeyPair } from '../conformance/clients.ts'
import type {
  Clients,
  Judged,
  Network,
  Person,
  PushedToken,
  Shown,
} from '../conformance/judging.ts'
import { makeAuthenticator } from './authenticator.ts'
import type { Answer } from './browser.ts'
import { exchange, formsOf } from './browser.ts'
import { freshDatabase, patience } from './database.ts'
import { giveEmail } from './emails.ts'
import { openHouse } from './house.ts'
import { newPerson } from './person.ts'
import { noteKeys, secret, signatureOf } from './secrets.ts'
import { register } from './service.ts'
import { enrol } from './tamper-doors.ts'
import { sendNoticesNow, tellNow } from './told-now.ts'
import { vouchFor } from './vouching.ts'

// A house as the judge of test/conformance finds it: behind a proxy at which TLS ends, with its clients in the register, and with people.

export type JudgedHouse = Judged & {
  /** The log of the house. */
  output(): string
  stop(): Promise<void>
}

const issuer = 'https://accord.test'
const arrivalMs = 40_000
const names = { given_name: 'Marie', family_name: 'Canari-Juge', birthdate: '1987-02-28' }
const elsewhere: RegisterObject = {
  kind: 'identity-provider',
  id: 'elsewhere',
  version: 1,
  content: {
    provider_id: 'elsewhere',
    version: 1,
    name: { fr: 'Compte ailleurs', en: 'Account elsewhere' },
    issuer: 'https://id.elsewhere.test',
    client_id: 'accord',
    ceiling: 'urn:accord:aal:2',
    vouches_for: Object.keys(names),
    status: 'active',
  },
}
const pollMs = 20

export async function openJudgedHouse(): Promise<JudgedHouse> {
  const receiver = await openReceiver()
  const clients = await makeClients(receiver.address)
  const database = await freshDatabase()
  const dataDir = mkdtempSync(join(tmpdir(), 'accord-judged-'))
  const keysDir = join(dataDir, 'keys')
  await createMissingKeys(keysDir, { rsa: true, upstream: true, signals: true })
  noteKeys(keysDir)
  const all = Object.values(clients)
  await register(
    { databaseUrl: database.url, keysDir },
    all.map(({ metadata }) => ({ registered: metadata })),
    [elsewhere],
  )
  const mail = await startSmtp(openBox())
  const house = await openHouse(database.url, dataDir, issuer, {
    TRUSTED_PROXIES: '1',
    SMTP_URL: mail.url,
    OUTBOUND_ALLOW: receiver.host,
    AUTHZEN_CONFORMANCE: '1',
    VISITS_PER_MINUTE: '60000',
    WORK: 'yes',
  })
  const db = openDatabase(database.url, patience)
  const site = { issuer, ports: [house.port], db, keysDir }
  const vault = makeVault(await openKeys(keysDir), signalMapping)
  const idsOf = new WeakMap<Person, string>()
  const withSecret = async (client: Client) => ({
    ...client,
    secret: await secretOf(client, { databaseUrl: database.url, keysDir }),
  })
  return {
    issuer,
    clients: {
      ...clients,
      basic: await withSecret(clients.basic),
      post: await withSecret(clients.post),
    },
    requestsAt: `${issuer}/acces/services`,
    connect: () => networkTo(house.port),
    newPerson: async () => {
      // Without a counter: she signs in at several browsers at once.
      const authenticator = makeAuthenticator({ origin: issuer })
      const { personId } = await newPerson(site, { authenticator })
      people += 1
      await giveEmail(site, personId, `marie.juge-${people}@exemple.test`)
      await vouchFor(site, personId, names)
      const person = personWith(authenticator)
      idsOf.set(person, personId)
      return person
    },
    async logoutToken(client, isWanted) {
      await sendNoticesNow(db)
      return (await receiver.came(client.id, isWanted))?.token
    },
    pushAt: receiver.address,
    pushed: (path, isWanted) => receiver.came(path, isWanted),
    async happen(what, person) {
      const personId = idsOf.get(person) ?? ''
      if (what === 'credential-change') await enrol({ db, vault }, personId, new Date())
      else await transact(db, (tx) => endSessions(tx, vault.seals, personId, { withTokens: false }))
      await tellNow(db)
    },
    output: () => house.output(),
    async stop() {
      await house.stop()
      await db.destroy()
      await database.drop()
      await receiver.close()
      await mail.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

let people = 0

async function makeClients(receiver: string): Promise<Clients> {
  const until = dayAfter(dayOf(new Date()), 'P30D')
  const reason = { fr: 'Un essai.', en: 'A trial.' }
  const write = {
    fr: 'Vous écrire au sujet de votre demande',
    en: 'Write to you about your application',
  }
  const claims = Object.fromEntries(
    ['email', ...Object.keys(names)].map((name) => [name, { purpose: write, optional: false }]),
  )
  const legacy = {
    profile: 'legacy',
    until,
    reason,
    response_modes: ['query', 'form_post'],
    claims,
  }
  const secretly = { usesPkce: false, pushes: false, idTokenAlg: 'RS256' } as const
  const strictly = {
    authenticates: 'private_key_jwt',
    usesPkce: true,
    pushes: true,
    isBound: true,
    idTokenAlg: 'ES256',
  } as const
  const signing = { ...strictly, signsRequests: true }
  const signed = { claims, response_modes: ['jwt'], introspection_signed_response_alg: 'ES256' }
  const asking = {
    grant_types: ['authorization_code', 'urn:openid:params:grant-type:ciba'],
    backchannel_token_delivery_mode: 'poll',
  }
  const made = {
    basic: await makeClient('basic', {
      ...secretly,
      authenticates: 'client_secret_basic',
      backchannelUri: `${receiver}/basic`,
      metadata: entry('basic', legacy),
    }),
    post: await makeClient('post', {
      ...secretly,
      authenticates: 'client_secret_post',
      metadata: entry('post', legacy),
    }),
    pkce: await makeClient('pkce', {
      ...secretly,
      authenticates: 'private_key_jwt',
      usesPkce: true,
      metadata: entry('pkce', { profile: 'baseline', response_modes: ['query', 'form_post'] }),
    }),
    fapi: await makeClient('fapi', { ...strictly, metadata: entry('fapi', { claims }) }),
    fapiOther: await makeClient('fapi-other', {
      ...strictly,
      moreUris: ['https://fapi-other.test/callback?dummy1=lorem&dummy2=ipsum'],
      metadata: entry('fapi-other', { organisation: 'org_other' }),
    }),
    signing: await makeClient('signing', { ...signing, metadata: entry('signing', signed) }),
    signingOther: await makeClient('signing-other', {
      ...signing,
      metadata: entry('signing-other', { ...signed, organisation: 'org_other' }),
    }),
    ciba: await makeClient('ciba', { ...strictly, metadata: entry('ciba', asking) }),
    cibaOther: await makeClient('ciba-other', {
      ...strictly,
      metadata: entry('ciba-other', { ...asking, organisation: 'org_other' }),
    }),
    signals: await makeClient('signals', {
      ...strictly,
      metadata: entry('signals', { grant_types: ['authorization_code', 'client_credentials'] }),
    }),
  }
  for (const { key, dpopKey } of Object.values(made)) await noteKey(key, dpopKey)
  return made
}

function entry(id: string, more: object): Readonly<Record<string, unknown>> {
  return {
    version: 1,
    name: { fr: `Service ${id}`, en: `${id} service` },
    organisation: 'org_judge',
    status: 'active',
    max_age: {
      because: { fr: 'Un essai de l’âge d’une connexion.', en: 'A trial of the age of a sign-in.' },
    },
    ...more,
  }
}

async function noteKey(...keys: readonly (KeyPair | undefined)[]): Promise<void> {
  for (const key of keys)
    if (key !== undefined) secret('client key', (await jose.exportJWK(key.privateKey)).d ?? '')
}

type Place = { readonly databaseUrl: string; readonly keysDir: string }

// What the tool says here is no log: it shows the secret, once.
async function secretOf({ id }: Client, { databaseUrl, keysDir }: Place): Promise<string> {
  const env = { DATABASE_URL: databaseUrl, KEYS_DIR: keysDir, ISSUER: issuer }
  const { code, out, err } = await runTool(['service', 'secret', id], env)
  if (code !== 0) throw new Error(err)
  return secret('client secret', out.trim())
}

const mostTries = 8

/** Requests to the house, as the proxy in front of it passes them on. Each comes from an address of its own. */
function networkTo(port: number): Network {
  const address = nextAddress()
  return async (url, init = {}) => {
    const target = new URL(url)
    const { body } = init
    const isForm = body instanceof URLSearchParams
    const sent = {
      method: init.method ?? 'GET',
      headers: {
        ...(isForm ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        ...(init.headers as Record<string, string>),
        host: target.host,
        'x-forwarded-proto': 'https',
        'x-forwarded-for': address,
      },
      body: isForm ? body.toString() : (body as string | undefined),
    }
    for (let tries = 1; ; tries++) {
      const answer = await exchange(port, target, sent)
      // On a machine with much to do a statement may take too long: nothing was written, and the same may be sent again.
      if (answer.status === 503 && tries < mostTries) continue
      noteSecrets(answer)
      return responseOf(answer)
    }
  }
}

function responseOf({ status, headers, body }: Answer): Response {
  const given = new Headers()
  for (const [name, value] of Object.entries(headers))
    for (const one of [value ?? []].flat()) given.append(name, one)
  const isEmpty = [204, 205, 304].includes(status)
  return new Response(isEmpty ? null : body, { status, headers: given })
}

function noteSecrets({ headers, body, location }: Answer): void {
  for (const [, token = ''] of body.matchAll(/"(?:access|refresh|id)_token":"([^"]+)"/g))
    secret('token', signatureOf(token))
  const code = location === undefined ? null : new URL(location).searchParams.get('code')
  if (code !== null) secret('authorization code', code)
  for (const line of headers['set-cookie'] ?? []) secret('cookie', /=([^;]*)/.exec(line)?.[1] ?? '')
}

let networks = 0

function nextAddress(): string {
  networks += 1
  return `10.${128 + Math.floor(networks / 62_500)}.${Math.floor(networks / 250) % 250}.${networks % 250}`
}

/** She goes on by her passkey where she is asked for it, and by the first button elsewhere. */
function personWith(authenticator: ReturnType<typeof makeAuthenticator>): Person {
  return {
    goOn(page) {
      const [form] = formsOf(asAnswer(page))
      if (form === undefined || page.status !== 200) return undefined
      const { action, fields, options } = form
      // The page of the sign-out has a button « everywhere », which is sent as a field.
      if (options === '')
        return { action, fields: 'xsrf' in fields ? { ...fields, logout: 'yes' } : fields }
      return { action, fields: { ...fields, credential: authenticator.get(options) } }
    },
    turnBack: (page) => formTo(page, '/abandon'),
    approve: (page) => formTo(page, '/approbation'),
    decline: (page) => formTo(page, '/refus'),
  }
}

function formTo(page: Shown, ending: string) {
  return formsOf(asAnswer(page)).find(({ action }) => action.endsWith(ending))
}

function asAnswer({ url, status, body }: Shown): Answer {
  return { url, status, body, headers: {}, location: undefined }
}

type Receiver = {
  readonly address: string
  /** `localhost:port`, for OUTBOUND_ALLOW. */
  readonly host: string
  came(path: string, isWanted: (token: string) => boolean): Promise<PushedToken | undefined>
  close(): Promise<void>
}

/** Where logout tokens come, and security events. */
async function openReceiver(): Promise<Receiver> {
  const came = new Map<string, PushedToken[]>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      const { headers } = request
      const path = (request.url ?? '').slice(1)
      const isEvent = headers['content-type'] === 'application/secevent+jwt'
      const token = isEvent ? text : (new URLSearchParams(text).get('logout_token') ?? '')
      if (isEvent) secret('token', signatureOf(token))
      came.set(path, [...(came.get(path) ?? []), { token, headers }])
      response.writeHead(200, { 'cache-control': 'no-store' }).end()
    })
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    address: `http://localhost:${port}`,
    host: `localhost:${port}`,
    async came(path, isWanted) {
      for (const until = Date.now() + arrivalMs; Date.now() < until;) {
        const found = came.get(path)?.find(({ token }) => isWanted(token))
        if (found !== undefined) return found
        await new Promise((resolve) => setTimeout(resolve, pollMs))
      }
      return undefined
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
