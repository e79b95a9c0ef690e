import type { MatchReason, MatchResult } from '../../people/comparison/index.ts'

/** What a service was answered that asked whether a file of its own is of a person. */
export type MatchingAnswer = {
  /** Random, and read out to a clerk: `7K2P9-QX4AB`. */
  readonly reference: string
  readonly personId: string
  readonly orgId: string
  readonly serviceId: string
  readonly result: MatchResult
  readonly reason: MatchReason
  readonly answeredAt: Date
}

/** A body that gets no more answers, until an operator lifts it. */
export type MatchingStop = {
  readonly orgId: string
  readonly stoppedAt: Date
  /** How many of its last hundred answers were "no match". */
  readonly noMatches: number
  readonly liftedAt: Date | null
  /** The order: who lifted it, and why. */
  readonly liftedBy: object | null
}

export type StoredStop = MatchingStop & { readonly seal: Buffer }
