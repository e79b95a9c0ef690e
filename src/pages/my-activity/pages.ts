import type { ThreadState } from '../../base/web/thread.ts'
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

/** What the summary of a day counts; what matters most comes first. */
export const lineGroups = [
  'alarm',
  'unpermitted',
  'refused',
  'unsure',
  'sent',
  'law',
  'checked',
  'nothing',
  'asked',
  'answered',
  'changed',
  'ended',
  'told',
  'opened',
  'access',
  'sign-in',
] as const
export type LineGroup = (typeof lineGroups)[number]

/** One thing that happened; every text is in the person's language. */
export type ActivityLine = {
  /** The look of the line. */
  readonly kind: LineKind
  readonly group: LineGroup
  /** The file of its mark, which stands beside its words. */
  readonly icon: string
  readonly at: Date
  /** The page of this line alone. */
  readonly href: string
  /** The line in a list of lines: what, and what became of it. */
  readonly short: string
  /** What stands beside it there, after the time: by what right, confirmed or not. */
  readonly aside: readonly string[]
  /** Whether it stands above the days too. */
  readonly isUnusual: boolean
  /** Who did what. */
  readonly title: string
  /** The service through which it was done, or that asked. */
  readonly service: string | undefined
  /** Labels of categories. */
  readonly what: readonly string[]
  /** The same as a heading, with the year that it is about; undefined where nothing is named. */
  readonly subject: string | undefined
  readonly purpose: string | undefined
  /** The right to disclose: the person's own yes, or the Act and its section. */
  readonly right: string | undefined
  readonly result: string | undefined
  /** What it was done with; undefined where the line does not say it. */
  readonly device: string | undefined
  /** Notes beside the line, each a sentence. */
  readonly notes: readonly string[]
  /** The whole number: `dec_…` */
  readonly reference: string
  /** The number that a person reads out: its last eight characters. */
  readonly number: string
  readonly acts: readonly LineLink[]
}

/** A link; `name` says by itself where it leads. */
export type LineLink = { readonly href: string; readonly text: string; readonly name: string }

/** The sign-ins of one day. */
export type SignIns = {
  readonly kind: 'sign-ins'
  /** The newest, and the oldest. */
  readonly at: Date
  readonly from: Date
  /** How often she proved who she is; the services that she was then signed in to. */
  readonly count: number
  readonly services: readonly string[]
  readonly devices: readonly string[]
  readonly lines: readonly ActivityLine[]
  /** The page of the sign-ins of that day. */
  readonly href: string
}

export type Day = {
  readonly at: Date
  /** « Hier, lundi 30 novembre » */
  readonly name: string
  /** What matters of it, counted: « 1 envoi refusé · 2 changements ». */
  readonly summary: string
  readonly isOpen: boolean
  readonly lines: readonly (ActivityLine | SignIns)[]
}

export type FilterChoice = {
  readonly name: 'quoi' | 'periode'
  readonly label: string
  readonly all: string
  readonly groups: readonly {
    readonly label: string | undefined
    readonly options: readonly Option[]
  }[]
  readonly chosen: string | undefined
}

/** « Qui a reçu quoi »: who received what, how often, by what right. */
export type RecipientTable = {
  readonly title: string
  /** One sentence about all of it. */
  readonly lead: string
  /** Who may receive something and, as far as is recorded here, did not; of this year alone. */
  readonly others: string | undefined
  /** Head of the column of counts: the year, or how long. */
  readonly period: string
  readonly bodies: readonly ReceivedBody[]
  /** Whether all sendings were counted, and all rows are here. */
  readonly isWhole: boolean
}

/** Who received something, in one line, and what it was, each by itself. */
export type ReceivedBody = {
  readonly name: string
  /** « 3 envois · dernier le 30 novembre » */
  readonly summary: string
  readonly rows: readonly ReceivedLine[]
}

export type ReceivedLine = {
  /** The category, and where its sendings are listed. */
  readonly what: string
  readonly href: string
  readonly recipient: string
  readonly right: string
  readonly thread: ThreadState
  /** « 2 envois, le dernier le 30 novembre 2026 » */
  readonly times: string
  readonly sent: number
  /** How many were permitted and not confirmed, or received without a permit. */
  readonly unsure: number
  readonly lastAt: Date
}

export type ActivityPage = {
  readonly csrf: string
  readonly choices: readonly FilterChoice[]
  /** The word that she looks for; empty: none. */
  readonly words: string
  /** The choices that narrow the lines, in words; empty: all lines. */
  readonly chosen: readonly string[]
  readonly received: RecipientTable | undefined
  /** The same for another year. */
  readonly years: readonly Option[]
  /** The statement of that year; undefined where the table is about something else. */
  readonly statement: { readonly href: string; readonly year: string } | undefined
  /** The months of the lines; undefined where the lines of all months follow each other. */
  readonly months: string | undefined
  /** What is unusual, until she asks about it; undefined where nothing is. */
  readonly unusual: Unusual | undefined
  readonly days: readonly Day[]
  /** Where older lines are, and of which month if it is another one. */
  readonly older: { readonly href: string; readonly month: string | undefined } | undefined
  /** Undefined on the first page. */
  readonly newestHref: string | undefined
  readonly printHref: string
  /** The filter again, as hidden fields of a download. */
  readonly fields: readonly (readonly [name: string, value: string])[]
}

/** What stands above the days. */
export type Unusual = {
  readonly lines: readonly ActivityLine[]
  /** How many more there are. */
  readonly more: number
}

/** One line by itself, and all that is known of it. */
export type EventPage = {
  readonly line: ActivityLine
  /** The look of its band. */
  readonly look: 'refused' | 'warned' | undefined
  readonly backHref: string
  /** Under which agreement; undefined where the register does not know one. */
  readonly agreement: { readonly href: string; readonly id: string } | undefined
  /** A line that is a sign-in: all sign-ins of its day. */
  readonly signIns: SignInsOfDay | undefined
}

export type SignInsOfDay = {
  readonly title: string
  readonly lines: readonly ActivityLine[]
  readonly isWhole: boolean
}

export type PrintPage = Pick<ActivityPage, 'chosen' | 'received' | 'days'> & {
  readonly at: Date
  readonly backHref: string
  /** Whether these are all lines. */
  readonly isWhole: boolean
}

/** « Qui a reçu quoi en 2026 », as a page and on paper. */
export type StatementPage = {
  readonly year: string
  readonly received: RecipientTable
  /** Whether the year is over: until then the statement may change. */
  readonly isOver: boolean
  readonly at: Date
  readonly backHref: string
  /** The statements of other years. */
  readonly years: readonly Option[]
}
