import type { Database, Transaction } from '../../base/platform/database.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import type { Hold, HoldSeen } from './hold-store.ts'
import type { RowSeals } from '../../base/platform/row-seal.ts'
import { holdIn, holdOf, putHold, readHold } from './hold-store.ts'

// A finder of a recovery code must not gain the whole access by it: for some days the owner can still sign in with the factors that
// she had before, and undo the recovery (decision 0052).

/**
 * Begins a hold in the transaction of the recovery, or adds the recovery's factors to the hold that exists: a second recovery lengthens
 * the hold that the first one began, and the factors of the first one stay in it.
 */
export async function beginHold(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  recovery: Pick<Hold, 'added' | 'until'>,
  now: Date,
): Promise<void> {
  const held = await holdOf(tx, seals, personId, now)
  const before = held?.isUntrusted === false ? held : { since: now, added: [] }
  const added = [...before.added, ...recovery.added]
  await putHold(tx, seals, personId, { since: before.since, until: recovery.until, added }, now)
}

/**
 * Whether a session belongs to the recovery: it was made by a factor that the recovery added, or by no factor. Every other session
 * was made by a factor that its person had before.
 */
export function isRecovered(
  { added, isUntrusted }: Pick<Hold, 'added' | 'isUntrusted'>,
  factorIds: readonly string[],
): boolean {
  return (
    isUntrusted || factorIds.length === 0 || factorIds.some((factorId) => added.includes(factorId))
  )
}

/**
 * Every deed that could lock the owner out, or that allows something sensitive, calls this function: until the hold is over or
 * lifted, every session is refused. @throws Refusal access.held (409)
 */
export async function refuseWhileHeld(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
  now: Date,
): Promise<void> {
  if ((await holdOf(db, seals, personId, now)) !== undefined) throw held()
}

/** As `refuseWhileHeld`, for deeds that are refused only to sessions of the recovery. */
export async function refuseRecovered(
  db: Database | Transaction,
  seals: RowSeals,
  { personId, factorIds }: Who,
  now: Date,
): Promise<void> {
  const hold = await holdOf(db, seals, personId, now)
  if (hold !== undefined && isRecovered(hold, factorIds)) throw held()
}

/** That a session is held; `until` is undefined where it is until somebody decides. */
export type SessionHold = { readonly until: Date | undefined }

/**
 * Whether a session is held: what made it can still be undone. In it its person sees, stops and undoes, and nothing begins to flow. The one
 * truth of this, for deeds and for what the provider has read beside a session.
 */
export function sessionHold(
  seals: RowSeals,
  { personId, factorIds }: Who,
  seen: HoldSeen | undefined,
  now: Date,
): SessionHold | undefined {
  const hold = seen && holdIn(seals, personId, seen, now)
  return hold !== undefined && isRecovered(hold, factorIds) ? { until: hold.until } : undefined
}

export async function isHeldSession(
  db: Database | Transaction,
  seals: RowSeals,
  who: Who,
  now: Date,
): Promise<boolean> {
  return sessionHold(seals, who, await readHold(db, who.personId), now) !== undefined
}

/** A factor that a session of the recovery adds belongs to the recovery too. */
export async function noteAdded(
  tx: Transaction,
  seals: RowSeals,
  { personId, factorIds }: Who,
  factorId: string,
  now: Date,
): Promise<void> {
  const hold = await holdOf(tx, seals, personId, now)
  // A deed of ours gives no seal to a row that somebody changed.
  if (hold === undefined || hold.isUntrusted || !isRecovered(hold, factorIds)) return
  await putHold(tx, seals, personId, { ...hold, added: [...hold.added, factorId] }, now)
}

type Who = { readonly personId: string; readonly factorIds: readonly string[] }

export const heldCode = 'access.held'

/** The answer to a deed that waits until the hold is over. */
export function held(): Refusal {
  return new Refusal(heldCode, 409, { nextHref: '/acces' })
}
