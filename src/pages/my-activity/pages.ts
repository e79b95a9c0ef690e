import type { Option } from './filter.ts'

/** What the templates in views/my-activity receive. */
export type LineKind =
  | 'sign-in'
  | 'access'
  | 'consent'
  | 'sent'
  | 'nothing-sent'
  | 'allowed'
  | 'unconfirmed'
  | 'unpermitted'
  | 'refused'

/** One thing that happened; every text is in the person's language. */
export type ActivityLine = {
  /** The look of the line. */
  readonly kind: LineKind
  readonly at: Date
  /** Who did what. */
  readonly title: string
  /** The service through which it was done, or that asked. */
  readonly service: string | undefined
  /** Labels of categories. */
  readonly what: readonly string[]
  readonly purpose: string | undefined
  /** The right to disclose: the person's own yes, or the Act and its section. */
  readonly right: string | undefined
  readonly result: string | undefined
  /** Notes beside the line, each a sentence. */
  readonly notes: readonly string[]
  /** The reference that a person quotes: `dec_…` */
  readonly reference: string
  readonly acts: readonly LineLink[]
}

/** A link; `name` says by itself where it leads. */
export type LineLink = { readonly href: string; readonly text: string; readonly name: string }

export type Day = { readonly at: Date; readonly lines: readonly ActivityLine[] }

export type FilterChoice = {
  readonly name: 'quoi' | 'organisme' | 'renseignement' | 'periode'
  readonly label: string
  readonly all: string
  readonly groups: readonly {
    readonly label: string | undefined
    readonly options: readonly Option[]
  }[]
  readonly chosen: string | undefined
}

/** Who received something of a kind, and by what right. */
export type ReceivedBy = {
  readonly title: string
  readonly recipients: readonly Recipient[]
  /** Whether all lines were counted, or only the latest. */
  readonly isWhole: boolean
}

export type Recipient = {
  readonly name: string
  readonly right: string
  readonly sent: number
  /** How many were permitted and not confirmed, or received without a permit. */
  readonly unsure: number
  readonly lastAt: Date
}

export type ActivityPage = {
  readonly csrf: string
  readonly choices: readonly FilterChoice[]
  /** The choices that narrow the lines, in words; empty: all lines. */
  readonly chosen: readonly string[]
  /** « Qui a reçu… cette année »: one link for each category. */
  readonly questions: readonly { readonly label: string; readonly href: string }[]
  readonly answer: ReceivedBy | undefined
  readonly days: readonly Day[]
  readonly olderHref: string | undefined
  /** Undefined on the first page. */
  readonly newestHref: string | undefined
  readonly printHref: string
  /** The filter again, as hidden fields of a download. */
  readonly fields: readonly (readonly [name: string, value: string])[]
}

export type PrintPage = Pick<ActivityPage, 'chosen' | 'answer' | 'days'> & {
  readonly at: Date
  readonly backHref: string
  /** Whether these are all lines. */
  readonly isWhole: boolean
}
