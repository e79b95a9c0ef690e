import type { RequestRow } from '../../consent/asking/index.ts'
import type { ConsentListed } from '../../consent/record/index.ts'
import type { DecisionRow } from '../../consent/decisions/index.ts'

// Rows that this room reads through views of other rooms: register objects by number, sets of categories as masks.

export type ConsentHeld = ConsentListed & {
  readonly versionInArrangement: number
  readonly supersedesConsentId: string | null
  readonly requestId: string
  readonly text: number
  readonly legalBasisId: string
  readonly express: boolean
  readonly oneTime: boolean
  readonly validUntilLocal: string
  readonly presentationId: string
  readonly lang: string
  readonly channel: string
  readonly acr: string
  readonly amr: readonly string[]
  readonly createdAt: Date
}

/** Consents, with the instant and the register's epoch that judge them. */
export type ConsentPage = {
  readonly consents: readonly ConsentHeld[]
  /** Of a page of all: whether these are all her answers, and each is as this broker wrote it. */
  readonly isWhole: boolean
  readonly at: Date
  readonly epoch: number
}

export type RequestHeld = Omit<RequestRow, 'personId' | 'narrows' | 'answersSha256'> & {
  readonly clientId: string
  readonly recipient: number
  readonly createdAt: Date
}

export type PresentationHeld = {
  readonly presentationId: string
  readonly requestId: string
  readonly itemNo: number
  readonly text: number
  readonly lang: string
  readonly canonicalSha256: Buffer
  readonly renderedSha256: Buffer
  readonly grantLabel: string
  readonly refuseLabel: string
  readonly orderOfItems: readonly string[]
  readonly optionalPrechecked: boolean
  readonly shownAt: Date
  readonly channel: string
  readonly assistanceOffered: boolean
  readonly assistanceUsed: boolean
  readonly html: string
  readonly changes: string | null
}

export type ConnectionHeld = {
  readonly connectionId: string
  readonly serviceId: string
  readonly scopes: readonly string[]
  readonly claims: readonly string[]
  readonly firstUsedAt: Date
  readonly lastUsedAt: Date
  readonly endedAt: Date | null
}

/** A decision with its report. */
export type DecisionHeld = Omit<DecisionRow, 'personId' | 'personSeq'> & {
  /** `evaluatedAt` to the microsecond, which a Date does not hold: it tells apart two decisions of one millisecond. */
  readonly place: string
  readonly disclosureId: string | null
  readonly occurredAt: Date | null
  readonly recordedAt: Date | null
  readonly categoriesActual: bigint | null
  readonly recordCount: number | null
  readonly result: string | null
  readonly delivery: string | null
  readonly reportedQueryId: string | null
  readonly queryGroupId: string | null
  readonly initiator: object | null
  readonly late: boolean | null
  readonly inFlight: boolean | null
  readonly anomaly: boolean | null
  /** Where nothing was sent: whether the use was given back. */
  readonly useReturned: boolean | null
}

/** Where a page of decisions begins: after this one, going back in time. */
export type PageStart = { readonly place: string; readonly id: string }
