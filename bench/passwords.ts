import { argon2 } from 'node:crypto'
import type { OpenHouse } from '../test/support/address-code.ts'
import { codeSentTo } from '../test/support/address-code.ts'
import type { Authenticator } from '../test/support/authenticator.ts'
import { makeAuthenticator } from '../test/support/authenticator.ts'
import { codeAt } from '../test/support/totp.ts'
import { seedIn } from '../test/support/seed.ts'
import type { Browser } from './browser.ts'
import { formTo, makeBrowser } from './browser.ts'
import type { Answer, Client } from './client.ts'
import { expectStatus } from './client.ts'
import type { Flow, Service } from './flow.ts'
import { authorizationPath, freshNonce, prepareFlow, redeem } from './flow.ts'
import { makeJar } from './jar.ts'
import { keepCodes } from './sign-up.ts'
import { random } from './signing.ts'
import type { Target } from './target.ts'
import type { Job } from './window.ts'

/** A person who signs in with a password and a security key, because a code of an application can be used only once in thirty seconds. */
export type Typist = {
  readonly address: string
  readonly password: string
  readonly key: Authenticator
}

const password = 'trois huards dorment debout'

function byte(): number {
  return Math.floor(Math.random() * 256)
}

// Each person has her own network, so that the limits of tries do not disturb the measurement.
function newBrowser(client: Client, issuer: string): Browser {
  const headers = { 'x-forwarded-for': `10.${byte()}.${byte()}.${byte()}` }
  return makeBrowser(client, issuer, makeJar(), headers)
}

/** A new access with a password, its application, and then a security key, which is used once. */
export async function typeUp(
  client: Client,
  house: OpenHouse & { readonly issuer: string },
  service: Service,
): Promise<Typist> {
  const { issuer } = house
  const browser = newBrowser(client, issuer)
  const typist = {
    address: `${random()}@exemple.test`,
    password,
    key: makeAuthenticator({ origin: issuer, isPlain: true }),
  }
  const flow = prepareFlow(service, await freshNonce(client, service))
  const start = await browser.follow(await authorizationPath(client, flow))
  const opening = await browser.get(`${start.url}/creation/mot-de-passe`)
  const proving = await browser.submit(opening, { address: typist.address, password })
  const code = await codeSentTo(house, typist.address)
  const enrolling = await browser.submit(proving, { code })
  const codes = await browser.submit(enrolling, { code: codeAt(seedIn(enrolling.body)) })
  await keepCodes(browser, codes)
  const adding = await browser.follow('/acces/cle-de-securite')
  const { options } = formTo(adding, '/acces/cle-de-securite')
  const added = await browser.submit(adding, { credential: typist.key.create(options) })
  if (!added.url.endsWith('fait=security-key-added')) throw new Error('no security key was added')
  const again = newBrowser(client, issuer)
  const second = prepareFlow(service, await freshNonce(client, service))
  const invited = await signIn(client, again, second, typist)
  await redeem(client, second, await again.submit(invited, {}, '/plus-tard'))
  return typist
}

/** Both pages of a sign-in. @returns the answer of the second one */
async function signIn(
  client: Client,
  browser: Browser,
  flow: Flow,
  { address, password: typed, key }: Typist,
): Promise<Answer> {
  const page = await secondPage(client, browser, flow, { address, password: typed })
  const { options } = formTo(page, '/cle-de-securite')
  return browser.submit(page, { credential: key.get(options) }, '/cle-de-securite')
}

async function secondPage(
  client: Client,
  browser: Browser,
  flow: Flow,
  typed: { readonly address: string; readonly password: string },
): Promise<Answer> {
  const start = await browser.follow(await authorizationPath(client, flow))
  const page = await browser.submit(start, { address: typed.address }, '/courriel')
  return expectStatus(await browser.submit(page, { password: typed.password }), 200)
}

/** Sign-ins that succeed, or that the second page refuses for a wrong password or an unknown address. */
export async function passwordJobs(
  target: Target,
  count: number,
  how: 'right' | 'wrong' | 'nobody',
): Promise<Job[]> {
  const { client, issuer, services, typists } = target
  const nonce = await freshNonce(client, services.holder)
  // As many as there are people, and each tried as often: the first try of an address makes its counts, every later one finds them.
  const unknown = typists.map(() => `${random()}@exemple.test`)
  return Array.from({ length: count }, () => {
    const flow = prepareFlow(services.app, nonce)
    return async (caller: number) => {
      const typist = typists[caller % typists.length]
      if (typist === undefined) throw new Error('nobody has a password')
      const browser = newBrowser(client, issuer)
      if (how === 'right')
        return void (await redeem(client, flow, await signIn(client, browser, flow, typist)))
      const address = (how === 'nobody' && unknown[caller % unknown.length]) || typist.address
      const typed = { address, password: `${password} ${random()}` }
      const page = await secondPage(client, browser, flow, typed)
      expectStatus(await browser.submit(page, { code: '000000' }), 400)
      return undefined
    }
  })
}

/**
 * Prepares people on the password page. When all of them send it at once, a queue of hashes begins.
 * @returns a function that sends the passwords, and gives the results when everybody is answered
 */
export async function queueSignIns(
  target: Target,
  callers: number,
): Promise<() => Promise<string>> {
  const { client, issuer, services, typists } = target
  const nonce = await freshNonce(client, services.holder)
  const people = await Promise.all(
    typists.slice(0, callers).map(async ({ address, password: typed }) => {
      const browser = newBrowser(client, issuer)
      const start = await browser.follow(
        await authorizationPath(client, prepareFlow(services.app, nonce)),
      )
      const page = await browser.submit(start, { address }, '/courriel')
      return () => browser.submit(page, { password: typed })
    }),
  )
  return async () => {
    const answers = await Promise.all(people.map((send) => send()))
    const [hashed, sentAway] = [200, 503].map(
      (code) => answers.filter(({ status }) => status === code).length,
    )
    if (hashed === undefined || hashed === 0) throw new Error('no password was looked at')
    return `${hashed} passwords looked at beside it, ${sentAway} were told to come back`
  }
}

const measuredHashes = 20
// As src/signin/factors/password-hash.ts.
const cost = { parallelism: 1, tagLength: 32, memory: 19_456, passes: 2 }

/** Milliseconds of CPU of one hash on this machine, with nobody else there. */
export async function hashMilliseconds(): Promise<number> {
  const from = process.cpuUsage()
  for (let i = 0; i < measuredHashes; i++) await hashOnce()
  const { user, system } = process.cpuUsage(from)
  return (user + system) / 1000 / measuredHashes
}

function hashOnce(): Promise<void> {
  const given = { message: Buffer.from(password), nonce: Buffer.alloc(16, 7), ...cost }
  return new Promise((resolve, reject) => {
    argon2('argon2id', given, (error) => (error === null ? resolve() : reject(error)))
  })
}
