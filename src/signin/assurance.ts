/** What a proof amounts to: `acr` of CONTRACT, `amr` of RFC 8176. */
export type Assurance = { readonly acr: string; readonly amr: readonly string[] }

/**
 * A passkey with user verification is possession of a key, unlocked by a PIN or a biometric of the device: two factors.
 * Not aal:3, whatever the key says of itself: nothing is attested.
 */
export const passkeyAssurance: Assurance = { acr: 'urn:accord:aal:2', amr: ['pop', 'user', 'mfa'] }
