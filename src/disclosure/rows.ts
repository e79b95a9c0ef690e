import type { ConsentState } from '../consent/index.ts'
import type { Draft, OpenHead } from '../ledger/index.ts'

// What the tables of this room hold: categories are masks, register objects numbers, as in consent_current.

export type DecisionRow = {
  readonly decisionId: string
  readonly evaluatedAt: Date
  readonly personId: string
  readonly personSeq: number | null
  readonly consentId: string | null
  readonly holder: number
  readonly recipient: number | null
  readonly dataset: number
  readonly purpose: number | null
  readonly agreement: number | null
  readonly legalBasisId: string | null
  readonly asked: bigint
  readonly permitted: bigint
  readonly outcome: 'permit' | 'deny'
  readonly reasonCode: string
  readonly validUntil: Date | null
  readonly status: 'authorised' | 'recorded' | 'nil' | 'unconfirmed' | 'disputed' | null
  readonly queryId: string | null
  readonly times: number
  readonly lastAt: Date
}

/** What a decision looks at. */
export type Looked = {
  readonly personId: string
  readonly recipient: number
  readonly dataset: number
  readonly purpose: number
  readonly requestKey: string
}

/** What is true of a person at one instant, `at`. */
export type Facts = {
  readonly isKnown: boolean
  readonly at: Date
  readonly epoch: number
  /** Undefined for someone about whom nothing was ever written. */
  readonly head: OpenHead | undefined
  readonly consents: readonly ConsentState[]
  /** The permit that the same request got before, and what was asked then. */
  readonly prior: Prior | undefined
}

export type Prior = { readonly decisionId: string; readonly contentSha256: Buffer }

/** A permit with all that is written with it: its request's name, its use, its event. */
export type NewPermit = {
  readonly epoch: number
  readonly decision: DecisionRow
  readonly requestKey: string
  readonly contentSha256: Buffer
  /** The window of a frequency limit, with its uses before this one. */
  readonly window: { readonly startedAt: Date; readonly uses: number } | undefined
  readonly draft: Draft
}

/** `lost`: the person's head or the register has moved since the facts were read, or another holds the head. */
export type Outcome = 'written' | 'lost' | 'reused'

export type Deny = {
  readonly decisionId: string
  readonly at: Date
  readonly personId: string
  readonly consentId: string | null
  readonly holder: number
  readonly recipient: number | null
  readonly dataset: number
  readonly purpose: number | null
  readonly asked: bigint
  readonly reasonCode: string
  readonly queryId: string | null
}
