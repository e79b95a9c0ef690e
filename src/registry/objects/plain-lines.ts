import { languages } from '../../base/values/languages.ts'
import type { Language } from '../../base/values/languages.ts'
import { readabilityOf } from '../../base/values/readability.ts'
import type { Fault, Path } from './file-faults.ts'
import { faultIf } from './file-faults.ts'
import type { Shelves } from './object-index.ts'
import type { Agreement, ConsentText, PlainLine, Purpose } from './objects.ts'

// « En clair »: the lines of a text that say the question in few words. Whatever they tell of the question is a place that the page fills
// from its terms; what is left to the author is held to a few words, and easy ones.

const most = { wordsOfLine: 12, words: 60, lix: 25 }

/** What each place stands for, so that its words are counted: a name is as long as the register has it. */
const usual: Readonly<Record<Language, { readonly until: string; readonly times: string }>> = {
  fr: { until: '30 septembre 2027', times: 'au plus quatre fois par an' },
  en: { until: 'September 30, 2027', times: 'at most four times per year' },
}
const facts = ['{holder}', '{recipient}', '{data}', '{why}', '{until}']

// A no and a stop are always possible: each has its word in the lines.
const due: Readonly<
  Record<Language, readonly { readonly said: RegExp; readonly words: string }[]>
