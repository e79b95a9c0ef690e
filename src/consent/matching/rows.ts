import type { TableRow } from '../../base/database/tables.ts'
import type { MatchReason, MatchResult } from '../../people/comparison/index.ts'

/** The reason that a service gets, and a clerk: never what differs, which would help whoever guesses. */
export const toldReasons = { match: 'same', no_match: 'different', not_sure: 'not_enough' } as const

/** What a service was answered that asked whether a file of its own is of a person. */
export type MatchingAnswer = {
  /** Random, and read out to a clerk: `7K2P9-QX4AB`. */
  readonly reference: string
  readonly personId: string
  readonly orgId: string
  readonly serviceId: string
  readonly result: MatchResult
  /** What was compared: for her alone. */
  readonly reason: MatchReason
  readonly answeredAt: Date
}

/**
 * A body that gets no more answers, until an operator lifts it. `noMatches`: how many "no match" it had about the last hundred people;
 * `liftedBy`: the order, who lifted it and why.
 */
export type MatchingStop = TableRow<'matching_stop'>

export type StoredStop = MatchingStop & { readonly seal: Buffer }
