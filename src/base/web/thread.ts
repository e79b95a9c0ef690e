/**
 * By what right something flows, or why it does not: what stands in the middle of a thread between two arcs. Each has a drawing,
 * `public/icons/thread-<state>.svg`, and stands beside its words (`views/partials/thread.eta`).
 * - choice: she allowed it; law: the law does; soon: she allowed it, and it ends soon
 * - paused: it waits; stopped: she stopped it, or it is over; refused: she said no; waiting: she is asked
 */
export const threadStates = [
  'choice',
  'law',
  'soon',
  'paused',
  'stopped',
  'refused',
  'waiting',
] as const
export type ThreadState = (typeof threadStates)[number]

/** What `views/partials/thread.eta` takes. A thread without words is no sentence: the page of one fails. */
export type Thread = {
  readonly state: ThreadState
  /** Whom it is about, before the words. */
  readonly name?: string
  readonly words: string
}