> = {
  fr: [
    { said: /\bdire non\b/i, words: '« dire non »' },
    { said: /\barrêter\b/i, words: '« arrêter »' },
  ],
  en: [
    { said: /\bsay no\b/i, words: '“say no”' },
    { said: /\bstop\b/i, words: '“stop”' },
  ],
}
const negation: Readonly<Record<Language, RegExp>> = {
  fr: /(?<!\p{L})(?:ne|n’|n'|pas|aucune?|jamais|rien|sans|sauf)(?!\p{L})|(?<!\p{L})n[’']/iu,
  en: /(?<!\p{L})(?:no|not|never|none|nothing|without|except)(?!\p{L})|n[’']t(?!\p{L})/iu,
}

type Terms = { readonly purpose: Purpose; readonly agreement: Agreement; readonly world: Shelves }

/** The faults of the plain lines of a text; none where it has no such lines. Pure. */
export function plainFaults({ plain }: ConsentText, terms: Terms): Fault[] {
  if (plain === undefined) return []
  return [
    ...languages.flatMap((language) => wordFaults(plain, language, terms)),
    ...placeFaults(plain, terms),
  ]
}

function wordFaults(lines: readonly PlainLine[], language: Language, terms: Terms): Fault[] {
  const filled = lines.map((line) => withPlaces(line[language], language, terms))
  const counts = filled.map(wordsIn)
  const together = counts.reduce((sum, count) => sum + count, 0)
  const said = lines.map((line) => line[language])
  const { lix } = readabilityOf(
    said.map((line) => line.replaceAll(places, language === 'fr' ? 'cela' : 'this')),
  )
  return [
    ...counts.flatMap((count, n) =>
      faultIf(
        count > most.wordsOfLine,
        ['plain', n, language],
        `plain.${n}.${language} has ${count} words, more than ${most.wordsOfLine}: “${filled[n]}”`,
      ),
    ),
    ...lines.flatMap((line, n) =>
      typedFaults(line[language], language, ['plain', n, language], terms),
    ),
    ...faultIf(
      together > most.words,
      ['plain'],
      `plain has ${together} words in ${language}, more than ${most.words}`,
    ),
    ...faultIf(
      lix > most.lix,
      ['plain'],
      `plain is hard to read in ${language}: LIX ${lix.toFixed(1)}, more than ${most.lix} (shorter sentences, words of six letters or less)`,
    ),
    ...dueWords(language)
      .filter((one) => !said.some((line) => one.said.test(line)))
      .map(({ words }) => ({
        path: ['plain'],
        message: `no line of plain says ${words}: she can always say no, and stop later`,
      })),
  ]
}

// What the terms fix is never typed: it would stay as it is where they change.
function typedFaults(line: string, language: Language, path: Path, terms: Terms): Fault[] {
  const at = path.join('.')
  const names = namesOf(terms, language)
  return [
    ...faultIf(
      /\d/.test(line.replaceAll(places, '')),
      path,
      `${at} has a digit: days and times are the places {until} and {times}`,
    ),
    ...names
      .filter(({ name }) => hasName(line, name))
      .map(({ name, place }) => ({ path, message: `${at} names ${name}: its place is ${place}` })),
    ...faultIf(
      line.includes('{data}') && negation[language].test(line),
      path,
      `${at} says no of {data}: a line that names what is sent has no negation`,
    ),
  ]
}

/** What lines and transcripts say in any case. */
export function dueWords(language: Language) {
  return due[language]
}

// « Élections » is a name of a body, and no part of « réélections ».
export function hasName(line: string, name: string): boolean {
  return spaced(line).includes(spaced(name))
}

function spaced(text: string): string {
  return ` ${
    text
      .toLowerCase()
      .match(/[\p{L}\d]+/gu)
      ?.join(' ') ?? ''
  } `
}

function placeFaults(lines: readonly PlainLine[], { purpose, agreement, world }: Terms): Fault[] {
  const isLimited = purpose.frequencyLimit !== undefined || purpose.maxUses !== undefined
  const known = isLimited ? [...facts, '{times}'] : facts
  const required = agreement.datasets
    .flatMap(({ categories }) => categories)
    .filter((id) => purpose.necessity[id] === 'required')
  return [
    ...lines.flatMap((line, n) => lineFaults(line, n, known)),
    ...languages.flatMap((language) =>
      known
        .filter((place) => !lines.some((line) => line[language].includes(place)))
        .map((place) => ({
          path: ['plain'],
          message: `no line of plain has ${place} in ${language}`,
        })),
    ),
    ...faultIf(
      purpose.why === undefined,
      ['plain'],
      `plain says {why}, and ${purpose.ref} has no why`,
    ),
    ...required
      .filter((id) => world.category.find(id)?.inSentence === undefined)
      .map((id) => ({
        path: ['plain'],
        message: `plain says {data}, and ${id} has no in_sentence`,
      })),
  ]
}

function lineFaults(line: PlainLine, n: number, known: readonly string[]): Fault[] {
  const placed = languages.map((language) =>
    [...line[language].matchAll(/\{[^{}]*\}|[{}]/g)].map(([found]) => found),
  )
  const wrong = languages.flatMap((language, at) =>
    (placed[at] ?? [])
      .filter((place) => !known.includes(place))
      .map((place) => ({
        path: ['plain', n, language],
        message: `plain.${n}.${language} has ${place}, which is no place of this text: ${known.join(', ')}`,
      })),
  )
  const [fr = [], en = []] = placed.map((found) => found.toSorted().join(' '))
  return [
    ...wrong,
    ...faultIf(
      wrong.length === 0 && fr !== en,
      ['plain', n],
      `plain.${n} has not the same places in French and in English`,
    ),
  ]
}

const places = /\{[a-z]+\}/g

/** One of the two bodies that a text is about, and the place of its name. */
export type NamedBody = { readonly name: string; readonly place: string }

export function namesOf(
  { agreement, world }: Pick<Terms, 'agreement' | 'world'>,
  language: Language,
): NamedBody[] {
  return (
    [
      [agreement.holder, '{holder}'],
      [agreement.recipient, '{recipient}'],
    ] as const
  ).flatMap(([id, place]) => {
    const body = world.organisation.find(id)
    return body === undefined ? [] : [{ name: body.shortName[language], place }]
  })
}

// In the longest form that the terms allow: all that is required.
function withPlaces(
  line: string,
  language: Language,
  { purpose, agreement, world }: Terms,
): string {
  const nameIn = (id: string) => world.organisation.find(id)?.nameInSentence[language] ?? ''
  const data = agreement.datasets
    .flatMap(({ categories }) => categories)
    .filter((id) => purpose.necessity[id] === 'required')
    .map((id) => world.category.find(id)?.inSentence?.[language] ?? '')
  const values: Readonly<Record<string, string>> = {
    ...usual[language],
    holder: nameIn(agreement.holder),
    recipient: nameIn(agreement.recipient),
    data: data.join(language === 'fr' ? ' et ' : ' and '),
    why: purpose.why?.[language] ?? '',
  }
  return line.replaceAll(places, (place) => values[place.slice(1, -1)] ?? place)
}

function wordsIn(line: string): number {
  return line.split(/\s+/).filter((word) => /[\p{L}\d]/u.test(word)).length
}
