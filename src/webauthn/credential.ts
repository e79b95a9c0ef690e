import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import { decodeAttestationObject, isoBase64URL } from '@simplewebauthn/server/helpers'
import { fromBase64url } from '../base/values/base64.ts'
import { Refusal } from '../base/values/refusal.ts'
import { clientDataOf } from './challenge.ts'

// What the browser's PublicKeyCredential.toJSON() sends. Its structure is checked by the library's verification;
// here only as much as is needed to reach its parts without a fault.

/** WebAuthn Level 3, 7.1 step 25. */
export const maxIdBytes = 1023
const maxIdCharacters = Math.ceil((maxIdBytes * 4) / 3)

type Credential = {
  readonly id: string
  readonly type: string
  readonly response: Readonly<Record<string, unknown>> & { readonly clientDataJSON: string }
}

/** @throws Refusal passkey.refused for anything that cannot be a credential */
export function readRegistration(json: string): RegistrationResponseJSON {
  const credential = readCredential(json)
  bytesOf(credential.response['attestationObject'])
  return credential as unknown as RegistrationResponseJSON // its members are verified by verifyRegistrationResponse
}

/** @throws Refusal as `readRegistration` */
export function readAssertion(json: string): AuthenticationResponseJSON {
  const credential = readCredential(json)
  bytesOf(credential.response['authenticatorData'])
  bytesOf(credential.response['signature'])
  return credential as unknown as AuthenticationResponseJSON // its members are verified by verifyAuthenticationResponse
}

function readCredential(json: string): Credential {
  // The page was open for too long: no key was made, and the page that is shown now comes with a new challenge.
  if (json === '') throw new Refusal('challenge.unusable', 409)
  const value = parse(json)
  const { id, rawId, type, response } = record(value)
  const parts = record(response)
  const isCredential =
    typeof id === 'string' && id.length <= maxIdCharacters && id === rawId && type === 'public-key'
  if (!isCredential || typeof parts['clientDataJSON'] !== 'string') throw passkeyRefusal()
  bytesOf(id)
  bytesOf(parts['clientDataJSON'])
  record(clientDataOf(parts['clientDataJSON']))
  return value as Credential
}

/**
 * @param clientDataJson as `readAssertion` or `readRegistration` let it through
 * @throws Refusal passkey.refused when a frame of another site made it
 */
export function requireOwnFrame(clientDataJson: string): void {
  const { crossOrigin, topOrigin } = record(clientDataOf(clientDataJson))
  if ((crossOrigin !== undefined && crossOrigin !== false) || topOrigin !== undefined)
    throw passkeyRefusal()
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    throw passkeyRefusal()
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw passkeyRefusal()
  return value as Readonly<Record<string, unknown>>
}

/** A browser writes base64url in one spelling; the library would take several. @throws Refusal passkey.refused */
export function bytesOf(value: unknown): Buffer {
  const bytes = typeof value === 'string' ? fromBase64url(value) : undefined
  if (bytes === undefined) throw passkeyRefusal()
  return bytes
}

export function passkeyRefusal(): Refusal {
  return new Refusal('passkey.refused')
}

/**
 * We ask for no attestation, and refuse one with a certificate: verifying its chain could make us call an address that
 * the certificate names.
 * @param attestationObject base64url. @throws Refusal passkey.refused
 */
export function requireNoCertificate(attestationObject: string): void {
  const attestation = decodeAttestationObject(isoBase64URL.toBuffer(attestationObject))
  const format = attestation.get('fmt')
  const isSelf = format === 'packed' && attestation.get('attStmt').get('x5c') === undefined
  if (format !== 'none' && !isSelf) throw passkeyRefusal()
}
