import { z } from 'zod'
import type { Database } from '../../base/platform/database.ts'
import { transact } from '../../base/platform/database.ts'
import type { Jobs } from '../../base/platform/jobs.ts'
import { enqueue, isQueued } from '../../base/platform/jobs.ts'
import type { Log } from '../../base/platform/log.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { ExpiryLimits, ExpiryPlace } from './expire.ts'
import { expireSome } from './expire.ts'

const [begins, goesOn] = ['consent.expire', 'consent.expire-on']
const maxAttempts = 3
const place = z.discriminatedUnion('by', [
  z.object({ by: z.literal('term'), until: z.string().max(40), consentId: z.uuid() }),
  z.object({ by: z.literal('uses'), consentId: z.uuid() }),
])
const job = z.object({ from: place })

type Parts = { readonly db: Database; readonly vault: Vault; readonly log: Log }

/**
 * Writes the ends of consents; a walk that is long goes on in another job, so that a stop of the process waits for little. The next hour
 * leaves the ends to a walk that is still on its way.
 */
export function expiryJobs({ db, vault, log }: Parts, limits?: ExpiryLimits): Jobs {
  const walk = async (from?: ExpiryPlace) => {
    const { next } = await expireSome(db, vault, log, from, limits)
    if (next === undefined) return
    const payload = { from: next }
    await transact(db, (tx) => enqueue(tx, { name: goesOn, payload, maxAttempts }))
  }
  return {
    [begins]: async () => {
      if (!(await isQueued(db, goesOn))) await walk()
    },
    [goesOn]: (payload) => walk(job.parse(payload).from),
  }
}
