import { later } from '../../base/platform/clock.ts'
import type { Database } from '../../base/platform/database.ts'
import type { Log } from '../../base/platform/log.ts'
import type { LiveRegister } from '../../registry/index.ts'
import { bodyId } from '../../registry/index.ts'
import { registerEpoch } from '../record/index.ts'
import type { DeliveryRow } from './rows.ts'
import { overdueBetween } from './store.ts'

// A stop holds from its first moment. Its two bodies are expected to say within a day what it led to.

const [hour, expectedSeconds] = [3600, 24 * 3600]

/** Whether a body has said nothing of a stop for a day. */
export function isOverdue({ effect, queuedAt }: DeliveryRow, now: Date): boolean {
  return effect === null && now >= later(queuedAt, expectedSeconds)
}

/** Tells the operator, once, of the stops that became overdue in the hour before; a run that was missed is not made up for. */
export async function tellOverdue(
  { db, log, live }: { readonly db: Database; readonly log: Log; readonly live: LiveRegister },
  now: Date,
): Promise<void> {
  const to = later(now, -expectedSeconds)
  const overdue = await overdueBetween(db, later(to, -hour), to)
  if (overdue.length === 0) return
  const register = await live.at(await registerEpoch(db))
  for (const { party, times } of overdue)
    log.error(
      {
        job: 'stops.overdue',
        why: bodyId(register, party),
        outcome: `${times} stops`,
      },
      'a body has said nothing of a stop for a day',
    )
}
