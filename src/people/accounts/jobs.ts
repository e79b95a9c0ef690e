import { z } from 'zod'
import type { Clock } from '../../base/values/clock.ts'
import type { Jobs } from '../../base/jobs/jobs.ts'
import { walkJobs } from '../../base/jobs/walk-jobs.ts'
import type { Forget } from '../../base/web/room.ts'
import type { ErasureLimits, ErasureGuard } from './erase-accounts.ts'
import { eraseAccounts } from './erase-accounts.ts'

const place = z.object({ eraseAt: z.string().max(40), personId: z.uuid(), failed: z.int().min(0) })

/** Erases accounts. A walk that could not erase each of them fails at its end, so that the queue tells of it. */
export function erasureJobs(
  guarded: ErasureGuard,
  clock: Clock,
  forgetsAt: (now: Date) => readonly Forget[],
  limits?: ErasureLimits,
): Jobs {
  return walkJobs(guarded.db, 'accounts.erase', place, async (from) => {
    const now = clock()
    const walked = await eraseAccounts(guarded, forgetsAt(now), now, from, limits)
    if (walked.next === undefined && walked.failed > 0)
      throw new Error(`${walked.failed} accounts could not be erased`)
    return walked
  })
}
