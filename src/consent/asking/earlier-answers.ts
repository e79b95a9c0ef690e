import type { ConsentListed, ConsentState, Lookback } from '../record/index.ts'
import { isWithin, isWithinDays, lookbackOf } from '../record/index.ts'
import { dayOf } from '../../base/values/calendar.ts'
import type { Purpose, Register } from '../../registry/index.ts'
import type { ResolvedQuestion } from './details.ts'
import type { Presentation, RequestRow } from './rows.ts'
import { objectsReliedOn } from './terms.ts'

/** Whether this consent answers the question, so that it is not asked again: each category was allowed, or optional and declined. */
export function answersQuestion(
  consent: ConsentListed,
  asked: ResolvedQuestion,
  register: Register,
): boolean {
  return (
    isOfSameSharing(consent, asked, register) &&
    isWithin(asked.required, consent.categories) &&
    isWithin(asked.optional, consent.categories | consent.declined) &&
    allowsLookback(asked, consent)
  )
}

/** Whether the days asked about were allowed. Days after the sharing's end do not count: nothing is sent about them. */
export function allowsLookback(
  { lookback, purpose }: { readonly lookback: Lookback | undefined; readonly purpose: Purpose },
  consent: ConsentState,
): boolean {
  const allowed = lookbackOf(consent)
  if (allowed === undefined) return purpose.lookback === undefined
  if (lookback === undefined) return false
  const last = dayOf(new Date(consent.validUntil.getTime() - 1))
  const to = lookback.to < last ? lookback.to : last
  return isWithinDays({ from: lookback.from, to }, allowed)
}

/**
 * Whether the question is skipped: this consent answers it, and a change of this consent that asks for nothing wider is made
 * already. Another person's arrangement, or an unknown one, counts as not named: the service must not learn whose it is.
 */
export function settlesQuestion(
  consent: ConsentListed,
  asked: ResolvedQuestion,
  register: Register,
): boolean {
  if (!answersQuestion(consent, asked, register)) return false
  return asked.arrangement !== consent.arrangementId || !isWider(asked, consent)
}

function isWider(
  { validUntil, frequency, maxUses }: ResolvedQuestion,
  consent: ConsentState,
): boolean {
  const { frequencyCount, frequencyPer } = consent
  const isMoreOften =
    frequencyCount !== null &&
    (frequency === undefined || frequency.per !== frequencyPer || frequency.count > frequencyCount)
  const isMore = consent.maxUses !== null && (maxUses === undefined || maxUses > consent.maxUses)
  return validUntil > consent.validUntil || isMoreOften || isMore
}

/**
 * The consent that a request would change: it lives or is suspended, belongs to the arrangement that the request names, and has
 * the same recipient, dataset and purpose, in whichever version.
 */
export function consentToChange(
  consents: readonly ConsentListed[],
  asked: ResolvedQuestion,
  register: Register,
  now: Date,
): ConsentListed | undefined {
  return consents.find(
    (consent) =>
      consent.arrangementId === asked.arrangement &&
      now < consent.validUntil &&
      consent.recipient === register.organisation(asked.agreement.recipient)?.root &&
      register.datasetByNo(consent.dataset)?.id === asked.dataset.id &&
      register.purposeByNo(consent.purpose)?.id === asked.purpose.id,
  )
}

/** The consent that a row would change, if it still lives: an arrangement has at most one (docs/design/domain.md#i4). */
export function liveConsentToChange<T extends Pick<ConsentListed, 'arrangementId' | 'validUntil'>>(
  held: readonly T[],
  { amends }: RequestRow,
  now: Date,
): T | undefined {
  return held.find((consent) => consent.arrangementId === amends && now < consent.validUntil)
}

/** Whether the page showed the consent that the answer would change today: she has not stopped or replaced it since. */
export function showsChanged(
  { changes }: Pick<Presentation, 'changes'>,
  held: readonly ConsentListed[],
  row: RequestRow,
  now: Date,
): boolean {
  return row.amends === null || changes === (liveConsentToChange(held, row, now)?.consentId ?? null)
}

/** Whether the bodies and the categories of a question still mean what they meant when this page was shown. */
export function showsWhatIs(
  { shownAt }: Pick<Presentation, 'shownAt'>,
  row: RequestRow,
  register: Register,
): boolean {
  return register.meansTheSame(objectsReliedOn(row, register), shownAt)
}

/** Whether recipient, dataset and purpose are the same. */
export function isOfSameSharing(
  consent: ConsentState,
  asked: ResolvedQuestion,
  register: Register,
): boolean {
  const { agreement, dataset, purpose } = asked
  return (
    consent.recipient === register.organisation(agreement.recipient)?.root &&
    consent.dataset === dataset.no &&
    consent.purpose === purpose.no
  )
}
