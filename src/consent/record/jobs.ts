import { z } from 'zod'
import type { Clock } from '../../base/values/clock.ts'
import type { Database } from '../../base/database/database.ts'
import type { Jobs } from '../../base/jobs/jobs.ts'
import type { Log } from '../../base/logging/log.ts'
import { walkJobs, walkPeople } from '../../base/jobs/walk-jobs.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { FoldParts } from '../../ledger/fold/index.ts'
import type { ExpiryLimits } from './expire.ts'
import { expireBatch } from './expire.ts'
import { remindBatch } from './expiry-reminders.ts'
import { sealUnsealed } from './first-seals.ts'

/** Begins when a worker starts, too. */
export const sealingJob = 'consent.seal'

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
    expireBatch(db, vault, log, from, limits),
  )
}

/** Reminds people of their consents. */
export function reminderJobs({ db, log }: Omit<Parts, 'vault'>, clock: Clock): Jobs {
  return walkJobs(db, 'consent.remind', reminderPlace, (from) =>
    remindBatch({ db, log }, clock(), from),
  )
}

/** Seals rows of before the seals, by what their people's events tell. */
export function sealingJobs({ db, vault, log }: Parts, foldNow: () => Promise<FoldParts>): Jobs {
  return walkPeople(db, sealingJob, async (from) =>
    sealUnsealed(db, { vault, parts: await foldNow(), log }, from),
  )
}
