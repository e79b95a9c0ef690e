import type { Database } from '../../base/database/database.ts'
import type { Keys } from '../../base/keys/keys.ts'
import type { Language } from '../../base/values/languages.ts'
import { contactSeals, emailOf } from '../../people/accounts/index.ts'
import type { Source, VerifiedIdentity } from '../../people/identity/index.ts'
import {
  bodyOfDesk,
  identitySeals,
  statementsOf,
  trustedIssuers,
  verifiedIdentityOf,
} from '../../people/identity/index.ts'
import type { ClaimName, Register } from '../../registry/index.ts'

/** What the broker holds of a person that a service may be told. */
export type HeldClaims = {
  /** Her confirmed address; undefined: none. */
  readonly email: string | undefined
  readonly verified: VerifiedIdentity
}

/** What it holds at this moment, by the providers that the register believes. */
export async function heldClaims(
  db: Database,
  keys: Pick<Keys, 'data' | 'seal'>,
  believing: Pick<Register, 'identityProviders' | 'checkingBodies'>,
  personId: string,
): Promise<HeldClaims> {
  const email = await emailOf(db, contactSeals(keys), personId)
  const trusted = trustedIssuers(believing)
  if (trusted.length === 0) return { email, verified: {} }
  const statements = await statementsOf(db, identitySeals(keys), personId)
  return { email, verified: verifiedIdentityOf(statements, trusted) }
}

/** The value of a claim; undefined: she has none. */
export function valueOf({ email, verified }: HeldClaims, name: ClaimName): string | undefined {
  return name === 'email' ? email : verified[name]?.value
}

/** Where a value comes from; undefined: she confirmed it here herself. */
export function sourceOf({ verified }: HeldClaims, name: ClaimName): Source | undefined {
  return name === 'email' ? undefined : verified[name]?.source
}

/** The name of the provider, or of the body of the desk, that a value comes from. */
export function sourceName(
  { issuer }: Pick<Source, 'issuer'>,
  { knownProviders, organisation }: Pick<Register, 'knownProviders' | 'organisation'>,
  language: Language,
): string {
  const body = bodyOfDesk(issuer)
  if (body !== undefined) return organisation(body)?.name[language] ?? body
  const provider = [...knownProviders.values()].find((one) => one.issuer === issuer)
  return provider?.name[language] ?? new URL(issuer).host
}
