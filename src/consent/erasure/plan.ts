import { earlierBy } from '../../base/platform/calendar.ts'

// What of a person is to be erased: pure (docs/design/domain.md#erasure, decision 0044).

/** How long what is over is kept: as long as a right may be claimed in court (CCQ 2925). */
const kept = 'P3Y'

/** A sharing with all its versions. */
export type Span = {
  readonly consentIds: readonly string[]
  readonly beganAt: Date
  /** Null: it is not over, or something about it waits. */
  readonly overAt: Date | null
}

/** A year of hers that opens still, with the entries of it. */
export type OpenYear = {
  readonly year: number
  readonly fromSeq: number
  readonly throughSeq: number
}

export type HeldContent = {
  readonly sharings: readonly Span[]
  /** In order. */
  readonly years: readonly OpenYear[]
  /** When the oldest of what belongs to no sharing was over. */
  readonly oldestLoose: Date | null
}

export type Plan = {
  readonly rule: 'retention' | 'order'
  /** What was over before this goes. */
  readonly before: Date
  /** The records of the sharings that go. */
  readonly consentIds: readonly string[]
  readonly sharings: number
  /** The years whose keys go. */
  readonly years: readonly OpenYear[]
}

/** What is over for as long as it is kept. @returns undefined where nothing is */
export function overBy(held: HeldContent, now: Date): Plan | undefined {
  const before = oldestKept(now)
  return planOf('retention', before, held, ({ overAt }) => overAt !== null && overAt < before)
}

/** All up to the end of a year, that somebody who may ordered to be erased. @returns 'unfinished' where some of it is not over */
export function orderedThrough(held: HeldContent, year: number): Plan | 'unfinished' | undefined {
  const before = startOf(year + 1)
  const began = held.sharings.filter(({ beganAt }) => beganAt < before)
  if (began.some(({ overAt }) => overAt === null)) return 'unfinished'
  return planOf('order', before, held, (span) => began.includes(span))
}

/** What was over before this instant is kept no longer. */
export function oldestKept(now: Date): Date {
  return earlierBy(now, kept)
}

function planOf(
  rule: Plan['rule'],
  before: Date,
  held: HeldContent,
  goes: (span: Span) => boolean,
): Plan | undefined {
  const gone = held.sharings.filter(goes)
  const stays = held.sharings.filter((span) => !goes(span))
  // A key opens a whole year: it goes when that year is over for as long, and nothing that began by its end is still kept.
  const mayGo = ({ year }: OpenYear) =>
    startOf(year + 1) <= before && stays.every(({ beganAt }) => beganAt >= startOf(year + 1))
  const years = held.years.filter(mayGo)
  const isLoose = held.oldestLoose !== null && held.oldestLoose < before
  if (gone.length === 0 && years.length === 0 && !isLoose) return undefined
  const consentIds = gone.flatMap((span) => span.consentIds)
  return { rule, before, consentIds, sharings: gone.length, years }
}

function startOf(year: number): Date {
  return new Date(Date.UTC(year, 0))
}
