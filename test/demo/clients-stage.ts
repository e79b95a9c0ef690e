import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as jose from 'jose'
import { openDatabase } from '../../src/base/database/database.ts'
import { createMissingKeys } from '../../src/base/keys/keys.ts'
import { ownEnv } from '../support/broker.ts'
import type { Answer } from '../support/browser.ts'
import { exchange, formOf, formsOf } from '../support/browser.ts'
import { freshDatabase, patience } from '../support/database.ts'
import { freePorts, openHouse } from '../support/house.ts'
import { newPerson } from '../support/person.ts'
import type { NewPerson, OpenBroker } from '../support/person.ts'
import { noteKeys, secret } from '../support/secrets.ts'
import { register } from '../support/service.ts'

// Clients that others wrote, and a house that they reach at its own address: their libraries know no other way.

export type Client = Pick<Registered, 'paths' | 'beginsAgain'> & {
  readonly name: string
  readonly address: string
}

export type ClientsStage = OpenBroker & {
  readonly clients: readonly Client[]
  stop(): Promise<void>
}

/** What a client is told (demo/clients/common.js). */
export type Settings = {
  readonly issuer: string
  readonly clientId: string
  readonly address: string
  readonly key: jose.JWK
  readonly secret: string
}

/** Starts a client; the result ends it. */
export type StartClient = (settings: Settings) => Promise<() => Promise<void>>

export type Registered = {
  readonly clientId: string
  readonly organisation: string
  readonly start: StartClient
  /** Below the address of the client: where answers and logout tokens come, and where a person begins what. `{home}` is the client's first page. */
  readonly paths: {
    readonly redirect: string
    readonly backchannel?: string
    readonly signIn: string
    readonly fresh: string
    readonly signOut: string
  }
  readonly signs?: 'ES256' | 'RS256'
  /** Whether a person who turns back is signed in with less, by a request that the client begins of itself. */
  readonly beginsAgain?: true
  readonly more?: Readonly<Record<string, unknown>>
}

