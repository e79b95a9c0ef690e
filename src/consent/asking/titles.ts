import type { Language } from '../../base/values/languages.ts'
import { joinNames } from '../../base/web/lists.ts'
import type { Words } from '../../base/web/words.ts'
import type { Register } from '../../registry/index.ts'
import { bodyOf, fromBody, toBody } from '../../registry/index.ts'

// Who sends what to whom, in the heading of a question and of a notice.

/** Named while they are so few, then counted. */
const mostNamed = 2

/** In which language, and with which words. */
export type QuestionWords = {
  readonly register: Register
  readonly language: Language
  readonly words: Words
}

type Named = {
  readonly holder: string
  readonly recipient: string
  readonly categories: readonly string[]
}

export function questionTitle(about: Named, isChange: boolean, saying: QuestionWords): string {
  const { language, words } = saying
  const values = { ...valuesOf(about, saying), holder: nameOf(about.holder, saying) }
  return isChange
    ? words.t(language, 'consent.ask.title-change', values)
    : words.t(language, 'consent.ask.title', values)
}

/** « La loi permet à l’Agence du revenu d’envoyer votre revenu net à Logement abordable » */
export function noticeTitle(about: Named, saying: QuestionWords): string {
  const { language, words } = saying
  const name = nameOf(about.holder, saying)
  const holder = language === 'fr' ? toBody(name, language) : name
  return words.t(language, 'consent.notice.title', { ...valuesOf(about, saying), holder })
}

function valuesOf({ holder, recipient, categories }: Named, saying: QuestionWords) {
  const { register, language, words } = saying
  const named = categories.flatMap((id) => register.category(id)?.inSentence?.[language] ?? [])
  const isNamed = categories.length <= mostNamed && named.length === categories.length
  return {
    sender: fromBody(nameOf(holder, saying), language),
    recipient: toBody(nameOf(recipient, saying), language),
    what: isNamed
      ? joinNames(named, language)
      : words.t(language, 'consent.ask.items', { count: categories.length }),
  }
}

function nameOf(id: string, { register, language }: QuestionWords): string {
  return bodyOf(register, id).nameInSentence[language]
}
