/** Where a line comes from: a view of the room whose row it is (`lines_of_…` in migrations/functions/). */
export const sources = [
  'access',
  'requests',
  'consents',
  'ends',
  'notices',
  'decisions',
  'receptions',
] as const
export type Source = (typeof sources)[number]

/** A line as the views give it: register objects by number, categories as a mask. */
export type LineRow = {
  readonly source: Source
  readonly at: Date
  /** `at` in microseconds since 1970, which a Date does not hold. */
  readonly place: string
  readonly id: string
  /** A kind of activity or of event; of a request and a permit, its state. */
  readonly kind: string
  readonly serviceId: string | null
  readonly consentId: string | null
  readonly holder: number | null
  readonly recipient: number | null
  readonly dataset: number | null
  readonly purpose: number | null
  readonly agreement: number | null
  readonly legalBasisId: string | null
  readonly categories: bigint
  /** Of a refusal: a reason code. */
  readonly reason: string | null
  readonly times: number
  readonly lastAt: Date | null
  /** A request: until when it may be answered; a consent: its end; a sending: when it was sent. */
  readonly otherAt: Date | null
  /** When the person could see it first, if that was later. */
  readonly shownFrom: Date | null
  readonly network: string | null
  /** Of which days: as it was asked, or as it was allowed. */
  readonly periodFrom: string | null
  readonly periodTo: string | null
  /** Of an answer: whether it was to a change of what stood. */
  readonly isChange: boolean
}

/** Where a page goes on: after this line, back in time. */
export type LinePlace = Pick<LineRow, 'place' | 'id'>

/** Which lines; what is undefined excludes nothing. */
export type WantedLines = {
  readonly sources: readonly Source[]
  readonly kinds: readonly string[] | undefined
  readonly isShownLater: boolean
  /** Half-open. */
  readonly from: Date | undefined
  readonly until: Date | undefined
  readonly organisation:
    | {
        readonly root: number
        readonly services: readonly string[]
        readonly agreements: readonly number[]
      }
    | undefined
  /** Versions of datasets, each with the bit of one category. */
  readonly category:
    | { readonly datasets: readonly number[]; readonly masks: readonly bigint[] }
    | undefined
}

/** What a person's lines are about: bodies and categories for her filters. */
export type LineSubject = {
  readonly holder: number | null
  readonly recipient: number | null
  readonly dataset: number | null
  readonly agreement: number | null
  readonly categories: bigint
  readonly serviceId: string | null
}

/** How often a body received something, or may have, and by what right. */
export type ReceivedCount = {
  readonly recipient: number
  readonly legalBasisId: string | null
  readonly agreement: number | null
  readonly kind: string
  readonly count: number
  readonly lastAt: Date
}
