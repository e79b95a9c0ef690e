import { createHash } from 'node:crypto'
import { calculateJwkThumbprint, EmbeddedJWK, type JWTPayload, jwtVerify } from 'jose'
import { isCompact } from '../compact.ts'
import { type ExpiringMap, expiringMap } from '../expiring-map.ts'

const maxAgeSeconds = 60
const maxNumberLength = 128
// A proof dated a minute ahead serves for two: its number is remembered longer than that.
const usedProofBounds = { limit: 10_000, lifetimeSeconds: 2 * maxAgeSeconds + 1 }

/** The proofs' numbers (`jti`). Several processes need a shared store: otherwise a proof works once in each. */
export type UsedProofs = ExpiringMap<true>

export function rememberUsedProofs(): UsedProofs {
  return expiringMap<true>(usedProofBounds)
}

/** What a proof must be about: this request, this token, and the key that the broker bound the token to. */
export type Expected = {
  readonly method: string
  /** From the configuration: the Host header is the caller's own word. */
  readonly address: string
  readonly accessToken: string
  readonly thumbprint: string
}

/** Does the caller hold the key of this access token, now? (RFC 9449, sections 4.3 and 7.1) */
export async function isProofFor(
  expected: Expected,
  proof: string,
  used: UsedProofs,
  now: Date,
): Promise<boolean> {
  const read = await readProof(proof, now)
  if (read === undefined) return false
  const { htm, htu, ath, iat, jti } = read.claims
  if (read.thumbprint !== expected.thumbprint) return false
  if (htm !== expected.method || htu !== expected.address) return false
  // Bound to the token too: a proof taken from one of the key's other tokens is worth nothing here.
  if (ath !== createHash('sha256').update(expected.accessToken).digest('base64url')) return false
  if (!isRecent(iat, now)) return false
  if (typeof jti !== 'string' || jti.length > maxNumberLength) return false
  if (used.find(jti, now)) return false
  // Remembered last: only the keys of live tokens can take room here.
  used.put(jti, true, now)
  return true
}

type Proof = { readonly claims: JWTPayload; readonly thumbprint: string }

async function readProof(proof: string, now: Date): Promise<Proof | undefined> {
  if (!isCompact(proof)) return undefined
  try {
    // EmbeddedJWK takes the key from the proof's own header, and only a public one. Anybody can sign such a proof:
    // it means something by its thumbprint alone.
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: ['ES256'],
      currentDate: now,
    })
    return { claims: payload, thumbprint: await calculateJwkThumbprint(protectedHeader.jwk ?? {}) }
  } catch {
    // Nothing here leaves this process: whatever is thrown, the proof is to blame.
    return undefined
  }
}

function isRecent(iat: number | undefined, now: Date): boolean {
  return iat !== undefined && Math.abs(now.getTime() / 1000 - iat) <= maxAgeSeconds
}
