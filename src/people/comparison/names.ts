import { isDay } from '../../base/values/calendar.ts'

// How a name and a birth date are read before two of them are compared (docs/matching.en.md). Pure: the same text is always read the same.

/** The longest name that is read (docs/design/security.md#limits). */
export const maxNameCharacters = 255

/** What a file, or a provider of identities, says of a person. */
export type IdentityText = {
  readonly givenName: string
  readonly familyName: string
  /** ISO 8601, a whole day: OpenID Connect Core, section 5.1, also allows a year alone, which is not compared. */
  readonly birthDate: string
}

/** A letter without its accents, and the accents. */
export type NameLetter = { readonly base: string; readonly marks: string }
/** The words of a name, in order; none: the name is missing. */
export type Name = { readonly words: readonly (readonly NameLetter[])[]; readonly script: string }

export type Unreadable = 'name_too_long' | 'name_unreadable'

export type FullName = { readonly given: Name; readonly family: Name }
export type IdentityRead = FullName & {
  /** `undefined`: it is no day. */
  readonly birthDate: string | undefined
}

/** Reads both names and the date. @returns a word where a name cannot be read at all */
export function readIdentity(text: IdentityText): IdentityRead | Unreadable {
  const given = readName(text.givenName)
  const family = readName(text.familyName)
  if (given === 'name_too_long' || family === 'name_too_long') return 'name_too_long'
  if (given === 'name_unreadable' || family === 'name_unreadable') return 'name_unreadable'
  return { given, family, birthDate: isDay(text.birthDate) ? text.birthDate : undefined }
}

const apostrophes = /['’‘‛ʼʻʹʽʾʿꞌ`´′＇]/gu
const separators = /[\s\p{Zs}\p{Pd}.,]+/u
// Invisible and reserved characters, digits, emoji and symbols: a name that holds one was not typed as a name.
const readable = /^[\p{L}\p{M} \t\p{Zs}\p{Pd}.,]*$/u

export function readName(text: string): Name | Unreadable {
  // Code points, before anything is made of them: a compatibility form may be longer than its character.
  if (text.length > 2 * maxNameCharacters || Array.from(text).length > maxNameCharacters)
    return 'name_too_long'
  // Apostrophes go first: NFKC makes a space and a mark of some of them.
  const plain = text.replaceAll(apostrophes, '').normalize('NFKC').replaceAll(apostrophes, '')
  if (!plain.isWellFormed() || !readable.test(plain)) return 'name_unreadable'
  const words = plain
    .toLowerCase()
    .normalize('NFC')
    .split(separators)
    .filter((word) => word !== '')
    .map((word) => asWritten.get(word) ?? word)
  const scripts = new Set(words.flatMap((word) => Array.from(word, scriptOf)))
  scripts.delete('')
  // A letter of another alphabet that looks the same: a file says so by mistake, or somebody on purpose.
  if (scripts.size > 1) return 'name_unreadable'
  const [script = ''] = scripts
  const named = words.filter((word) => !placeholders.has(word))
  return { words: named.map(lettersOf), script }
}

/** The name as it is compared: reading it again changes nothing. */
export function spellName({ words }: Name): string {
  return words
    .map((word) => word.map(({ base, marks }) => base + marks).join(''))
    .join(' ')
    .normalize('NFC')
}

// Two abbreviations that stand in Québec’s family names: St-Onge and Ste-Marie.
const asWritten: ReadonlyMap<string, string> = new Map([
  ['st', 'saint'],
  ['ste', 'sainte'],
])
// What is put into a field because the form demands something.
const placeholders: ReadonlySet<string> = new Set(
  'fnu lnu nfn nln xxx unknown inconnu inconnue null undefined'.split(' '),
)

const alphabets = {
  latin: /\p{Script=Latin}/u,
  arabic: /\p{Script=Arabic}/u,
  // Japanese names are written in all three.
  han: /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u,
  hangul: /\p{Script=Hangul}/u,
  syllabics: /\p{Script=Canadian_Aboriginal}/u,
  cyrillic: /\p{Script=Cyrillic}/u,
  greek: /\p{Script=Greek}/u,
} as const

function scriptOf(character: string): string {
  if (/\p{M}/u.test(character)) return ''
  const known = Object.entries(alphabets).find(([, letters]) => letters.test(character))
  return known?.[0] ?? 'other'
}

const stroke = '\u0338'
// Letters of the Latin alphabet that Unicode does not take apart: by two letters, or by a letter and a stroke.
const takenApart: ReadonlyMap<string, readonly NameLetter[]> = new Map([
  ['æ', plainLetters('ae')],
  ['œ', plainLetters('oe')],
  ['ß', plainLetters('ss')],
  ['ı', plainLetters('i')],
  ['þ', plainLetters('th')],
  ...['øo', 'đd', 'łl', 'ħh', 'ŧt', 'ðd'].map(struck),
])

function struck([letter = '', base = '']: string): readonly [string, readonly NameLetter[]] {
  return [letter, [{ base, marks: stroke }]]
}

// Accents are marks of Latin letters. In other scripts a mark may be the vowel, so it stays with its letter.
function lettersOf(word: string): NameLetter[] {
  const letters: { base: string; marks: string }[] = []
  for (const character of word.normalize('NFD')) {
    const last = letters.at(-1)
    if (!/\p{M}/u.test(character)) letters.push(...copied(character))
    else if (last === undefined) letters.push({ base: character, marks: '' })
    else if (alphabets.latin.test(last.base)) last.marks += character
    else last.base += character
  }
  return letters
}

function copied(character: string): { base: string; marks: string }[] {
  const apart = takenApart.get(character) ?? [{ base: character, marks: '' }]
  return apart.map((letter) => ({ ...letter }))
}

function plainLetters(text: string): NameLetter[] {
  return Array.from(text, (base) => ({ base, marks: '' }))
}
