import { dayAfter, dayBefore, dayOf, startOfDay } from '../../base/values/calendar.ts'
import { servedMinutesBetween } from '../../base/observing/availability-store.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { Database } from '../../base/database/database.ts'
import type { Session } from '../../base/database/db-session.ts'
import { readingSession } from '../../base/database/db-session.ts'
import type { Log } from '../../base/logging/log.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { expireAll } from '../record/index.ts'
import type { CountedMonth, MonthlyCount } from './rows.ts'
import { byCell, isGenuine, sealedMonth } from './seal.ts'
import {
  registerBeginning,
  byMonth,
  insertMonth,
  recount,
  storedCounts,
  storedMonths,
} from './store.ts'

// The job that counts a month, once, some days after its end. A day of denies is closed in the night after it, and an end that time
// brings is written within the hour: nothing of the month can come any more.

/** Before the day on which a month is published. */
const daysAfter = 5
const daySeconds = 24 * 3600
/** Older denies are swept, so that an installation that begins to count cannot count them. */
const monthsBack = 12

export type CountingPorts = { readonly db: Database; readonly vault: Vault; readonly log: Log }

/**
 * Counts each month that is over and not counted, the oldest first.
 * @param session with long time limits: it reads a month of everybody
 * @returns the months that were counted
 */
export async function countMonths(
  { db, vault, log }: CountingPorts,
  session: Session,
): Promise<readonly string[]> {
  // An end that was not written yet would change a month that is counted.
  await expireAll(db, vault, log)
  const { began, now } = await registerBeginning(session)
  const [last] = await storedMonths(session, 1)
  const due = dueMonths(began, last?.month, now)
  for (const month of due) await countMonth(session, vault.seals, month, now)
  if (due.length > 0) log.info({ outcome: `${due.length} months` }, 'months are counted')
  return due
}

/** The months to count, by their first days. Pure. */
export function dueMonths(began: Date | null, last: string | undefined, now: Date): string[] {
  if (began === null) return []
  const newest = dayBefore(monthOf(secondsAfter(now, -daysAfter * daySeconds)), 'P1M')
  const [first, back] = [monthOf(began), dayBefore(newest, `P${monthsBack - 1}M`)]
  const oldest = first < back ? back : first
  const due: string[] = []
  let month = last === undefined ? oldest : dayAfter(last, 'P1M')
  for (; month <= newest && due.length < monthsBack; month = dayAfter(month, 'P1M')) due.push(month)
  return due
}

/** `2026-11-24` in Québec → `2026-11-01` */
export function monthOf(at: Date): string {
  return `${dayOf(at).slice(0, 7)}-01`
}

async function countMonth(
  session: Session,
  seals: RowSeals,
  month: string,
  now: Date,
): Promise<void> {
  await session.rows('begin isolation level repeatable read')
  try {
    const next = dayAfter(month, 'P1M')
    const counted = byMonth(await recount(session, month, next)).get(month) ?? []
    const served = await servedMinutesBetween(session, startOfDay(month), startOfDay(next))
    const row = sealedMonth(seals, month, counted, { countedAt: now, served })
    await insertMonth(session, row, counted)
    await session.rows('commit')
  } catch (error) {
    await session.rows('rollback')
    throw error
  }
}

/** What the rows of today tell of a month: for a correction of what was published. */
export async function recountMonth(
  session: Session,
  month: string,
): Promise<readonly MonthlyCount[]> {
  const counts = byMonth(await recount(session, month, dayAfter(month, 'P1M'))).get(month) ?? []
  return counts.toSorted(byCell)
}

/**
 * What was counted, month by month, the newest first. Rows that are not as they were counted are left out: nobody publishes them.
 * @param most so many months
 */
export function monthlyCounts(
  db: Database,
  seals: RowSeals,
  most: number,
): Promise<readonly CountedMonth[]> {
  return readMonths(readingSession(db), seals, most)
}

export async function readMonths(
  session: Session,
  seals: RowSeals,
  most: number,
): Promise<readonly CountedMonth[]> {
  const stored = await storedMonths(session, most)
  const counts = await storedCounts(
    session,
    stored.map(({ month }) => month),
  )
  return stored.map((row) => {
    const of = counts.get(row.month) ?? []
    const holds = isGenuine(seals, row, of)
    const { month, countedAt, minutes, served } = row
    return {
      month,
      countedAt,
      isGenuine: holds,
      counts: holds ? of.toSorted(byCell) : [],
      served: holds && minutes !== null && served !== null ? { minutes, served } : undefined,
    }
  })
}
