import { isUnused, lockAccount, unusedAccounts } from '../../people/accounts/index.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { isolateEach } from '../../base/jobs/isolate-each.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import type { Log } from '../../base/logging/log.ts'
import type { Register } from '../../registry/index.ts'
import type { ClosingContext } from './close-account.ts'
import { closeAccess } from './close-account.ts'

// Thousands of accesses that somebody makes and never uses are deleted; a person who has forgotten hers is told, and has a month.

/** How long an access may stand unused. */
const unusedSeconds = 30 * 24 * 3600
const unclosed = 'an unused access could not be closed'
/** Accesses that a statement looks at, and statements of one run. */
type Limits = Readonly<Record<'lookedAtOnce' | 'batches', number>>
const usualLimits: Limits = { lookedAtOnce: 1000, batches: 20 }
/** Our own pages. */
const ownSpace = 'accord'
const origin = { requestId: 'unused', network: undefined }

export type ClosedBatch = {
  readonly closed: number
  /** The last person who was looked at; undefined: all were. */
  readonly next: string | undefined
}

/**
 * Closes accesses that were never used, as the broker closes one: the person is told wherever she can be reached, and may open the
 * access again for a time; then its content is erased. Each access is closed in a transaction of its own: one that fails holds up no
 * other. A statement looks at some people, however many there are.
 */
export async function closeUnused(
  db: Database,
  parts: ClosingContext & { readonly log: Log },
  { services }: Register,
  now: Date,
  {
    from,
    limits = usualLimits,
  }: { readonly from?: string | undefined; readonly limits?: Limits } = {},
): Promise<ClosedBatch> {
  const unused = { before: secondsAfter(now, -unusedSeconds), own: ownServices(services) }
  let [closed, failed] = [0, 0]
  let next = from
  for (let n = 0; n < limits.batches; n++) {
    const found = await unusedAccounts(db, next, limits.lookedAtOnce, unused)
    const run = await isolateEach(found.unused, parts.log, unclosed, (personId) =>
      transact(db, (tx) => closeIfUnused(tx, parts, personId, unused, now)),
    )
    ;[closed, failed] = [closed + run.done, failed + run.failed]
    next = found.next
    if (next === undefined) break
  }
  if (failed > 0)
    parts.log.warn({ outcome: `${failed} people` }, 'unused accesses are left to close')
  return { closed, next }
}

async function closeIfUnused(
  tx: Transaction,
  parts: ClosingContext,
  personId: string,
  unused: Parameters<typeof isUnused>[2],
  now: Date,
): Promise<boolean> {
  // The lock orders two workers, or a worker and a first use of the access.
  if (!(await lockAccount(tx, personId))) return false
  if (!(await isUnused(tx, personId, unused))) return false
  await closeAccess(tx, parts, { personId, by: { type: 'broker' }, origin, now })
  return true
}

function ownServices(services: Register['services']): readonly string[] {
  const firstParty = [...services.values()].filter(
    ({ metadata }) => metadata['first_party'] === true,
  )
  return [ownSpace, ...firstParty.map(({ serviceId }) => serviceId)]
}
