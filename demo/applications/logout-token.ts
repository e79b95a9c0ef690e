import { errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from 'jose'
import { isCompact } from './compact.ts'
import { type ExpiringMap, expiringMap } from './expiring-map.ts'

/** OpenID Connect Back-Channel Logout 1.0, sections 2.4 and 2.6. */
const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'
const maxAgeSeconds = 120
const clockToleranceSeconds = 30
// Longer than a token can be valid, so that a number is forgotten only when its token is refused for its age.
const usedTokenBounds = {
  limit: 10_000,
  lifetimeSeconds: 2 * (maxAgeSeconds + clockToleranceSeconds),
}

export type Expected = {
  readonly issuer: string
  readonly clientId: string
  /** The issuer's public keys. */
  readonly keys: JWTVerifyGetKey
}

export type LogoutRequest =
  | {
      readonly isAccepted: true
      readonly sub: string | undefined
      readonly sid: string | undefined
    }
  | { readonly isAccepted: false; readonly because: string }

export type UsedTokens = ExpiringMap<true>

export function rememberUsedTokens(): UsedTokens {
  return expiringMap<true>(usedTokenBounds)
}

/** Decides whether a logout token is the issuer's, for us, recent, and used for the first time. */
export async function readLogoutToken(
  token: string,
  expected: Expected,
  used: UsedTokens,
  now: Date,
): Promise<LogoutRequest> {
  if (!isCompact(token)) return refused('not a signed token, exactly as encoded')
  const claims = await verifiedClaims(token, expected, now)
  if (claims instanceof errors.JOSEError) return refused(claims.message)
  const { sub, sid, jti } = claims
  if (!namesLogout(claims)) return refused('"events" does not hold the logout event')
  // An ID token carries a nonce: refusing one keeps a stolen ID token from being used to sign its owner out.
  if (claims['nonce'] !== undefined) return refused('"nonce" is not allowed')
  if (!isTextOrAbsent(sub) || !isTextOrAbsent(sid)) return refused('"sub" or "sid" is not a string')
  if (sub === undefined && sid === undefined) return refused('neither "sub" nor "sid"')
  if (typeof jti !== 'string') return refused('"jti" is not a string')
  if (used.find(jti, now)) return refused('"jti" was used before')
  // Remembered last: only tokens that the issuer signed can take room here.
  used.put(jti, true, now)
  return { isAccepted: true, sub, sid }
}

async function verifiedClaims(
  token: string,
  expected: Expected,
  now: Date,
): Promise<JWTPayload | errors.JOSEError> {
  try {
    const { payload } = await jwtVerify(token, expected.keys, {
      issuer: expected.issuer,
      audience: expected.clientId,
      // An explicit type, so that no other token of the issuer passes for a logout token (RFC 8725, 3.11).
      typ: 'logout+jwt',
      // A closed list: neither "none" nor an HMAC made with the public key gets through.
      algorithms: ['ES256'],
      requiredClaims: ['iat', 'exp', 'jti'],
      maxTokenAge: maxAgeSeconds,
      clockTolerance: clockToleranceSeconds,
      currentDate: now,
    })
    return payload
  } catch (error) {
    // Keys that could not be fetched say nothing about the token: that is an outage, not a refusal.
    if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) throw error
    return error
  }
}

function namesLogout({ events }: JWTPayload): boolean {
  if (typeof events !== 'object' || events === null || !(logoutEvent in events)) return false
  // `in` has just shown the member; TypeScript does not carry that over to an index by constant.
  const event = (events as Record<string, unknown>)[logoutEvent]
  return typeof event === 'object' && event !== null && !Array.isArray(event)
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string'
}

function refused(because: string): LogoutRequest {
  return { isAccepted: false, because }
}
