import * as oidc from 'openid-client'
import type { Keys } from '../../base/keys/keys.ts'
import { CallFailed } from '../../base/values/outbound-error.ts'
import { epochSeconds } from '../../base/values/clock.ts'
import type { Config } from '../../base/settings/config.ts'
import type { Language } from '../../base/values/languages.ts'
import type { Log } from '../../base/logging/log.ts'
import type { Meter } from '../../base/logging/meter.ts'
import type { upstreamResults } from '../../base/logging/metric-labels.ts'
import { exchange } from '../../base/outbound/guarded-http.ts'
import { Refusal, Unavailable } from '../../base/values/refusal.ts'
import type { SigningPort } from '../../base/keys/signer.ts'
import type { VouchedClaims } from '../../people/identity/index.ts'
import { readVouchedClaims } from '../../people/identity/index.ts'
import type { UpstreamSecrets } from '../../base/settings/upstream-secrets.ts'
import type { IdTokenClaims } from './id-token-claims.ts'
import { readIdToken, skewSeconds, UntrustedProviderAnswer } from './id-token-claims.ts'
import type { LogoutTokenClaims } from './logout-token.ts'
import { makeKeysAt, readLogoutToken } from './logout-token.ts'
import type { MetadataFault } from './metadata.ts'
import { calledFaults, metadataFaults, needlessSecret } from './metadata.ts'
import type { UpstreamProvider } from './provider.ts'

// The one file that speaks to providers of identities. Whatever one of them does wrong is a refusal here: its words are for the person,
// and the log has what happened, without anything that the provider sent.

const callMs = 3000
const assertionSeconds = 60
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
/** Metadata are read again after this time, so that an address that a provider moved is followed. */
const believedMs = 600_000
/** After a provider did not answer, nobody tries again for so long: people are told at once. */
const restingMs = 10_000

type Read = { readonly config: oidc.Configuration; readonly readAt: number }

/** What was sent with the person, and must come back or be known: one of these is made for each way there. */
export type SentAuthorizationRequest = {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  /** How old her sign-in there may be. 0: she signs in there anew. */
  readonly maxAge: number
}

/** What is asked for, and the language in which she reads. */
export type AuthorizationRequest = {
  readonly acrValues: readonly string[]
  readonly language: Language
}

export type UpstreamClient = {
  /** Where to send her. @throws Refusal upstream.away, upstream.untrusted */
  address(
    provider: UpstreamProvider,
    sent: SentAuthorizationRequest,
    asking: AuthorizationRequest,
  ): Promise<URL>
  /**
   * Judges what she brought back, and redeems its code.
   * @throws Refusal upstream.away, upstream.untrusted, upstream.declined (she, or it, said no)
   */
  arrival(
    provider: UpstreamProvider,
    sent: SentAuthorizationRequest,
    query: string,
    sentSecondsAgo: number,
  ): Promise<IdTokenClaims>
  /** Judges a logout token. @throws Refusal upstream.away, upstream.untrusted */
  loggedOut(provider: UpstreamProvider, token: string): Promise<LogoutTokenClaims>
}

/** The service that has something at an origin, by the register as it is now. */
export type OwnerOfOrigin = (origin: string) => string | undefined

type Parts = {
  readonly config: Pick<Config, 'issuer' | 'outboundAllow' | 'upstreamSecrets'>
  readonly keys: Pick<Keys, 'upstream'>
  readonly signer: Pick<SigningPort, 'sign'>
  readonly log: Log
  readonly meter: Meter
}

/** The address to which a provider sends a person back, without its answer. */
export function returnAddress(issuer: string, { id }: Pick<UpstreamProvider, 'id'>): string {
  return `${issuer}/retour/${id}`
}

