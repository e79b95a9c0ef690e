import { present } from '../../base/values/present.ts'
import { capital, joinNames } from '../../base/web/lists.ts'
import { bodyOf, categoryLabels, objectsOf } from '../../registry/index.ts'
import { categoriesIn } from '../record/index.ts'
import type { QuestionTerms } from './pages/pages.ts'
import type { RequestRow } from './rows.ts'
import { dayIn } from './terms.ts'
import type { QuestionWords } from './question-context.ts'

/**
 * « En clair »: the lines of the text, each place filled from the terms of this very request, so that they can say nothing else than
 * what is asked. Undefined where the text has no such lines.
 * @param often how often at most, as the summary says it
 */
export function plainLines(
  row: RequestRow,
  often: string | undefined,
  { register, language, words }: QuestionWords,
): QuestionTerms['plain'] {
  const { agreement, purpose, dataset, text } = objectsOf(row, register)
  const name = (id: string) => bodyOf(register, id).nameInSentence[language]
  const labelOf = categoryLabels(register, language)
  const data = categoriesIn(dataset, row.categoriesRequired).map(
    (id) => register.category(id)?.inSentence?.[language] ?? labelOf(id),
  )
  const values: Readonly<Record<string, string>> = {
    holder: name(agreement.holder),
    recipient: name(agreement.recipient),
    data: joinNames(data, language),
    why: purpose.why?.[language] ?? purpose.label[language],
    until: dayIn(row, language, words),
    times: often ?? words.t(language, 'consent.terms.no-limit'),
  }
  const fill = (line: string) =>
    line.replaceAll(/\{(\w+)\}/g, (_, place: string) =>
      present(values[place], `{${place}} of a plain line`),
    )
  return text.plain?.map(({ picture, ...said }) => ({
    picture,
    words: capital(fill(said[language])),
  }))
}
