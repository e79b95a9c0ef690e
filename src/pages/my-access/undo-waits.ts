import { createHash } from 'node:crypto'
import type { Notary } from '../../consent/record/index.ts'
import type { Transaction } from '../../base/database/database.ts'
import { timeOfId } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { SignedInPerson } from '../../base/web/person.ts'
import type { WaitingWay, WaitCause, Way, WayKind } from '../../people/accounts/index.ts'
import {
  holdAndWaiting,
  isSeen,
  letStand,
  letWait,
  putContactBack,
  recordActivity,
  refuseRecovered,
  waitingWays,
  wayOf,
} from '../../people/accounts/index.ts'
import type { MessageNotice } from '../../people/notifications/index.ts'
import { notify } from '../../people/notifications/index.ts'
import { findFactor, followWaits, restoreCodeSet, swapBack } from '../../signin/factors/index.ts'
import { identitiesOf } from '../../signin/upstream/index.ts'
import { keysOf } from '../../webauthn/index.ts'
import { endGivenSince } from './consents-since.ts'
import type { WayChange } from './ways-in.ts'
import { decideFor } from './decide-conflict.ts'
import { opensWithout } from './opens.ts'
import { lockForSession } from './ways-in.ts'

// What becomes of ways in that wait. Their person undoes it from every session that a way in made, one that waits too. Where one that waits
// denies the one that took it away, neither shuts the other out, whichever is older: both open held sessions until a third one decides, or
// a code from a counter does. What was decided is put back by a session whose ways stand, and by no other.

type Undoing = WayChange & { readonly who: Pick<SignedInPerson, 'acr'> }

/** Names what waits, in a URL. */
export function waitingId({ kind, name }: Pick<WaitingWay, 'kind' | 'name'>): string {
  return createHash('sha256').update(`waiting:${kind} ${name}`).digest('hex').slice(0, 32)
}

/**
 * What became of it. `decided`: what contradicted the way that is kept is decided against; `disputed`: two ways contradict each other now;
 * `denied`: what took the way away waits in its turn; `alone`: nothing is left that contradicts.
 */
export type UndoOutcome = 'kept' | 'decided' | 'disputed' | 'denied' | 'alone'

/**
 * Undoes what one deed took away.
 * @returns `disputed`, `denied` or `alone`: the way of this session waits itself, and does not agree with the one that took it away
 * @throws Refusal waiting.over (404), access.held (409)
 */
export async function undoWait(
  tx: Transaction,
  notary: Notary,
  at: Undoing,
  id: string,
): Promise<UndoOutcome> {
  const { sessions, seals, who, origin, now } = at
  const { personId, factorIds } = who
  await lockForSession(tx, sessions, who)
  // What a code of hers has made undoes nothing before it is known whose it is; what a counter’s has made decides.
  const { ways } = await holdAndWaiting(tx, seals, personId, now)
  if (!isSeen(ways, factorIds, now)) await refuseRecovered(tx, seals, who, now)
  const waiting = await waitingWays(tx, seals, personId, now)
  const undone = waiting.find((one) => waitingId(one) === id)
  if (undone === undefined) throw new Refusal('waiting.over', 404, { nextHref: '/acces' })
  if (!mayUndo(waiting, factorIds, undone)) throw heldHere()
  const isHeld = waiting.some(({ name }) => factorIds.includes(name))
  const isOwn = undone.by.every((one) => factorIds.includes(one))
  const deed = waiting.filter((other) => isOfOneDeed(other, undone))
  const outcome =
    isHeld && !isOwn
      ? await dispute(tx, notary, at, { undone, waiting, ways })
      : await keep(tx, at, deed, !isHeld)
  await followWaits(tx, seals, personId)
  await recordActivity(tx, { kind: 'waiting.undone', personId, result: 'done' }, origin, now)
  return outcome
}

/** Whether a session that these ways made may undo that one of them waits. */
export function mayUndo(
  waiting: readonly WaitingWay[],
  factorIds: readonly string[],
  undone: WaitingWay,
): boolean {
  const own = waiting.filter(({ name }) => factorIds.includes(name))
  const isDecided = [undone, ...own].some(({ because }) => because === 'decided')
  return own.length === 0 || (!isDecided && !isSelfDenied(undone, factorIds))
}

async function keep(
  tx: Transaction,
  at: WayChange,
  deed: readonly WaitingWay[],
  stands: boolean,
): Promise<UndoOutcome> {
  await restoreAll(tx, at, deed)
  return stands && (await decideFor(tx, at, deed)) ? 'decided' : 'kept'
}

// « Ce n’était pas moi » about a sign-in that this very way made: it does not take that back.
function isSelfDenied({ name, because, by }: WaitingWay, factorIds: readonly string[]): boolean {
  return because === 'denied' && by.includes(name) && factorIds.includes(name)
}

