import { createHash } from 'node:crypto'
import * as jose from 'jose'

export type Proof = { readonly jti: string; readonly thumbprint: string }

export type ProofOf = {
  readonly method: string
  /** The URL of the request, without query and fragment. */
  readonly url: string
  readonly accessToken: string
  readonly nowSeconds: number
}

const skewSeconds = 60
const maxLength = 4096

/**
 * Checks a DPoP proof for an access token (RFC 9449 4.3 and 7.1), except two things that are the caller's: `jti` is
 * used once, and the thumbprint is the one that the token is bound to.
 * @returns undefined for anything that is not such a proof
 */
export async function checkProof(proof: string, of: ProofOf): Promise<Proof | undefined> {
  if (proof.length > maxLength) return undefined
  try {
    const { payload, protectedHeader } = await jose.jwtVerify(proof, jose.EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: ['ES256'],
      currentDate: new Date(of.nowSeconds * 1000),
      clockTolerance: skewSeconds,
    })
    const { jti } = payload
    const { jwk } = protectedHeader
    if (jwk === undefined || !isOfThis(payload, of) || !isUsable(jti)) return undefined
    return { jti, thumbprint: await jose.calculateJwkThumbprint(jwk) }
  } catch {
    // jose and WebCrypto throw by many classes at a malformed key; nothing here leaves the process, so the proof is to blame.
    return undefined
  }
}

function isOfThis({ htm, htu, ath, iat }: jose.JWTPayload, of: ProofOf): boolean {
  const isRecent = typeof iat === 'number' && Math.abs(of.nowSeconds - iat) <= skewSeconds
  return isRecent && htm === of.method && htu === of.url && ath === sha256(of.accessToken)
}

function isUsable(jti: unknown): jti is string {
  return typeof jti === 'string' && jti !== '' && jti.length <= 256
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
