/** Who we are to an authenticator (WebAuthn Level 3, 5.4.2). */
export type RelyingParty = { readonly id: string; readonly name: string; readonly origin: string }

export function relyingPartyOf(issuer: string, brand: string): RelyingParty {
  return { id: new URL(issuer).hostname, name: brand, origin: issuer }
}

/** Offered at creation and accepted there, nothing else: ES256, EdDSA, RS256 (COSE numbers). */
export const algorithms = [-7, -8, -257]

export const promptTimeoutMs = 5 * 60 * 1000
