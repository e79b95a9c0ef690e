import type { Bilingual } from '../../base/values/languages.ts'
import { vouchedClaims } from '../../people/identity/index.ts'

// What a service may be told of a person at her sign-in: claims (OpenID Connect Core, section 5), each with the purpose that its file names.

/** The claims that a file may list, in the order in which a page shows them. */
export const claimNames = [...vouchedClaims, 'email'] as const
export type ClaimName = (typeof claimNames)[number]

/** A claim that a service asks people for. */
export type AskedClaim = {
  readonly name: ClaimName
  readonly purpose: Bilingual
  /** Whether a person who refuses it may use the service all the same. */
  readonly isOptional: boolean
}

type ClaimInFile = { readonly purpose: Bilingual; readonly optional: boolean }

/** The claims of a file, in one order. */
export function askedClaims(
  inFile: Readonly<Partial<Record<ClaimName, ClaimInFile | undefined>>> = {},
): AskedClaim[] {
  return claimNames.flatMap((name) => {
    const asked = inFile[name]
    return asked === undefined ? [] : [{ name, purpose: asked.purpose, isOptional: asked.optional }]
  })
}

export function isClaimName(name: unknown): name is ClaimName {
  return claimNames.some((one) => one === name)
}
