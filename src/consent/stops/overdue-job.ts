import { secondsAfter } from '../../base/values/clock.ts'
import type { Database } from '../../base/database/database.ts'
import type { Log } from '../../base/logging/log.ts'
import type { LiveRegister } from '../../registry/index.ts'
import { bodyId } from '../../registry/index.ts'
import { registerEpoch } from '../record/index.ts'
import type { DeliveryRow } from './rows.ts'
import { overdueBetween } from './store.ts'

// A stop holds from its first moment. Its two bodies are expected to say within a day what it led to; « not yet » is a word, for a month.

const [hour, expectedSeconds] = [3600, 24 * 3600]
const longestPendingSeconds = 30 * 24 * 3600

const looks = [
  { after: expectedSeconds, isSilent: true, says: 'a body has said nothing of a stop for a day' },
  {
    after: longestPendingSeconds,
    isSilent: false,
    says: 'a body has not said for thirty days that it carried out a stop',
  },
] as const

/** Whether a body has said nothing of a stop for a day. */
export function isOverdue({ effect, queuedAt }: DeliveryRow, now: Date): boolean {
  return effect === null && now >= secondsAfter(queuedAt, expectedSeconds)
}

/** Tells the operator, once, of the stops that became overdue in the hour before; a run that was missed is not made up for. */
export async function tellOverdue(
  { db, log, live }: { readonly db: Database; readonly log: Log; readonly live: LiveRegister },
  now: Date,
): Promise<void> {
  for (const { after, isSilent, says } of looks) {
    const to = secondsAfter(now, -after)
    const overdue = await overdueBetween(db, { from: secondsAfter(to, -hour), to, isSilent })
    if (overdue.length === 0) continue
    const register = await live.at(await registerEpoch(db))
    for (const { party, times } of overdue)
      log.error(
        { job: 'stops.overdue', why: bodyId(register, party), outcome: `${times} stops` },
        says,
      )
  }
}
