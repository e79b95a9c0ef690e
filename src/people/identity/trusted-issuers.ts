import { deskIssuer } from './desk-issuer.ts'
import type { TrustedIssuer } from './verified-identity.ts'
import { vouchedClaims } from './vouched-claims.ts'

/** What says who a register believes. */
type Believing = {
  readonly identityProviders: ReadonlyMap<string, TrustedIssuer>
  /** The bodies whose desk checks papers, by their ids. */
  readonly checkingBodies: readonly string[]
}

/** Everybody who is believed about who people are: providers, and desks. */
export function trustedIssuers({
  identityProviders,
  checkingBodies,
}: Believing): readonly TrustedIssuer[] {
  return [...identityProviders.values(), ...trustedDesks(checkingBodies)]
}

export function trustedDesks(bodies: readonly string[]): readonly TrustedIssuer[] {
  return bodies.map((id) => ({ issuer: deskIssuer(id), vouchesFor: vouchedClaims }))
}
