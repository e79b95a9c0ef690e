import type { Database } from '../../base/database/database.ts'
import { isolateEach } from '../../base/jobs/isolate-each.ts'
import { transact } from '../../base/database/database.ts'
import type { Log } from '../../base/logging/log.ts'
import type { Forget } from '../../base/web/room.ts'
import type { DuePlace } from './closing-store.ts'
import { accountsToErase, beforeAllDue, deleteAccount, forgetAccount } from './closing-store.ts'
import { legalHoldOf } from './operator-orders.ts'
import { lockAccount } from './store.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { tellErased } from './standing-store.ts'
import { tellUntrusted } from './untrusted-rows.ts'

// Accounts whose waiting time is over are walked over: one that cannot be erased, and one whose standing somebody else wrote, stay where
// they are and hold up nobody (decision 0175).

/** Accounts that a statement looks at, and statements of one run. */
export type ErasureLimits = Readonly<Record<'batch' | 'batches', number>>
const usualLimits: ErasureLimits = { batch: 50, batches: 20 }
const unerased = 'an account could not be erased'

/** How far a walk came, and how many accounts it could not erase. */
export type ErasurePlace = DuePlace & { readonly failed: number }

/** `next`: from where the walk goes on; undefined: it looked at all. */
export type ErasureBatch = {
  readonly erased: number
  readonly failed: number
  readonly next: ErasurePlace | undefined
}

export type ErasureGuard = { readonly db: Database; readonly vault: Vault; readonly log: Log }

const job = { requestId: 'accounts.erase', network: undefined }

/**
 * Erases accounts that were closed and whose time is over, a thousand at most, each in a transaction of its own: all of it or nothing. A
 * person who changes her mind at that moment comes either before the erasure or after it. One about whom a legal hold stands waits for its
 * end.
 * @param forgets what each room deletes, before the account itself is deleted
 */
export async function eraseAccounts(
  guarded: ErasureGuard,
  forgets: readonly Forget[],
  now: Date,
  from: ErasurePlace = { ...beforeAllDue, failed: 0 },
  limits = usualLimits,
): Promise<ErasureBatch> {
  let erased = 0
  let { failed } = from
  let next: DuePlace | undefined = from
  for (let n = 0; n < limits.batches && next !== undefined; n++) {
    const due = await accountsToErase(guarded.db, now, next, limits.batch)
    const run = await isolateEach(due.people, guarded.log, unerased, (personId) =>
      erase(guarded, forgets, personId, now),
    )
    ;[erased, failed] = [erased + run.done, failed + run.failed]
    next = due.next
  }
  return { erased, failed, next: next && { ...next, failed } }
}

function erase(
  { db, vault, log }: ErasureGuard,
  forgets: readonly Forget[],
  personId: string,
  now: Date,
): Promise<boolean> {
  return transact(db, async (tx) => {
    await lockAccount(tx, personId)
    if ((await legalHoldOf(tx, vault, personId, now)) !== undefined) return false
    const told = await tellErased(tx, vault, personId, now)
    // Somebody else wrote that she closed it: her keys must not be destroyed for that.
    if (told === 'untrusted') {
      const row = { what: 'standing', ref: job.requestId, personId } as const
      await tellUntrusted({ db: tx, log }, row, { ...job, now })
    }
    if (told !== 'told') return false
    for (const forget of forgets) await forget(tx, personId)
    await forgetAccount(tx, personId)
    await deleteAccount(tx, personId)
    return true
  })
}
