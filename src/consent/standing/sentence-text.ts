import { noonOf } from '../../base/values/calendar.ts'
import type { Bilingual, Language } from '../../base/values/languages.ts'
import { capital, joinNames } from '../../base/web/lists.ts'
import type { Words } from '../../base/web/words.ts'
import type { Purpose, Register } from '../../registry/index.ts'
import type { Lookback } from '../record/index.ts'
import { numberWord } from './number-words.ts'
import type { Reason, Sentence } from './sentences.ts'

// Sentences about what flows, in words. A body is named the first time, and then called by its pronoun, where the register says it.

/**
 * When it is said: of what would be, of what is, of what is while she pauses a sharing, of what comes after an end, of what she refused, of a
 * change that she refused.
 */
export type Tense = 'future' | 'present' | 'pause' | 'afterwards' | 'refused' | 'change-refused'

/** Who says it: the words, the register's names, the language. */
export type Speaker = {
  readonly words: Words
  readonly register: Pick<Register, 'organisationByRoot' | 'category'>
  readonly language: Language
}

// The words of each form in each tense: `standing.<form>.<tense>`.
const tenses: Readonly<
  Record<Tense, Readonly<Record<'none' | 'still' | 'limit' | 'over', string>>>
> = {
  future: { none: 'future', still: 'future', limit: 'future', over: 'future' },
  present: { none: 'present', still: 'present', limit: 'present', over: 'present' },
  pause: { none: 'pause', still: 'present', limit: 'present', over: 'pause' },
  afterwards: { none: 'afterwards', still: 'afterwards', limit: 'future', over: 'future' },
  refused: { none: 'refused', still: 'refused', limit: 'present', over: 'present' },
  'change-refused': { none: 'refused', still: 'present', limit: 'present', over: 'present' },
}

/** Each sentence in words, in their order. */
export function wordsOf(
  sentences: readonly Sentence[],
  tense: Tense,
  speaker: Speaker,
): readonly string[] {
  return sentences.map((sentence, n) => {
    const isAgain = sentences[n - 1]?.body === sentence.body
    return wordsOfOne(sentence, tense, { ...speaker, isAgain })
  })
}

function wordsOfOne(
  sentence: Sentence,
  tense: Tense,
  speaker: Speaker & { readonly isAgain: boolean },
): string {
  const { words, register, language, isAgain } = speaker
  const { isMany, ...named } = bodyIn(register, sentence.body, language, isAgain)
  const many = isMany ? '-many' : ''
  const say = (said: string, more: Readonly<Record<string, string | number>> = {}) =>
    words.t(language, `standing.${said}${many}`, { ...named, ...more })
  const data = dataIn(sentence.categories, daysOf(sentence), speaker)
  if (isEndOrAgain(sentence)) return sayEndOrAgain(sentence, tense, { ...speaker, say, data })
  switch (sentence.form) {
    case 'none':
      return say(`none.${tenses[tense].none}`, { data: joinNot(data, language) })
    case 'ends':
    case 'ends-here':
      return say(`${sentence.form}.${tenses[tense].still}`, { data: joinNames(data, language) })
    case 'still': {
      const reasons = reasonsIn(sentence.reasons, speaker, saysEnds.includes(tense))
      return say(`still.${tenses[tense].still}`, { data: joinNames(data, language), reasons })
    }
    case 'also': {
      const reasons = reasonsIn(sentence.reasons, speaker)
      const said = `also${goesOnIn(sentence.reasons)}`
      const count = sentence.reasons.length
      return say(said, { data: joinNames(data, language), reasons, count })
    }
    case 'limit': {
      const from = words.date(language, sentence.from)
      const reasons = reasonsIn(sentence.reasons, speaker)
      const said = `limit.${tenses[tense].limit}`
      return say(said, { data: joinNot(data, language), from, reasons })
    }
  }
}

/** In these, what she allowed is said with its end. */
const saysEnds: readonly Tense[] = ['change-refused', 'afterwards']

function daysOf(sentence: Sentence): Lookback | undefined {
  return 'days' in sentence ? sentence.days : undefined
}

// A sharing of hers goes on; of what the law allows that is not said.
function goesOnIn(reasons: readonly Reason[]): string {
  return reasons.every(({ by }) => by === 'choice') ? '-goes-on' : ''
}

type EndOrAgain = Extract<
  Sentence,
  { readonly form: 'paused' | 'held' | 'again' | 'over' | 'over-here' }
>
const endOrAgain: readonly Sentence['form'][] = ['paused', 'held', 'again', 'over', 'over-here']
function isEndOrAgain(sentence: Sentence): sentence is EndOrAgain {
  return endOrAgain.includes(sentence.form)
}
type Saying = Speaker & {
  readonly say: (said: string, more: Readonly<Record<string, string>>) => string
  readonly data: readonly string[]
}

