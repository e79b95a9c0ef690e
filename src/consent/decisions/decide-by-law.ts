import type { PersonFacts, Question, Verdict } from './question.ts'
import type { ConsentState } from '../record/index.ts'
import { agreementObstacle, isWithin, maskOf, periodObstacleByLaw } from '../record/index.ts'
import { dayBefore, dayOf, endOfDay } from '../../base/values/calendar.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { Agreement, Purpose, Register } from '../../registry/index.ts'
import { idOf, isOfOneProgramme, legalBasis } from '../../registry/index.ts'
import type { DenyReason } from './reasons.ts'
import type { FactsQuery } from './rows.ts'

const daySeconds = 24 * 3600

/**
 * Decides by law. Pure.
 * @returns undefined where a consent must decide: no law allows any of the categories, or the person was asked for one of them
 */
export function lawVerdict(
  question: Question & { readonly purpose: Purpose },
  { consents, isWhole, usesByLaw }: PersonFacts,
  register: Register,
  now: Date,
): Verdict | undefined {
  const { lawful, agreement: name } = question
  // An answer that is gone, or moved to another recipient, may have been a no.
  if (lawful.length > 0 && !isWhole) return deny('RECORD_UNTRUSTED')
  if (lawful.length === 0 || wasAsked(question, consents, register)) return undefined
  const named = lawful.filter(({ id }) => name === undefined || id === name)
  const judged = named.map((agreement) => ({
    agreement,
    because: termsObstacle(agreement, question, register, now),
  }))
  const [first] = judged
  if (first === undefined) return deny('AGREEMENT_MISMATCH')
  const { agreement, because } = judged.find((item) => item.because === undefined) ?? first
  if (because !== undefined) return deny(because)
  const covered = maskUnder(agreement, question)
  if (!isWithin(question.asked, covered))
    return deny('CATEGORY_NOT_COVERED', question.asked & covered)
  const limit = limitByLaw(question.purpose, usesByLaw, now)
  if (limit.because !== undefined) return deny(limit.because)
  const rests = legalBasis(agreement.legalBasis)?.requiresAgreement === true
  const reasonCode = rests ? 'LAW_AGREEMENT' : 'LAW_PROVISION'
  return { permit: true, agreement, reasonCode, usesLeft: limit.usesLeft }
}

/** How long a fact is hidden that would betray a permit shown later: the basis, and when the person sees it. Undefined: at once. */
export function delayOf(lawful: readonly Agreement[], at: Date) {
  const [longest] = lawful.toSorted((a, b) => b.shownAfterDays - a.shownAfterDays)
  if (longest === undefined || longest.shownAfterDays === 0) return undefined
  return {
    legalBasisId: longest.legalBasis,
    visibleFrom: secondsAfter(at, longest.shownAfterDays * daySeconds),
  }
}

/** Agreements that need no consent for one of the categories asked for, whatever versions of dataset and purpose they name. */
export function lawfulFor(
  { dataset, asked }: Pick<Question, 'dataset' | 'asked'>,
  { recipient, purpose }: { readonly recipient: string; readonly purpose: Purpose | undefined },
  register: Register,
): Agreement[] {
  if (purpose === undefined) return []
  return register
    .lawAgreements({ recipient, dataset: dataset.id, purpose: purpose.id })
    .filter((item) => item.holder === dataset.holder)
    .filter((item) => (categoriesUnder(item, dataset) & asked) !== 0n)
}

/** The person's uses that a decision by law must read. */
export function lawFactsQuery({ lawful, purpose }: Question): FactsQuery['byLaw'] {
  if (lawful.length === 0) return undefined
  return { uses: Math.max(purpose?.frequencyLimit?.count ?? 0, purpose?.maxUses ?? 0) }
}

// A person who was asked has decided: no law is used after her refusal, nor beside her consent (docs/design/domain.md#i33). Versions
// are ignored, and so are names of purposes of one programme: another name must not undo a refusal.
function wasAsked(
  { dataset, purpose, asked }: Question & { readonly purpose: Purpose },
  consents: readonly ConsentState[],
  register: Register,
): boolean {
  return consents.some((consent) => {
    const given = register.agreementByNo(consent.agreement)
    const why = register.purposeByNo(consent.purpose)
    return (
      given !== undefined &&
      why !== undefined &&
      register.datasetByNo(consent.dataset)?.id === dataset.id &&
      (categoriesUnder(given, dataset) & asked) !== 0n &&
      (why.id === purpose.id || isOfOneProgramme(why, purpose))
    )
  })
}

function termsObstacle(
  agreement: Agreement,
  question: Question & { readonly purpose: Purpose },
  register: Register,
  now: Date,
): DenyReason | undefined {
  const { purpose, period } = question
  const isNamed = agreement.purposes.includes(purpose.ref) && maskUnder(agreement, question) !== 0n
  if (!isNamed) return 'AGREEMENT_NOT_IN_FORCE'
  const because =
    agreementObstacle(agreement, purpose, register, now) ??
    periodObstacleByLaw(purpose, period, now)
  if (because !== undefined) return because
  return demandsCase(agreement.legalBasis) && !question.isCaseNamed ? 'CASE_MISSING' : undefined
}

/** Whether a permit on this basis names its case or order. */
export function demandsCase(basis: string): boolean {
  return legalBasis(basis)?.demandsCase === true
}

type Limit = { readonly because?: DenyReason; readonly usesLeft?: number }

/**
 * The purpose's limit that is reached, or else how many uses are left before this one; undefined: no limit. Periods are counted in whole
 * days of Québec: a use allowed once a year is allowed again on the day after the same date.
 */
export function limitByLaw(
  { frequencyLimit, maxUses }: Pick<Purpose, 'frequencyLimit' | 'maxUses'>,
  uses: readonly Date[],
  now: Date,
): Limit {
  if (maxUses !== undefined && uses.length >= maxUses)
    return { because: 'USES_EXHAUSTED', usesLeft: 0 }
  const inAll = maxUses === undefined ? undefined : maxUses - uses.length
  if (frequencyLimit === undefined) return inAll === undefined ? {} : { usesLeft: inAll }
  const since = windowByLaw(frequencyLimit.per, now)
  const left = frequencyLimit.count - uses.filter((at) => at >= since).length
  return left <= 0
    ? { because: 'FREQUENCY_EXCEEDED', usesLeft: 0 }
    : { usesLeft: Math.min(left, inAll ?? left) }
}

/** The start of a frequency limit's window: permits since then count. */
export function windowByLaw(per: string, now: Date): Date {
  return endOfDay(dayBefore(dayOf(now), per))
}

function maskUnder({ datasets }: Agreement, { dataset }: Pick<Question, 'dataset'>): bigint {
  const agreed = datasets.find((item) => item.dataset === dataset.ref)
  return agreed === undefined ? 0n : maskOf(dataset, agreed.categories)
}

// Takes categories from every version of the dataset that the agreement names, as far as this version has them.
function categoriesUnder({ datasets }: Agreement, dataset: Question['dataset']): bigint {
  const named = datasets.filter((item) => idOf(item.dataset) === dataset.id)
  const known = named.flatMap(({ categories }) => categories)
  return maskOf(
    dataset,
    dataset.categories.filter((id) => known.includes(id)),
  )
}

function deny(because: DenyReason, permitted = 0n): Verdict {
  return { permit: false, because, consent: undefined, permitted }
}
