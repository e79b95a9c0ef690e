import type { ConsentListed, ConsentState, Lookback } from '../record/index.ts'
import { isWithin, isWithinDays, lookbackOf } from '../record/index.ts'
import { dayOf } from '../../base/platform/calendar.ts'
import type { Purpose, Register } from '../../registry/index.ts'
import type { Asked } from './details.ts'
import type { Presentation, RequestRow } from './rows.ts'

/** Whether a consent answers what is asked: everything asked was allowed, or offered and declined. Then it is not asked again. */
export function answers(consent: ConsentListed, asked: Asked, register: Register): boolean {
  return (
    isAbout(consent, asked, register) &&
    isWithin(asked.required, consent.categories) &&
    isWithin(asked.optional, consent.categories | consent.declined) &&
    isLookedBackTo(asked, consent)
  )
}

/** Whether the days that are asked about were allowed. Of those after the sharing's end nothing is sent: they are not missed. */
export function isLookedBackTo(
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
 * Whether it is not asked: what is allowed answers it, and if a change of just that is asked, it is there already. An arrangement
 * of anybody else, or none, is as if it had not been named: the service learns nothing from what follows.
 */
export function settles(consent: ConsentListed, asked: Asked, register: Register): boolean {
  if (!answers(consent, asked, register)) return false
  return asked.arrangement !== consent.arrangementId || !isWider(asked, consent)
}

function isWider({ validUntil, frequency, maxUses }: Asked, consent: ConsentState): boolean {
  const { frequencyCount, frequencyPer } = consent
  const isMoreOften =
    frequencyCount !== null &&
    (frequency === undefined || frequency.per !== frequencyPer || frequency.count > frequencyCount)
  const isMore = consent.maxUses !== null && (maxUses === undefined || maxUses > consent.maxUses)
  return validUntil > consent.validUntil || isMoreOften || isMore
}

/**
 * What a request would change: this recipient's own arrangement with this person, about the same data for the same purpose,
 * in whichever version, as long as it lives, also while it is suspended.
 */
export function changedBy(
  consents: readonly ConsentListed[],
  asked: Asked,
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

/** What a row would change, if it is still there: in its arrangement one record lives at most (docs/design/domain.md#i4). */
export function changedIn<T extends Pick<ConsentListed, 'arrangementId' | 'validUntil'>>(
  held: readonly T[],
  { amends }: RequestRow,
  now: Date,
): T | undefined {
  return held.find((consent) => consent.arrangementId === amends && now < consent.validUntil)
}

/** Whether beside the page stood what would be changed, as it is now: not stopped since, nor another by now. */
export function showsChanged(
  { changes }: Pick<Presentation, 'changes'>,
  held: readonly ConsentListed[],
  row: RequestRow,
  now: Date,
): boolean {
  return row.amends === null || changes === (changedIn(held, row, now)?.consentId ?? null)
}

/** Same recipient, data and purpose. */
export function isAbout(consent: ConsentState, asked: Asked, register: Register): boolean {
  const { agreement, dataset, purpose } = asked
  return (
    consent.recipient === register.organisation(agreement.recipient)?.root &&
    consent.dataset === dataset.no &&
    consent.purpose === purpose.no
  )
}
