import type { InBoth } from '../../base/platform/languages.ts'
import type { EventKind } from '../../ledger/chain/index.ts'
import type { Lookback } from './lookback.ts'
import type { Sending, SendingLines } from './sending.ts'
import { mapSending, sendingLines } from './sending.ts'

// What a receipt consists of.

export type Lang = 'fr-CA' | 'en-CA'

export type ReceiptEventKind = Extract<EventKind, `consent.${string}`>

/** What happened, and how the consent stands after it. */
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
  /** Whether the person said yes to this one. */
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
  /** Of which days the information may be. */
  readonly lookback?: Lookback
}

/** A category in the lists of what an answer leads to. */
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
  /** What that log holds of the event: base64 of 34 bytes. */
  readonly entry: string
  /** Base64; with the payload it makes the entry. Only the person has it. */
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
  /** Of an answer. */
  readonly sending?: Sending<SendingItem> & { readonly is_change: boolean }
  readonly ledger: ReceiptLedger
}

/** What the answer leads to, as pages say it: the page after it, and that of its receipt. Undefined for what is no answer. */
export function sendingSaid(
  { sending, event: [event] }: ReceiptClaims,
  language: keyof InBoth,
): SendingLines | undefined {
  if (sending === undefined) return undefined
  const labels = mapSending(sending, ({ pii_label }) => pii_label[language])
  return sendingLines(labels, event.event_kind === 'consent.granted')
}
