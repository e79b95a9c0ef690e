import { z } from 'zod'
import type { Clock } from '../values/clock.ts'
import { secondsAfter } from '../values/clock.ts'
import type { Database } from '../database/database.ts'
import type { Jobs } from './jobs.ts'
import { walkJobs } from './walk-jobs.ts'

/** The smallest batch of any sweep: one that deletes fewer left nothing behind. */
const smallestBatch = 500
const usualRounds = 50

export const daySeconds = 24 * 3600
/** As long as it is kept what was done, refused, given up. What pages and documents say of it is held against this number by a test. */
export const tracesKeptMonths = 13
export const tracesKeptSeconds = Math.ceil((tracesKeptMonths * 365.2425) / 12) * daySeconds

/** The instant before which what is over is deleted. */
export function sweepBefore(clock: Clock, keptSeconds = daySeconds): Date {
  return secondsAfter(clock(), -keptSeconds)
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
