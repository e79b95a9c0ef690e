import type { Database, Transaction } from '../../base/database/database.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Hold, HoldSeen } from './hold-store.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { holdAndWaiting, holdIn, holdOf, putHold, readHold } from './hold-store.ts'
import type { WaitingWay } from './ways.ts'
import { isSeen, trustedWays, parseWaitingWays } from './ways.ts'

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
  if ((await holdOf(db, seals, personId, now)) !== undefined) throw accessHeld()
}

/** As `refuseWhileHeld`, for deeds that are refused only to sessions of the recovery. */
export async function refuseRecovered(
  db: Database | Transaction,
  seals: RowSeals,
  { personId, factorIds }: Who,
  now: Date,
): Promise<void> {
  const hold = await holdOf(db, seals, personId, now)
  if (hold !== undefined && isRecovered(hold, factorIds)) throw accessHeld()
}

/** That a session is held, and why; `until` is undefined where it is until somebody decides. */
export type SessionHold = {
  /** A code recovered the access; a way in that waits made the session; or two ways in deny each other. */
  readonly because: 'recovered' | 'waiting' | 'disputed'
  readonly until: Date | undefined
}

/**
 * Whether a session is held: a recovery made it that can still be undone, or a way in that waits. In it its person sees, stops and undoes,
 * and nothing begins to flow. The one truth of this, for deeds and for what the provider has read beside a session.
 */
export function sessionHold(
  seals: RowSeals,
  who: Who,
  seen: HoldSeen | undefined,
  now: Date,
): SessionHold | undefined {
  if (seen === undefined) return undefined
  const hold = holdIn(seals, who.personId, seen, now)
  if (hold !== undefined && isRecovered(hold, who.factorIds)) return heldByRecovery(hold)
  const waiting = parseWaitingWays(trustedWays(seals, who.personId, seen) ?? [])
  const own = waiting.filter((one) => isByWaiting([one], who))
  if (own.length === 0) return undefined
  const until = lastEnd(own)
  return { because: until === undefined ? 'disputed' : 'waiting', until }
}

/** What a recovery holds, said of a session. */
export function heldByRecovery({ until }: Pick<Hold, 'until'>): SessionHold {
  return { because: 'recovered', until }
}

function lastEnd(waiting: readonly WaitingWay[]): Date | undefined {
  if (waiting.some(({ until }) => until === undefined)) return undefined
  const ends = waiting.map(({ until }) => until?.getTime() ?? 0)
  return new Date(Math.max(...ends))
}

function isByWaiting(waiting: readonly WaitingWay[], { factorIds }: Who): boolean {
  return waiting.some(({ name }) => factorIds.includes(name))
}

export async function isHeldSession(
  db: Database | Transaction,
  seals: RowSeals,
  who: Who,
  now: Date,
): Promise<boolean> {
  return sessionHold(seals, who, await readHold(db, who.personId), now) !== undefined
}

/** For deeds that let nothing flow, and are refused to a session that is held all the same. @throws Refusal access.held (409) */
export async function refuseToHeld(
  db: Database | Transaction,
  seals: RowSeals,
  who: Who,
  now: Date,
): Promise<void> {
  if (await isHeldSession(db, seals, who, now)) throw accessHeld()
}

/**
 * As `refuseWhileHeld`, for deeds of a session that change who gets in, or who is told: none is done by a way in that waits either. Past the
 * hold of a recovery goes a way that a counter has just given, and whoever takes away what the recovery added.
 * @param taken the way in that is taken away
 * @throws Refusal access.held (409)
 */
export async function refuseChange(
  db: Database | Transaction,
  seals: RowSeals,
  who: Who,
  now: Date,
  taken?: string,
): Promise<void> {
  const { hold, waiting, ways } = await holdAndWaiting(db, seals, who.personId, now)
  const isOfHold = taken !== undefined && hold?.added.includes(taken) === true
  const isFree = hold?.isUntrusted === false && (isOfHold || isSeen(ways, who.factorIds, now))
  if ((hold !== undefined && !isFree) || isByWaiting(waiting, who)) throw accessHeld()
}

/**
 * A factor that a session of the recovery adds belongs to the recovery too. A session of a way in that waits adds none: it would be
 * free by what it adds. @throws Refusal access.held (409)
 */
export async function noteAdded(
  tx: Transaction,
  seals: RowSeals,
  who: Who,
  factorId: string,
  now: Date,
): Promise<void> {
  const { hold, waiting } = await holdAndWaiting(tx, seals, who.personId, now)
  // But for what this very deed replaces.
  const before = waiting.filter(({ since }) => since < now)
  if (isByWaiting(before, who)) throw accessHeld()
  // A deed of ours gives no seal to a row that somebody changed.
  if (hold === undefined || hold.isUntrusted || !isRecovered(hold, who.factorIds)) return
  const { personId } = who
  await putHold(tx, seals, personId, { ...hold, added: [...hold.added, factorId] }, now)
}

type Who = { readonly personId: string; readonly factorIds: readonly string[] }

export const heldCode = 'access.held'

/** The answer to a deed that waits until the hold is over. */
export function accessHeld(): Refusal {
  return new Refusal(heldCode, 409, { nextHref: '/acces' })
}
