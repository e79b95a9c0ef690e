import { readdirSync, readFileSync } from 'node:fs'
import { createIntl } from '@formatjs/intl'
import { expect, test } from 'vitest'
import { listedProblems } from '../../../src/api/openapi/index.ts'
import { loadErrorWords } from '../../../src/base/web/error-words.ts'
import { activityKinds } from '../../../src/people/accounts/index.ts'
import { makeWords } from '../../../src/base/web/words.ts'
import { listedFaults } from '../../../src/provider/faults/error-codes.ts'
import english from '../../../views/locales/en.json' with { type: 'json' }
import errorExamples from '../../../views/locales/error-examples.json' with { type: 'json' }
import englishErrors from '../../../views/locales/errors.en.json' with { type: 'json' }
import frenchErrors from '../../../views/locales/errors.fr.json' with { type: 'json' }
import french from '../../../views/locales/fr.json' with { type: 'json' }
import { viewsFolder } from '../../support/pages.ts'

const sourceFolder = new URL('../../../src/', import.meta.url).pathname
const catalogues = {
  fr: french as Readonly<Record<string, string>>,
  en: english as Readonly<Record<string, string>>,
}
/** What the list of errors says: text alone, without values. */
const errors = {
  fr: frenchErrors as Readonly<Record<string, string>>,
  en: englishErrors as Readonly<Record<string, string>>,
}
const words = makeWords()
const literalKey = /\bt\(\s*(?:\w+,\s*)?'([^']+)'/g
const dynamicKey = /\bt\(\s*(?:\w+,\s*)?`([^`]+)`/g
// One of two, or by way of a variable.
const quotedKey = /'([a-z][\w-]*(?:\.[\w-]+)+)'/g
const refusalCode = /new Refusal\(\s*'([^']+)'/g
const deedDone = /\bdone\(ctx, '([^']+)'/g

// The closed list of reasons to deny (docs/design/domain.md#reasons).
const denials = [
  'NO_CONSENT',
  'CONSENT_REVOKED',
  'CONSENT_EXPIRED',
  'CONSENT_SUSPENDED',
  'RECORD_UNTRUSTED',
  'USES_EXHAUSTED',
  'FREQUENCY_EXCEEDED',
  'CATEGORY_NOT_COVERED',
  'PERIOD_MISSING',
  'PERIOD_NOT_COVERED',
  'PURPOSE_UNKNOWN',
  'PURPOSE_RETIRED',
  'AGREEMENT_NOT_IN_FORCE',
  'AGREEMENT_MISMATCH',
  'ORGANISATION_SUSPENDED',
  'SUSPENDED_AT_ONCE',
  'CALLER_NOT_HOLDER',
  'REQUEST_ID_REUSED',
  'PERSON_UNKNOWN',
  'PERSON_DECEASED',
  'LEDGER_RESTORED',
  'LOG_BEHIND',
  'STEP_UP_REQUIRED',
  'OUTSIDE_QUEBEC_NOT_ASSESSED',
  'MALFORMED',
  'INTERNAL',
]

test.each([1234567.5, 0, '', '$& {nom} # < l’été'])(
  'a message of text and arguments is said as ICU says it, with %j',
  (value) => {
    const plain = (['fr', 'en'] as const).flatMap((language) => {
      const { formatters } = createIntl({ locale: `${language}-CA` })
      return Object.entries(catalogues[language])
        .filter(([, text]) => !/\{\w+,/.test(text) && (value === 0 || text.includes('{')))
        .map(([key, text]) => {
          const given = Object.fromEntries(valuesOf(text).map((name) => [name, value]))
          const icu = formatters.getMessageFormat(text, undefined, undefined, { ignoreTag: true })
          return [words.t(language, key, given), icu.format(given)] as const
        })
    })
    // But that a number stays on the line of its unit.
    const loose = plain.map(([said, parsed]) => [said, parsed].map(withLooseSpaces))
    expect(loose.filter(([said, parsed]) => said !== parsed)).toEqual([])
    expect(plain.length).toBeGreaterThan(value === 0 ? 4900 : 600)
  },
)

test('both catalogues have the same keys, in order', () => {
  expect(Object.keys(catalogues.fr)).toEqual(Object.keys(catalogues.en))
  expect(Object.keys(catalogues.fr)).toEqual(Object.keys(catalogues.fr).toSorted())
})

test('the list of errors has the words of each code, in order, and of no other', () => {
  const codes = [...listedFaults, ...listedProblems].map(([code]) => code)
  const keys = codes.flatMap((code) => [`${code}.cause`, `${code}.mend`]).toSorted()
  expect(Object.keys(errors.fr)).toEqual(keys)
  expect(Object.keys(errors.en)).toEqual(keys)
  expect(Object.keys(errorExamples)).toEqual(codes.toSorted())
  for (const text of [errors.fr, errors.en, errorExamples].flatMap(Object.values))
    expect(text).toMatch(/\S/)
})

test.each(['fr', 'en'] as const)(
  'a missing word of an error in %s is an error',
  async (language) => {
    const wordsOf = await loadErrorWords(language)
    expect(wordsOf('not-found').cause).toBe(errors[language]['not-found.cause'])
    expect(() => wordsOf('no-such-code')).toThrow('no-such-code')
    expect(() => wordsOf('constructor')).toThrow('constructor')
  },
)

test('a message takes the same values in both languages', () => {
  for (const [key, text] of Object.entries(catalogues.fr)) {
    expect(valuesOf(catalogues.en[key] ?? ''), key).toEqual(valuesOf(text))
  }
})

test('every message says something with its values', () => {
  for (const language of ['fr', 'en'] as const) {
    for (const [key, text] of Object.entries(catalogues[language])) {
      const values = Object.fromEntries(valuesOf(text).map((name) => [name, 2]))
      expect(words.t(language, key, values), key).not.toMatch(/^\s*$|[{}#]/)
    }
  }
})

test('every key that a template or the source uses has words', () => {
  const missing = usedKeys().filter((key) => catalogues.fr[key] === undefined)
  expect(missing).toEqual([])
})

test('every kind of activity has its words, for the history of an access', () => {
  for (const kind of activityKinds)
    expect(catalogues.fr).toHaveProperty([`my-activity.kind.${kind}`])
})

test('no key of words is unused', () => {
  const sources = [...filesUnder(viewsFolder, '.eta'), ...filesUnder(sourceFolder, '.ts')]
  const named = sources.flatMap((text) => allMatches(text, quotedKey))
  const used = new Set([...usedKeys(), ...named])
  const families = dynamicFamilies()
  const unused = Object.keys(catalogues.fr).filter(
    (key) => !used.has(key) && !families.some((family) => family.test(key)),
  )
  expect(unused).toEqual([])
})

test('every refusal has a title and a text', () => {
  const refusals = Object.keys(catalogues.fr).filter((key) => key.startsWith('refusal.'))
  for (const key of refusals) {
    const code = key.replace(/\.(title|text)$/, '')
    expect(catalogues.fr).toHaveProperty([`${code}.title`])
    expect(catalogues.fr).toHaveProperty([`${code}.text`])
  }
})

test.each([
  ['a space before ? or !', /[\s\u00a0\u202f][?!]/],
  ['a colon without its hard space', /[^\u00a0]:/],
  ['a guillemet without its hard space', /«[^\u00a0]|[^\u00a0]»/],
  ['a straight apostrophe or quotation mark', /['"]/],
  ['three dots for an ellipsis', /\.\.\./],
  ['two spaces, or one at an end', /[\s\u00a0]{2}|^\s|\s$/],
])('French is set as Québec does: never %s', (name, fault) => {
  // The list of errors is a document in Markdown, too: its spaces are plain, and `urn:…` is code.
  const ofErrors = name.includes('hard space') ? {} : errors.fr
  const faulty = Object.entries({ ...catalogues.fr, ...ofErrors }).filter(
    ([key, text]) => !key.endsWith('-en') && fault.test(text),
  )
  expect(faulty).toEqual([])
})

test.each([
  ['a straight apostrophe or quotation mark', /['"]/],
  ['a space before punctuation', /[\s\u00a0\u202f][?!:;]/],
  ['French quotation marks', /[«»]/],
  ['two spaces, or one at an end', /[\s\u00a0]{2}|^\s|\s$/],
])('English is set as Canada does: never %s', (_, fault) => {
  const said = Object.entries({ ...catalogues.en, ...errors.en })
  const faulty = said.filter(([, text]) => fault.test(text))
  expect(faulty).toEqual([])
})

test.each(['fr', 'en'] as const)('a missing key or value in %s is an error', (language) => {
  expect(() => words.t(language, 'signin.sign-in.no-such-key')).toThrow('no-such-key')
  expect(() => words.t(language, 'constructor')).toThrow('constructor')
  expect(() => words.t(language, 'provider.sign-out.only')).toThrow('service')
})

test('plural forms follow the language', () => {
  expect(codesLeft('fr', 1)).toBe('Il vous reste 1 code sur 10.')
  expect(codesLeft('fr', 9)).toBe('Il vous reste 9 codes sur 10.')
  expect(codesLeft('en', 1)).toBe('You have 1 code left out of 10.')
  expect(codesLeft('fr', 0)).toContain('aucun code')
})

test('a frequency limit reads naturally for every period', () => {
  const within = (language: 'fr' | 'en', per: string) => ({
    per,
    length: words.duration(language, per),
  })
  const limit = (language: 'fr' | 'en', count: number, per: string) =>
    words.t(language, 'my-sharing.sharing.limit', { count, ...within(language, per) })

  expect(limit('fr', 1, 'P1M')).toBe('au plus 1 fois par mois')
  expect(limit('fr', 4, 'P1Y')).toBe('au plus 4 fois par an')
  expect(limit('fr', 2, 'P4M')).toBe('au plus 2 fois par période de 4\u00a0mois')
  expect(limit('en', 1, 'P1M')).toBe('at most once per month')
  expect(limit('en', 4, 'P7D')).toBe('at most 4 times per week')
  expect(limit('en', 2, 'P10D')).toBe('at most 2 times per period of 10\u00a0days')
  expect(words.t('fr', 'consent.terms.period', within('fr', 'P1Y'))).toBe('an')
  expect(words.t('fr', 'consent.terms.period', within('fr', 'P10D'))).toBe(
    'période de 10\u00a0jours',
  )
})

test.each(denials)('a person reads an explanation of a refusal for %s', (code) => {
  expect(catalogues.fr).toHaveProperty([`my-sharing.reason.${code}`])
})

test.each([
  [
    '2026-11-24T18:05:00Z',
    '24\u00a0novembre 2026 à 13\u00a0h\u00a005',
    'November\u00a024, 2026 at 1:05\u00a0p.m.',
  ],
  [
    '2026-11-01T13:41:00Z',
    '1er\u00a0novembre 2026 à 8\u00a0h\u00a041',
    'November\u00a01, 2026 at 8:41\u00a0a.m.',
  ],
  [
    '2026-11-24T05:00:00Z',
    '24\u00a0novembre 2026 à 0\u00a0h',
    'November\u00a024, 2026 at midnight',
  ],
  ['2026-11-24T17:00:00Z', '24\u00a0novembre 2026 à 12\u00a0h', 'November\u00a024, 2026 at noon'],
  [
    '2026-11-24T17:30:00Z',
    '24\u00a0novembre 2026 à 12\u00a0h\u00a030',
    'November\u00a024, 2026 at 12:30\u00a0p.m.',
  ],
  [
    '2026-07-02T04:05:00Z',
    '2\u00a0juillet 2026 à 0\u00a0h\u00a005',
    'July\u00a02, 2026 at 12:05\u00a0a.m.',
  ],
  [
    '2026-07-02T03:00:00Z',
    '1er\u00a0juillet 2026 à 23\u00a0h',
    'July\u00a01, 2026 at 11:00\u00a0p.m.',
  ],
])('%s is written in the time of Québec', (iso, inFrench, inEnglish) => {
  const at = new Date(iso)
  expect(words.dateTime('fr', at)).toBe(inFrench)
  expect(words.dateTime('en', at)).toBe(inEnglish)
  expect(inFrench).toContain(words.date('fr', at))
  expect(inFrench).toContain(words.time('fr', at))
  expect(inEnglish).toContain(words.date('en', at))
  expect(inEnglish).toContain(words.time('en', at))
})

test('a date that does not exist is an error', () => {
  expect(() => words.date('fr', new Date('never'))).toThrow()
})

function codesLeft(language: 'fr' | 'en', count: number): string {
  return words.t(language, 'my-access.overview.codes-left', { count })
}

function withLooseSpaces(text: unknown): string {
  return String(text).replaceAll('\u00a0', ' ')
}

function valuesOf(text: string): string[] {
  // `P1D {jour}` is what a select says for one period, not a value.
  const names = [...text.matchAll(/(?<!P\d+\w )\{(\w+)\s*[,}]/g)].map((match) => match[1] ?? '')
  return [...new Set(names)].toSorted()
}

function usedKeys(): string[] {
  const templates = filesUnder(viewsFolder, '.eta')
  const sources = filesUnder(sourceFolder, '.ts')
  const literal = [...templates, ...sources].flatMap((text) => allMatches(text, literalKey))
  const codes = sources.flatMap((text) => allMatches(text, refusalCode))
  const deeds = sources.flatMap((text) => allMatches(text, deedDone))
  return [
    ...literal,
    ...codes.flatMap((code) => [`refusal.${code}.title`, `refusal.${code}.text`]),
    ...deeds.map((deed) => `my-access.done.${deed}`),
  ]
}

function dynamicFamilies(): RegExp[] {
  return [...filesUnder(viewsFolder, '.eta'), ...filesUnder(sourceFolder, '.ts')]
    .flatMap((text) => allMatches(text, dynamicKey))
    .map((key) => new RegExp(`^${key.replaceAll('.', '\\.').replace(/\$\{[^}]+\}/g, '.+')}$`))
}

function filesUnder(folder: string, ending: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => readFileSync(folder + file, 'utf8'))
}

function allMatches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? '')
}
