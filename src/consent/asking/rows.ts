import type { ConsentTerms } from '../record/index.ts'

// Requests to a person, and the presentations that she was shown: register objects by number, categories as masks.

export type RequestRow = ConsentTerms & {
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
  readonly state: 'requested' | 'answered' | 'lapsed' | 'cancelled'
  /** Until when it may be answered. */
  readonly expiresAt: Date
  /** The consent that the person narrows by this request of her own; null where a service asks. */
  readonly narrows: string | null
  /** The hash of all answers to the request, once she has sent them together; null until then, and for a request with one item. */
  readonly answersSha256: Buffer | null
  /** The person's arrangement that a yes would change; null for a new sharing. */
  readonly amends: string | null
}

/** A request that was shown. */
export type ShownRequest = RequestRow & {
  /** The service that asked. */
  readonly clientId: string
  /** When it was shown first. */
  readonly createdAt: Date
}

/** A question that waits for its answer. */
export type OpenRequest = ShownRequest & {
  /** The key of the visit in which the question was shown first. */
  readonly visit: Buffer
}

export type NewRequest = {
  readonly visit: Buffer
  readonly clientId: string
  readonly recipient: number
  readonly createdAt: Date
  /** All rows of one request, of one person. */
  readonly rows: readonly RequestRow[]
}

/** A person's answer to one item of several, before she sends all of them. */
export type AnswerDraft = {
  readonly itemNo: number
  /** The presentation that is answered; null: put off, perhaps unseen. */
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
  /** The consent that the page showed and a yes replaces; null for a new sharing. */
  readonly changes: string | null
}
