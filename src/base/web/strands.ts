/**
 * How a bead looks on its thread, never by its colour alone: filled, hatched, or dashed on a thread that is broken.
 * - choice, soon: may be sent because the person allows it; law: because the law does
 * - paused, suspended, limit, spent: not now
 */
export const beadStates = [
  'choice',
  'soon',
  'law',
  'limit',
  'paused',
  'suspended',
  'spent',
] as const
export type BeadState = (typeof beadStates)[number]

/** What stands on a thread. */
export type Bead = {
  readonly state: BeadState
  readonly name: string
  /** What the look says, for who does not see it; empty where the notes say it. */
  readonly right: string
  /** What is not plain, beside the name. */
  readonly notes: readonly string[]
}

/** A line of `views/partials/strands.eta`: from whom, the beads, to whom. */
export type Strand = {
  readonly from: string
  /** Where the beads are the receivers: what they receive, and the end of the thread has no name. */
  readonly what: string | undefined
  readonly to: string | undefined
  /** Whether its heading is that of the line before it. */
  readonly isAgain: boolean
  readonly beads: readonly Bead[]
}

/** The states of these lines for a legend, in the order of the list; what ends soon looks as a choice does. */
export function legendOf(strands: readonly Strand[]): readonly BeadState[] {
  const found = new Set(strands.flatMap(({ beads }) => beads).map(({ state }) => state))
  return beadStates.filter((state) =>
    state === 'choice'
      ? found.has('choice') || found.has('soon')
      : state !== 'soon' && found.has(state),
  )
}
