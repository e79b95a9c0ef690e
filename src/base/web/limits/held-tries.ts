import type { Database } from '../../database/database.ts'
import type { Clock } from '../../values/clock.ts'
import { deleteBatch } from '../../database/sweep.ts'
import type { CountedPoints } from './rate-counts.ts'

// Counts of what ends well later, under the name of what was begun. They are given back once, and end with the period that was counted.

export async function holdTries(db: Database, name: Buffer, taken: CountedPoints): Promise<void> {
  if (taken.length === 0) return
  const columns = [taken.map(({ key }) => key), taken.map(({ endsAt }) => endsAt)]
  await db.raw('select hold_tries(?, ?::text[], ?::bigint[])', [name, ...columns])
}

export async function releaseTries(db: Database, name: Buffer): Promise<void> {
  await db.raw('select release_tries(?)', [name])
}

/** Deletes one batch of counts whose period is over. @returns how many rows went */
export function sweepHeldTries(db: Database, clock: Clock): Promise<number> {
  return deleteBatch(db, 'held_tries', 'ends', clock().getTime())
}
