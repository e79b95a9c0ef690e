import { z } from 'zod'
import type { Clock } from '../../base/platform/clock.ts'
import type { Database } from '../../base/platform/database.ts'
import { transact } from '../../base/platform/database.ts'
import type { Jobs } from '../../base/platform/jobs.ts'
import { enqueue, isQueued } from '../../base/platform/jobs.ts'
import type { Log } from '../../base/platform/log.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { ExpiryLimits } from './expire.ts'
import { expireSome } from './expire.ts'
import { remindSome } from './remind.ts'

const maxAttempts = 3
// As PostgreSQL writes an instant.
const instant = z.string().max(40)
const expiryPlace = z.discriminatedUnion('by', [
  z.object({ by: z.literal('term'), until: instant, consentId: z.uuid() }),
  z.object({ by: z.literal('uses'), consentId: z.uuid() }),
])
const reminderPlace = z.object({ window: z.int().min(0), at: instant, consentId: z.uuid() })

type Parts = { readonly db: Database; readonly vault: Vault; readonly log: Log }

/** Writes the ends of consents. */
export function expiryJobs({ db, vault, log }: Parts, limits?: ExpiryLimits): Jobs {
  return walkJobs(db, 'consent.expire', expiryPlace, (from) =>
    expireSome(db, vault, log, from, limits),
  )
}

/** Reminds people of their consents. */
export function reminderJobs(db: Database, clock: Clock): Jobs {
  return walkJobs(db, 'consent.remind', reminderPlace, (from) => remindSome(db, clock(), from))
}

/**
 * A walk over very many rows: where it is long it goes on in another job, so that a stop of the process waits for little. The timetable's
 * next job leaves the rows to a walk that is still on its way.
 */
function walkJobs<P>(
  db: Database,
  begins: string,
  place: z.ZodType<P>,
  walkSome: (from: P | undefined) => Promise<{ readonly next: P | undefined }>,
): Jobs {
  const goesOn = `${begins}-on`
  const job = z.object({ from: place })
  const walk = async (from?: P) => {
    const { next } = await walkSome(from)
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
