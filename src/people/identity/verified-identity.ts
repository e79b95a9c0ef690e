import type { Level } from '../../base/values/assurance-levels.ts'
import { rankOf } from '../../base/values/assurance-levels.ts'
import type { VouchedClaims, VouchedClaim } from './vouched-claims.ts'

// Which of several providers is believed about a person. Pure.

/** Who said it, how sure of her at that sign-in, and when. */
export type Source = {
  readonly issuer: string
  /** Of the sign-in there, as it counts here. */
  readonly level: Level
  /** When she signed in there. */
  readonly vouchedAt: Date
}

/** What one provider says of a person. */
export type IdentityStatement = Source & { readonly vouched: VouchedClaims }

/** What the register believes of a provider that is active. */
export type TrustedIssuer = {
  readonly issuer: string
  readonly vouchesFor: readonly VouchedClaim[]
}

export type VerifiedClaim = { readonly value: string; readonly source: Source }
export type VerifiedIdentity = Readonly<Partial<Record<VouchedClaim, VerifiedClaim>>>

// A name is one thing: the given name of one source and the family name of another would be nobody's. A person with one name has no other.
const units: readonly (readonly VouchedClaim[])[] = [['given_name', 'family_name'], ['birthdate']]

/**
 * What is believed of a person: of each unit, all that one source says, the one with the highest level, of equal levels the latest. A
 * provider that is suspended, or that may no longer vouch for a claim, is not heard.
 */
export function verifiedIdentityOf(
  statements: readonly IdentityStatement[],
  trusted: readonly TrustedIssuer[],
): VerifiedIdentity {
  const heard = statements.map((one) => trustedClaimsOf(one, trusted)).toSorted(bestFirst)
  const claims = units.flatMap((unit) => {
    const best = heard.find(({ vouched }) => unit.some((name) => vouched[name] !== undefined))
    return best === undefined ? [] : unit.flatMap((name) => claimOf(best, name))
  })
  return Object.fromEntries(claims) as VerifiedIdentity // by the names of the units
}

function claimOf({ vouched, issuer, level, vouchedAt }: IdentityStatement, name: VouchedClaim) {
  const value = vouched[name]
  if (value === undefined) return []
  return [[name, { value, source: { issuer, level, vouchedAt } }] as const]
}

/** A statement without what its provider may not vouch for. */
export function trustedClaimsOf(
  statement: IdentityStatement,
  trusted: readonly TrustedIssuer[],
): IdentityStatement {
  const provider = trusted.find(({ issuer }) => issuer === statement.issuer)
  const said = Object.entries(statement.vouched).filter(([name]) =>
    provider?.vouchesFor.some((one) => one === name),
  )
  return { ...statement, vouched: Object.fromEntries(said) }
}

function bestFirst(one: Source, other: Source): number {
  const byLevel = rankOf(other.level) - rankOf(one.level)
  return byLevel === 0 ? other.vouchedAt.getTime() - one.vouchedAt.getTime() : byLevel
}

export const birthDateClasses = ['under14', '14to17', 'adult'] as const
export type BirthDateClass = (typeof birthDateClasses)[number]

/**
 * How old she is, as far as the law asks (LAI, art. 53.1; Code civil, art. 153), on a day in Québec. It changes with that day, without any
 * job. Whoever was born on the 29th of February is a year older on the 1st of March of a common year.
 *
 * @param birthdate @param day both `YYYY-MM-DD`
 */
export function birthDateClass(birthdate: string, day: string): BirthDateClass {
  if (hasReached(14, birthdate, day)) return hasReached(18, birthdate, day) ? 'adult' : '14to17'
  return 'under14'
}

function hasReached(years: number, birthdate: string, day: string): boolean {
  const [year, ofYear] = [birthdate.slice(0, 4), birthdate.slice(4)]
  // As texts: the 29th of February of a common year is after its 28th, and before its 1st of March.
  return day >= `${String(Number(year) + years).padStart(4, '0')}${ofYear}`
}