export function makeUpstreamClient(
  { config, keys, signer, log, meter }: Parts,
  serviceAt: OwnerOfOrigin,
): UpstreamClient {
  const { issuer: own } = config
  const configured = holdMetadata({ config, keys, signer }, serviceAt)
  const keysAt = makeKeysAt(config.outboundAllow, callMs)

  const at = atProvider({ log, meter })

  return {
    address: (provider, sent, wishes) =>
      at(provider, async () => {
        const found = await configured(provider)
        const asking = await askingFor(own, provider, sent, wishes)
        const isPushed = found.serverMetadata().pushed_authorization_request_endpoint !== undefined
        return isPushed
          ? oidc.buildAuthorizationUrlWithPAR(found, asking)
          : oidc.buildAuthorizationUrl(found, asking)
      }),

    arrival: (provider, sent, query, sentSecondsAgo) =>
      at(provider, async () => {
        const found = await configured(provider)
        const back = new URL(`${returnAddress(own, provider)}?${query}`)
        const checks = {
          expectedState: sent.state,
          expectedNonce: sent.nonce,
          pkceCodeVerifier: sent.verifier,
          idTokenExpected: true,
        }
        const bound = await proving(found)
        const tokens = await oidc.authorizationCodeGrant(found, back, checks, undefined, bound)
        const claims = tokens.claims()
        const came = readIdToken(provider, claims, sent.maxAge + sentSecondsAgo)
        const isElsewhere = provider.claimsFrom === 'userinfo' && provider.vouchesFor.length > 0
        const said = isElsewhere
          ? await userinfoOf(tokens.access_token, came.subject, { found, bound, provider, log })
          : claims
        return { ...came, vouched: said && vouchedIn(log, provider, said) }
      }),

    loggedOut: (provider, token) =>
      at(provider, async () => {
        return readLogoutToken(provider, token, keysAt(await configured(provider)))
      }),
  }
}

/** Does something at a provider, counts what came of it, and says in our own words what went wrong. */
function atProvider({ log, meter }: Pick<Parts, 'log' | 'meter'>) {
  return async <T>(provider: UpstreamProvider, deed: () => Promise<T>): Promise<T> => {
    meter.declare('provider', [provider.id])
    const count = (result: (typeof upstreamResults)[number]) =>
      meter.count('upstreams', { provider: meter.listed('provider', provider.id), result })
    try {
      const done = await deed()
      count('answered')
      return done
    } catch (error) {
      // What fails here says nothing of the provider.
      if (error instanceof Unavailable) throw error
      if (error instanceof Refusal) {
        count(resultOf(error))
        throw error
      }
      const { refusal, why } = judged(error)
      count(resultOf(refusal))
      log.warn({ code: refusal.code, why: `${provider.id}: ${why}` }, line)
      throw refusal
    }
  }
}

async function askingFor(
  own: string,
  provider: UpstreamProvider,
  sent: SentAuthorizationRequest,
  { acrValues, language }: AuthorizationRequest,
): Promise<Record<string, string>> {
  return {
    redirect_uri: returnAddress(own, provider),
    scope: provider.scopes.join(' '),
    state: sent.state,
    nonce: sent.nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(sent.verifier),
    code_challenge_method: 'S256',
    max_age: String(sent.maxAge),
    ui_locales: language,
    ...(acrValues.length === 0 ? {} : { acr_values: acrValues.join(' ') }),
    ...(sent.maxAge === 0 ? { prompt: 'login' } : {}),
  }
}

// A value that nobody can have is no reason to shut her out: it counts as not said.
function vouchedIn(
  log: Log,
  { id, vouchesFor }: UpstreamProvider,
  said: Readonly<Record<string, unknown>>,
): VouchedClaims {
  const { vouched, unreadable } = readVouchedClaims(said, vouchesFor, new Date())
  if (unreadable.length > 0)
    log.warn({ code: 'upstream.unreadable', why: `${id}: ${unreadable.join(' ')}` }, line)
  return vouched
}

type Asking = {
  readonly found: oidc.Configuration
  readonly bound: Awaited<ReturnType<typeof proving>>
  readonly provider: UpstreamProvider
  readonly log: Log
}

// She proved who she is: she comes in, also where nobody says her name. What it said before stays.
async function userinfoOf(
  token: string,
  subject: string,
  { found, bound, provider, log }: Asking,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    return await oidc.fetchUserInfo(found, token, subject, bound)
  } catch (error) {
    log.warn({ code: 'upstream.unheard', why: `${provider.id}: ${judged(error).why}` }, line)
    return undefined
  }
}

const line = 'a provider of identities'

type Configured = (provider: UpstreamProvider) => Promise<oidc.Configuration>