function isOfOneDeed(one: WaitingWay, other: WaitingWay): boolean {
  return +one.since === +other.since && one.by.join() === other.by.join()
}

/** Ways by which somebody gets in, and proves who she is. */
const factorKinds: readonly WayKind[] = ['key', 'password', 'totp', 'identity', 'card']

function isFactor(kind: WayKind): boolean {
  return factorKinds.includes(kind)
}

async function restoreAll(
  tx: Transaction,
  at: WayChange,
  waiting: readonly WaitingWay[],
): Promise<void> {
  for (const one of waiting) await restore(tx, at, one)
  for (const kind of new Set(waiting.flatMap((one) => toldOf(one.kind))))
    await notify(tx, at.who.personId, kind, at.now)
}

// Whoever puts something back may be a thief: it is told on every way, as what was done first.
function toldOf(kind: WayKind): MessageNotice[] {
  if (isFactor(kind)) return ['factor.kept']
  if (kind === 'codes') return ['codes.changed']
  return kind === 'contact' ? ['contact.changed'] : []
}

async function restore(
  tx: Transaction,
  { seals, who: { personId, factorIds: by }, now }: WayChange,
  { kind, name }: WaitingWay,
): Promise<void> {
  if (kind === 'codes') return restoreCodeSet(tx, seals, { set: name, personId, by, now })
  if (kind === 'contact') {
    await putContactBack(tx, seals, { personId, contactId: name, by }, now)
    return
  }
  const isAside =
    (kind === 'password' || kind === 'totp') &&
    (await swapBack(tx, seals, { personId, factorId: name, kind, by }, now))
  if (!isAside) await letStand(tx, seals, personId, { kind, name }, now)
}

type Disputed = {
  readonly undone: WaitingWay
  readonly waiting: readonly WaitingWay[]
  /** Her list. */
  readonly ways: readonly string[]
}

/**
 * A way that waits denies the ways that took it away. Whatever else these took away is there again; what they have added waits, and what
 * was allowed since is paused. What is young does not come back by it, nor anything by what is young: a thief would free the way that he
 * stole by one that he added, or that one by the stolen one.
 */
async function dispute(
  tx: Transaction,
  notary: Notary,
  at: Undoing,
  { undone: { by, since }, waiting, ways }: Disputed,
): Promise<UndoOutcome> {
  const { sessions, seals, who, now } = at
  const { personId, factorIds, sessionUid } = who
  const decided = waiting.filter(isDecided).map(({ name }) => name)
  const all = (await factorsOf(tx, at)).filter(
    ({ name }) => !factorIds.includes(name) && !decided.includes(name),
  )
  const youngest = new Date(since.getTime() - youngSeconds * 1000)
  // Those that took ways away, and those that are young: but for what these took away themselves, and what a counter gave meanwhile.
  const isDoubted = (one: HerFactor) =>
    one.madeAt >= youngest &&
    (!isAmong(waiting, one) || isBy(waiting, [one.name])) &&
    !isSeen(ways, [one.name], now)
  const theirs = all.filter((one) => by.includes(one.name) || isDoubted(one))
  const others = [...by, ...theirs.map(({ name }) => name)]
  const taken = waiting.filter((one) => !isDecided(one) && isBy([one], others))
  const mine = taken.filter(({ name }) => factorIds.includes(name))
  const isOld = factorIds.every((id) => timeOfId(id) < youngest)
  // Where nobody is left to contradict it, the way of this session stands again.
  const stands = (one: WaitingWay) =>
    mine.includes(one) ? theirs.length === 0 : isOld && madeAtOf(one) < youngest
  const seized = taken.filter((one) => mine.includes(one) || !others.includes(one.name))
  const marked = seized.filter((one) => isFactor(one.kind) && !stands(one))
  for (const one of seized.filter((it) => stands(it))) await restore(tx, at, one)
  for (const one of marked) await markWaiting(tx, at, one)
  const denies = ({ name }: HerFactor) => mine.some((way) => way.by.includes(name))
  const denied = theirs.filter((one) => !denies(one))
  await mark(tx, at, theirs.filter(denies), 'disputed', factorIds)
  await mark(tx, at, denied, 'denied', factorIds)
  await sessions.end(tx, personId, { but: sessionUid, because: 'not-mine' })
  await endGivenSince(tx, notary, at, since)
  await notify(tx, personId, theirs.length === 0 ? 'factor.kept' : 'factor.waiting', now)
  await followWaits(tx, seals, personId)
  if (marked.length > 0 || denied.length < theirs.length) return 'disputed'
  return denied.length > 0 ? 'denied' : 'alone'
}

function isDecided({ because }: WaitingWay): boolean {
  return because === 'decided'
}

/** When a way was made, as its name in the list says. */
function madeAtOf({ kind, name }: Pick<WaitingWay, 'kind' | 'name'>): Date {
  return kind === 'codes' ? new Date(name) : timeOfId(name)
}

