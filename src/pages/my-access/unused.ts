import { isUnused, lockAccount, unusedAccounts } from '../../people/accounts/index.ts'
import { later } from '../../base/platform/clock.ts'
import type { Database } from '../../base/platform/database.ts'
import { transact } from '../../base/platform/database.ts'
import type { Register } from '../../registry/index.ts'
import type { ClosingContext } from './closing.ts'
import { closeAccess } from './closing.ts'

// Thousands of accesses that somebody makes and never uses are deleted; a person who has forgotten hers is told, and has a month.

/** How long an access may stand unused. */
const unusedSeconds = 30 * 24 * 3600
const batch = 50
const maxBatches = 20
/** Our own pages. */
const ownSpace = 'accord'
const origin = { requestId: 'unused', network: undefined }

/**
 * Closes accesses that were never used, as the broker closes one: the person is told wherever she can be reached, and may open the
 * access again for thirty days; then its content is erased. Each access is closed in a transaction of its own.
 * @returns how many were closed
 */
export async function closeUnused(
  db: Database,
  parts: ClosingContext,
  { services }: Register,
  now: Date,
): Promise<number> {
  const before = later(now, -unusedSeconds)
  const firstParty = [...services.values()].filter(
    ({ metadata }) => metadata['first_party'] === true,
  )
  const own = [ownSpace, ...firstParty.map(({ serviceId }) => serviceId)]
  let closed = 0
  for (let n = 0; n < maxBatches; n++) {
    const due = await unusedAccounts(db, { before, own, most: batch })
    for (const personId of due) {
      const isClosed = await transact(db, async (tx) => {
        // The lock orders two workers, or a worker and a first use of the access.
        if (!(await lockAccount(tx, personId))) return false
        if (!(await isUnused(tx, { before, own, personId }))) return false
        await closeAccess(tx, parts, { personId, by: { type: 'broker' }, origin, now })
        return true
      })
      if (isClosed) closed += 1
    }
    if (due.length < batch) break
  }
  return closed
}
