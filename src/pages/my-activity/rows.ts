/** The sources of lines: each is a view of the room that owns the rows (`lines_of_…` in migrations/functions/). */
export const sources = [
  'access',
  'requests',
  'consents',
  'ends',
  'notices',
  'decisions',
  'receptions',
  'declarations',
  'inquiries',
] as const
export type LineSource = (typeof sources)[number]

/** A line as the views give it: register objects by number, categories as a mask. */
export type LineRow = {
  readonly source: LineSource
  readonly at: Date
  /** `at` in microseconds since 1970, which a Date does not hold. */
  readonly place: string
  readonly id: string
  /** The kind of an activity or of an event; the state of a request or of a permit. */
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
  /** The reason code of a refusal. */
  readonly reason: string | null
  readonly times: number
  readonly lastAt: Date | null
  /** A request: until when it may be answered; a consent: its end; a sending: when it was sent. */
  readonly otherAt: Date | null
  /** When the person could see it first, if that was later. */
  readonly shownFrom: Date | null
  readonly network: string | null
  /** What a sign-in was made with: « Chrome, Linux »; null where the line does not say it. */
  readonly device: string | null
  /** The days that the information is about, as they were asked for or allowed. */
  readonly periodFrom: string | null
  readonly periodTo: string | null
  /** Of a line about a consent: when she answered. It is told in the names of then, whatever they mean by now. */
  readonly answeredAt: Date | null
  /** Whether an answer was to a change of an existing sharing. */
  readonly isChange: boolean
}

/** Where the next page begins: after this line, back in time. */
export type LinePlace = Pick<LineRow, 'place' | 'id'>

/** Which lines to read; a member that is undefined excludes nothing. */
export type WantedLines = {
  readonly sources: readonly LineSource[]
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
  readonly category: Categories | undefined
  /** What the person looks for: a line that has any of these. */
  readonly words: SearchMeaning | undefined
}

export type Categories = { readonly datasets: readonly number[]; readonly masks: readonly bigint[] }

/** What a word stands for: bodies, services, agreements between such bodies, categories, kinds of lines; or the number of one line. */
export type SearchMeaning = Categories & {
  readonly roots: readonly number[]
  readonly services: readonly string[]
  readonly agreements: readonly number[]
  readonly kinds: readonly string[]
  /** The last ten hexadecimal digits of its id. */
  readonly ending: string | undefined
}

/** What a person's lines are about: the bodies and categories that her filters offer. */
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
  readonly dataset: number
  readonly categories: bigint
  readonly legalBasisId: string | null
  readonly agreement: number | null
  readonly kind: string
  readonly count: number
  readonly lastAt: Date
}
