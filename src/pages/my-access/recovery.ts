import type { Hold } from '../../people/accounts/index.ts'
import {
  answerOnce,
  deleteContacts,
  deleteHold,
  holdOf,
  openNotices,
  recordActivity,
  refuseRecovered,
  tellRemoved,
  waitingWays,
} from '../../people/accounts/index.ts'
import type { Notary } from '../../consent/record/index.ts'
import {
  deleteFactors,
  deletePresentSet,
  dropSetAside,
  restoreFactors,
} from '../../signin/factors/index.ts'
import type { Transaction } from '../../base/database/database.ts'
import type { SignedInPerson } from '../../base/web/person.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { notify } from '../../people/notifications/index.ts'
import { deleteIdentities } from '../../signin/upstream/index.ts'
import { deleteKeys } from '../../webauthn/index.ts'
import { endGivenSince } from './consents-since.ts'
import type { WayChange } from './ways-in.ts'
import { lockForSession } from './ways-in.ts'

// The two answers about a recovery, for a person who signed in with an older factor. A session of the recovery may give neither.

/**
 * « C’était moi »: ends the hold; the factors that the recovery replaced open nothing any more.
 * @throws Refusal not-found (404) when nothing is held, access.held (409)
 */
export async function liftHold(tx: Transaction, at: WayChange): Promise<void> {
  const { who, origin, now } = at
  const { personId } = who
  const hold = await heldFor(tx, at)
  await answerNotices(tx, personId, hold, 'mine', now)
  await dropSetAside(tx, at.seals, personId)
  await deleteHold(tx, at.seals, personId)
  await recordActivity(tx, { kind: 'recovery.lifted', personId, result: 'done' }, origin, now)
}

/**
 * « Ce n’était pas moi »: every other session ends; the factors that the recovery and its sessions added are deleted, with the codes
 * that it made, while the codes of before wait on; the replaced factors are in use again; what was given since then ends, as
 * `endGivenSince` says.
 * @throws Refusal not-found (404) when nothing is held, access.held (409)
 */
export async function undoRecovery(
  tx: Transaction,
  notary: Notary,
  at: WayChange & { readonly who: Pick<SignedInPerson, 'acr'> },
): Promise<void> {
  const { sessions, who, origin, now } = at
  const { personId, sessionUid } = who
  const hold = await heldFor(tx, at)
  await refuseDisputed(tx, at)
  await sessions.end(tx, personId, { but: sessionUid, because: 'not-mine' })
  await deleteKeys(tx, at.seals, personId, hold.added)
  await deleteFactors(tx, at.seals, personId, hold.added)
  await deleteIdentities(tx, at.seals, personId, hold.added)
  const addresses = await deleteContacts(tx, at.seals, personId, hold.added)
  const ways = hold.added.filter((id) => !addresses.includes(id))
  await tellRemoved(tx, { vault: at.vault, personId }, ways, 'recovery-undone')
  await deletePresentSet(tx, at.seals, personId)
  await restoreFactors(tx, at.seals, personId, now)
  await deleteHold(tx, at.seals, personId)
  await answerNotices(tx, personId, hold, 'not-mine', now)
  await endGivenSince(tx, notary, at, hold.since)
  await recordActivity(tx, { kind: 'recovery.undone', personId, result: 'done' }, origin, now)
  await notify(tx, personId, 'access.recovery-undone', now)
}

/** Whether a notice is about the recovery, or about a factor that the recovery added. */
export function isOfRecovery(
  { added, since }: Hold,
  { kind, factorId, at }: { kind: string; factorId: string | null; at: Date },
): boolean {
  return (kind === 'recovered' && at >= since) || (factorId !== null && added.includes(factorId))
}

async function heldFor(tx: Transaction, { sessions, seals, who, now }: WayChange): Promise<Hold> {
  await lockForSession(tx, sessions, who)
  await refuseRecovered(tx, seals, who, now)
  const hold = await holdOf(tx, seals, who.personId, now)
  if (hold === undefined) throw new Refusal('not-found', 404)
  return hold
}

// A way that waits because of another one than the recovery may be a thief's: it does not take away at once what a code has made.
async function refuseDisputed(tx: Transaction, { seals, who, now }: WayChange): Promise<void> {
  const waiting = await waitingWays(tx, seals, who.personId, now)
  if (waiting.some((one) => who.factorIds.includes(one.name) && one.because !== 'recovered'))
    throw new Refusal('access.held', 409, { nextHref: '/acces' })
}

async function answerNotices(
  tx: Transaction,
  personId: string,
  hold: Hold,
  answer: 'mine' | 'not-mine',
  now: Date,
): Promise<void> {
  for (const notice of await openNotices(tx, personId, now))
    if (isOfRecovery(hold, notice))
      await answerOnce(tx, { personId, noticeId: notice.noticeId }, answer, now)
}
