import { dayOf } from '../../base/values/calendar.ts'
import type { Language } from '../../base/values/languages.ts'
import { capital, joinNames } from '../../base/web/lists.ts'
import type { Words } from '../../base/web/words.ts'
import type { Agreement, Register } from '../../registry/index.ts'
import { canAsk, requiresConsent, toBody } from '../../registry/index.ts'

// What an agreement allows, in one sentence, and whether it allows it today.

/** More than that are counted: a title stays short. */
const mostNamed = 3

/** `in_force`: it permits today. The others permit nothing: not yet, not for now, or not any more. */
export type AgreementState =
  | 'in_force'
  | 'coming'
  | 'filed'
  | 'suspended'
  | 'outdated'
  | 'ended'
  | 'withdrawn'

/** An instant with its day in Québec: one day for thousands of agreements. */
export type Moment = { readonly at: Date; readonly day: string }

export function momentOf(at: Date): Moment {
  return { at, day: dayOf(at) }
}

type Standing = Pick<Register, 'askersOf' | 'isOutdated' | 'organisation' | 'takesEffectAt'>

export function agreementState(
  agreement: Agreement,
  register: Standing,
  now: Date,
): AgreementState {
  return agreementStateAt(agreement, register, momentOf(now))
}

export function agreementStateAt(
  agreement: Agreement,
  register: Standing,
  now: Moment,
): AgreementState {
  const { from, holder, recipient } = agreement
  const said = saidByFile(agreement, now.day)
  if (said !== undefined) return said
  const isActive = [holder, recipient].every((id) => register.organisation(id)?.status === 'active')
  if (!isActive || !canAsk(holder, register)) return 'suspended'
  if (register.isOutdated(agreement)) return 'outdated'
  const effect = register.takesEffectAt(agreement)
  return from > now.day || (effect !== undefined && effect > now.at) ? 'coming' : 'in_force'
}

function saidByFile({ status, until }: Agreement, today: string): AgreementState | undefined {
  if (status === 'draft') return 'withdrawn'
  if (status === 'ended' || (until !== undefined && until < today)) return 'ended'
  return status === 'in_force' ? undefined : status
}

const tenses: Readonly<Record<AgreementState, 'may' | 'will' | 'could'>> = {
  in_force: 'may',
  coming: 'will',
  filed: 'will',
  suspended: 'could',
  outdated: 'could',
  ended: 'could',
  withdrawn: 'could',
}

/** « L’Agence du revenu peut envoyer votre revenu net à l’Aide aux études »; in the past where it is over. */
export function agreementSentence(
  agreement: Agreement,
  state: AgreementState,
  { register, language, words }: Sentence,
): string {
  const name = (id: string) => register.organisation(id)?.nameInSentence[language] ?? id
  return words.t(language, `register.agreement.${tenses[state]}`, {
    holder: capital(name(agreement.holder)),
    recipient: toBody(name(agreement.recipient), language),
    what: whatIn(agreement, { register, language, words }),
  })
}

type Sentence = {
  readonly register: Pick<Register, 'category' | 'organisation'>
  readonly language: Language
  readonly words: Words
}

function whatIn({ datasets }: Agreement, { register, language, words }: Sentence): string {
  const ids = [...new Set(datasets.flatMap(({ categories }) => categories))]
  const named = ids.flatMap((id) => register.category(id)?.inSentence?.[language] ?? [])
  return ids.length <= mostNamed && named.length === ids.length
    ? joinNames(named, language)
    : words.t(language, 'register.agreement.items', { count: ids.length })
}

/** Whose yes it needs: hers, or the law’s. */
export function rightOf(agreement: Agreement): 'consent' | 'law' | 'later' {
  if (requiresConsent(agreement)) return 'consent'
  return agreement.shownAfterDays > 0 ? 'later' : 'law'
}
