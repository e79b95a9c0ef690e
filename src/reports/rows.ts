import type { DecisionRow } from '../disclosure/index.ts'

// What the tables of this room hold: categories are masks, register objects numbers, as in consent_current.

export type DisclosureRow = {
  readonly disclosureId: string
  readonly decisionId: string
  readonly personId: string
  readonly personSeq: number
  readonly status: 'recorded' | 'nil'
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
}

/** A decision as its person sees it, with what was reported. */
export type DecisionListed = DecisionRow & {
  readonly occurredAt: Date | null
  readonly categoriesActual: bigint | null
  readonly inFlight: boolean | null
}

export type Listed = {
  /** Undefined: those for which there was never a consent. */
  readonly consentId: string | undefined
  readonly before: Date | undefined
  readonly limit: number
}
