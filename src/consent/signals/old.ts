import type { Clock } from '../../base/platform/clock.ts'
import { later } from '../../base/platform/clock.ts'
import type { Database } from '../../base/platform/database.ts'
import { transact } from '../../base/platform/database.ts'
import type { Log } from '../../base/platform/log.ts'
import { keptSeconds } from './retry.ts'
import { dropOld, noteTimes } from './waiting-store.ts'

const batch = 500

/** Drops a batch of what no body has taken for ninety days, with a note. @returns how much */
export function sweepWaiting({
  db,
  clock,
  log,
}: {
  readonly db: Database
  readonly clock: Clock
  readonly log: Log
}): Promise<number> {
  const now = clock()
  return transact(db, async (tx) => {
    const dropped = await dropOld(tx, later(now, -keptSeconds), batch)
    for (const { times, ...stream } of dropped) {
      await noteTimes(tx, stream, { what: 'dropped-old', times }, now)
      log.error(
        { job: 'house.sweep', why: stream.orgId, outcome: `${times} events` },
        'a body has not taken what it was told for ninety days: it is dropped',
      )
    }
    return dropped.reduce((sum, { times }) => sum + times, 0)
  })
}
