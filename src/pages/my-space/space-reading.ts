import type { Language } from '../../base/values/languages.ts'
import { capital, joinNames } from '../../base/web/lists.ts'
import type { Values, Words } from '../../base/web/words.ts'
import type { Organisation, Register } from '../../registry/index.ts'
import type { SignedInPerson } from '../../base/web/person.ts'

/** Whose page it is, at which time, by which register, in which language. */
export type SpaceReading = {
  readonly who: SignedInPerson
  readonly register: Register
  readonly language: Language
  readonly words: Words
  readonly now: Date
  readonly t: (key: string, values?: Values) => string
}

/** How a body stands in a sentence: its name, its name at the beginning, and whether its verb is in the plural. */
export function bodyWords(body: Organisation | undefined, { language, t }: SpaceReading) {
  const pronoun = body?.pronoun?.[language] ?? ''
  const name = body?.nameInSentence[language] ?? t('my-activity.line.unknown')
  const isMany = ['ils', 'elles', 'they'].includes(pronoun)
  return { values: { body: name, begins: capital(name) }, isMany }
}

/** « votre revenu net et votre situation familiale » */
export function dataWords(
  categories: readonly string[],
  { register, language }: SpaceReading,
): string {
  const named = categories.map((id) => {
    const category = register.category(id)
    return category?.inSentence?.[language] ?? category?.label[language] ?? id
  })
  return joinNames(named, language)
}
