import { later } from '../../base/platform/clock.ts'
import type { Database, Transaction } from '../../base/platform/database.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import type { Hold } from './hold-store.ts'
import { addToHold, holdOf, putHold } from './hold-store.ts'

// Whoever finds a recovery code must not have the whole access by it: for some days its owner can still come back by what she
// had before, and undo all of it (decision 0052).

/** How long an older factor may undo a recovery. */
export const holdSeconds = 72 * 3600

/** Begins in the transaction of the recovery, or takes in what it added. @returns until when */
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
 * Whether a session belongs to the recovery: a factor that it added proved who she is, or no factor did. Every other session goes
 * back to what its person had before.
 */
export function isRecovered({ added }: Pick<Hold, 'added'>, factorIds: readonly string[]): boolean {
  return factorIds.length === 0 || factorIds.some((factorId) => added.includes(factorId))
}

/**
 * The one question of every deed that could lock its owner out, or allow what is sensitive: by whomever, until the hold is over
 * or lifted. @throws Refusal access.held (409)
 */
export async function refuseWhileHeld(
  db: Database | Transaction,
  personId: string,
  now: Date,
): Promise<void> {
  if ((await holdOf(db, personId, now)) !== undefined) throw held()
}

/** As `refuseWhileHeld`, for what only a session of the recovery may not do. */
export async function refuseRecovered(
  db: Database | Transaction,
  { personId, factorIds }: Who,
  now: Date,
): Promise<void> {
  const hold = await holdOf(db, personId, now)
  if (hold !== undefined && isRecovered(hold, factorIds)) throw held()
}

/** What a session of the recovery adds belongs to the recovery too. */
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
