import type { Language } from '../values/languages.ts'

/** What the list of errors says of a code, to the developers of a service: what is wrong, what that looks like, and what to change. */
export type ErrorWords = {
  readonly cause: string
  readonly example: string
  readonly mend: string
}

/**
 * The words of every code in this language; backticks stand around what is code. They are read when the list is first asked for, as no
 * other page says them.
 */
export async function loadErrorWords(language: Language): Promise<(code: string) => ErrorWords> {
  const [said, examples] = await Promise.all([catalogues[language](), loadExamples()])
  return (code) => ({
    cause: wordsAt(said.default, `${code}.cause`),
    example: wordsAt(examples.default, code),
    mend: wordsAt(said.default, `${code}.mend`),
  })
}

const catalogues = {
  fr: () => import('../../../views/locales/errors.fr.json', { with: { type: 'json' } }),
  en: () => import('../../../views/locales/errors.en.json', { with: { type: 'json' } }),
} satisfies Readonly<Record<Language, unknown>>

// What is sent or configured is the same in both languages.
const loadExamples = () =>
  import('../../../views/locales/error-examples.json', { with: { type: 'json' } })

function wordsAt(catalogue: Readonly<Record<string, string>>, key: string): string {
  const text = Object.hasOwn(catalogue, key) ? catalogue[key] : undefined
  if (text === undefined) throw new Error(`No words of errors for the key ${key}`)
  return text
}
