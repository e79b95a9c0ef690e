import type { DecisionRow } from '../decisions/index.ts'

// What the tables of this room hold: categories are masks, register objects numbers, as in consent_current.

export type DisclosureRow = {
  readonly disclosureId: string
  readonly decisionId: string
  readonly personId: string
  readonly personSeq: number
  readonly status: 'recorded' | 'nil'
  /** Whether the use came back; null unless nothing was sent. */
  readonly useReturned: boolean | null
  readonly occurredAt: Date
  readonly recordedAt: Date
  readonly categoriesActual: bigint
  readonly recordCount: number | null
  readonly result: string | null
  readonly delivery: string
  readonly queryId: string | null
  readonly queryGroupId: string | null
  readonly initiator: object | null
  readonly late: boolean
  readonly inFlight: boolean
  readonly anomaly: boolean
  readonly reportSha256: Buffer
  /** How often what was reported was corrected, when last, and why. */
  readonly corrections: number
  readonly correctedAt: Date | null
  readonly correction: { readonly fr: string; readonly en: string } | null
}

/** What a recipient says that it received; `decisionId` is null where no permit is of its query. */
export type ReceivedRow = {
  readonly receivedId: string
  readonly decisionId: string | null
  readonly consentId: string | null
  readonly personId: string
  readonly personSeq: number
  readonly holder: number
  readonly recipient: number
  readonly dataset: number
  readonly queryId: string | null
  readonly occurredAt: Date
  readonly recordedAt: Date
  readonly categories: bigint
  readonly recordCount: number | null
  readonly contentSha256: Buffer
}

export type AnomalyKind =
  /** Sent when the permit's minute was long over. */
  | 'sent_after_permit'
  | 'categories_differ'
  | 'counts_differ'
  /** The holder says that it sent nothing; the recipient, that it received something. */
  | 'nothing_sent'
  | 'received_twice'
  | 'received_without_permit'
  /** Received, and not reported by the holder within a day. */
  | 'not_reported'
  /** Permitted, and a day later nobody says what became of it. */
  | 'unconfirmed'
  /** Nothing sent, more often than the limit lets uses come back: this one did not. */
  | 'nil_too_often'

/** What may be found about a permit. */
export type PermitAnomaly = Exclude<AnomalyKind, 'received_without_permit'>

export type AnomalyRow = {
  readonly about: string
  readonly kind: AnomalyKind
  readonly decisionId: string | null
  readonly consentId: string | null
  readonly holder: number
  readonly recipient: number
  readonly notedAt: Date
  readonly settledAt: Date | null
}

/** A decision as its person sees it, with what was reported. */
export type DecisionListed = DecisionRow & {
  readonly occurredAt: Date | null
  readonly categoriesActual: bigint | null
  readonly inFlight: boolean | null
}

/** What was permitted by law about a person, under one version of an agreement for one of a purpose. */
export type PermittedByLaw = {
  readonly holder: number
  readonly recipient: number
  readonly dataset: number
  readonly purpose: number
  readonly agreement: number
  readonly legalBasisId: string
  readonly lastAt: Date
}

export type Listed = {
  /** Undefined: those for which there was never a consent. */
  readonly consentId: string | undefined
  /** What the law permitted under these versions of an agreement and a purpose, instead. */
  readonly byLaw?: { readonly agreements: readonly number[]; readonly purposes: readonly number[] }
  readonly before: Date | undefined
  readonly limit: number
}
