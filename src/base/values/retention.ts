import { inWords } from './calendar.ts'
import { readDuration } from './clock.ts'
import type { Language } from './languages.ts'
import { present } from './present.ts'

// How long Accord keeps what it keeps. Each span stands here and nowhere else: jobs, pages, the inventory of data and the register's
// schema read it from this table, and `test/house/retention.test.ts` finds one that is written again.

/** ISO 8601. Where the register may say a shorter one, `least` is the shortest; no register says a longer one than `most`. */
export type RetentionSpan = { readonly most: string; readonly least?: string }

const spans = {
  /** What was asked, answered, shown, decided and sent, after its end: as long as a right may be claimed in court (CCQ 2925). */
  content: { most: 'P3Y' },
  /** A closed access: as long its person may open it again. */
  closing: { most: 'P30D' },
  /** What a legal hold keeps: a longer one is ordered again, so that two look at it each year. */
  hold: { most: 'P1Y' },
  /** Sign-ins, changes of an access, browsers, « Était-ce vous? », which waits for an answer 90 days. */
  activity: { most: 'P13M', least: 'P6M' },
  /** That a message was sent. */
  messages: { most: 'P90D', least: 'P30D' },
  /** What a body does not take. */
  signals: { most: 'P90D' },
  /** Refusals to a body, counts of what bodies asked, what jobs gave up: with them a year of published counts is counted again. */
  traces: { most: 'P13M' },
  /** How often a body asked again: longer than counts are published, 24 months and the current one. */
  counts: { most: 'P800D' },
  /** What the nightly fold has walked: a year, and a month. */
  walks: { most: 'P400D' },
  /** The operator's backups and the log of writes with them. The operator sets it there; people are told this. */
  backups: { most: 'P35D' },
  /** An address that was taken away: as long as it is told what happens to the access, which a recovery waits for. */
  removed: { most: 'P3D' },
  /** An answer that is not finished: as long as a visit lasts. */
  drafts: { most: 'PT4H' },
  /** Sessions, codes and tokens, after their end. */
  over: { most: 'P1D' },
} as const satisfies Readonly<Record<string, RetentionSpan>>

export type RetentionName = keyof typeof spans
/** What the register may say a shorter span of. */
export const registerSpans = ['activity', 'messages'] as const
export type RegisterSpan = (typeof registerSpans)[number]
export type Spans = Readonly<Record<RetentionName, string>>

/** As long as anything is kept at most. */
export const retention = Object.fromEntries(
  Object.entries(spans).map(([what, { most }]) => [what, most]),
) as { readonly [What in RetentionName]: (typeof spans)[What]['most'] } // the same names

/** Between which spans the register may say one. */
export function boundsOf(what: RegisterSpan): Required<RetentionSpan> {
  return spans[what]
}

/** Milliseconds of a span of days and hours. @throws Error where it has months or years, which have no fixed length */
export function msOf(span: string): number {
  return present(readDuration(span), `a fixed length of ${span}`)
}

/** « 90 jours », “90 days” */
export function spanWords(span: string, language: Language): string {
  return inWords(span, `${language}-CA`)
}

/** The spans in words, by their names, as sentences of pages name them. */
export function spansInWords(
  kept: Spans,
  language: Language,
): Readonly<Record<RetentionName, string>> {
  return Object.fromEntries(
    Object.entries(kept).map(([what, span]) => [what, spanWords(span, language)]),
  ) as Record<RetentionName, string> // the same names
}

/** Asks for the spans of now: those of the register, once it is open. */
export type RetentionNow = {
  now(): Spans
  /** @throws where the register's cannot be kept: nothing is served that says otherwise */
  follow(register: () => Spans): void
}

export function retentionNow(): RetentionNow {
  let read = longest
  return {
    now: () => read(),
    follow(register) {
      register()
      read = register
    },
  }
}

function longest(): Spans {
  return retention
}
