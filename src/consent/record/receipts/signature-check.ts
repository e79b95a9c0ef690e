import { createHash, createPublicKey, verify } from 'node:crypto'
import type { JsonWebKey } from 'node:crypto'
import { fromBase64url } from '../../../base/values/base64.ts'
import { answerText, challengeOfHashes, textHash } from '../signed-text.ts'

// Checks the signature of an answer by its event alone, years later and without the database.

export type Members = Readonly<Record<string, unknown>>

/** Of each kind of key its algorithm, and how `verify` names its hash: ES256, RS256 and Ed25519 (RFC 8032 has its own). */
const hashes: Readonly<Record<string, string | null>> = { EC: 'sha256', RSA: 'sha256', OKP: null }

/**
 * What is wrong with the signature of an answer; undefined where her key signed exactly this answer, at this site, with user
 * verification. @param event of an answer that has a signature. @param issuer whose site it must have been
 */
export function signatureFault(event: Members, issuer: string): string | undefined {
  const signed = membersOf(event['signed'])
  const own = textHash(textIn(event, signed, issuer))
  return assertionFault(signed, challengeOfHashes([own, ...textsIn(signed['others'])]), issuer)
}

/** As `signatureFault`, of whatever a key signed whose challenge is known. @param signed with its public key */
export function assertionFault(
  signed: Members,
  expected: Buffer,
  issuer: string,
): string | undefined {
  const clientData = bytesOf(signed['client_data_json'])
  const data = bytesOf(signed['authenticator_data'])
  const signature = bytesOf(signed['signature'])
  if (clientData === undefined || data === undefined || signature === undefined)
    return 'it has no signature that can be read'
  const said = membersOf(parseJson(clientData.toString()))
  const elsewhere = placeFault(said, issuer)
  if (elsewhere !== undefined) return elsewhere
  if (said['challenge'] !== expected.toString('base64url')) return 'its key signed something else'
  if (!isOfSite(data, issuer)) return 'its key signed for another site'
  // Present and verified (WebAuthn Level 3, 6.1).
  if ((data.readUInt8(32) & 5) !== 5) return 'its key did not verify who used it'
  return isSignedBy(signed['jwk'], data, clientData, signature)
    ? undefined
    : 'its signature does not hold'
}

// What the browser says of where the key signed, and what for (WebAuthn Level 3, 5.8.1).
function placeFault(said: Members, issuer: string): string | undefined {
  if (said['type'] !== 'webauthn.get') return 'its key signed something that is no answer'
  if (said['origin'] !== issuer) return 'its key signed at another site'
  return said['crossOrigin'] === true || said['topOrigin'] !== undefined
    ? 'its key signed in a frame of another site'
    : undefined
}

function textIn(event: Members, signed: Members, issuer: string): string {
  return answerText({
    issuer,
    presentation: text(event['presentation_id']),
    renderedSha256: text(event['rendered_sha256']),
    choice: event['kind'] === 'consent.granted' ? 'granted' : 'refused',
    categories: textsIn(event['categories_granted']),
    express: textsIn(event['categories_express']),
    lastDay: text(event['valid_until_local']),
    checkpoint: text(signed['checkpoint']),
  })
}

function isOfSite(data: Buffer, issuer: string): boolean {
  const rpId = createHash('sha256').update(new URL(issuer).hostname).digest()
  return data.length >= 37 && data.subarray(0, 32).equals(rpId)
}

function isSignedBy(jwk: unknown, data: Buffer, clientData: Buffer, signature: Buffer): boolean {
  const { kty } = membersOf(jwk)
  const hash = typeof kty === 'string' ? hashes[kty] : undefined
  if (hash === undefined) return false
  const message = Buffer.concat([data, createHash('sha256').update(clientData).digest()])
  try {
    const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }) // it throws for what is none
    return verify(hash, message, key, signature)
  } catch {
    return false
  }
}

function bytesOf(value: unknown): Buffer | undefined {
  return typeof value === 'string' ? fromBase64url(value) : undefined
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(text) : []
}

export function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {}
}

export function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
