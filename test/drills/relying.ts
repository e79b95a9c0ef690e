import { setTimeout } from 'node:timers/promises'
import * as jose from 'jose'
import { makeAuthenticator } from '../support/authenticator.ts'
import { callbackOf, codeOf, creationPage, keepCodes } from '../support/broker.ts'
import type { Browser, Site } from '../support/browser.ts'
import { exchange, formOf, makeBrowser } from '../support/browser.ts'
import { until } from '../support/fault-process.ts'
import type { Errand, Service } from '../support/service.ts'
import { json, makeService } from '../support/service.ts'

// Services that sign people in, and check each ID token by their copy of `/jwks`. An operator waits a day between the steps of a rotation
// and software keeps a copy for an hour: so the oldest copy that anybody has in a step is of just before it.

export const algs = ['ES256', 'RS256', 'PS256'] as const
export type ByAlg = Readonly<Record<(typeof algs)[number], Service>>

export type Relying = {
  /** Reads `/jwks` again, as all have done when the next step comes. */
  readAgain(): Promise<void>
  /** Waits until somebody has signed in once more at each. */
  goOn(): Promise<void>
  /** Whether a copy of this moment verifies what is signed at another: to be called then. */
  keep(): Promise<() => Promise<boolean>>
  end(): Promise<Relied>
}

export type Relied = {
  readonly verified: Readonly<Record<string, number>>
  /** Why a copy did not verify a token. */
  readonly unverified: readonly string[]
  /** Why sign-ins did not come to a token. */
  readonly broken: readonly string[]
}

const pauseMs = 250
const goOnMs = 240_000
const mostReasons = 20
const mostCharacters = 160

export async function makeRelyingServices(site: Site): Promise<ByAlg> {
  const of = (alg: string) =>
    makeService(site, {
      clientId: `desk-${alg.toLowerCase()}`,
      organisation: 'org_agence-revenu',
      isBearer: true,
      more: { profile: 'baseline', id_token_signed_response_alg: alg },
    })
  return { ES256: await of('ES256'), RS256: await of('RS256'), PS256: await of('PS256') }
}

export async function startRelying(site: Site, services: ByAlg): Promise<Relying> {
  const verified: Record<string, number> = {}
  const [unverified, broken]: [string[], string[]] = [[], []]
  const over = new AbortController()
  let copy = await readKeys(site)

  async function signInAt(alg: (typeof algs)[number]): Promise<string> {
    const service = services[alg]
    const errand = service.plain()
    const code = await newcomersCode(makeBrowser(site), errand)
    const answer = await service.redeem(code, errand)
    return String(json(answer)['id_token'])
  }

  async function live(): Promise<void> {
    while (!over.signal.aborted)
      for (const alg of algs)
        try {
          await verify(copy, await signInAt(alg), alg)
          verified[alg] = (verified[alg] ?? 0) + 1
        } catch (error) {
          const reasons = error instanceof jose.errors.JOSEError ? unverified : broken
          if (reasons.length < mostReasons)
            reasons.push(`${alg}: ${String(error)}`.slice(0, mostCharacters))
          await setTimeout(pauseMs)
        }
  }

  const living = live()
  return {
    async readAgain() {
      copy = await readKeys(site)
    },
    async goOn() {
      const before = { ...verified }
      const isOn = () => algs.every((alg) => (verified[alg] ?? 0) > (before[alg] ?? 0) + 1)
      await until('people sign in on', isOn, goOnMs)
    },
    async keep() {
      const kept = await readKeys(site)
      return () =>
        signInAt('ES256')
          .then((token) => verify(kept, token, 'ES256'))
          .then(
            () => true,
            (error: unknown) => {
              if (error instanceof jose.errors.JWKSNoMatchingKey) return false
              throw error
            },
          )
    },
    async end() {
      over.abort()
      await living
      return { verified, unverified, broken }
    },
  }
}

type Copy = ReturnType<typeof jose.createLocalJWKSet>

async function readKeys({ issuer, ports }: Site): Promise<Copy> {
  const url = new URL('/jwks', issuer)
  const call = { method: 'GET', headers: { host: url.host }, body: undefined }
  return jose.createLocalJWKSet(json(await exchange(ports[0] ?? 0, url, call)) as never) // it reads what it needs
}

async function verify(copy: Copy, token: string, alg: string): Promise<void> {
  await jose.jwtVerify(token, copy, { algorithms: [alg] })
}

async function newcomersCode(browser: Browser, errand: Errand): Promise<string> {
  const authenticator = makeAuthenticator({ origin: new URL(errand.url).origin, counter: 0 })
  const { action, fields, options } = formOf(await creationPage(browser, errand.url))
  const made = await browser.post(action, { ...fields, credential: authenticator.create(options) })
  return codeOf(callbackOf(await keepCodes(browser, made)))
}
