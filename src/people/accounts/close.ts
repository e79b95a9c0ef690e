import { later } from '../../base/platform/clock.ts'
import type { Database, Transaction } from '../../base/platform/database.ts'
import { transact } from '../../base/platform/database.ts'
import { readId } from '../../base/platform/ids.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import type { RowGuard, RowSeals } from '../../base/platform/row-seal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import { recordActivity } from './activity.ts'
import {
  accountsToErase,
  deleteAccount,
  forgetAccount,
  personOfConsent,
  personOfDecision,
} from './closing-store.ts'
import { changeStanding, lockStanding, readStanding } from './standing-store.ts'
import { standingFromJson } from './standing.ts'
import { tellUntrusted } from './untrusted.ts'
import type { Reading } from './untrusted.ts'

/** How long a person may change her mind. */
const waitingSeconds = 30 * 24 * 3600
const batch = 50
const maxBatches = 20

export type Closure = { readonly closedAt: Date; readonly eraseAt: Date }

/** Deletes everything that a room holds about a person, except what the law requires us to keep. */
export type Forget = (tx: Transaction, personId: string) => Promise<void>

/**
 * Closes an account: from the commit on, only its person can open it again, until the account is erased.
 * @returns when it will be erased
 */
export async function closeAccount(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  origin: Origin,
  now: Date,
): Promise<Date> {
  const eraseAt = later(now, waitingSeconds)
  const isClosed = await changeStanding(tx, seals, personId, ({ closedAt }) =>
    closedAt === null ? { closedAt: now, eraseAt } : undefined,
  )
  if (!isClosed) throw new Refusal('not-found', 404)
  await recordActivity(tx, { kind: 'access.closed', personId, result: 'done' }, origin, now)
  return eraseAt
}

/** @returns false when it was not closed, or is erased */
export async function reopenAccount(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  origin: Origin,
  now: Date,
): Promise<boolean> {
  const isReopened = await changeStanding(tx, seals, personId, ({ eraseAt }) =>
    eraseAt !== null && eraseAt > now ? { closedAt: null, eraseAt: null } : undefined,
  )
  if (!isReopened) return false
  await recordActivity(tx, { kind: 'access.reopened', personId, result: 'done' }, origin, now)
  return true
}

/**
 * The closure of an account that is closed and not yet erased.
 * @param read her row of the view `standings`, as JSON, where it was read already
 * @throws Refusal sign-in.refused where somebody else changed whether its person may sign in
 */
export async function findClosure(
  reading: Reading,
  personId: string,
  read: Readonly<Record<string, unknown>> | null = null,
): Promise<Closure | undefined> {
  const { db, seals } = reading
  const standing =
    read?.['person_id'] === personId
      ? standingFromJson(seals, read)
      : await readStanding(db, seals, personId)
  if (standing?.isTrusted === false) {
    const row = { what: 'standing', ref: reading.origin.requestId, personId } as const
    await tellUntrusted(reading, row, { ...reading.origin, now: reading.now })
    throw new Refusal('sign-in.refused')
  }
  const { closedAt, eraseAt } = standing ?? { closedAt: null, eraseAt: null }
  return closedAt === null || eraseAt === null ? undefined : { closedAt, eraseAt }
}

/**
 * Erases accounts whose thirty days are over, each in a transaction of its own: all of it or nothing. A person who changes her mind
 * at that moment comes either before the erasure or after it.
 * @param forgets what each room deletes, before the account itself is deleted
 * @returns how many were erased
 */
export async function eraseAccounts(
  guarded: Guarded,
  forgets: readonly Forget[],
  now: Date,
): Promise<number> {
  let erased = 0
  for (let n = 0; n < maxBatches; n++) {
    const due = await accountsToErase(guarded.db, now, batch)
    for (const personId of due) if (await erase(guarded, forgets, personId, now)) erased += 1
    if (due.length < batch) break
  }
  return erased
}

type Guarded = RowGuard & { readonly db: Database }

const job = { requestId: 'accounts.erase', network: undefined }

function erase(
  { db, seals, log }: Guarded,
  forgets: readonly Forget[],
  personId: string,
  now: Date,
): Promise<boolean> {
  return transact(db, async (tx) => {
    const standing = await lockStanding(tx, seals, personId)
    const { eraseAt = null } = standing ?? {}
    if (standing === undefined || eraseAt === null || eraseAt > now) return false
    // Somebody else wrote that she closed it: her keys must not be destroyed for that.
    if (!standing.isTrusted) {
      const row = { what: 'standing', ref: job.requestId, personId } as const
      await tellUntrusted({ db: tx, log }, row, { ...job, now })
      return false
    }
    for (const forget of forgets) await forget(tx, personId)
    await forgetAccount(tx, personId)
    await deleteAccount(tx, personId)
    return true
  })
}

/** The person to whom a reference belongs: `con_…`, a sharing, or `dec_…`, a sending. */
export async function personOf(db: Database, reference: string): Promise<string | undefined> {
  const consentId = readId('con', reference)
  if (consentId !== undefined) return personOfConsent(db, consentId)
  const decisionId = readId('dec', reference)
  return decisionId === undefined ? undefined : personOfDecision(db, decisionId)
}
