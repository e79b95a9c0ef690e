// What was asked of a person, and the pages on which she was shown it: register objects by number, categories as masks.

export type RequestRow = {
  readonly requestId: string
  readonly personId: string
  readonly itemNo: number
  readonly consentId: string
  readonly agreement: number
  readonly purpose: number
  readonly dataset: number
  readonly text: number
  readonly categoriesRequired: bigint
  readonly categoriesOptional: bigint
  readonly validUntil: Date
  readonly validUntilLocal: string
  readonly maxUses: number | null
  readonly frequencyCount: number | null
  readonly frequencyPer: string | null
  readonly lookbackFrom: string | null
  readonly lookbackTo: string | null
  readonly state: 'requested' | 'answered' | 'lapsed' | 'cancelled'
  /** Until when it may be answered. */
  readonly expiresAt: Date
  /** The consent that the person narrows by it, on a page of her own; null for what a service asks. */
  readonly narrows: string | null
  /** What was sent from the page that shows all the answers of one request: null until then, and where one thing is asked. */
  readonly answersSha256: Buffer | null
  /** The person's arrangement that a yes would go on with, changed; null for something new. */
  readonly amends: string | null
}

/** A question that waits for its answer. */
export type OpenRequest = RequestRow & {
  /** What the visit is known by in which it was shown first. */
  readonly visit: Buffer
  readonly createdAt: Date
}

export type NewRequest = {
  readonly visit: Buffer
  readonly clientId: string
  readonly recipient: number
  readonly createdAt: Date
  /** All of one request and person. */
  readonly rows: readonly RequestRow[]
}

/** What a person has decided on one page of several, before she sends it. */
export type AnswerDraft = {
  readonly itemNo: number
  /** The page that it answers; null: later, perhaps without having looked at it. */
  readonly presentationId: string | null
  readonly answer: 'granted' | 'refused' | 'later'
  readonly chosen: readonly string[]
  readonly express: readonly string[]
  readonly until: string | null
  readonly resumes: boolean
}

export type Presentation = {
  readonly presentationId: string
  readonly requestId: string
  readonly itemNo: number
  readonly text: number
  readonly lang: 'fr-CA' | 'en-CA'
  readonly canonicalSha256: Buffer
  readonly renderedSha256: Buffer
  readonly grantLabel: string
  readonly refuseLabel: string
  readonly orderOfItems: readonly string[]
  readonly shownAt: Date
  readonly channel: 'web'
  readonly assistanceOffered: boolean
  readonly assistanceUsed: boolean
  /** The consent that was shown beside it, which a yes replaces; null for something new. */
  readonly changes: string | null
}
