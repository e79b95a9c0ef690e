import { writeId } from '../../base/values/ids.ts'
import type { Register } from '../../registry/index.ts'
import { categoriesIn } from './coverage.ts'
import type { ConsentListed } from './rows.ts'

/** Our one type of `authorization_details` (RFC 9396). */
export function detailType(issuer: string): string {
  return `${issuer}/rar/communication/v1`
}

/** The sharing that was granted, as a token carries it (RFC 9396, section 7). */
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
  /** For the recipient only: the arrangement that a later request may amend. */
  readonly arrangement?: string
  readonly status: string
  readonly valid_until: string
  /** For a holder that introspects: the name of this introspection. */
  readonly inquiry?: string
}

/** A sharing that rests on the law, in the same form: it has no consent, and lives as long as its agreement is in force. */
export type LawDetail = Omit<
  GrantedDetail,
  'consent_id' | 'arrangement' | 'status' | 'valid_until'
> & {
  readonly legal_basis: string
}

/** What of a consent its detail says. */
export type DetailSource = Terms &
  Pick<
    ConsentListed,
    | 'consentId'
    | 'arrangementId'
    | 'dataset'
    | 'purpose'
    | 'agreement'
    | 'categories'
    | 'declined'
    | 'state'
    | 'validUntil'
  >
type Terms = Pick<ConsentListed, 'frequencyCount' | 'frequencyPer' | 'lookbackFrom' | 'lookbackTo'>

/** @returns undefined when the register lacks an object that the consent names */
export function grantedDetail(
  consent: DetailSource,
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

function limits({ frequencyCount, frequencyPer, lookbackFrom, lookbackTo }: Terms) {
  return {
    ...(frequencyCount === null || frequencyPer === null
      ? {}
      : { frequency: { count: frequencyCount, per: frequencyPer } }),
    ...(lookbackFrom === null || lookbackTo === null
      ? {}
      : { lookback: { from: lookbackFrom, to: lookbackTo } }),
  }
}

/** The same without the recipient's arrangement: a holder reads this at introspection. */
export function forHolder(detail: GrantedDetail | LawDetail): GrantedDetail | LawDetail {
  if ('legal_basis' in detail) return detail
  const { declined: _declined, arrangement: _arrangement, ...rest } = detail
  return rest
}
