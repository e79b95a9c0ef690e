import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../src/base/database/database.ts'
import type { Database } from '../../src/base/database/database.ts'
import { createMissingKeys } from '../../src/base/keys/keys.ts'
import type { RegisterObject } from '../../src/registry/index.ts'
import type { Authenticator } from './authenticator.ts'
import { makeAuthenticator } from './authenticator.ts'
import type { Answer, Browser, Site } from './browser.ts'
import { formOf, formsOf, makeBrowser } from './browser.ts'
import type { FreshDatabase } from './database.ts'
import { freshDatabase, patience } from './database.ts'
import type { House } from './house.ts'
import { openHouse } from './house.ts'
import { newPerson } from './person.ts'
import { noteKeys, secret } from './secrets.ts'
import type { Errand, Params, Service } from './service.ts'
import { makeService, register } from './service.ts'

export const issuer = 'http://accord.localhost'

// No process works the queue here, so nothing connects to this mail server: `codeSentTo` gives the code that would have been sent.
export const ownEnv = { TRUSTED_PROXIES: '1', SMTP_URL: 'smtp://mail.invalid' }

/** Two web processes over one database, with the services of two organisations. */
export type Broker = Site & {
  readonly db: Database
  readonly databaseUrl: string
  readonly keysDir: string
  /** Two services of one organisation, and one of another. */
  readonly services: {
    readonly library: Service
    readonly archives: Service
    readonly taxes: Service
  }
  /** The log of both processes. */
  output(): string
  stop(): Promise<void>
}

export async function startBroker(
  moreServices: (site: Site) => Promise<readonly Service[]> = () => Promise.resolve([]),
  moreObjects: readonly RegisterObject[] = [],
  given?: FreshDatabase,
  env: Readonly<Record<string, string>> = {},
  keys: Parameters<typeof createMissingKeys>[1] = {},
): Promise<Broker> {
  const database = given ?? (await freshDatabase())
  const dataDir = mkdtempSync(join(tmpdir(), 'accord-broker-'))
  const keysDir = join(dataDir, 'keys')
  await createMissingKeys(keysDir, keys)
  noteKeys(keysDir)
  const ports: number[] = []
  const site = { issuer, ports }
  const services = await makeServices(site)
  const all = [...Object.values(services), ...(await moreServices(site))]
  await register({ databaseUrl: database.url, keysDir }, all, moreObjects)
  const houses: House[] = []
  const db = openDatabase(database.url, patience)
  const stop = async () => {
    await Promise.all(houses.map((house) => house.stop()))
    await db.destroy()
    await database.drop()
    rmSync(dataDir, { recursive: true, force: true })
  }
  const settings = { ...ownEnv, ...env }
  const opening = [0, 1].map((host) => openHouse(database.url, dataDir, issuer, settings, host))
  for (const opened of await Promise.allSettled(opening)) {
    if (opened.status === 'fulfilled') houses.push(opened.value)
  }
  if (houses.length < opening.length) {
    await stop()
    await Promise.all(opening)
  }
  ports.push(...houses.map((house) => house.port))
  const output = () => houses.map((house) => house.output()).join('')
  return { ...site, db, databaseUrl: database.url, keysDir, services, output, stop }
}

async function makeServices(site: Site): Promise<Broker['services']> {
  return {
    library: await makeService(site, {
      clientId: 'library',
      organisation: 'org_culture',
      more: {
        backchannel_logout_uri: 'https://library.test/logout',
        backchannel_logout_session_required: true,
        max_age: { because: { fr: 'Un essai de l’âge.', en: 'A trial of the age.' } },
      },
    }),
    archives: await makeService(site, {
      clientId: 'archives',
      organisation: 'org_culture',
      redirectUris: ['https://archives.test/cb', 'https://archives.test/cb?from=accord'],
    }),
    taxes: await makeService(site, { clientId: 'taxes', organisation: 'org_revenue' }),
  }
}

/** A person with an access of her own, and the browser in which she made it. */
export type Person = {
  readonly browser: Browser
  readonly authenticator: Authenticator
  readonly codes: readonly string[]
  /** The URL with which the service's redirect URI was called. */
  readonly callback: URL
  readonly errand: Errand
}

type SignUp = {
  readonly authenticator?: Authenticator
  readonly browser?: Browser
}

/** A new person who goes to a service for the first time, and comes back to it. Her access was made before (`newPerson`). */
export async function signUp(
  broker: Broker,
  service: Service,
  given: SignUp & { readonly workingCodes?: number } = {},
): Promise<Person & { readonly personId: string }> {
  const person = await newPerson(broker, given)
  const errand = await service.begin()
  return { ...person, callback: callbackOf(await person.browser.follow(errand.url)), errand }
}

/** Goes to a service for the first time, makes an access there, and comes back to the service. */
export async function signUpByPages(
  broker: Broker,
  service: Service,
  given: SignUp = {},
): Promise<Person> {
  const browser = given.browser ?? makeBrowser(broker)
  const authenticator = given.authenticator ?? makeAuthenticator({ origin: issuer, counter: 0 })
  const errand = await service.begin()
  const page = await creationPage(browser, errand.url)
  const { action, fields, options } = formOf(page)
  const made = await browser.post(action, { ...fields, credential: authenticator.create(options) })
  const callback = callbackOf(await keepCodes(browser, made))
  return { browser, authenticator, codes: codesOf(made), callback, errand }
}

/** Signs in with a passkey and comes back to the service. */
export async function signIn(
  broker: Broker,
  service: Service,
  authenticator: Authenticator,
  browser = makeBrowser(broker),
  params: Params = {},
): Promise<{ browser: Browser; callback: URL; errand: Errand }> {
  const errand = await service.begin(params)
  const { action, fields, options } = formOf(await browser.follow(errand.url))
  const credential = authenticator.get(options)
  const callback = callbackOf(await postAndFollow(browser, action, { ...fields, credential }))
  return { browser, callback, errand }
}

export async function creationPage(browser: Browser, url: string): Promise<Answer> {
  const signInPage = await browser.follow(url)
  return browser.get(`${signInPage.url}/creation`)
}

/** Goes on from the page of the codes; where she is asked where to warn her, « Pas maintenant ». */
export async function keepCodes(browser: Browser, made: Answer): Promise<Answer> {
  const next = formOf(made)
  const after = await postAndFollow(browser, next.action, next.fields)
  const asked = formsOf(after).find(({ action }) => action.endsWith('/adresse'))
  if (asked === undefined) return after
  return postAndFollow(browser, asked.action, { ...asked.fields, later: 'oui' })
}

export async function postAndFollow(
  browser: Browser,
  action: string,
  fields: Readonly<Record<string, string>>,
): Promise<Answer> {
  const answer = await browser.post(action, fields)
  const { location } = answer
  if (location === undefined || new URL(location).origin !== issuer) return answer
  return browser.follow(location)
}

export function callbackOf({ location, status, url, body }: Answer): URL {
  if (location === undefined || new URL(location).origin === issuer)
    throw new Error(`not sent back to a service: ${status} ${url}\n${body.slice(0, 1500)}`)
  return new URL(location)
}

export function codeOf(callback: URL): string {
  const code = callback.searchParams.get('code')
  if (code === null) throw new Error(`no code in ${callback.href}`)
  return secret('authorization code', code)
}

export function codesOf({ body }: Answer): string[] {
  return [...body.matchAll(/<code[^>]*>((?:[0-9A-Z]{4}-){3}[0-9A-Z]{4})<\/code>/g)].map(
    ([, code = '']) => {
      secret('recovery code', code.replaceAll('-', ''))
      return secret('recovery code', code)
    },
  )
}
