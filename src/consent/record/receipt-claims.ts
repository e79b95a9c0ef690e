import type { InBoth } from '../../base/platform/languages.ts'
import type { EventKind } from '../../ledger/chain/index.ts'
import type { Lookback } from './lookback.ts'
import type { Sending, SendingLines } from './sending.ts'
import { mapSending, sendingLines } from './sending.ts'

// The claims of a receipt.

export type Lang = 'fr-CA' | 'en-CA'

export type ReceiptEventKind = Extract<EventKind, `consent.${string}`>

/** The events that leave a receipt, each with the state of the consent after it. */
export const events = {
  'consent.granted': ['given', 'active'],
  'consent.refused': ['refused', 'refused'],
  'consent.revoked': ['withdrawn', 'revoked'],
  'consent.suspended': ['paused', 'suspended'],
  'consent.resumed': ['resumed', 'active'],
  'consent.confirmed': ['confirmed', 'active'],
  'consent.expired': ['expired', 'expired'],
  'consent.superseded': ['superseded', 'superseded'],
  'consent.voided': ['voided', 'void'],
} as const satisfies Partial<Record<ReceiptEventKind, readonly [string, string]>>

export type ReceiptKind = keyof typeof events

export type PiiInformation = {
  readonly pii_type: string
  readonly pii_label: InBoth
  readonly pii_optional: boolean
  readonly sensitive_pii_category: boolean
  /** Whether the person allowed this category. */
  readonly pii_consented: boolean
  readonly pii_iri?: string
}

export type ReceiptPurpose = {
  readonly purpose: InBoth
  readonly purpose_label: InBoth
  readonly purpose_id: string
  readonly purpose_type: string
  readonly lawful_basis: string
  readonly legal_basis_id: string
  readonly pii_information: readonly PiiInformation[]
  readonly pii_controllers: readonly string[]
  readonly collection_method: string
  readonly processing_method: string
  readonly storage_locations: readonly string[]
  readonly retention_period: InBoth
  readonly recipient_third_parties: readonly string[]
  readonly withdrawal_method: string
  readonly privacy_rights: string
  readonly impact_assessment?: string
  /** The days that the information may be of. */
  readonly lookback?: Lookback
}

/** A category in the lists of an answer's effects. */
export type SendingItem = Pick<PiiInformation, 'pii_type' | 'pii_label'>

export type ReceiptParty = {
  readonly party_id: string
  readonly party_name: InBoth
  readonly party_role: 'holder' | 'recipient'
  readonly party_contact?: string
  readonly party_url?: string
}

export type ReceiptEvent = {
  readonly event_type: string
  readonly event_state: string
  readonly event_time: string
  readonly validity_duration: string
  readonly entity_id: string
  readonly event_id: string
  readonly event_kind: ReceiptKind
}

export type ReceiptLedger = {
  /** The origin line of the log that takes the event in. */
  readonly origin: string
  /** The event's entry in that log: base64 of 34 bytes. */
  readonly entry: string
  /** Base64. Salt and payload make the entry; only the person has the salt. */
  readonly salt: string
  /** The event as it was committed to: RFC 8785. */
  readonly payload: string
  readonly payload_jcs_sha256: string
}

export type ReceiptClaims = {
  readonly iss: string
  readonly iat: number
  readonly jti: string
  readonly aud: 'citizen'
  readonly schema_version: string
  readonly receipt_id: string
  readonly record_id: string
  readonly supersedes_record_id?: string
  readonly pii_principal_id: string
  readonly language: Lang
  readonly jurisdiction: 'CA-QC'
  readonly agreement: string
  readonly dataset: string
  readonly privacy_notice: {
    readonly text_id: string
    readonly sha256: InBoth
    readonly rendered_sha256: string
  }
  readonly purposes: readonly [ReceiptPurpose]
  readonly parties: readonly ReceiptParty[]
  readonly event: readonly [ReceiptEvent]
  /** Only in the receipt of an answer. */
  readonly sending?: Sending<SendingItem> & { readonly is_change: boolean }
  readonly ledger: ReceiptLedger
  /** The event of her chain by which the key that signed her answer became hers; only where one signed. */
  readonly signing_key?: ReceiptLedger
}

/** How the answer of a receipt was signed, and how its key became hers. */
export type SignatureSaid =
  | { readonly by: 'nobody' | 'untold' }
  | { readonly by: 'opened' | 'added' | 'recovered'; readonly since: Date }

/** Undefined where the receipt is of no answer. */
export function signatureSaid(claims: ReceiptClaims): SignatureSaid | undefined {
  const { event, signing_key: told } = claims
  if (!['consent.granted', 'consent.refused'].includes(event[0].event_kind)) return undefined
  if (!isSigned(claims)) return { by: 'nobody' }
  if (told === undefined) return { by: 'untold' }
  const making = JSON.parse(told.payload) as Making // as her chain has it
  const since = new Date(making.recorded_at)
  if (making.kind === 'access.opened') return { by: 'opened', since }
  const isRecovered = making.kind === 'access.recovered' || making.by_recovered === true
  return { by: isRecovered ? 'recovered' : 'added', since }
}

type Making = {
  readonly kind: string
  readonly recorded_at: string
  readonly by_recovered?: boolean
}

/** Whether the answer of this receipt was signed with a key of its person. */
export function isSigned({ ledger }: ReceiptClaims): boolean {
  const { signed = null } = JSON.parse(ledger.payload) as { signed?: object | null } // as an answer's event has it
  return signed !== null
}

/** An answer's effects for the page after the answer and the receipt's page. Undefined where the receipt is of no answer. */
export function sendingSaid(
  { sending, event: [event] }: ReceiptClaims,
  language: keyof InBoth,
): SendingLines | undefined {
  if (sending === undefined) return undefined
  const labels = mapSending(sending, ({ pii_label }) => pii_label[language])
  return sendingLines(labels, event.event_kind === 'consent.granted')
}
