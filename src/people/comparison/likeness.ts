import { distance } from '../../base/values/misspelt-variables.ts'
import { present } from '../../base/values/present.ts'
import type { FullName, NameLetter, Name } from './names.ts'

// How like two names are. Only `same` can become a match.

/** The doubts, in the order in which the first of several is told. */
export const doubts = [
  'initial',
  'accents',
  'given_names_fewer',
  'names_order',
  'family_name_part',
  'spelling',
] as const
export type Doubt = (typeof doubts)[number]
export type Likeness = 'same' | 'other' | Doubt

type Word = readonly NameLetter[]

// Brothers and sisters born on one day may share a first given name, an initial, or one of two given names: each of these is a doubt.
export function likeGiven({ words: a }: Name, { words: b }: Name): Likeness {
  const like = likeWords(a, b)
  const isInitial = isInitialed(a) || isInitialed(b)
  if (like !== 'other') return isInitial ? 'initial' : like
  if (isPart(a, b)) return 'given_names_fewer'
  const [short, long] = a.length < b.length ? [a, b] : [b, a]
  const isAlike = (word: Word, n: number) => startsAlike(word, present(long[n], 'a word of more'))
  return isInitial && short.every(isAlike) ? 'initial' : 'other'
}

// A name before or after a marriage, one of two parents’ names, a name without its particle.
export function likeFamily({ words: a }: Name, { words: b }: Name): Likeness {
  const like = likeWords(a, b)
  return like === 'other' && isPart(a, b) ? 'family_name_part' : like
}

export function likeWords(a: readonly Word[], b: readonly Word[]): Likeness {
  const [one, other] = [a.flat(), b.flat()]
  if (basesOf(one) === basesOf(other)) {
    if (!one.every((letter, n) => isAccentedAlike(letter, other[n]))) return 'accents'
    // Hyphen, space or nothing between two words: Saint-Pierre, Saint Pierre, Saintpierre. But Lin Gan is not Ling An.
    return isDividedAlike(a, b) || a.length === 1 || b.length === 1 ? 'same' : 'spelling'
  }
  if (sorted(a) === sorted(b)) return 'names_order'
  return isMisspelt(a, b) ? 'spelling' : 'other'
}

/** Whether two names, as a whole, have the same words in the same order, whatever field each stands in. */
export function isSameWhole(a: FullName, b: FullName): boolean {
  const [one, other] = [allWords(a), allWords(b)]
  return likeWords(one, other) === 'same' && isDividedAlike(one, other)
}

/** Given and family name, in this order. */
export function allWords({ given, family }: FullName): readonly Word[] {
  return [...given.words, ...family.words]
}

export function hasInitial({ given }: FullName): boolean {
  return isInitialed(given.words)
}

function isInitialed(words: readonly Word[]): boolean {
  return words.some((word) => word.length === 1 && /\p{Script=Latin}/u.test(basesOf(word)))
}

function isDividedAlike(a: readonly Word[], b: readonly Word[]): boolean {
  return a.length === b.length && a.every((word, n) => word.length === b[n]?.length)
}

// A file that has no accents says nothing of them; a file that has others says another name: Dũng is not Dụng.
function isAccentedAlike({ marks }: NameLetter, other: NameLetter | undefined): boolean {
  return other !== undefined && (marks === other.marks || marks === '' || other.marks === '')
}

function isMisspelt(a: readonly Word[], b: readonly Word[]): boolean {
  if (a.length !== b.length) return isNear(basesOf(a.flat()), basesOf(b.flat()))
  // One of the words: Văn Minh and Văn Bình are near as a whole, and two people.
  const bases = b.map(basesOf)
  const others = a.map(basesOf).flatMap((one, n) => {
    const other = present(bases[n], 'a word of as many')
    return one === other ? [] : [isNear(one, other)]
  })
  return others.length === 1 && others[0] === true
}

// Shorter names are too near to others: Li and Le, Ana and Ada.
const shortestMisspelt = 5
// One Arabic article, in two spellings.
const articles: readonly string[] = ['al', 'el']

function isNear(a: string, b: string): boolean {
  if (articles.includes(a) && articles.includes(b)) return true
  if (Math.min(a.length, b.length) < shortestMisspelt) return false
  return distance(a, b) === 1 || withoutUmlauts(a) === withoutUmlauts(b)
}

// « Müller » is read « muller » here, and stands as « Mueller » in files of machines without accents.
function withoutUmlauts(bases: string): string {
  return bases.replaceAll(/([aou])e/g, '$1')
}

/** Whether the words of one are some of the other’s. */
function isPart(a: readonly Word[], b: readonly Word[]): boolean {
  if (a.length === b.length) return false
  const [short, long] = a.length < b.length ? [a, b] : [b, a]
  const left = long.map(basesOf)
  return short.every((word) => {
    const n = left.indexOf(basesOf(word))
    if (n >= 0) left.splice(n, 1)
    return n >= 0
  })
}

function startsAlike(word: Word, other: Word): boolean {
  const [a, b] = [basesOf(word), basesOf(other)]
  return a === b || (a.length === 1 && b.startsWith(a)) || (b.length === 1 && a.startsWith(b))
}

function basesOf(word: Word): string {
  return word.map(({ base }) => base).join('')
}

function sorted(words: readonly Word[]): string {
  return words.map(basesOf).toSorted().join(' ')
}
