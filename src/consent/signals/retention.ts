import { sweepBefore } from '../../base/jobs/sweep-jobs.ts'
import { retention, spanWords } from '../../base/values/retention.ts'
import type { Clock } from '../../base/values/clock.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { Database } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import type { Log } from '../../base/logging/log.ts'
import { keptSeconds } from './retry-schedule.ts'
import { dropOld, noteTimes, sweepNotes } from './outbox-store.ts'

const batch = 500

type Sweeping = { readonly db: Database; readonly clock: Clock; readonly log: Log }

/** Drops a batch of what no body has taken in its time, with a note, and old notes. @returns how much */
export async function sweepSignals(parts: Sweeping): Promise<number> {
  const before = sweepBefore(parts.clock, retention.traces)
  return (await sweepWaiting(parts)) + (await sweepNotes(parts.db, before))
}

function sweepWaiting({ db, clock, log }: Sweeping): Promise<number> {
  const now = clock()
  return transact(db, async (tx) => {
    const dropped = await dropOld(tx, secondsAfter(now, -keptSeconds), batch)
    for (const { times, ...stream } of dropped) {
      await noteTimes(tx, stream, { what: 'dropped-old', times }, now)
      log.error(
        { job: 'house.sweep', why: stream.orgId, outcome: `${times} events` },
        `a body has not taken what it was told for ${spanWords(retention.signals, 'en')}: it is dropped`,
      )
    }
    return dropped.reduce((sum, { times }) => sum + times, 0)
  })
}
