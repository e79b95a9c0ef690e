export type DisputeOutcome = 'explained' | 'error'

/** A person's question about one line of her activity; bodies by the number of their first version. */
export type DisputeRow = {
  readonly disputeId: string
  readonly personId: string
  readonly decisionId: string
  readonly consentId: string | null
  readonly routedTo: number
  readonly openedAt: Date
  readonly dueAt: Date
  readonly dekYear: number
  readonly body: Buffer
  readonly answeredAt: Date | null
  readonly outcome: DisputeOutcome | null
  readonly answerId: string | null
  readonly answerYear: number | null
  readonly answerBody: Buffer | null
}

/** The line that a question is about, as its person sees it. */
export type DisputedLine = {
  readonly decisionId: string
  readonly consentId: string | null
  readonly outcome: 'permit' | 'deny'
  readonly holder: number
  readonly recipient: number | null
  readonly dataset: number
  readonly at: Date
  readonly categories: bigint
}

/** A person's questions about some lines, and the number of all her questions that wait for an answer. */
export type Disputes = {
  readonly byDecision: ReadonlyMap<string, DisputeRow>
  readonly open: number
}
