import * as jose from 'jose'
import type { Keys } from './keys.ts'

/** What is signed with the `decision` keys; each has a media type of its own, so that none passes for another (RFC 8725 3.11). */
export type SignedKind = 'decision+jwt' | 'disclosure-ack+jwt'

export type Claims = Readonly<Record<string, unknown>>

/** Signs with the first `decision` key. @returns a compact JWS, alg Ed25519 (RFC 9864) */
export async function signStatement(keys: Keys, typ: SignedKind, claims: Claims): Promise<string> {
  const [jwk] = keys.decision
  if (jwk === undefined) throw new Error('no decision key')
  const header = { typ, alg: 'Ed25519', kid: jwk.kid ?? '' }
  // Given the JWK itself, the library imports it once.
  return new jose.SignJWT({ ...claims }).setProtectedHeader(header).sign(jwk)
}

/** The claims of a statement that we signed, at any time; undefined for anything else. Its times are for the caller to judge. */
export async function readStatement(
  keys: Keys,
  typ: SignedKind,
  token: string,
): Promise<Claims | undefined> {
  try {
    const known = jose.createLocalJWKSet(publicKeys(keys))
    // Long after its minute is over, a decision is still what a report names.
    const currentDate = new Date(0)
    const { payload } = await jose.jwtVerify(token, known, {
      typ,
      algorithms: ['Ed25519'],
      currentDate,
    })
    return payload
  } catch (error) {
    if (error instanceof jose.errors.JOSEError) return undefined
    throw error
  }
}

/** What /keys publishes: the public halves, and nothing that is not named here. */
export function publicKeys(keys: Keys): { keys: jose.JWK[] } {
  return {
    keys: keys.decision.map(({ kty, crv, x, kid }) => ({
      kty: kty ?? '',
      ...(crv === undefined ? {} : { crv }),
      ...(x === undefined ? {} : { x }),
      ...(kid === undefined ? {} : { kid }),
      use: 'sig',
      alg: 'Ed25519',
    })),
  }
}
