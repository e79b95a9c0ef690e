import { cardMethod } from '../../base/values/assurance-levels.ts'

export const proofs = [
  'passkey',
  'new-passkey',
  'attested-passkey',
  'recovery-code',
  'recovered',
  'password-totp',
  'password-key',
  'new-password',
  'upstream-one',
  'upstream-two',
  'card',
] as const
export type SigninProof = (typeof proofs)[number]

/** Whether another body's provider says it. */
export function isFromElsewhere(proof: SigninProof): boolean {
  return proof === 'upstream-one' || proof === 'upstream-two'
}

/** The level that a proof reaches: `acr` as docs/design/security.md#sessions lists it, `amr` of RFC 8176. */
export type Assurance = { readonly acr: string; readonly amr: readonly string[] }

const aal2 = 'urn:accord:aal:2'

/**
 * A passkey with user verification is possession of a key, unlocked by a PIN or a biometric of the device: two factors.
 * Not aal:3, whatever the key says of itself: its maker must attest it. A password and a code of an application are two factors too.
 */
const assurances: Readonly<Record<SigninProof, Assurance>> = {
  passkey: { acr: aal2, amr: ['pop', 'user', 'mfa'] },
  'new-passkey': { acr: aal2, amr: ['pop', 'user', 'mfa'] },
  // Bound to its device, by a model that is known (RFC 8176: `hwk`), and unlocked as every passkey.
  'attested-passkey': { acr: 'urn:accord:aal:3', amr: ['pop', 'hwk', 'user', 'mfa'] },
  'recovery-code': { acr: 'urn:accord:aal:1', amr: ['otp'] },
  // One code, and a key that was made a moment ago and has proved nothing yet; or, at a public terminal, a code and no key.
  recovered: { acr: 'urn:accord:aal:1', amr: ['otp'] },
  'password-totp': { acr: aal2, amr: ['pwd', 'otp', 'mfa'] },
  // A touch, without a PIN: the password is the other factor.
  'password-key': { acr: aal2, amr: ['pwd', 'pop', 'user', 'mfa'] },
  'new-password': { acr: aal2, amr: ['pwd', 'otp', 'mfa'] },
  // By what a provider elsewhere says, as the register lets it. It does not say which proofs it saw.
  'upstream-one': { acr: 'urn:accord:aal:1', amr: [] },
  'upstream-two': { acr: aal2, amr: ['mfa'] },
  // Something that she has, on paper: it opens what takes away, and answers nothing.
  card: { acr: 'urn:accord:aal:1', amr: ['otp', cardMethod] },
}

export function assuranceOf(proof: SigninProof): Assurance {
  return assurances[proof]
}
