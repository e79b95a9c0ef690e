import type { Database } from '../../base/database/database.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { MandateVault } from '../mandates/index.ts'
import type { SearchReason } from './reference.ts'
import { searchesSince } from './store.ts'

// What a supervisor reads of the searches of her desk: how often each office searched, why, and how often it found nobody. Never whom.

/** As far back as they are counted. */
export const countedDays = 30

export type SearchCount = {
  readonly officeId: string
  readonly reason: SearchReason
  readonly count: number
  readonly foundNobody: number
}

/** The searches of a desk by office and reason, those of the most first. */
export async function countSearches(
  db: Database,
  { seals }: Pick<MandateVault, 'seals'>,
  organisation: string,
  now: Date,
): Promise<readonly SearchCount[]> {
  const since = secondsAfter(now, -countedDays * 24 * 3600)
  const counts = new Map<string, SearchCount>()
  for (const row of await searchesSince(db, seals.rows, organisation, since)) {
    const { officeId, reason, isFound } = row
    const key = `${officeId} ${reason}`
    const { count, foundNobody } = counts.get(key) ?? { count: 0, foundNobody: 0 }
    counts.set(key, {
      officeId,
      reason,
      count: count + 1,
      foundNobody: foundNobody + (isFound ? 0 : 1),
    })
  }
  return [...counts.values()].toSorted((a, b) => b.count - a.count)
}
