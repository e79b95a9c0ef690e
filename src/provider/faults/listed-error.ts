/** A sentence of `error_description`. */
export type FaultSentence = {
  /** `{name}` stands for what differs from answer to answer. */
  readonly says: string
  /** The library's sentences in whose place we say ours. A test looks that the library still has them. */
  readonly for?: readonly string[]
  /** Where the standards have another error or status than the library answers. */
  readonly error?: string
  readonly status?: number
}

export type ListedFault = {
  readonly error: string
  readonly status: number
  /** The sentences by which an answer is recognised. */
  readonly says: readonly FaultSentence[]
  /** The fault of every answer with this error that has no sentence of the list. */
  readonly isRest?: true
}
