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

/** Deletes one batch of activity older than its 13 months. @returns how many rows went */
export function sweepActivity(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'activity', 'at', before)
}
