import type { Hold } from '../../people/accounts/index.ts'
import {
  answerOnce,
  deleteHold,
  holdOf,
  openNotices,
  recordActivity,
  refuseRecovered,
} from '../../people/accounts/index.ts'
import type { Notary } from '../../consent/record/index.ts'
import { consentsOf, pauseConsent } from '../../consent/record/index.ts'
import { deleteCodes, deleteFactors, dropSetAside, putBack } from '../../signin/factors/index.ts'
import type { Transaction } from '../../base/platform/database.ts'
import type { SignedIn } from '../../base/web/person.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import { notify } from '../../people/notifications/index.ts'
import { deleteKeys } from '../../webauthn/index.ts'
import type { Changing } from './ways.ts'
import { lockForSession } from './ways.ts'

// What whoever comes back by a factor older than the recovery may say about it. A session of the recovery says neither.

/**
 * « C’était moi »: nothing is held any more, and what the recovery replaced opens nothing more.
 * @throws Refusal not-found (404) when nothing is held, access.held (409)
 */
export async function liftHold(tx: Transaction, at: Changing): Promise<void> {
  const { who, origin, now } = at
  const { personId } = who
  const hold = await heldFor(tx, at)
  await answerNotices(tx, personId, hold, 'mine', now)
  await dropSetAside(tx, personId)
  await deleteHold(tx, personId)
  await recordActivity(tx, { kind: 'recovery.lifted', personId, result: 'done' }, origin, now)
}

/**
 * « Ce n’était pas moi »: every other session ends, what the recovery and its sessions added is gone with the codes that it made,
 * what it replaced is in use again, and what was allowed since is paused, to be looked at.
 * @throws Refusal not-found (404) when nothing is held, access.held (409)
 */
export async function undoRecovery(
  tx: Transaction,
  notary: Notary,
  at: Changing & { readonly who: Pick<SignedIn, 'acr'> },
): Promise<void> {
  const { sessions, who, origin, now } = at
  const { personId, acr, sessionUid } = who
  const hold = await heldFor(tx, at)
  await sessions.end(tx, personId, { but: sessionUid })
  await deleteKeys(tx, personId, hold.added)
  await deleteFactors(tx, personId, hold.added)
  await deleteCodes(tx, personId)
  await putBack(tx, personId)
  await deleteHold(tx, personId)
  await answerNotices(tx, personId, hold, 'not-mine', now)
  await pauseSince(tx, notary, { personId, acr }, hold.since)
  await recordActivity(tx, { kind: 'recovery.undone', personId, result: 'done' }, origin, now)
  await notify(tx, personId, 'access.recovery-undone', now)
}

/** Pauses what was allowed since a moment. */
export async function pauseSince(
  tx: Transaction,
  notary: Notary,
  { personId, acr }: Pick<SignedIn, 'personId' | 'acr'>,
  moment: Date,
): Promise<void> {
  const since = (await consentsOf(tx, personId)).filter(
    ({ state, grantedAt }) => state === 'active' && grantedAt >= moment,
  )
  for (const { consentId } of since) await pauseConsent(tx, notary, { personId, consentId, acr })
}

/** Whether a notice is about the recovery, or about what came with it. */
export function isOfRecovery(
  { added, since }: Hold,
  { kind, factorId, at }: { kind: string; factorId: string | null; at: Date },
): boolean {
  return (kind === 'recovered' && at >= since) || (factorId !== null && added.includes(factorId))
}

async function heldFor(tx: Transaction, { sessions, who, now }: Changing): Promise<Hold> {
  await lockForSession(tx, sessions, who)
  await refuseRecovered(tx, who, now)
  const hold = await holdOf(tx, who.personId, now)
  if (hold === undefined) throw new Refusal('not-found', 404)
  return hold
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
