import { createHash } from 'node:crypto'
import * as jose from 'jose'
import { isCompact } from '../platform/base64.ts'

export type DpopProof = { readonly jti: string; readonly thumbprint: string }

export type ProvedRequest = {
  readonly method: string
  /** The URL of the request, without query and fragment. */
  readonly url: string
  readonly accessToken: string
  readonly nowSeconds: number
}

const skewSeconds = 60
const maxLength = 4096

/** A key as proofs carry it, imported and named. */
type Known = { readonly key: jose.CryptoKey; readonly thumbprint: string }

const maxKeys = 256

/** Checks proofs, and remembers the public keys of the last callers: to import one costs more than to check with it. */
export function makeCheckProof(): (
  proof: string,
  of: ProvedRequest,
) => Promise<DpopProof | undefined> {
  const keys = new Map<string, Known>()
  return (proof, of) =>
    checkProof(proof, of, async (header) => {
      const name = JSON.stringify(header?.jwk)
      const known = keys.get(name) ?? (await importKey(header))
      keys.delete(name)
      keys.set(name, known)
      for (const oldest of keys.keys()) if (keys.size > maxKeys) keys.delete(oldest)
      return known
    })
}

async function importKey(header: jose.JWSHeaderParameters | undefined): Promise<Known> {
  const key = await jose.EmbeddedJWK(header)
  return { key, thumbprint: await jose.calculateJwkThumbprint(header?.jwk ?? {}) }
}

type KeyOf = (header: jose.JWSHeaderParameters | undefined) => Promise<Known>

/**
 * Checks a DPoP proof for an access token (RFC 9449 4.3 and 7.1), except two things that are the caller's: `jti` is
 * used once, and the thumbprint is the one that the token is bound to.
 * @returns undefined for anything that is not such a proof
 */
async function checkProof(
  proof: string,
  of: ProvedRequest,
  keyOf: KeyOf,
): Promise<DpopProof | undefined> {
  if (proof.length > maxLength || !isCompact(proof)) return undefined
  try {
    let thumbprint = ''
    const getKey = async (header: jose.JWSHeaderParameters) => {
      const known = await keyOf(header)
      ;({ thumbprint } = known)
      return known.key
    }
    const { payload } = await jose.jwtVerify(proof, getKey, {
      typ: 'dpop+jwt',
      algorithms: ['ES256'],
      currentDate: new Date(of.nowSeconds * 1000),
      clockTolerance: skewSeconds,
    })
    const { jti } = payload
    return isOfThis(payload, of) && isUsable(jti) ? { jti, thumbprint } : undefined
  } catch {
    // jose and WebCrypto throw errors of many classes for a malformed key; this code makes no call, so the proof is at fault.
    return undefined
  }
}

/** The `jti` that a proof claims, not verified. @returns undefined where a check would accept no `jti` */
export function jtiOf(proof: string): string | undefined {
  if (proof.length > maxLength || !isCompact(proof)) return undefined
  try {
    const { jti } = jose.decodeJwt(proof)
    return isUsable(jti) ? jti : undefined
  } catch {
    return undefined
  }
}

function isOfThis({ htm, htu, ath, iat }: jose.JWTPayload, of: ProvedRequest): boolean {
  const isRecent = typeof iat === 'number' && Math.abs(of.nowSeconds - iat) <= skewSeconds
  return isRecent && htm === of.method && isSameUri(htu, of.url) && ath === sha256(of.accessToken)
}

// Without query and fragment, and normalized as URLs are: scheme and host in small letters, no usual port (RFC 9449 4.3).
function isSameUri(htu: unknown, url: string): boolean {
  const given = typeof htu === 'string' ? URL.parse(htu) : null
  if (given === null) return false
  given.search = ''
  given.hash = ''
  return given.href === new URL(url).href
}

function isUsable(jti: unknown): jti is string {
  return typeof jti === 'string' && /^[\u0020-\ud7ff\ue000-\uffff]{1,256}$/.test(jti)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
