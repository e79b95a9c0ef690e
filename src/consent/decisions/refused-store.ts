import type { Database, Transaction } from '../../base/database/database.ts'
import { selectedColumns } from '../../base/database/stored-row.ts'
import { endOfDay, startOfDay } from '../../base/values/calendar.ts'
import { idAtTime } from '../../base/values/ids.ts'
import type { RawConsent } from '../record/index.ts'
import type { DenyReason } from './reasons.ts'
import type { RefusedRow } from './refused-digest.ts'
import { refusedColumns } from './refused-digest.ts'

// SQL about the days of refusals. A day is a day in Québec, as text.

/** More denies about one person in one day than the pairs of bodies, datasets and purposes of a register give. */
const maxDenies = 20_000

export type RefusedPage = {
  /** The people on this page who have a deny of the day that no event tells of yet. */
  readonly people: readonly string[]
  /** The id of the last deny of the page; undefined: there are no more. */
  readonly last: string | undefined
}

/** A page of the denies of a day, in the order of their ids, which is that of their time. */
export async function refusedPage(
  db: Database,
  day: string,
  after: string | undefined,
  limit: number,
): Promise<RefusedPage> {
  const { rows } = await db.raw<{
    rows: { decisionId: string; personId: string; open: boolean }[]
  }>(
    `select d.decision_id, d.person_id, not exists (
       select from refused_day r
       where r.person_id = d.person_id and r.day = ?::date and r.visible_from is not distinct from d.visible_from offset 0) as open
     from decision d where d.outcome = 'deny' and d.decision_id > ?::uuid and d.decision_id < ?::uuid
     order by d.decision_id limit ?`,
    [day, after ?? idAtTime(startOfDay(day)), idAtTime(endOfDay(day)), limit],
  )
  const people = new Set(rows.filter(({ open }) => open).map(({ personId }) => personId))
  return { people: [...people], last: rows.length < limit ? undefined : rows.at(-1)?.decisionId }
}

/**
 * The denies about a person of a day that no event tells of yet. `outcome || ''` keeps the planner from the index of everybody's denies
 * (migrations/functions/decisions.sql).
 * @throws an error where there are too many
 */
export async function refusedRowsOf(
  db: Database | Transaction,
  personId: string,
  day: string,
): Promise<RefusedRow[]> {
  const { rows } = await db.raw<{ rows: RawConsent<RefusedRow>[] }>(
    `select ${hashed} from decision d
     where d.person_id = ? and d.outcome || '' = 'deny' and d.evaluated_at >= ? and d.evaluated_at < ? and not exists (
       select from refused_day r
       where r.person_id = d.person_id and r.day = ?::date and r.visible_from is not distinct from d.visible_from)
     order by d.decision_id limit ?`,
    [personId, startOfDay(day), endOfDay(day), day, maxDenies + 1],
  )
  if (rows.length > maxDenies) throw new Error('too many denies about a person in a day')
  return rows.map((row) => ({ ...row, asked: BigInt(row.asked) }))
}

const hashed = selectedColumns('decision', refusedColumns, 'd')

export type RefusedDay = {
  readonly personId: string
  readonly day: string
  readonly visibleFrom: Date | null
  readonly eventId: string
}

/** Notes the event of a person's day. @returns false where another process has noted one */
export async function noteRefusedDay(tx: Transaction, row: RefusedDay): Promise<boolean> {
  const noted = await tx('refusedDay').insert(row).onConflict().ignore().returning('eventId')
  return noted.length > 0
}

export async function moveClosedDay(db: Database, day: string): Promise<void> {
  await db.raw('update refused_mark set day = greatest(day, ?::date)', [day])
}

/** How often each reason refused something of a body on a day, the most first. */
export type RefusalsByReason = { readonly reason: DenyReason; readonly asked: number }

/** The refusals of a day that a body holds or asked for; those that their people see later are told nobody before. */
export async function refusalsOfBody(
  db: Database,
  body: number,
  day: string,
  now: Date,
): Promise<readonly RefusalsByReason[]> {
  const { rows } = await db.raw<{ rows: RefusalsByReason[] }>(
    `select d.reason_code as reason, sum(d.times)::integer as asked from decision d
     where d.outcome = 'deny' and d.decision_id > ?::uuid and d.decision_id < ?::uuid and ? in (d.holder, d.recipient)
       and (d.visible_from is null or d.visible_from <= ?)
     group by d.reason_code order by asked desc, reason limit 100`,
    [idAtTime(startOfDay(day)), idAtTime(endOfDay(day)), body, now],
  )
  return rows
}
