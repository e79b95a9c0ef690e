import type { Bilingual } from '../../../base/values/languages.ts'
import type { EventKind } from '../../../ledger/chain/index.ts'
import type { Lookback } from '../coverage.ts'
import type { AnswerEffect, SendingLines } from '../effect-of-answer.ts'
import type { StillClaims } from './still-claims.ts'
import { mapSending, sendingLines } from '../effect-of-answer.ts'

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
export type ReceiptState = (typeof events)[ReceiptKind][1]

/** What a receipt is of, as the last part of the keys of its words. @param isChange whether the answer was about changing another sharing */
export function receiptDeed(kind: ReceiptKind, isChange = false): string {
  if (kind === 'consent.refused' && isChange) return 'refused-change'
  return kind.replace('consent.', '')
}

export type PiiInformation = {
  readonly pii_type: string
  readonly pii_label: Bilingual
  readonly pii_optional: boolean
  readonly sensitive_pii_category: boolean
  /** Whether the person allowed this category. */
  readonly pii_consented: boolean
  readonly pii_iri?: string
}

export type ReceiptPurpose = {
  readonly purpose: Bilingual
  readonly purpose_label: Bilingual
  readonly purpose_id: string
  readonly purpose_type: string
  readonly lawful_basis: string
  readonly legal_basis_id: string
  readonly pii_information: readonly PiiInformation[]
  readonly pii_controllers: readonly string[]
  readonly collection_method: string
  readonly processing_method: string
  readonly storage_locations: readonly string[]
  readonly retention_period: Bilingual
  readonly recipient_third_parties: readonly string[]
  readonly withdrawal_method: string
  readonly privacy_rights: string
  readonly impact_assessment?: string
  /** The days that the information may be of. */
  readonly lookback?: Lookback
}

/** A category in the lists of an answer's effects. */
export type SendingItem = Pick<PiiInformation, 'pii_type' | 'pii_label'>

/** The desk that saw with her as she answered. */
export type ReceiptDesk = {
  readonly organisation: string
  readonly name: Bilingual
  readonly role: string
}

export type ReceiptParty = {
  readonly party_id: string
  readonly party_name: Bilingual
  readonly party_role: 'holder' | 'recipient'
  readonly party_contact?: string
  readonly party_url?: string
}

export type ReceiptEvent = {
  readonly event_type: string
  readonly event_state: ReceiptState
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
    readonly sha256: Bilingual
    readonly rendered_sha256: string
  }
  readonly purposes: readonly [ReceiptPurpose]
  readonly parties: readonly ReceiptParty[]
  readonly event: readonly [ReceiptEvent]
  /** Only in the receipt of an answer. */
  readonly sending?: AnswerEffect<SendingItem> & { readonly is_change: boolean }
  /** Only in the receipt of an answer that she gave while a desk saw with her. */
  readonly helped_by?: ReceiptDesk
  /** Only in the receipt of a stop. */
  readonly still?: StillClaims
  readonly ledger: ReceiptLedger
} & SigningClaims

/** How the key that signed her answer became hers; nothing where none signed. */
export type SigningClaims = {
  /** The event of her chain by which it became hers. */
  readonly signing_key?: ReceiptLedger
  /** The events of the older key that endorsed it, of the one that endorsed that key, and so on. */
  readonly endorsing_keys?: readonly ReceiptLedger[]
  /** The event of the showing of the page that she answered: a key that came after it is younger than the question. */
  readonly presented?: ReceiptLedger
  /** Of an answer that is not signed: the event by which she had lifted that a yes of hers needs her key. */
  readonly signature_lifted?: ReceiptLedger
  /** Some of what her chain told of her ways in was erased before this receipt was made. */
  readonly signing_key_erased?: true
}

/** How the answer of a receipt was signed, and how its key became hers. */
export type SignatureWords =
  /** `lifted`: when she had lifted that a yes of hers needs her key. */
  | {
      readonly by: 'nobody'
      readonly after: ProofMeans
      readonly lifted: Date | undefined
    }
  | { readonly by: 'untold' | 'erased' }
  | {
      readonly by: 'opened' | 'added' | 'recovered' | 'endorsed' | 'endorsed-recovered'
      readonly since: Date
      readonly isYounger: boolean
    }
  /** Through endorsements it goes back to a key with which the access was opened, on `root`. */
  | {
      readonly by: 'traced'
      readonly since: Date
      readonly root: Date
      readonly isYounger: boolean
    }