/** The samples, listening, and one house that works its own queue: the notices of sign-outs are sent by it. */
export async function startClients(registered: readonly Registered[]): Promise<ClientsStage> {
  const database = await freshDatabase()
  const dataDir = mkdtempSync(join(tmpdir(), 'accord-clients-'))
  const keysDir = join(dataDir, 'keys')
  await createMissingKeys(keysDir)
  noteKeys(keysDir)
  const port = await freePorts(1 + registered.length)
  const issuer = `http://localhost:${port}`
  const made = await Promise.all(
    registered.map((client, i) => settingsOf(client, issuer, `http://localhost:${port + 1 + i}`)),
  )
  await register({ databaseUrl: database.url, keysDir }, made)
  const allowed = made.map(({ settings }) => new URL(settings.address).host).join(',')
  const env = { ...ownEnv, WORK: 'yes', PORT: String(port), OUTBOUND_ALLOW: allowed }
  const house = await openHouse(database.url, dataDir, issuer, env)
  // One after the other: a CommonJS library requires what another one imports, and Node loads no module from both sides at once.
  const ends: (() => Promise<void>)[] = []
  for (const { settings, start } of made) ends.push(await start(settings))
  const db = openDatabase(database.url, patience)
  return {
    issuer,
    ports: [port],
    db,
    keysDir,
    clients: made.map(({ settings: { clientId, address }, paths, beginsAgain }) => ({
      name: clientId,
      address,
      paths,
      ...(beginsAgain === undefined ? {} : { beginsAgain }),
    })),
    async stop() {
      await Promise.all(ends.map((end) => end()))
      await house.stop()
      await db.destroy()
      await database.drop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

async function settingsOf(client: Registered, issuer: string, address: string) {
  const { clientId, organisation, paths, signs = 'ES256', more = {} } = client
  const pair = await jose.generateKeyPair(signs, { extractable: true })
  const names = { kid: `${clientId}-1`, alg: signs, use: 'sig' }
  const key = { ...(await jose.exportJWK(pair.privateKey)), ...names }
  secret('client key', key.d ?? '')
  const settings: Settings = {
    issuer,
    clientId,
    address,
    key,
    secret: secret('cookie', randomBytes(32).toString('base64url')),
  }
  const entry = {
    client_id: clientId,
    version: 1,
    name: { fr: `Service ${clientId}`, en: `${clientId} service` },
    organisation,
    status: 'active',
    profile: 'baseline',
    redirect_uris: [address + paths.redirect],
    post_logout_redirect_uris: [address, `${address}/`],
    backchannel_logout_uri: address + (paths.backchannel ?? '/backchannel-logout'),
    backchannel_logout_session_required: true,
    token_endpoint_auth_signing_alg: signs,
    jwks: { keys: [{ ...(await jose.exportJWK(pair.publicKey)), ...names }] },
    ...more,
  }
  return { ...client, settings, registered: entry }
}

/** What a file of demo/clients/ exports: those are plain JavaScript, as they are copied. */
type Sample = { sample(settings: Settings): Promise<Listener> | Listener }
type Listener = { listen(port: number, host: string): Server }

/** Starts a file of demo/clients/ in this process. */
export function inProcess(file: string): StartClient {
  return async (settings) => {
    const folder = new URL('../../demo/clients/', import.meta.url)
    const { sample } = (await import(new URL(file, folder).href)) as Sample
    const app = await sample(settings)
    const server = app.listen(Number(new URL(settings.address).port), 'localhost')
    await once(server, 'listening')
    return () => closed(server)
  }
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}

/** A person's browser, at the house and at the clients. It follows every redirect; each origin has cookies of its own. */
function surfer(stage: ClientsStage, person: NewPerson) {
  const jars = new Map<string, Map<string, string>>()

  async function atClient(url: URL, form?: Readonly<Record<string, string>>): Promise<Answer> {
    const jar = jars.get(url.origin) ?? new Map<string, string>()
    jars.set(url.origin, jar)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await exchange(Number(url.port), url, {
      method: form === undefined ? 'GET' : 'POST',
      headers: {
        host: url.host,
        accept: 'text/html',
        cookie,
        ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      body: form === undefined ? undefined : new URLSearchParams(form).toString(),
    })
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    return answer
  }

  async function go(to: string, form?: Readonly<Record<string, string>>): Promise<Answer> {
    let url = new URL(to)
    let sent = form
    for (let steps = 0; steps < 20; steps++) {
      const answer = await (url.origin === stage.issuer
        ? sent === undefined
          ? person.browser.follow(url.href)
          : person.browser.post(url.href, sent)
        : atClient(url, sent))
      if (answer.location === undefined) return answer
      url = new URL(answer.location)
      sent = undefined
    }
    throw new Error(`redirected without end at ${url.href}`)
  }
  return { go }
}

/** Somebody with an access, at the house and at the clients. */
export async function visitor(stage: ClientsStage) {
  const person = await newPerson(stage)
  const { go } = surfer(stage, person)

  /** From a path of the client to the next page that asks for something, or back to the client. */
  async function begin({ address, paths }: Client, what: 'signIn' | 'fresh'): Promise<Answer> {
    const page = await go(address + paths[what])
    // Auth.js has a page with a form of its own; parameters of its address go on to the provider.
    const form = formsOf(page).find(({ action }) => action.includes('/auth/signin/'))
    return form === undefined ? page : go(form.action + new URL(page.url).search, form.fields)
  }

  async function prove(page: Answer): Promise<Answer> {
    const { action, fields, options } = formOf(page)
    return go(action, { ...fields, credential: person.authenticator.get(options) })
  }

  async function signOut({ address, paths }: Client): Promise<Answer> {
    const home = encodeURIComponent(`${address}/`)
    const page = await go(address + paths.signOut.replace('{home}', home))
    const form = formsOf(page).find(({ fields }) => 'xsrf' in fields)
    return go(form?.action ?? '', { ...form?.fields, logout: 'yes' })
  }

  async function turnBack(page: Answer): Promise<Answer> {
    const form = formsOf(page).find(({ action }) => action.endsWith('/abandon'))
    return go(form?.action ?? '', form?.fields)
  }

  const home = async ({ address }: Client) => whoIn(await go(`${address}/`))
  return { begin, prove, signOut, turnBack, home }
}

/** Whom a client's page shows: JSON of the samples, headers of Apache. */
export function whoIn({ headers, body }: Answer): { sub: unknown; acr: unknown } | undefined {
  const { 'x-sub': sub, 'x-acr': acr } = headers
  if (sub !== undefined && sub !== '') return { sub, acr }
  return body.startsWith('{') ? (JSON.parse(body) as { sub: unknown; acr: unknown }) : undefined
}
