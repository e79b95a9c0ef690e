import { earlierBy } from '../../base/values/calendar.ts'
import { retention } from '../../base/values/retention.ts'

// The choice of a person's content to erase. Pure (docs/design/domain.md#erasure, decision 0044).

/** A sharing with all its versions. */
export type SharingSpan = {
  readonly consentIds: readonly string[]
  readonly beganAt: Date
  /** Null: the sharing is not over, or something about it, such as a question, is still open. */
  readonly overAt: Date | null
}

/** A year of a person whose key still exists, with the range of its entries. */
export type OpenYear = {
  readonly year: number
  readonly fromSeq: number
  readonly throughSeq: number
}

export type HeldContent = {
  readonly sharings: readonly SharingSpan[]
  /** In the order of the years. */
  readonly years: readonly OpenYear[]
  /** The time of the oldest content that belongs to no sharing. */
  readonly oldestLoose: Date | null
}

export type Plan = {
  readonly rule: 'retention' | 'order'
  /** Content that was over before this instant is erased. */
  readonly before: Date
  /** The records of the sharings to erase. */
  readonly consentIds: readonly string[]
  readonly sharings: number
  /** The years whose keys are destroyed. */
  readonly years: readonly OpenYear[]
}

/** Content whose retention is over. @returns undefined where there is none */
export function planByRetention(held: HeldContent, now: Date): Plan | undefined {
  const before = oldestKept(now)
  return planOf('retention', before, held, ({ overAt }) => overAt !== null && overAt < before)
}

/** All content up to the end of a year, by an authorised order. @returns 'unfinished' where a sharing of that time is not over */
export function planByOrder(held: HeldContent, year: number): Plan | 'unfinished' | undefined {
  const before = startOf(year + 1)
  const began = held.sharings.filter(({ beganAt }) => beganAt < before)
  if (began.some(({ overAt }) => overAt === null)) return 'unfinished'
  return planOf('order', before, held, (span) => began.includes(span))
}

/** Content that was over before this instant is kept no longer. */
export function oldestKept(now: Date): Date {
  return earlierBy(now, retention.content)
}

function planOf(
  rule: Plan['rule'],
  before: Date,
  held: HeldContent,
  goes: (span: SharingSpan) => boolean,
): Plan | undefined {
  const gone = held.sharings.filter(goes)
  const stays = held.sharings.filter((span) => !goes(span))
  // A key opens a whole year: it is destroyed once the year ended before this instant, and no sharing that began by its end is kept.
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