/** Holds what providers say of themselves, for this process. */
function holdMetadata(
  parts: Pick<Parts, 'config' | 'keys' | 'signer'>,
  serviceAt: OwnerOfOrigin,
): Configured {
  const { outboundAllow } = parts.config
  const held = new Map<string, Read>()
  const failedAt = new Map<string, number>()
  // Everybody who comes meanwhile waits for the same call.
  const reading = new Map<string, Promise<oidc.Configuration>>()

  /** The register may name a service at one of its addresses since the metadata were read. @throws Untrusted */
  function judgedNow(provider: UpstreamProvider, found: oidc.Configuration): oidc.Configuration {
    const world = { outboundAllow, ownerOf: ownerBy(parts.config.issuer, serviceAt) }
    const [fault] = metadataFaults(provider, found.serverMetadata(), world)
    if (fault !== undefined) throw new UntrustedProviderAnswer(fault.message)
    return found
  }

  async function read(provider: UpstreamProvider, name: string): Promise<oidc.Configuration> {
    try {
      const config = judgedNow(provider, await discovered(provider, parts))
      // What an older version of its file led to is not needed any more.
      for (const other of held.keys()) if (other.startsWith(`${provider.id}@`)) held.delete(other)
      held.set(name, { config, readAt: Date.now() })
      return config
    } catch (error) {
      failedAt.set(name, Date.now())
      throw error
    } finally {
      reading.delete(name)
    }
  }

  return async (provider) => {
    const name = `${provider.id}@${provider.version}`
    const known = held.get(name)
    if (known !== undefined && Date.now() - known.readAt < believedMs)
      return judgedNow(provider, known.config)
    const shared = reading.get(name)
    if (shared !== undefined) return shared
    if (Date.now() - (failedAt.get(name) ?? 0) < restingMs) throw away()
    const begun = read(provider, name)
    reading.set(name, begun)
    return begun
  }
}

/** @throws Untrusted where this broker cannot authenticate there */
async function discovered(
  provider: UpstreamProvider,
  { config, keys, signer }: Pick<Parts, 'config' | 'keys' | 'signer'>,
): Promise<oidc.Configuration> {
  const { issuer, clientId, secret } = provider
  const proof =
    secret === undefined
      ? provingByKey(keys, signer)
      : provingBySecret(secret, config.upstreamSecrets)
  return oidc.discovery(
    new URL(issuer),
    clientId,
    { [oidc.clockTolerance]: skewSeconds },
    proof,
    options(issuer, config.outboundAllow),
  )
}

