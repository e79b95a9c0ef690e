import { categoriesIn } from '../record/index.ts'
import { joinNames } from '../../base/web/lists.ts'
import type { Language } from '../../base/values/languages.ts'
import { bodyOf, categoryLabels, fromBody, objectsOf, toBody } from '../../registry/index.ts'
import type { Block, QuestionTerms, TermsPage } from './pages/pages.ts'
import { plainLines } from './plain-lines.ts'
import { saidInMedia } from './text-media.ts'
import type { RequestRow } from './rows.ts'
import type { QuestionWords } from './question-context.ts'
import type { StandingConsent } from './terms.ts'
import { dayIn, frequencyInWords, termsPage } from './terms.ts'

/** What the question stands beside. */
export type QuestionNeighbours = {
  /** The consent that a yes would change; undefined for a new sharing. */
  readonly standing: StandingConsent | undefined
  /** Whether she has paused this sharing. */
  readonly isPaused: boolean
  /** Whether the face of few words is asked for. */
  readonly isPlain: boolean
}

/** The question as it is shown. It is the same each time for one request and language, since its HTML is hashed. */
export function questionTerms(
  row: RequestRow,
  { standing, isPaused, isPlain }: QuestionNeighbours,
  saying: QuestionWords,
): QuestionTerms {
  const { register, language, words } = saying
  const terms = { ...termsPage(row, register, language, words, standing), isPaused }
  const { agreement, dataset, text } = objectsOf(row, register)
  const { short } = text
  const required = categoriesIn(dataset, row.categoriesRequired)
  const said = (inBoth: Readonly<Record<Language, string>>): Block => plain(inBoth[language])
  const isChange = standing !== undefined
  const often = limitOf(row, saying)
  return {
    ...terms,
    title: questionTitle(
      { holder: agreement.holder, recipient: agreement.recipient, categories: required },
      isChange,
      saying,
    ),
    summary: {
      what: required.map(categoryLabels(register, language)),
      from: short && said(short.what),
      why: short === undefined ? terms.blocks.why : said(short.why),
      notSent: short === undefined ? terms.blocks.what : said(short.not_sent),
      until: dayIn(row, language, words),
      often,
    },
    plain: isPlain ? plainLines(row, often, saying) : undefined,
    media: text.media === undefined ? [] : saidInMedia(text, language),
    ifYes: short === undefined ? terms.blocks.if_accept : said(short.if_yes),
    ifNo:
      afterNo(terms, saying) ?? (short === undefined ? terms.blocks.if_refuse : said(short.if_no)),
    ...labelsOf(isChange, saying),
  }
}

function limitOf(row: RequestRow, { language, words }: QuestionWords): string | undefined {
  if (row.frequencyCount !== null) return frequencyInWords(row, language, words)
  if (row.maxUses === null) return undefined
  return row.maxUses === 1
    ? words.t(language, 'consent.summary.once')
    : words.t(language, 'consent.summary.in-all', { count: row.maxUses })
}

// Where a change is refused, what she allowed before goes on: the text's own consequence is that of a no to the whole.
function afterNo(
  { changes, isPaused }: TermsPage,
  { language, words }: QuestionWords,
): Block | undefined {
  if (changes === undefined) return undefined
  if (changes.meanings.length > 0)
    return plain(words.t(language, 'consent.terms.changes-refused-suspended'))
  return plain(
    isPaused
      ? words.t(language, 'consent.terms.changes-refused-paused')
      : words.t(language, 'consent.terms.changes-refused', { date: changes.keptUntil }),
  )
}

/** The words of the two buttons, which stand in the record of the answer. */
function labelsOf(isChange: boolean, { language, words }: QuestionWords) {
  const t = (key: string) => words.t(language, key)
  return isChange
    ? { grantLabel: t('consent.ask.grant-change'), refuseLabel: t('consent.ask.refuse-change') }
    : { grantLabel: t('consent.ask.grant'), refuseLabel: t('consent.ask.refuse') }
}

function plain(words: string): Block {
  return [{ words, isStrong: false }]
}

// Who sends what to whom, in the heading of a question and of a notice.

/** Named while they are so few, then counted. */
const mostNamed = 2

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
