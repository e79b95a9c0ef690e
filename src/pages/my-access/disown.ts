import {
  answerOnce,
  holdOf,
  recordActivity,
  refuseRecovered,
  refuseWhileHeld,
} from '../../people/accounts/index.ts'
import type { Notice } from '../../people/accounts/index.ts'
import { principalOf } from '../../consent/record/index.ts'
import { suspendFactor } from '../../signin/factors/index.ts'
import type { Transaction } from '../../base/platform/database.ts'
import type { SignedIn } from '../../base/web/person.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import { suspendKeyOf } from '../../webauthn/index.ts'
import type { ClosingContext } from './closing.ts'
import { endGivenSince } from './given-since.ts'
import { isOfRecovery, undoRecovery } from './recovery.ts'
import type { WayChange } from './ways.ts'
import { lockForSession, opensWithout } from './ways.ts'

export type DisownRequest = {
  readonly who: SignedIn
  readonly noticeId: string
}

/**
 * « Ce n’était pas moi »: every other session ends, and services are told; what was given since then ends, as `endGivenSince` says; the
 * way in that was added is suspended, and not deleted: if it was she after all, she can take this back.
 * @returns whether the way in that was added could not be suspended, because it is the only one
 * @throws Refusal notice.answered (404) when the notice is not hers, or was answered before
 */
export async function disown(
  tx: Transaction,
  { notary, sessions }: ClosingContext,
  { who, noticeId }: DisownRequest,
  origin: Origin,
  now: Date,
): Promise<boolean> {
  const { personId } = who
  const { vault } = notary
  const { seals } = vault
  const named = (id: string) => principalOf(notary, id)
  const at = { sessions, seals, vault, principalOf: named, who, origin, now }
  await lockForSession(tx, sessions, who)
  await refuseRecovered(tx, seals, who, now)
  const notice = await answerOnce(tx, { personId, noticeId }, 'not-mine', now)
  if (notice === undefined) throw new Refusal('notice.answered', 404, { nextHref: '/acces' })
  const hold = await holdOf(tx, seals, personId, now)
  if (hold !== undefined && isOfRecovery(hold, notice)) {
    await undoRecovery(tx, notary, at)
    return false
  }
  // While a recovery is held, an older factor must not be suspended.
  if (notice.factorId !== null) await refuseWhileHeld(tx, seals, personId, now)
  await sessions.end(tx, personId, { but: who.sessionUid, because: 'not-mine' })
  await endGivenSince(tx, notary, at, notice.at)
  const isOnlyWay = !(await suspend(tx, at, notice))
  await recordActivity(tx, { kind: 'access.disowned', personId, result: 'done' }, origin, now)
  return isOnlyWay
}

/** @returns false when the factor is the last way that works */
async function suspend(
  tx: Transaction,
  { seals, who: { personId }, origin, now }: WayChange,
  { factor, factorId }: Notice,
): Promise<boolean> {
  if (factor === null || factorId === null) return true
  if (!(await opensWithout(tx, seals, personId, factorId))) return false
  const isSuspended =
    factor === 'passkey' || factor === 'security-key'
      ? await suspendKeyOf(tx, seals, { personId, passkeyId: factorId }, now)
      : await suspendFactor(tx, seals, factor, { personId, factorId }, now)
  const entry = { kind: `${factor}.suspended`, personId, result: 'done' } as const
  if (isSuspended) await recordActivity(tx, entry, origin, now)
  return true
}
