import type { Agreement, Dataset, Purpose } from '../../registry/index.ts'
import type { AnswersGiven } from '../decisions/index.ts'
import type { Lookback } from '../record/index.ts'
import type { SharingDeed } from './consents-after.ts'

// What may flow about a person, as facts.

/** By what right something may be sent. */
export type FlowRight = {
  readonly purpose: Purpose
  readonly dataset: Dataset
  /** The days that the information may be of; undefined: any days. */
  readonly days: Lookback | undefined
} & (
  | { readonly by: 'choice'; readonly consentId: string; readonly until: Date }
  | { readonly by: 'law'; readonly agreement: Agreement }
)

/** Would be a way but for this, and may become one without a new answer of hers. */
export type Wait = {
  readonly way: FlowRight
  readonly because: 'paused' | 'held' | 'limit'
  /** Where a limit is reached: the first moment at which something may be sent again, whatever else it waits for. */
  readonly from?: Date
  /** Of a limit: how often something may be sent in one period. */
  readonly times?: number
}

/** A category that a body may receive from another one, or may again. Bodies by their roots. */
export type PermittedFlow = {
  readonly recipient: number
  readonly holder: number
  readonly category: string
  readonly ways: readonly FlowRight[]
  readonly waits: readonly Wait[]
}

/**
 * - `isWhole`: her answers are all there, as this broker wrote them. Otherwise the law permits nothing.
 * - `isUntrusted`: her rows are not as they were written, or nothing is permitted to anybody. Then nothing is permitted.
 * - `isHalted`: nothing is permitted to anybody for now. Then whatever would be a way waits
 * - `isAllowing`: a sharing that she allowed is not over
 */
export type StillFlows = {
  readonly flows: readonly PermittedFlow[]
  readonly isWhole: boolean
  readonly isUntrusted: boolean
  readonly isHalted: boolean
  readonly isAllowing: boolean
}

/** What is known of a person. */
export type StandingFacts = {
  readonly answers: AnswersGiven
  /** Whether her rows are not as they were written: then nothing is permitted. */
  readonly isUntrusted: boolean
  /** Whether nothing is permitted to anybody at this moment. */
  readonly isHalted: boolean
  /** The times of a recipient's permits by law for a purpose, both by their numbers. */
  usesByLaw(recipient: number, purpose: number): readonly Date[]
  /** What she would do. */
  readonly deed?: SharingDeed | undefined
}

/** A way or a wait of one category. */
export type FlowFound = Pick<PermittedFlow, 'recipient' | 'holder' | 'category'> & {
  readonly way?: FlowRight
  readonly wait?: Wait
}
