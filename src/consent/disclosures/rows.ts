import type { TableRow } from '../../base/database/tables.ts'
import type { Bilingual } from '../../base/values/languages.ts'
import type { DecisionRow } from '../decisions/index.ts'
import type { GrantedDetail } from '../record/index.ts'

// Rows of this room's tables: categories are masks, register objects numbers, as in consent_current.

/**
 * `useReturned`: whether the use was given back; null unless nothing was sent. `corrections`, `correctedAt`, `correction`: the number of
 * corrections, the time of the last one, and its reason.
 */
export type DisclosureRow = TableRow<
  'disclosure',
  { readonly status: 'recorded' | 'nil'; readonly correction: Bilingual | null }
>

/** A reception; `decisionId` is null where its query has no permit. */
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
  readonly manifestSha256: Buffer | null
}

/** The law that a declaration names. */
export type DeclaredLaw = {
  readonly act: Bilingual
  readonly section: string
  readonly url: Bilingual
}

/** What a recipient declares that it received without a permit; the case that it names stands in the event alone. */
export type DeclaredRow = {
  readonly declarationId: string
  readonly personId: string
  readonly personSeq: number
  readonly holder: number
  readonly recipient: number
  readonly dataset: number
  readonly legalBasisId: string
  readonly law: DeclaredLaw
  readonly reference: string
  readonly occurredAt: Date
  readonly recordedAt: Date
  readonly categories: bigint
  readonly recordCount: number | null
}

/** Why a holder asked for no decision after an introspection, as it says itself. */
export const inquiryWhys = [
  'join_needed',
  'proof_refused',
  'not_found',
  'other_route',
  'no_answer',
] as const
export type InquiryWhy = (typeof inquiryWhys)[number]
export type ExcusedCounts = Readonly<Partial<Record<InquiryWhy, number>>>

/** A sharing whose token its holder introspected on a day in Québec. */
export type SharingInquiry = {
  readonly personId: string
  readonly day: string
  readonly holder: number
  readonly recipient: number
  readonly dataset: number
  readonly purpose: number
  readonly agreement: number
  /** Null: the law allows it. */
  readonly consentId: string | null
}

/** The members of a token's detail that say which sharing it is about. */
export type SharingIdentifiers = Pick<
  GrantedDetail,
  'identifier' | 'purpose' | 'agreement' | 'recipient' | 'holder'
> & { readonly consent_id?: string }

export type IntrospectedDetail = {
  readonly personId: string
  readonly detail: SharingIdentifiers
  readonly at: Date
}

/** Such a day, closed: how often it was introspected, how often a decision followed, how often the holder said why not. */
export type InquiryDayRow = SharingInquiry & {
  readonly inquiryId: string
  readonly personSeq: number
  readonly introspected: number
  readonly decided: number
  readonly excused: ExcusedCounts
  readonly undecided: number
  readonly recordedAt: Date
}

export type AnomalyKind =
  /** Sent after the permit's minute and the clock skew allowed beside it. */
  | 'sent_after_permit'
  | 'categories_differ'
  | 'counts_differ'
  /** Both bodies name a manifest of what was sent, and not the same. */
  | 'contents_differ'
  /** The holder reports that it sent nothing, the recipient that it received something. */
  | 'nothing_sent'
  | 'received_twice'
  | 'received_without_permit'
  /** RecipientTable, and the holder has not reported within a day. */
  | 'not_reported'
  /** Permitted, and neither body has reported within a day. */
  | 'unconfirmed'
  /** Nothing sent, and the use did not come back, since the limit lets no more uses come back. */
  | 'nil_too_often'
  /** RecipientTable without a permit, as the recipient itself declares. */
  | 'declared'
  /** Introspected by its holder, on a day on which fewer decisions were asked for, and not said why. */
  | 'introspected_only'

/** Kinds of anomalies that a permit may have. */
export type PermitAnomaly = Exclude<
  AnomalyKind,
  'received_without_permit' | 'declared' | 'introspected_only'
>

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

/** An anomaly as its body reads it: of `introspected_only`, on which day and how often. */
export type ListedAnomaly = AnomalyRow & {
  readonly day: string | null
  readonly times: number | null
}

/** A decision as its person sees it, with its report. */
export type DecisionListed = DecisionRow & {
  readonly occurredAt: Date | null
  readonly categoriesActual: bigint | null
  readonly inFlight: boolean | null
}

/** Permits by law about a person, under one version of an agreement for one version of a purpose. */
export type PermittedByLaw = {
  readonly holder: number
  readonly recipient: number
  readonly dataset: number
  readonly purpose: number
  readonly agreement: number
  readonly legalBasisId: string
  readonly lastAt: Date
  /** The last time that the holder said that it sent something. */
  readonly lastSentAt: Date | null
}

export type DecisionListQuery = {
  /** Undefined: decisions without a consent. */
  readonly consentId: string | undefined
  /** Set: permits by law under these versions of an agreement and a purpose, instead. */
  readonly byLaw?: { readonly agreements: readonly number[]; readonly purposes: readonly number[] }
  readonly before: Date | undefined
  readonly limit: number
}
