import { dayBefore, dayOf, isDay } from '../../base/values/calendar.ts'
import { hasUnseen } from '../accounts/index.ts'

// What another body's provider of identities vouches for of a person: as it says it, checked, in the form in which it is kept. Pure.

/** What a provider may vouch for, by the names of OpenID Connect Core, section 5.1, in the order in which a page shows them. */
export const vouchedClaims = ['given_name', 'family_name', 'birthdate'] as const
export type VouchedClaim = (typeof vouchedClaims)[number]

/** What one provider says of a person. */
export type VouchedClaims = Readonly<Partial<Record<VouchedClaim, string>>>

export type VouchedClaimsRead = {
  readonly vouched: VouchedClaims
  /** Claims with a value that nobody can be called, or be born on: they count as not said. */
  readonly unreadable: readonly VouchedClaim[]
}

const longestName = 255
const oldest = 'P130Y'

/**
 * Reads what a provider said. Only the names in `mayVouchFor` are looked at: whatever else it says of her is not read.
 * @param said the members of an ID token or of an answer of /userinfo
 */
export function readVouchedClaims(
  said: Readonly<Record<string, unknown>>,
  mayVouchFor: readonly VouchedClaim[],
  now: Date,
): VouchedClaimsRead {
  const named = vouchedClaims.filter((name) => mayVouchFor.includes(name))
  const read = named.map((name) => [name, readers[name](said[name], now)] as const)
  return {
    vouched: Object.fromEntries(read.filter(([, value]) => value !== undefined)) as VouchedClaims, // by the names above
    unreadable: read.flatMap(([name, value]) =>
      value === undefined && isSaid(said[name]) ? name : [],
    ),
  }
}

// A provider that knows nothing may say so by an empty text.
function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}

const readers = {
  given_name: readName,
  family_name: readName,
  birthdate: readBirthdate,
} as const satisfies Record<VouchedClaim, (value: unknown, now: Date) => string | undefined>

// Letters of any script with their marks; what stands between names; digits, because some spellings of First Nations have the 7 as a
// letter. No picture, and nothing that is not seen or turns the direction of writing: a name is compared and read aloud.
const name = /^[\p{L}\p{M}\p{Pd}'’‘ʼ`´.,·・()/ \d\u{200C}\u{200D}]+$/u
const letter = /\p{L}/u

function readName(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 4 * longestName) return undefined
  const text = value
    .normalize('NFC')
    .trim()
    .replaceAll(/\p{Zs}+/gu, ' ')
  const isShort = Array.from(text).length <= longestName
  return isShort && !hasUnseen(text) && name.test(text) && letter.test(text) ? text : undefined
}

/** A whole day: OpenID Connect also knows a year alone, and a day without its year, by which nobody’s age is known. */
function readBirthdate(value: unknown, now: Date): string | undefined {
  if (typeof value !== 'string' || !isDay(value)) return undefined
  const today = dayOf(now)
  return value <= today && value >= dayBefore(today, oldest) ? value : undefined
}
