import { createHash } from 'node:crypto'
import * as jose from 'jose'
import type { DpopProof, ProvedRequest } from '../../src/base/web/dpop.ts'
import { isCompact } from '../../src/base/values/base64.ts'

// A second reader of DPoP proofs, by a library that many use: what it refuses, ours must refuse.

const skewSeconds = 60
const maxLength = 4096

export async function proofByJose(
  proof: string,
  of: ProvedRequest,
): Promise<DpopProof | undefined> {
  if (proof.length > maxLength || !isCompact(proof)) return undefined
  try {
    const { payload, protectedHeader } = await jose.jwtVerify(proof, jose.EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: ['ES256'],
      currentDate: new Date(of.nowSeconds * 1000),
      clockTolerance: skewSeconds,
    })
    const { jti } = payload
    const thumbprint = await jose.calculateJwkThumbprint(protectedHeader.jwk ?? {})
    return isOfThis(payload, of) && isUsable(jti) ? { jti, thumbprint } : undefined
  } catch {
    // jose and WebCrypto throw errors of many classes for a malformed key.
    return undefined
  }
}

function isOfThis({ htm, htu, ath, iat }: jose.JWTPayload, of: ProvedRequest): boolean {
  const isRecent = typeof iat === 'number' && Math.abs(of.nowSeconds - iat) <= skewSeconds
  return isRecent && htm === of.method && isSameUri(htu, of.url) && ath === hash(of.accessToken)
}

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

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
