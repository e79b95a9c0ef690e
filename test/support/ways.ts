import type { OpenHouse } from './address-code.ts'
import { codeSentTo } from './address-code.ts'
import type { Answer, Browser } from './browser.ts'
import type { Authenticator } from './authenticator.ts'
import { makeAuthenticator } from './authenticator.ts'
import { formOf, formsOf, makeBrowser } from './browser.ts'
import type { Broker } from './broker.ts'
import { callbackOf, codesOf, issuer, keepCodes, postAndFollow } from './broker.ts'
import { secret } from './secrets.ts'
import { seedIn } from './seed.ts'
import type { Errand, Params, Service } from './service.ts'
import { giveEarlierCode } from './totp.ts'

/** A person who has no passkey: an address, a password and an application of codes. */
export type Typist = {
  readonly browser: Browser
  readonly address: string
  readonly password: string
  readonly seed: string
  readonly codes: readonly string[]
  readonly callback: URL
  readonly errand: Errand
}

export const goodPassword = 'trois huards dorment debout'
let people = 0

/** Makes an access with a password and an application, at a service, and comes back to it. */
export async function typeUp(
  broker: Broker,
  service: Service,
  { password = goodPassword, browser = makeBrowser(broker) } = {},
): Promise<Typist> {
  people += 1
  const address = `personne${people}@exemple.test`
  const errand = await service.begin()
  const page = await openingPage(broker, browser, errand.url, { address, password })
  const seed = seedOf(page)
  const { action, fields } = formOf(page)
  const made = await giveEarlierCode(seed, (code) => browser.post(action, { ...fields, code }))
  const callback = callbackOf(await keepCodes(browser, made))
  return { browser, address, password, seed, codes: codesOf(made), callback, errand }
}

type Typed = { readonly address: string; readonly password: string }

/** The page with the seed, after the code that was sent to the address. */
export async function openingPage(
  broker: OpenHouse,
  browser: Browser,
  url: string,
  typed: Typed,
): Promise<Answer> {
  const page = await addressPage(browser, url, typed)
  return giveAddressCode(broker, browser, page, typed.address)
}

/** The page that waits for the code of the address, or says why none was sent. */
export async function addressPage(browser: Browser, url: string, typed: Typed): Promise<Answer> {
  secret('password', typed.password)
  const start = await browser.follow(url)
  const form = formOf(await browser.get(`${start.url}/creation/mot-de-passe`))
  return postAndFollow(browser, form.action, { ...form.fields, ...typed })
}

/** Takes a password in « Mon accès », with the code of its address. */
export async function choosePassword(
  broker: OpenHouse,
  browser: Browser,
  typed: Typed,
): Promise<Answer> {
  secret('password', typed.password)
  const form = formOf(await browser.get('/acces/mot-de-passe'))
  const page = await postAndFollow(browser, form.action, { ...form.fields, ...typed })
  return giveAddressCode(broker, browser, page, typed.address)
}

export async function giveAddressCode(
  broker: OpenHouse,
  browser: Browser,
  page: Answer,
  address: string,
): Promise<Answer> {
  const { action, fields } = formOf(page)
  const code = await codeSentTo(broker, address)
  return postAndFollow(browser, action, { ...fields, code })
}

export function seedOf({ body }: Answer): string {
  const seed = seedIn(body)
  secret('seed', seed.match(/.{1,4}/g)?.join(' ') ?? '')
  return secret('seed', seed)
}

/** Both pages, up to the answer to the code. */
export async function typeIn(
  browser: Browser,
  url: string,
  typed: { readonly address: string; readonly password: string },
  code: string,
): Promise<{ password: Answer; page: Answer; answer: Answer }> {
  const { password, page } = await secondPage(browser, url, typed)
  return { password, page, answer: await giveCode(browser, page, code) }
}

/** Both pages, up to the second. */
export async function secondPage(
  browser: Browser,
  url: string,
  typed: { readonly address: string; readonly password: string },
): Promise<{ password: Answer; page: Answer }> {
  const password = await passwordPage(browser, url, typed.address)
  const form = formOf(password)
  const given = { ...form.fields, password: typed.password }
  return { password, page: await postAndFollow(browser, form.action, given) }
}

export async function passwordPage(
  browser: Browser,
  url: string,
  address: string,
): Promise<Answer> {
  const start = await browser.follow(url)
  const form = formsOf(start).find(({ action }) => action.endsWith('/courriel'))
  if (form === undefined) throw new Error(`no field for an address at ${start.url}`)
  return browser.post(form.action, { ...form.fields, address })
}

/** The form for a security key, on the page after a password. */
export function keyFormOf(page: Answer): ReturnType<typeof formOf> {
  const form = formsOf(page).find(({ action }) => action.endsWith('/cle-de-securite'))
  if (form === undefined) throw new Error(`no form for a key at ${page.url}: ${page.status}`)
  return form
}

/** The credential ids that the page gives to the browser. */
export function keysNamedOn(page: Answer): readonly { id: string; transports: string[] }[] {
  const { allowCredentials } = JSON.parse(keyFormOf(page).options) as {
    allowCredentials: { id: string; transports: string[] }[]
  }
  return allowCredentials
}

/** Adds a security key in « Mon accès ». */
export async function addSecurityKey(browser: Browser, key = plainKey()): Promise<Authenticator> {
  const { action, fields, options } = formOf(await browser.get('/acces/cle-de-securite'))
  const added = await browser.post(action, { ...fields, credential: key.create(options) })
  if (added.location?.includes('security-key-added') !== true)
    throw new Error(`the key was not added: ${added.status}`)
  return key
}

export function plainKey(counter = 0): Authenticator {
  return makeAuthenticator({ origin: issuer, counter, isPlain: true })
}

export async function giveCode(browser: Browser, page: Answer, code: string): Promise<Answer> {
  const { action, fields } = formOf(page)
  return postAndFollow(browser, action, { ...fields, code })
}

/** A visit of a service in which a recovery code was shown: the page that offers ways back. */
export async function showCodeAt(
  broker: Broker,
  service: Service,
  code: string,
  params: Params = {},
): Promise<{ readonly browser: Browser; readonly errand: Errand; readonly page: Answer }> {
  const browser = makeBrowser(broker)
  const errand = await service.begin(params)
  const start = await browser.follow(errand.url)
  const form = formOf(await browser.get(`${start.url}/recuperation`))
  const page = await postAndFollow(browser, form.action, { ...form.fields, code })
  return { browser, errand, page }
}

export type Recovered = {
  readonly browser: Browser
  readonly page: Answer
  readonly errand: Errand
  readonly authenticator: Authenticator
  /** The new set. */
  readonly codes: readonly string[]
}

/** A recovery with a person's first code and a new passkey, in the visit of a service: the page after the codes were shown. */
export async function recoverAt(
  broker: Broker,
  service: Service,
  { codes }: { readonly codes: readonly string[] },
  params: Params = {},
): Promise<Recovered> {
  const { browser, errand, page } = await showCodeAt(broker, service, codes[0] ?? '', params)
  const authenticator = makeAuthenticator({ origin: issuer })
  const made = await newKeyAt(browser, page, authenticator)
  const after = await keepCodes(browser, made)
  return { browser, page: after, errand, authenticator, codes: codesOf(made) }
}

/** The passkey of a recovery: the page with the new codes. */
export async function newKeyAt(
  browser: Browser,
  { url }: Answer,
  authenticator: Authenticator,
): Promise<Answer> {
  const { action, fields, options } = formOf(await browser.get(`${url}/nouvelle-cle`))
  return browser.post(action, { ...fields, credential: authenticator.create(options) })
}
