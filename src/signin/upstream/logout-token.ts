import * as jose from 'jose'
import { exchange } from '../../base/outbound/guarded-http.ts'
import { skewSeconds, UntrustedProviderAnswer } from './id-token-claims.ts'
import type { UpstreamProvider } from './provider.ts'

// The logout token that a provider posts (OpenID Connect Back-Channel Logout 1.0, sections 2.4 to 2.6).

/** Whom a provider has signed out: a person there, one session of hers, or both names. */
export type LogoutTokenClaims = {
  readonly subject: string | undefined
  readonly session: string | undefined
  /** `jti` */
  readonly tokenId: string
}

/** How old a token may be. */
export const longestSeconds = 300
const mostCharacters = 255
const restingMs = 60_000
const keptMs = 600_000
const event = 'http://schemas.openid.net/event/backchannel-logout'
// A token of another kind by the same key, such as an access token (RFC 9068), says what it is.
const types = ['logout+jwt', 'application/logout+jwt', 'jwt']
const algorithms = [
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'EdDSA',
  'Ed25519',
]

/** @throws Untrusted, and what jose throws for a signature that does not hold */
export async function readLogoutToken(
  { issuer, clientId }: UpstreamProvider,
  token: string,
  keys: jose.JWTVerifyGetKey,
): Promise<LogoutTokenClaims> {
  const { payload, protectedHeader } = await jose.jwtVerify(token, keys, {
    issuer,
    audience: clientId,
    algorithms,
    clockTolerance: skewSeconds,
    maxTokenAge: longestSeconds,
    requiredClaims: ['iat', 'jti', 'events'],
  })
  const { sub, sid, jti, events, nonce } = payload
  if (!types.includes((protectedHeader.typ ?? 'jwt').toLowerCase()))
    throw new UntrustedProviderAnswer('its logout token is of another type')
  // An ID token, which the person's browser may have, is no logout token.
  if (nonce !== undefined) throw new UntrustedProviderAnswer('its logout token has a nonce')
  if (!isEvent(events)) throw new UntrustedProviderAnswer('its logout token tells of no logout')
  if (!isName(jti)) throw new UntrustedProviderAnswer('its logout token has no name')
  const names = [sub, sid].filter((one) => one !== undefined)
  if (names.length === 0 || !names.every(isName))
    throw new UntrustedProviderAnswer('its logout token is about nobody')
  return { subject: sub, session: sid as string | undefined, tokenId: jti } // as just seen
}

type Read = { serverMetadata(): { readonly jwks_uri?: string } }

/** The keys that metadata name: read again for one that is unknown, at most once a minute. */
export function makeKeysAt(outboundAllow: readonly string[], timeoutMs: number) {
  const held = new WeakMap<Read, jose.JWTVerifyGetKey>()
  const headers = { accept: 'application/json' }
  const read: jose.FetchImplementation = async (url) => {
    const asked = { method: 'GET', headers, body: undefined }
    const { status, text } = await exchange(url, asked, outboundAllow, timeoutMs)
    return new Response(text, { status })
  }
  /** @param config the same object as long as its metadata are held; `serverMetadata` makes a copy at each call */
  return (config: Read): jose.JWTVerifyGetKey => {
    const known = held.get(config)
    if (known !== undefined) return known
    const { jwks_uri: address } = config.serverMetadata()
    if (address === undefined) throw new UntrustedProviderAnswer('its metadata name no keys')
    const keys = jose.createRemoteJWKSet(new URL(address), {
      [jose.customFetch]: read,
      timeoutDuration: timeoutMs,
      cooldownDuration: restingMs,
      cacheMaxAge: keptMs,
    })
    held.set(config, keys)
    return keys
  }
}

function isEvent(events: unknown): boolean {
  if (typeof events !== 'object' || events === null) return false
  const { [event]: said } = events as Readonly<Record<string, unknown>>
  return typeof said === 'object' && said !== null && !Array.isArray(said)
}

function isName(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && name.length <= mostCharacters
}