/** A way in that was taken away: it is disputed from now on, with those that took it. */
async function markWaiting(
  tx: Transaction,
  { seals, who: { personId }, now: since }: WayChange,
  { kind, name, by }: WaitingWay,
): Promise<void> {
  const way: Way = `${kind} ${name}`
  await letWait(tx, seals, personId, [way], { since, because: 'disputed', by })
}

function isAmong(waiting: readonly WaitingWay[], { name }: HerFactor): boolean {
  return waiting.some((one) => one.name === name)
}

/** Whether one of these ways took others away. */
function isBy(waiting: readonly WaitingWay[], names: readonly string[]): boolean {
  return waiting.some(({ by }) => by.some((name) => names.includes(name)))
}

/** Whoever takes a way away may have added one before: what is as young as this is not believed either. */
const youngSeconds = 72 * 3600

async function mark(
  tx: Transaction,
  { seals, who: { personId }, now: since }: WayChange,
  factors: readonly HerFactor[],
  because: WaitCause,
  by: readonly string[],
): Promise<void> {
  const ways = factors.map(({ way }) => way)
  await letWait(tx, seals, personId, ways, { since, because, by })
}

/**
 * « Ce n’était pas moi »: these ways open held sessions from now on, and nothing once 72 hours are over; where they deny this session's
 * way themselves, it is disputed. Those that were added since wait with them; what they took away since is there again, if this session's
 * own way stands.
 * @returns false: one of them is the only way that works, and stays. @throws Refusal access.held (409) where it was decided against this session
 */
export async function denyWays(
  tx: Transaction,
  at: WayChange,
  factorIds: readonly string[],
  since: Date,
): Promise<boolean> {
  const { seals, who, now } = at
  const { personId, factorIds: own } = who
  const all = await factorsOf(tx, at)
  const named = all.filter(({ name }) => factorIds.includes(name))
  const added = all.filter(({ name, madeAt }) => madeAt >= since && !own.includes(name))
  const waiting = await waitingWays(tx, seals, personId, now)
  const decided = waiting.filter(isDecided).map(({ name }) => name)
  if (own.some((name) => decided.includes(name))) throw heldHere()
  const denied = new Set([...named, ...added].filter(({ name }) => !decided.includes(name)))
  const names = [...denied].map(({ name }) => name)
  const taken = waiting.filter(
    (one) => one.since >= since && isBy([one], names) && !names.includes(one.name),
  )
  // The last first: of several sets or addresses the one that they found is in use.
  if (!waiting.some(({ name }) => own.includes(name)))
    await restoreAll(
      tx,
      at,
      taken.toSorted((one, other) => +other.since - +one.since),
    )
  let isDone = true
  let marked = 0
  for (const way of denied) {
    // Only where another one opens the access, be it this session's way that waits itself.
    const isElse = !own.includes(way.name) && all.some(({ name }) => own.includes(name))
    if (!isElse && !(await opensWithout(tx, seals, personId, [way.name]))) {
      isDone = false
      continue
    }
    const isMutual = waiting.some((one) => own.includes(one.name) && one.by.includes(way.name))
    await mark(tx, at, [way], isMutual ? 'disputed' : 'denied', own)
    marked++
    if (!isMutual) continue
    const mine = all.filter((one) => own.includes(one.name) && isAmong(waiting, one))
    await mark(tx, at, mine, 'disputed', [way.name])
  }
  if (marked > 0) await notify(tx, personId, 'factor.waiting', now)
  await followWaits(tx, seals, personId)
  return isDone
}

type HerFactor = { readonly name: string; readonly way: Way; readonly madeAt: Date }

/** The ways in that open something, those that wait too; of passwords and applications the one in use. */
async function factorsOf(
  tx: Transaction,
  { seals, who: { personId } }: WayChange,
): Promise<readonly HerFactor[]> {
  const found: HerFactor[] = []
  for (const { passkeyId: name, createdAt, suspendedAt, isUntrusted } of await keysOf(
    tx,
    seals,
    personId,
  ))
    if (suspendedAt === null && !isUntrusted)
      found.push({ name, way: wayOf('key', name), madeAt: createdAt })
  for (const kind of ['password', 'totp'] as const) {
    const factor = await findFactor(tx, seals, kind, personId)
    if (factor === undefined || factor.suspendedAt !== null || factor.isUntrusted) continue
    const { factorId: name, createdAt: madeAt } = factor
    found.push({ name, way: wayOf(kind, name), madeAt })
  }
  for (const { factorId: name, createdAt: madeAt, isUntrusted } of await identitiesOf(
    tx,
    seals,
    personId,
  ))
    if (!isUntrusted) found.push({ name, way: wayOf('identity', name), madeAt })
  return found
}

function heldHere(): Refusal {
  return new Refusal('access.held', 409, { nextHref: '/acces' })
}
