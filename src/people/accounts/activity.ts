import type { Activity } from './activity-kinds.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { newUuid } from '../../base/values/ids.ts'
import type { Origin } from '../../base/web/request-log.ts'
import { insertActivity } from './store.ts'

export async function recordActivity(
  writer: Transaction | Database,
  activity: Activity,
  origin: Origin,
  now: Date,
): Promise<void> {
  await insertActivity(writer, { ...activity, ...origin, activityId: newUuid(now), at: now })
}