/** As `PrivateKeyJwt` of the library does it (RFC 7523, section 3), with a key that may lie elsewhere. */
function provingByKey(
  { upstream: [jwk] }: Parts['keys'],
  signer: Parts['signer'],
): oidc.ClientAuth {
  const kid = jwk?.kid
  if (kid === undefined)
    throw new UntrustedProviderAnswer('KEYS_DIR has no key of purpose upstream')
  const prove = async (
    { issuer }: oidc.ServerMetadata,
    { client_id: clientId }: oidc.ClientMetadata,
    body: URLSearchParams,
  ): Promise<void> => {
    const now = epochSeconds(new Date())
    const times = { iat: now, nbf: now, exp: now + assertionSeconds }
    const claims = { jti: oidc.randomNonce(), aud: issuer, ...times, iss: clientId, sub: clientId }
    const text = [{ alg: 'ES256', kid }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    const asked = { purpose: 'upstream', kid, alg: 'ES256', bytes: Buffer.from(text) } as const
    const signature = await signer.sign(asked)
    body.set('client_id', clientId)
    body.set('client_assertion_type', assertionType)
    body.set('client_assertion', `${text}.${signature.toString('base64url')}`)
  }
  // The library waits for it, as for its own.
  // oxlint-disable-next-line typescript/no-misused-promises
  return prove
}

function provingBySecret(
  { env, method }: NonNullable<UpstreamProvider['secret']>,
  secrets: UpstreamSecrets,
): oidc.ClientAuth {
  const secret = secrets.get(env)
  if (secret === undefined) throw new UntrustedProviderAnswer(unset(env))
  const prove = method === 'client_secret_post' ? oidc.ClientSecretPost : oidc.ClientSecretBasic
  return prove(secret.reveal())
}

function unset(env: string): string {
  return `${env} is not set`
}

/** Says of each provider whose secret this process does not have that nobody comes in by it. The others go on. */
export function tellMissingSecrets(
  { config, log }: Pick<Parts, 'config' | 'log'>,
  providers: Iterable<UpstreamProvider>,
): void {
  for (const { id, secret } of providers)
    if (secret !== undefined && !config.upstreamSecrets.has(secret.env))
      log.error({ why: `${id}: ${unset(secret.env)}` }, 'nobody can sign in by a provider')
}

/** Why the metadata of a provider could not be read, or do not fit; and the field of its file that it is about. */
export type Discovery = {
  readonly isAway: boolean
  readonly faults: readonly MetadataFault[]
}

/** Reads what a provider says of itself, as a sign-in does, for somebody who plans a change of the register. */
export async function discover(
  provider: Pick<UpstreamProvider, 'issuer' | 'clientId' | 'secret'>,
  { issuer: own, outboundAllow }: Pick<Config, 'issuer' | 'outboundAllow'>,
  serviceAt: OwnerOfOrigin,
): Promise<Discovery> {
  const { issuer, clientId } = provider
  try {
    const asked = options(issuer, outboundAllow)
    const found = await oidc.discovery(new URL(issuer), clientId, {}, oidc.None(), asked)
    const metadata = found.serverMetadata()
    const world = { outboundAllow, ownerOf: ownerBy(own, serviceAt) }
    const faults = [
      ...metadataFaults(provider, metadata, world),
      ...calledFaults(metadata, { issuer: own, outboundAllow }),
      ...needlessSecret(provider, metadata),
    ]
    return { isAway: false, faults }
  } catch (error) {
    const { refusal, why } = judged(error)
    const isAway = refusal.code === 'upstream.away'
    const message =
      why === 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED'
        ? 'its metadata are of another issuer'
        : `its metadata cannot be read: ${why}`
    return { isAway, faults: [{ path: ['issuer'], message }] }
  }
}

function ownerBy(own: string, serviceAt: OwnerOfOrigin): OwnerOfOrigin {
  const { origin } = new URL(own)
  return (one) => (one === origin ? 'this broker' : serviceAt(one))
}

function options(issuer: string, outboundAllow: readonly string[]) {
  const asked = makeFetch(outboundAllow)
  return { [oidc.customFetch]: asked, timeout: callMs / 1000, execute: settings(issuer) }
}

// The signature of an ID token is verified although it comes over TLS: a proxy of theirs may have made it.
function settings(issuer: string) {
  const verified = [oidc.enableNonRepudiationChecks]
  // http is for a demonstration's own machine; which addresses are called is `isAllowed`'s to say.
  return issuer.startsWith('http:') ? [...verified, oidc.allowInsecureRequests] : verified
}

/** Where a provider binds its tokens to a key, one is made for this one: nothing is done with them. */
async function proving(found: oidc.Configuration) {
  const { dpop_signing_alg_values_supported: algorithms = [] } = found.serverMetadata()
  if (!algorithms.includes('ES256')) return {}
  return { DPoP: oidc.getDPoPHandle(found, await oidc.randomDPoPKeyPair('ES256')) }
}

function judged(error: unknown): { refusal: Refusal; why: string } {
  if (error instanceof oidc.AuthorizationResponseError)
    return { refusal: new Refusal('upstream.declined', 403), why: 'it sent her back with an error' }
  if (error instanceof UntrustedProviderAnswer) return { refusal: untrusted(), why: error.message }
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof CallFailed) return { refusal: away(), why: cause.call.why }
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'no code'
  const isAway = error instanceof oidc.ClientError && awayCodes.includes(code)
  return { refusal: isAway ? away() : untrusted(), why: code }
}

const awayCodes = ['OAUTH_TIMEOUT', 'OAUTH_ABORT', 'OAUTH_RESPONSE_IS_NOT_CONFORM']

function resultOf({ code }: Refusal): (typeof upstreamResults)[number] {
  if (code === 'upstream.declined') return 'declined'
  return code === 'upstream.away' ? 'away' : 'untrusted'
}

function away(): Refusal {
  return new Refusal('upstream.away', 502)
}

function untrusted(): Refusal {
  return new Refusal('upstream.untrusted', 403)
}

function makeFetch(outboundAllow: readonly string[]): oidc.CustomFetch {
  return async (url, { method, headers, body }) => {
    // The library sends forms, and asks for JSON.
    const text = body instanceof URLSearchParams ? body.toString() : undefined
    const length = text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) }
    const sent = { method, headers: { ...headers, ...length }, body: text }
    const answer = await exchange(url, sent, outboundAllow, callMs)
    const type = answer.headers['content-type'] ?? ''
    const nonce = answer.headers['dpop-nonce']
    const kept = typeof nonce === 'string' ? { 'dpop-nonce': nonce } : {}
    const isEmpty = [204, 205, 304].includes(answer.status)
    return new Response(isEmpty ? null : answer.text, {
      status: answer.status,
      headers: { 'content-type': type, ...kept },
    })
  }
}