function sayEndOrAgain(sentence: EndOrAgain, tense: Tense, speaker: Saying): string {
  const { words, language, say, data } = speaker
  switch (sentence.form) {
    case 'paused':
    case 'held': {
      const from = sentence.from === undefined ? 'none' : words.date(language, sentence.from)
      return say(sentence.form, { data: joinNames(data, language), from })
    }
    case 'again': {
      const until = words.date(language, lastMoment(sentence.until))
      return say('again', { data: joinNames(data, language), until })
    }
    case 'over':
      return say(`over.${tenses[tense].over}`, {
        opens: capital(purposeIn(sentence.purpose, speaker)),
      })
    case 'over-here':
      return words.t(language, `standing.over-here.${tense === 'future' ? 'future' : 'present'}`)
  }
}

/** The body's name in a sentence, or its pronoun, and whether its verb is in the plural. */
export function bodyIn(
  register: Speaker['register'],
  root: number,
  language: Language,
  isAgain: boolean,
) {
  const body = register.organisationByRoot(root)
  const pronoun = body?.pronoun?.[language]
  const name = body?.nameInSentence[language] ?? '?'
  const isMany = pronoun === 'ils' || pronoun === 'elles' || pronoun === 'they'
  const said = (isAgain ? pronoun : undefined) ?? name
  return { body: said, begins: capital(said), again: pronoun ?? name, isMany }
}

/** « votre revenu net de 2023 et 2024 » */
export function dataIn(
  categories: readonly string[],
  days: Lookback | undefined,
  { register, words, language }: Speaker,
): readonly string[] {
  return categories.map((id) => {
    const category = register.category(id)
    const said = category?.inSentence?.[language] ?? category?.label[language] ?? id
    return days === undefined ? said : dated(said, days, words, language)
  })
}

function dated(data: string, { from, to }: Lookback, words: Words, language: Language): string {
  const [first, last] = [from.slice(0, 4), to.slice(0, 4)]
  if (!from.endsWith('-01-01') || !to.endsWith('-12-31')) {
    const dayIn = (day: string) => words.date(language, noonOf(day))
    return words.t(language, 'standing.dated.days', { data, from: dayIn(from), until: dayIn(to) })
  }
  if (first === last) return words.t(language, 'standing.dated.year', { data, year: first })
  const isTwo = Number(last) - Number(first) === 1
  return words.t(language, isTwo ? 'standing.dated.two' : 'standing.dated.more', {
    data,
    first,
    last,
  })
}

const not: Bilingual = { fr: ' ni ', en: ' or ' }

/** « votre revenu net ni votre situation familiale » */
export function joinNot(names: readonly string[], language: Language): string {
  const [last, ...before] = names.toReversed()
  if (last === undefined || before.length === 0) return names.join('')
  return `${before.toReversed().join(', ')}${not[language]}${last}`
}

/** « pour fixer le remboursement de votre prêt : vous l’avez autorisé; et pour vérifier votre loyer : la loi le permet » */
function reasonsIn(reasons: readonly Reason[], speaker: Speaker, isUntil = false): string {
  const { words, language } = speaker
  const chosen = reasons.filter(({ by }) => by === 'choice')
  const isGathered = chosen.length > 1 && !isUntil
  const gathered = isGathered
    ? [
        words.t(language, 'standing.reason.choices', {
          number: numberWord(chosen.length, language, 'feminine'),
          whys: joinWith(
            chosen.map(({ purpose }) => purposeIn(purpose, speaker, 'why-among')),
            speaker,
          ),
        }),
      ]
    : []
  const rest = isGathered ? reasons.filter(({ by }) => by === 'law') : reasons
  const said = rest.map(({ purpose, by, until }) => {
    const why = purposeIn(purpose, speaker)
    return isUntil && until !== undefined
      ? words.t(language, 'standing.reason.choice-until', {
          why,
          until: words.date(language, lastMoment(until)),
        })
      : words.t(language, `standing.reason.${by}`, { why })
  })
  return joinWith([...gathered, ...said], speaker)
}

function joinWith(parts: readonly string[], { words, language }: Speaker): string {
  return parts.join(`; ${words.t(language, 'standing.and')} `)
}

/** « pour calculer votre bourse »; of a purpose whose reason is not written for a sentence, its label. */
export function purposeIn(
  purpose: Purpose,
  { words, language }: Speaker,
  said: 'why' | 'why-among' = 'why',
): string {
  const why = purpose.why?.[language]
  return why === undefined
    ? words.t(language, `standing.${said}-titled`, { label: purpose.label[language] })
    : words.t(language, `standing.${said}`, { why })
}

/** The last moment at which a sharing stands: it ends at a midnight, and its last day is the one before. */
export function lastMoment(until: Date): Date {
  return new Date(until.getTime() - 1)
}
