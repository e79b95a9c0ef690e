import type { Session } from '../../base/database/db-session.ts'
import { timeOfId } from '../../base/values/ids.ts'
import type { Log } from '../../base/logging/log.ts'
import { isOverdue } from './proof.ts'
import { oldestPending } from './store.ts'

/**
 * Says that something waits for its place in a log for longer than was promised, whoever's queue it stands in: whoever writes into the
 * database puts an entry where nobody looks for it. By the clock of this process.
 */
export async function sayLateEntry(session: Session, now: Date, log: Log): Promise<void> {
  const oldest = await oldestPending(session)
  if (oldest === undefined || !isOverdue(timeOfId(oldest), now)) return
  log.error(
    { code: 'LOG_LATE', why: `since ${timeOfId(oldest).toISOString()}` },
    'an entry waits for its place in the public log for longer than a minute',
  )
}
