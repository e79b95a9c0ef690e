import { noonOf } from '../../base/values/calendar.ts'
import type { Language } from '../../base/values/languages.ts'
import type { Words } from '../../base/web/words.ts'
import type { ClaimName, Register } from '../../registry/index.ts'
import type { HeldClaims } from './held-claims.ts'
import { sourceName, sourceOf, valueOf } from './held-claims.ts'
import type { ClaimKinds, ShownClaim } from './pages.ts'

export type ClaimShowing = {
  readonly held: HeldClaims
  readonly register: Pick<Register, 'knownProviders' | 'organisation'>
  readonly words: Pick<Words, 'date'>
  readonly language: Language
}

/** Which kinds of claims there are among these. */
export function kindsOf(claims: readonly { readonly name: ClaimName }[]): ClaimKinds {
  return {
    email: claims.some(({ name }) => name === 'email'),
    identity: claims.some(({ name }) => name !== 'email'),
  }
}

/** A claim as its person reads it: a birth date in words, and who says so. */
export function shownClaim(
  { held, register, words, language }: ClaimShowing,
  name: ClaimName,
): ShownClaim {
  const value = valueOf(held, name)
  const source = sourceOf(held, name)
  const isDay = name === 'birthdate' && value !== undefined
  return {
    value: isDay ? words.date(language, noonOf(value)) : value,
    source: source && { name: sourceName(source, register, language), at: source.vouchedAt },
  }
}
