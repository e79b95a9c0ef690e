import { present } from '../../base/values/present.ts'
import type { Likeness } from './likeness.ts'
import {
  allWords,
  doubts,
  hasInitial,
  isSameWhole,
  likeFamily,
  likeGiven,
  likeWords,
} from './likeness.ts'
import type { FullName, IdentityRead, IdentityText, Unreadable } from './names.ts'
import { readIdentity } from './names.ts'

// Whether two records of a name and a birth date are of one person: the comparison that docs/matching.en.md publishes. It is pure and
// symmetric. Exactness comes first: a likeness never makes a match, it only makes the answer "not sure", for a clerk to look at.

/** The closed list of reasons, by what each of them answers. A reason never changes its meaning. */
export const matchReasons = {
  match: ['same', 'same_divided_otherwise', 'same_one_name'],
  no_match: ['birth_date', 'given_name', 'family_name', 'names'],
  not_sure: [
    'nothing_verified',
    'name_too_long',
    'name_unreadable',
    'name_missing',
    'birth_date_unreadable',
    'birth_date_transposed',
    'one_name',
    'script',
    'initial',
    'accents',
    'given_names_fewer',
    'names_order',
    'names_swapped',
    'family_name_part',
    'spelling',
  ],
} as const

export type MatchResult = keyof typeof matchReasons
type ReasonOf<R extends MatchResult> = (typeof matchReasons)[R][number]
export type MatchReason = ReasonOf<MatchResult>
export type ComparisonResult = {
  readonly [R in MatchResult]: { result: R; reason: ReasonOf<R> }
}[MatchResult]

export function compareIdentities(one: IdentityText, other: IdentityText): ComparisonResult {
  const [a, b] = [readIdentity(one), readIdentity(other)]
  if (typeof a === 'string' || typeof b === 'string') return notSure(firstFault(a, b))
  if (hasNoName(a) || hasNoName(b)) return notSure('name_missing')
  if (a.birthDate === undefined || b.birthDate === undefined)
    return notSure('birth_date_unreadable')
  // Before the birth dates: a file without a given name, or in another alphabet, would say by its "no" or "not sure" whether they are the same.
  if (isOneName(a) !== isOneName(b)) return notSure('one_name')
  if (scriptsOf(a) !== scriptsOf(b)) return notSure('script')
  if (a.birthDate === b.birthDate) return compareNames(a, b)
  if (a.birthDate !== transposed(b.birthDate)) return noMatch('birth_date')
  const names = compareNames(a, b)
  return names.result === 'match' ? notSure('birth_date_transposed') : names
}

// The same one, whichever record has it.
function firstFault(...read: readonly (IdentityRead | Unreadable)[]): Unreadable {
  return read.includes('name_too_long') ? 'name_too_long' : 'name_unreadable'
}

function compareNames(a: FullName, b: FullName): ComparisonResult {
  if (isOneName(a)) return compareOneName(a, b)
  const [given, family] = [likeGiven(a.given, b.given), likeFamily(a.family, b.family)]
  if (given === 'same' && family === 'same') return match('same')
  // The same words, put into other fields.
  if (isSameWhole(a, b) && !hasInitial(a) && !hasInitial(b)) return match('same_divided_otherwise')
  if (given === 'other' || family === 'other') return compareOthers(a, b, { given, family })
  const doubt = doubts.find((one) => one === given || one === family)
  return notSure(present(doubt, 'the doubt of two names that are neither the same nor others'))
}

type Likenesses = { readonly given: Likeness; readonly family: Likeness }

function compareOthers(a: FullName, b: FullName, { given, family }: Likenesses): ComparisonResult {
  const isSwapped =
    likeWords(a.given.words, b.family.words) === 'same' &&
    likeWords(a.family.words, b.given.words) === 'same'
  if (isSwapped) return notSure('names_swapped')
  if (likeWords(allWords(a), allWords(b)) === 'names_order') return notSure('names_order')
  if (given === family) return noMatch('names')
  return noMatch(given === 'other' ? 'given_name' : 'family_name')
}

function compareOneName(a: FullName, b: FullName): ComparisonResult {
  const like = likeWords(allWords(a), allWords(b))
  if (like === 'other') return noMatch('names')
  if (like !== 'same') return notSure(like)
  return hasInitial(a) || hasInitial(b) ? notSure('initial') : match('same_one_name')
}
function scriptsOf({ given, family }: FullName): string {
  return given.script + family.script
}

function isOneName({ given, family }: FullName): boolean {
  return given.words.length === 0 || family.words.length === 0
}

function hasNoName(name: FullName): boolean {
  return allWords(name).length === 0
}

/** `2001-03-04` → `2001-04-03`: as it is read where the month comes first. */
function transposed(day: string): string {
  const [year, month, dayOfMonth] = day.split('-')
  return `${year}-${dayOfMonth}-${month}`
}

function match(reason: ReasonOf<'match'>): ComparisonResult {
  return { result: 'match', reason }
}

function notSure(reason: ReasonOf<'not_sure'>): ComparisonResult {
  return { result: 'not_sure', reason }
}

function noMatch(reason: ReasonOf<'no_match'>): ComparisonResult {
  return { result: 'no_match', reason }
}
