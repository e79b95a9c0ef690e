import type { VouchedClaims } from '../../people/identity/index.ts'
import type { UpstreamProvider } from './provider.ts'

// What the ID token of a provider says of somebody, beside what the library has checked.

/** Who signed in there. */
export type IdTokenClaims = {
  readonly issuer: string
  readonly subject: string
  readonly acr: string | undefined
  /** Its session there, as it calls it (`sid`); undefined: it names none, so that its logouts name her alone. */
  readonly session: string | undefined
  /** When, in whole seconds before now. */
  readonly secondsAgo: number
  /** What is believed of all that it says of her; undefined: it could not be heard. */
  readonly vouched: VouchedClaims | undefined
}

type IdTokenSaid = Readonly<Record<string, unknown>> & {
  readonly iss: string
  readonly sub: string
  readonly azp?: unknown
  readonly iat?: unknown
  readonly acr?: unknown
  readonly sid?: unknown
  readonly auth_time?: unknown
}

/** A provider said something that cannot be believed; the message is for the log, and holds nothing of it. */
export class UntrustedProviderAnswer extends Error {}

/** How far the clocks may differ. */
export const skewSeconds = 10

/** @param oldest how many seconds ago she may have signed in there. @throws Untrusted */
export function readIdToken(
  { issuer, clientId }: UpstreamProvider,
  claims: IdTokenSaid | undefined,
  oldest: number,
): Omit<IdTokenClaims, 'vouched'> {
  if (claims?.iss !== issuer) throw new UntrustedProviderAnswer('its ID token is of another issuer')
  const { sub, azp, iat, acr, sid } = claims
  if (azp !== undefined && azp !== clientId)
    throw new UntrustedProviderAnswer('its ID token is for another')
  // OpenID Connect Core, section 3.1.3.7. The library sees to its being there, and not to its value.
  if (typeof iat !== 'number' || iat > nowSeconds() + skewSeconds)
    throw new UntrustedProviderAnswer('its ID token was made later than now')
  if (!isSubject(sub)) throw new UntrustedProviderAnswer('its ID token names nobody')
  return {
    issuer,
    subject: sub,
    acr: typeof acr === 'string' ? acr : undefined,
    session: sessionIn(sid),
    secondsAgo: secondsSince(claims.auth_time, oldest),
  }
}

/** OpenID Connect Core, section 2: up to 255 characters. A control character is a mistake, or tries something. */
function isSubject(sub: string): boolean {
  return sub !== '' && sub.length <= maxSubject && !/\p{Cc}/u.test(sub)
}

function secondsSince(at: unknown, oldest: number): number {
  if (typeof at !== 'number')
    throw new UntrustedProviderAnswer('its ID token does not say when she signed in')
  const secondsAgo = nowSeconds() - at
  if (secondsAgo < -skewSeconds)
    throw new UntrustedProviderAnswer('she signed in there later than now')
  if (secondsAgo > oldest + skewSeconds)
    throw new UntrustedProviderAnswer('she signed in there too long ago')
  return Math.max(0, secondsAgo)
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}

function sessionIn(sid: unknown): string | undefined {
  return typeof sid === 'string' && sid !== '' && sid.length <= maxSession ? sid : undefined
}

const maxSubject = 255
const maxSession = 255