/** By what the broker knew the person who answered without a key’s signature: password and code, password and security key, a passkey. */
export type ProofMeans = 'code' | 'key' | 'passkey' | 'other'

/** Undefined where the receipt is of no answer. */
export function signatureWords(claims: ReceiptClaims): SignatureWords | undefined {
  const { event } = claims
  if (!['consent.granted', 'consent.refused'].includes(event[0].event_kind)) return undefined
  return isSigned(claims) ? keySaid(claims) : unsignedSaid(claims)
}

function keySaid(claims: ReceiptClaims): SignatureWords {
  const { signing_key: told, endorsing_keys: endorsers = [] } = claims
  const makings = (told === undefined ? [] : [told, ...endorsers]).map(
    ({ payload }) => JSON.parse(payload) as Making, // as her chain has it
  )
  // An event of before there was this name says nothing of whose it is.
  const isHers = makings.every((one) => one.pii_principal_id === claims.pii_principal_id)
  const [making, ...older] = makings
  if (making === undefined || !isHers)
    return { by: claims.signing_key_erased === true ? 'erased' : 'untold' }
  const came = { since: new Date(making.recorded_at), isYounger: isYounger(claims, making) }
  const { endorsed_by: by = null } = making
  if (by === null) return { by: comingOf(making), ...came }
  const oldest = older.at(-1) ?? making
  if (oldest.kind === 'access.opened')
    return { by: 'traced', root: new Date(oldest.recorded_at), ...came }
  return {
    by: comingOf(oldest) === 'recovered' ? 'endorsed-recovered' : 'endorsed',
    ...came,
  }
}

/** Whether the key came after the page was shown that it signed. */
function isYounger({ presented }: ReceiptClaims, { recorded_at }: Making): boolean {
  if (presented === undefined) return false
  const shown = JSON.parse(presented.payload) as Pick<Making, 'recorded_at'> // as `recordPresentation` wrote it
  return shown.recorded_at < recorded_at
}

type Making = {
  readonly kind: string
  readonly recorded_at: string
  readonly pii_principal_id?: string
  readonly by_recovered?: boolean
  readonly endorsed_by?: object | null
}

function comingOf({ kind, by_recovered }: Making): 'opened' | 'added' | 'recovered' {
  if (kind === 'access.opened') return 'opened'
  return kind === 'access.recovered' || by_recovered === true ? 'recovered' : 'added'
}

function unsignedSaid({ ledger, signature_lifted }: ReceiptClaims): SignatureWords {
  const { recorded_at } =
    signature_lifted === undefined
      ? {}
      : (JSON.parse(signature_lifted.payload) as Pick<Making, 'recorded_at'>) // as her chain has it
  const lifted = recorded_at === undefined ? undefined : new Date(recorded_at)
  return { by: 'nobody', after: provedBy(ledger), lifted }
}

function provedBy({ payload }: ReceiptLedger): ProofMeans {
  const { collected_by } = JSON.parse(payload) as {
    readonly collected_by?: { readonly amr?: readonly string[] }
  } // as an answer's event has it
  const amr = collected_by?.amr ?? []
  if (amr.includes('pwd')) return amr.includes('otp') ? 'code' : 'key'
  return amr.includes('pop') ? 'passkey' : 'other'
}

/** Whether the answer of this receipt was signed with a key of its person. */
export function isSigned({ ledger }: ReceiptClaims): boolean {
  const { signed = null } = JSON.parse(ledger.payload) as { signed?: object | null } // as an answer's event has it
  return signed !== null
}

/** An answer's effects for the page after the answer and the receipt's page. Undefined where the receipt is of no answer. */
export function effectLines(
  { sending, event: [event] }: ReceiptClaims,
  language: keyof Bilingual,
): SendingLines | undefined {
  if (sending === undefined) return undefined
  const labels = mapSending(sending, ({ pii_label }) => pii_label[language])
  return sendingLines(labels, event.event_kind === 'consent.granted')
}
