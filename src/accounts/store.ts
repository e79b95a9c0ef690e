import type { Database, Transaction } from '../foundation/database.ts'
import { deleteBatch } from '../foundation/sweep.ts'
import type { Origin } from '../foundation/request-log.ts'
import type { Activity } from './activity.ts'

export async function insertPerson(
  tx: Transaction,
  personId: string,
  locale: string,
  now: Date,
): Promise<void> {
  await tx('persons').insert({ personId, createdAt: now })
  await tx('accounts').insert({ personId, locale, openedAt: now })
}

export async function insertActivity(
  writer: Transaction | Database,
  row: Activity & Origin & { activityId: string; at: Date },
): Promise<void> {
  await writer('activity').insert({
    activityId: row.activityId,
    personId: row.personId ?? null,
    kind: row.kind,
    serviceId: row.serviceId ?? null,
    acr: row.acr ?? null,
    amr: row.amr ?? null,
    result: row.result,
    reason: row.reason ?? null,
    requestId: row.requestId,
    network: row.network ?? null,
    at: row.at,
  })
}

export async function lastActivityOfKind(
  db: Database,
  personId: string,
  kind: string,
): Promise<Date | undefined> {
  const row: { at: Date } | undefined = await db('activity')
    .select('at')
    .where({ personId, kind, result: 'done' })
    .orderBy('at', 'desc')
    .first()
  return row?.at
}

export type AccountHeld = { readonly locale: string; readonly openedAt: Date }

/** An open account, as its person may read it. */
export async function accountOf(db: Database, personId: string): Promise<AccountHeld | undefined> {
  const row: AccountHeld | undefined = await db('openAccounts')
    .select('locale', 'openedAt')
    .where({ personId })
    .first()
  return row
}

export type ActivityHeld = {
  readonly activityId: string
  readonly at: Date
  /** The same to the microsecond, which a Date does not hold: two of one millisecond are two. */
  readonly place: string
  readonly kind: string
  readonly serviceId: string | null
  readonly acr: string | null
  readonly amr: readonly string[] | null
  readonly result: 'done' | 'refused'
  readonly reason: string | null
  readonly requestId: string
  readonly network: string | null
}

/** Newest first; `before` is the last one of the page before. */
export async function activityOf(
  db: Database,
  personId: string,
  before: ActivityHeld | undefined,
  limit: number,
): Promise<ActivityHeld[]> {
  const rows = db('activity')
    .select('activityId', 'at', 'kind', 'serviceId', 'acr', 'amr', 'result', 'reason', 'requestId')
    .select('network', db.raw('at::text as place'))
    .where({ personId })
    .orderBy([
      { column: 'at', order: 'desc' },
      { column: 'activityId', order: 'desc' },
    ])
    .limit(limit)
  if (before === undefined) return rows
  return rows.whereRaw('(at, activity_id) < (?::timestamptz, ?::uuid)', [
    before.place,
    before.activityId,
  ])
}

/** Deletes one batch of activity older than its 13 months. @returns how many rows went */
export function sweepActivity(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'activity', 'at', before)
}
