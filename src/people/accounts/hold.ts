import { later } from '../../base/platform/clock.ts'
import type { Database, Transaction } from '../../base/platform/database.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import type { Hold } from './hold-store.ts'
import { addToHold, holdOf, putHold } from './hold-store.ts'

// A finder of a recovery code must not gain the whole access by it: for some days the owner can still sign in with the factors that
// she had before, and undo the recovery (decision 0052).

/** How long an older factor may undo a recovery. */
export const holdSeconds = 72 * 3600

/** Begins a hold in the transaction of the recovery, or adds the recovery's factors to the hold that exists. @returns until when */
export async function beginHold(
  tx: Transaction,
  personId: string,
  factorIds: readonly string[],
  now: Date,
): Promise<Date> {
  const until = later(now, holdSeconds)
  await putHold(tx, personId, { since: now, until, added: factorIds })
  return until
}

/**
 * Whether a session belongs to the recovery: it was made by a factor that the recovery added, or by no factor. Every other session
 * was made by a factor that its person had before.
 */
export function isRecovered({ added }: Pick<Hold, 'added'>, factorIds: readonly string[]): boolean {
  return factorIds.length === 0 || factorIds.some((factorId) => added.includes(factorId))
}

/**
 * Every deed that could lock the owner out, or that allows something sensitive, calls this function: until the hold is over or
 * lifted, every session is refused. @throws Refusal access.held (409)
 */
export async function refuseWhileHeld(
  db: Database | Transaction,
  personId: string,
  now: Date,
): Promise<void> {
  if ((await holdOf(db, personId, now)) !== undefined) throw held()
}

/** As `refuseWhileHeld`, for deeds that are refused only to sessions of the recovery. */
export async function refuseRecovered(
  db: Database | Transaction,
  { personId, factorIds }: Who,
  now: Date,
): Promise<void> {
  const hold = await holdOf(db, personId, now)
  if (hold !== undefined && isRecovered(hold, factorIds)) throw held()
}

/** A factor that a session of the recovery adds belongs to the recovery too. */
export async function noteAdded(
  tx: Transaction,
  { personId, factorIds }: Who,
  factorId: string,
  now: Date,
): Promise<void> {
  const hold = await holdOf(tx, personId, now)
  if (hold !== undefined && isRecovered(hold, factorIds)) await addToHold(tx, personId, factorId)
}

type Who = { readonly personId: string; readonly factorIds: readonly string[] }

function held(): Refusal {
  return new Refusal('access.held', 409, { nextHref: '/acces' })
}
