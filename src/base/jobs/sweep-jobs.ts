import { z } from 'zod'
import { earlierBy } from '../values/calendar.ts'
import type { Clock } from '../values/clock.ts'
import { secondsAfter } from '../values/clock.ts'
import { retention } from '../values/retention.ts'
import type { Database } from '../database/database.ts'
import type { Jobs } from './jobs.ts'
import { walkJobs } from './walk-jobs.ts'

/** The smallest batch of any sweep: one that deletes fewer left nothing behind. */
const smallestBatch = 500
const usualRounds = 50

export const daySeconds = 24 * 3600
/** Sweeps run each hour, and after a stop the next day: what is younger than its span by so much is not swept yet. */
const marginSeconds = 6 * daySeconds

/** The instant before which what is over is deleted. @param span of ISO 8601 */
export function sweepBefore(clock: Clock, span: string = retention.over): Date {
  return earlierBy(clock(), span)
}

/** The instant since which a sweep of this span has deleted nothing yet. */
export function unsweptSince(now: Date, span: string): Date {
  return secondsAfter(earlierBy(now, span), marginSeconds)
}

/** By their names: each deletes a batch of what is over, and says how many rows that was. */
export type Sweeps = Readonly<Record<string, () => Promise<number>>>

/**
 * Deletes what is over, each sweep some batches; where that was not all, the sweeps that have more go on in another job. A busy house
 * makes more rows in an hour than one run deletes. A sweep that fails does not hold up the others.
 */
export function sweepJobs(db: Database, sweeps: Sweeps, rounds = usualRounds): Jobs {
  return walkJobs(db, 'house.sweep', z.array(z.string()), async (from) => {
    const left: string[] = []
    const failed: unknown[] = []
    for (const name of from ?? Object.keys(sweeps)) {
      try {
        if (!(await isSwept(sweeps[name], rounds))) left.push(name)
      } catch (error) {
        failed.push(error)
      }
    }
    if (failed.length > 0) throw failed.length === 1 ? failed[0] : new AggregateError(failed)
    return { next: left.length === 0 ? undefined : left }
  })
}

/** @returns false where there is more; a sweep of another version has nothing here */
async function isSwept(sweep: Sweeps[string] = async () => 0, rounds: number): Promise<boolean> {
  for (let round = 0; round < rounds; round++) if ((await sweep()) < smallestBatch) return true
  return false
}
