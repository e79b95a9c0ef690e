import { createHash, createPublicKey, verify } from 'node:crypto'
import type { JsonWebKey } from 'node:crypto'
import { fromBase64url } from '../../../base/values/base64.ts'
import { isAnswerText, textOfAnswer } from '../signed-lines.ts'
import { challengeOfHashes, textHash } from '../signed-text.ts'

// Checks the signature of an answer by its event alone, years later and without the database.

export type Members = Readonly<Record<string, unknown>>

/** Of each kind of key its algorithm, and how `verify` names its hash: ES256, RS256 and Ed25519 (RFC 8032 has its own). */
const hashes: Readonly<Record<string, string | null>> = { EC: 'sha256', RSA: 'sha256', OKP: null }

/**
 * What is wrong with the signature of an answer; undefined where her key signed exactly this answer, at this site, with user
 * verification. @param event of an answer that has a signature. @param page the event of its showing, which all texts but the first name.
 * @param issuer whose site it must have been
 */
export function signatureFault(
  event: Members,
  page: Members | undefined,
  issuer: string,
): string | undefined {
  const signed = membersOf(event['signed'])
  const signedText = signedTextOf(event, page, issuer)
  if (!signedText.isKnown) return signedText.because
  const hashes = [textHash(signedText.text), ...textsIn(signed['others'])]
  const fault = assertionFault(signed, challengeOfHashes(hashes), issuer)
  return fault ?? (page === undefined ? undefined : beyondText(event, page, signed))
}

export type SignedText =
  | { readonly isKnown: true; readonly text: string }
  | { readonly isKnown: false; readonly because: string }

/** The text that the signature of an answer is of. @param page as `signatureFault` */
export function signedTextOf(
  event: Members,
  page: Members | undefined,
  issuer: string,
): SignedText {
  const { text: version, checkpoint } = membersOf(event['signed'])
  const at = { issuer, checkpoint: text(checkpoint) }
  if (version === undefined) return { isKnown: true, text: textOfAnswer(event, {}, at, 1) }
  if (version !== 2) return unknown('its key signed a text that is not known here')
  if (page === undefined)
    return unknown('its key signed a text that names its page, which is not shown')
  const made = textOfAnswer(event, page, at, 2)
  return isAnswerText(made)
    ? { isKnown: true, text: made }
    : unknown('its text has a line that is not known here')
}

function unknown(because: string): SignedText {
  return { isKnown: false, because }
}

// What the nineteen lines bound, and an event says in members of its own: what a yes replaces, and the instant at which its last day ends.
function beyondText(event: Members, page: Members, { text: version }: Members): string | undefined {
  if (version !== 2 || event['kind'] !== 'consent.granted') return undefined
  const replaced = page['narrows'] ?? page['changes']
  if (replaced !== undefined && event['supersedes'] !== replaced)
    return 'it replaces another sharing than its key signed'
  const end = latestEnd(text(event['valid_until_local']))
  return text(event['valid_until']) > end ? 'it ends after the day that its key signed' : undefined
}

/** The latest instant at which a day ends in Québec, in winter. */
function latestEnd(lastDay: string): string {
  const next = Date.parse(lastDay) + (24 + 5) * 3600 * 1000
  return Number.isNaN(next) ? '' : new Date(next).toISOString()
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
