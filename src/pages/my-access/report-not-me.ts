import {
  answerOnce,
  contactsOf,
  factorsOfSignIn,
  holdOf,
  markRemoved,
  recordActivity,
  putContactBack,
  refuseRecovered,
  refuseToHeld,
  refuseWhileHeld,
  waitingWays,
} from '../../people/accounts/index.ts'
import type { Notice } from '../../people/accounts/index.ts'
import { notify } from '../../people/notifications/index.ts'
import { principalOf } from '../../consent/record/index.ts'
import type { Transaction } from '../../base/database/database.ts'
import type { AnsweringSession } from '../../base/web/person.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { ClosingContext } from './close-account.ts'
import { endGivenSince } from './consents-since.ts'
import { isOfRecovery, undoRecovery } from './recovery.ts'
import type { WayChange } from './ways-in.ts'
import { denyWays } from './undo-waits.ts'
import { lockForSession } from './ways-in.ts'

export type DisownRequest = {
  readonly who: AnsweringSession
  readonly noticeId: string
}

/**
 * « Ce n’était pas moi »: every other session ends, and services are told; what was given since then ends, as `endGivenSince` says; the
 * way in that was added, or that made the sign-in, opens held sessions from now on, and nothing once 72 hours are over. No way in is
 * deleted: if it was she after all, she can take this back.
 * @returns whether a way in stays because it is the only one
 * @throws Refusal notice.answered (404) when the notice is not hers, or was answered before
 */
export async function reportNotMe(
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
  // A way in that waits may be a thief's: it does not take away where her messages go.
  if (notice.kind === 'address-added') await refuseToHeld(tx, seals, who, now)
  // While a recovery is held, an older factor must not be suspended.
  if (notice.factorId !== null) await refuseWhileHeld(tx, seals, personId, now)
  await sessions.end(tx, personId, { but: who.sessionUid, because: 'not-mine' })
  await endGivenSince(tx, notary, at, notice.at)
  const isOnlyWay = hold === undefined && !(await deny(tx, at, notice))
  await recordActivity(tx, { kind: 'access.disowned', personId, result: 'done' }, origin, now)
  return isOnlyWay
}

/** @returns false when one of the ways is the last that works */
async function deny(tx: Transaction, at: WayChange, notice: Notice): Promise<boolean> {
  const { who, origin, now } = at
  const { factor, factorId, kind } = notice
  if (kind === 'address-added') {
    await takeAddressAway(tx, at, notice)
    return true
  }
  const added = factorId === null ? [] : [factorId]
  const signedIn = factorId === null ? await factorsOfSignIn(tx, who.personId, notice.at) : []
  const isDone = await denyWays(tx, at, [...added, ...signedIn], notice.at)
  if (isDone && factor !== null) {
    const entry = { kind: `${factor}.suspended`, personId: who.personId, result: 'done' } as const
    await recordActivity(tx, entry, origin, now)
  }
  return isDone
}

/**
 * An address that she did not add is removed, as by herself: for 72 hours it is told what happens to the access, and whoever added it
 * learns no more than that. The one in whose place it came is in use again.
 */
async function takeAddressAway(
  tx: Transaction,
  { seals, who, origin, now }: WayChange,
  { factorId, at }: Notice,
): Promise<void> {
  const { personId, factorIds: by } = who
  const contacts = await contactsOf(tx, personId)
  const added = contacts.find(({ contactId }) => contactId === factorId)
  if (added?.removedAt !== null) return
  const { channel } = added
  const replaced = (await waitingWays(tx, seals, personId, now)).find(
    ({ kind, name, since }) =>
      kind === 'contact' &&
      since.getTime() === at.getTime() &&
      contacts.some((one) => one.contactId === name && one.channel === channel),
  )
  const isBack =
    replaced !== undefined &&
    (await putContactBack(tx, seals, { personId, contactId: replaced.name, by }, now))
  if (!isBack) await markRemoved(tx, seals, { personId, channel, by }, now)
  await recordActivity(tx, { kind: 'contact.removed', personId, result: 'done' }, origin, now)
  await notify(tx, personId, 'contact.changed', now)
}
