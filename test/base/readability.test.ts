import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { makeWords } from '../../src/base/web/words.ts'
import english from '../../views/locales/en.json' with { type: 'json' }
import englishErrors from '../../views/locales/errors.en.json' with { type: 'json' }
import frenchErrors from '../../views/locales/errors.fr.json' with { type: 'json' }
import french from '../../views/locales/fr.json' with { type: 'json' }
import { readabilityOf } from '../../src/base/values/readability.ts'

// Nobody needs training to read us: the measure is LIX (src/base/values/readability.ts), and these are its limits.
const limits = {
  /** All that we say. */
  all: 32,
  /** What is said on one page; a page of fewer words says too little to be measured. */
  page: 36,
  leastWords: 60,
  /** The notice of the Charter: most of its words are the law’s. */
  notice: 42.2,
  /** Words in the longest sentence. */
  sentence: 30,
}
/** The words of a consent are the register's: short sentences, and names that may be long. */
const registerLimits = { all: 48, sentence: 30 }

const languages = ['fr', 'en'] as const
const catalogues = { fr: french, en: english } as const
const errors = { fr: frenchErrors, en: englishErrors } as const
const words = makeWords()

describe.each(languages)('what we say in %s', (language) => {
  const said = Object.keys(catalogues[language]).map((key) => ({
    key,
    text: words.t(language, key, valuesOf(catalogues[language][key as keyof typeof french])),
  }))

  test('is easy to read as a whole', () => {
    expect(readabilityOf(said.map(({ text }) => text)).lix).toBeLessThan(limits.all)
  })

  test('has no sentence that runs out of breath', () => {
    const long = said.filter(({ text }) => readabilityOf([text]).longest.words > limits.sentence)
    expect(long).toEqual([])
  })

  test('is easy to read on each page', () => {
    const pages = Map.groupBy(said, ({ key }) => pageOf(key))
    const hard = [...pages]
      .map(([page, of]) => ({ page, ...readabilityOf(of.map(({ text }) => text)) }))
      .filter(({ page, lix, words: count }) => count >= limits.leastWords && lix > limitOf(page))
    expect(hard).toEqual([])
  })
})

// The list of errors is for developers, and held to the same limits.
test.each(languages)('what the list of errors says in %s is easy to read', (language) => {
  // A name of the protocol, `client_id`, is one word.
  const said = Object.values(errors[language]).map((text) => text.replaceAll(/(?<=\w)_(?=\w)/g, ''))
  expect(readabilityOf(said).lix).toBeLessThan(limits.all)
  expect(said.filter((text) => readabilityOf([text]).longest.words > limits.sentence)).toEqual([])
})

test.each(languages)('the demonstration’s consent texts in %s can be read aloud', (language) => {
  const folder = new URL('../../demo/register/texts/', import.meta.url).pathname
  for (const file of readdirSync(folder)) {
    const { blocks } = parse(readFileSync(folder + file, 'utf8')) as {
      blocks: readonly { readonly role: string; readonly fr: string; readonly en: string }[]
    }
    // The block of references is there to be looked up.
    const read = blocks.filter(({ role }) => role !== 'legal').map((block) => block[language])
    const { lix, longest } = readabilityOf(
      read.map((text) => text.replaceAll(/\{[^}]+\}/g, 'cela')),
    )
    expect(lix, file).toBeLessThan(registerLimits.all)
    expect(longest.words, longest.sentence).toBeLessThanOrEqual(registerLimits.sentence)
  }
})

test('the measure tells law from plain words', () => {
  const law =
    'Un consentement prévu à la présente loi doit être manifeste, libre, éclairé et être donné à des fins spécifiques, lequel est ' +
    'demandé à chacune de ces fins, en termes simples et clairs, distinctement de toute autre information communiquée à la personne concernée.'
  expect(readabilityOf([law]).lix).toBeGreaterThan(55)
  expect(
    readabilityOf(['Le chat dort. Il fait beau ce matin. Nous allons au lac.']).lix,
  ).toBeLessThan(20)
})

function limitOf(page: string): number {
  return page === 'base.attestation' ? limits.notice : limits.page
}

function pageOf(key: string): string {
  return key.split('.').slice(0, 2).join('.')
}

function valuesOf(text: string): Readonly<Record<string, number>> {
  const names = [...text.matchAll(/\{(\w+)[,}]/g)].flatMap(([, name]) => name ?? [])
  return Object.fromEntries(names.map((name) => [name, 2]))
}
