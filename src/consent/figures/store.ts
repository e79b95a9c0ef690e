import type { Session } from '../../base/database/db-session.ts'
import { present } from '../../base/values/present.ts'
import { bytea } from '../../base/database/column-names.ts'
import { idAtTime } from '../../base/values/ids.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { dayAfter, startOfDay } from '../../base/values/calendar.ts'
import type { MonthlyCount, StoredMonth } from './rows.ts'

// SQL of this room. It runs on sessions: a month is counted over one with long time limits, and `ledger verify` has one of its own.

const daySeconds = 24 * 3600
/** More than any register has of agreements, outcomes and reasons. */
const mostCells = 100_000
/** A hundred years. */
export const mostMonths = 1200

const countColumns = `outcome, agreement, holder, recipient, purpose, basis, detail, times::float8 as times, people`

/** What happened in the months from this one until before that one, as the rows of today tell it. */
export async function recount(
  session: Session,
  from: string,
  before: string,
): Promise<(MonthlyCount & { readonly month: string })[]> {
  const rows = await session.rows<MonthlyCount & { month: string }>(
    `select month::text as month, ${countColumns} from count_months($1::date, $2::date, $3, $4) limit $5`,
    [from, before, ...idsOf(from, before), mostCells + 1],
  )
  if (rows.length > mostCells) throw new Error('too many counts')
  return rows
}

/** Counts of one month that are taken together: whose people are counted once. */
export type CountGroup = { readonly group: number; readonly cells: readonly MonthlyCount[] }

/** How often, and how many people, for each group of counts of a month; a group to which nothing happened has no entry. */
export async function countTogether(
  session: Session,
  month: string,
  groups: readonly CountGroup[],
): Promise<ReadonlyMap<number, { readonly times: number; readonly people: number }>> {
  const before = dayAfter(month, 'P1M')
  const cells = groups.flatMap(({ group, cells: of }) => of.map((cell) => ({ ...cell, n: group })))
  const rows = await session.rows<{ group: number; times: number; people: number }>(
    `select group_no as "group", times::float8 as times, people from count_together($1::date, $2::date, $3, $4, $5::json)`,
    [month, before, ...idsOf(month, before), JSON.stringify(cells)],
  )
  return new Map(rows.map(({ group, times, people }) => [group, { times, people }]))
}

// The id of a decision was made a moment before its time.
function idsOf(from: string, before: string): [string, string] {
  return [
    idAtTime(secondsAfter(startOfDay(from), -daySeconds)),
    idAtTime(secondsAfter(startOfDay(before), daySeconds)),
  ]
}

/** Stores a month. @returns false where another process has stored it */
export async function insertMonth(
  session: Session,
  { month, countedAt, cells, sha256, minutes, served, seal }: StoredMonth,
  counts: readonly MonthlyCount[],
): Promise<boolean> {
  const stored = await session.rows(
    `insert into counted_month (month, counted_at, cells, sha256, minutes, served, seal) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict do nothing returning month`,
    [month, countedAt, cells, bytea(sha256), minutes, served, bytea(seal)],
  )
  if (stored.length === 0) return false
  await session.rows(
    `insert into monthly_count (month, outcome, agreement, holder, recipient, purpose, basis, detail, times, people)
     select $1::date, c.outcome, c.agreement, c.holder, c.recipient, c.purpose, c.basis, c.detail, c.times, c.people
     from json_to_recordset($2::json) c(outcome text, agreement text, holder text, recipient text, purpose text, basis text, detail text,
       times bigint, people integer)`,
    [month, JSON.stringify(counts)],
  )
  return true
}

/** The months that were counted, the newest first. */
export function storedMonths(session: Session, most: number): Promise<StoredMonth[]> {
  return session.rows(
    `select month::text as month, counted_at as "countedAt", cells, sha256, minutes, served, seal from counted_month order by counted_month.month desc limit $1`,
    [most],
  )
}

/** The counts of these months, by their month; of every month where none is named. */
export async function storedCounts(
  session: Session,
  months?: readonly string[],
): Promise<ReadonlyMap<string, readonly MonthlyCount[]>> {
  const rows = await session.rows<MonthlyCount & { month: string }>(
    `select month::text as month, ${countColumns} from monthly_count where $1::date[] is null or monthly_count.month = any($1::date[])`,
    [months ?? null],
  )
  return byMonth(rows)
}

/** Takes the month off each count, and puts them together by it. */
export function byMonth(
  rows: readonly (MonthlyCount & { readonly month: string })[],
): ReadonlyMap<string, readonly MonthlyCount[]> {
  const grouped = Map.groupBy(rows, ({ month }) => month)
  return new Map([...grouped].map(([month, of]) => [month, of.map(countIn)]))
}

function countIn(row: MonthlyCount): MonthlyCount {
  const { outcome, agreement, holder, recipient, purpose, basis, detail, times, people } = row
  return { outcome, agreement, holder, recipient, purpose, basis, detail, times, people }
}

export type RegisterBeginning = {
  /** When the register began; null: there is none yet. */
  readonly began: Date | null
  /** Nothing that happened later was erased; null: nothing ever was. */
  readonly erased: Date | null
  readonly deniesErased: Date | null
  readonly now: Date
}

/** From when on there is something to count, and all of it. */
export async function registerBeginning(session: Session): Promise<RegisterBeginning> {
  const [row] = await session.rows<RegisterBeginning>(
    `select b.at as began, e.at as erased, e.denies_at as "deniesErased", now() + clock_offset() as now
     from register_began b, erased_until e`,
  )
  return present(row, 'the beginning of the register')
}
