import { writeId } from '../foundation/ids.ts'
import type { Register } from '../registry/index.ts'
import { categoriesIn, isWithin } from './categories.ts'
import { detailType } from './details.ts'
import type { Asked } from './details.ts'
import type { ConsentListed, ConsentState } from './rows.ts'

/** What was really granted, in the form of RFC 9396 7 (DOMAIN 3.1). */
export type GrantedDetail = {
  readonly type: string
  readonly locations: readonly string[]
  readonly actions: readonly string[]
  readonly datatypes: readonly string[]
  readonly declined?: readonly string[]
  readonly identifier: string
  readonly agreement: string
  readonly purpose: string
  readonly recipient: string
  readonly holder: string
  readonly frequency?: { readonly count: number; readonly per: string }
  readonly lookback?: { readonly from: string; readonly to: string }
  readonly consent_id: string
  /** For the recipient only: what a later request may amend. */
  readonly arrangement?: string
  readonly status: string
  readonly valid_until: string
}

/** @returns undefined when the register no longer knows what the consent was about */
export function grantedDetail(
  consent: ConsentListed,
  register: Register,
  issuer: string,
): GrantedDetail | undefined {
  const dataset = register.datasetByNo(consent.dataset)
  const purpose = register.purposeByNo(consent.purpose)
  const agreement = register.agreementByNo(consent.agreement)
  if (dataset === undefined || purpose === undefined || agreement === undefined) return undefined
  return {
    type: detailType(issuer),
    locations: [dataset.resourceServer],
    actions: ['disclose'],
    datatypes: categoriesIn(dataset, consent.categories),
    declined: categoriesIn(dataset, consent.declined),
    identifier: dataset.ref,
    agreement: agreement.ref,
    purpose: purpose.ref,
    recipient: agreement.recipient,
    holder: agreement.holder,
    ...limits(consent),
    consent_id: writeId('con', consent.consentId),
    arrangement: writeId('arr', consent.arrangementId),
    status: consent.state,
    valid_until: consent.validUntil.toISOString(),
  }
}

function limits({ frequencyCount, frequencyPer, lookbackFrom, lookbackTo }: ConsentState) {
  return {
    ...(frequencyCount === null || frequencyPer === null
      ? {}
      : { frequency: { count: frequencyCount, per: frequencyPer } }),
    ...(lookbackFrom === null || lookbackTo === null
      ? {}
      : { lookback: { from: lookbackFrom, to: lookbackTo } }),
  }
}

/** The same without what only the recipient is told: what a holder reads at introspection. */
export function forHolder(detail: GrantedDetail): GrantedDetail {
  const { declined: _declined, arrangement: _arrangement, ...rest } = detail
  return rest
}

/** Whether a consent answers what is asked: everything asked was allowed, or offered and declined. Then it is not asked again. */
export function answers(consent: ConsentListed, asked: Asked, register: Register): boolean {
  return (
    isAbout(consent, asked, register) &&
    isWithin(asked.required, consent.categories) &&
    isWithin(asked.optional, consent.categories | consent.declined) &&
    isLookedBackTo(asked, consent)
  )
}

function isLookedBackTo({ lookback }: Asked, { lookbackFrom, lookbackTo }: ConsentState): boolean {
  if (lookbackFrom === null || lookbackTo === null) return true
  return lookback !== undefined && lookbackFrom <= lookback.from && lookback.to <= lookbackTo
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
