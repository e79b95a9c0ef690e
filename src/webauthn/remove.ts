import type { Origin } from '../foundation/request-log.ts'
import { recordActivity } from '../accounts/index.ts'
import type { Transaction } from '../foundation/database.ts'
import { Refusal } from '../foundation/refusal.ts'
import { notify } from '../notifications/index.ts'
import { deletePasskey, lockUser, passkeysOf } from './store.ts'

export type Removal = {
  readonly personId: string
  readonly passkeyId: string
  /** She can sign in without a passkey. */
  readonly hasOtherWay: boolean
}

/**
 * Removes a passkey, but never the last way in. The caller holds the account's lock.
 * @throws Refusal passkey.last (409), not-found (404)
 */
export async function removePasskey(
  tx: Transaction,
  { personId, passkeyId, hasOtherWay }: Removal,
  origin: Origin,
  now: Date,
): Promise<void> {
  await lockUser(tx, personId)
  const keys = await passkeysOf(tx, personId)
  if (!keys.some((key) => key.passkeyId === passkeyId)) throw new Refusal('not-found', 404)
  const others = keys.filter((key) => key.passkeyId !== passkeyId && key.suspendedAt === null)
  if (others.length === 0 && !hasOtherWay) throw new Refusal('passkey.last', 409)
  await deletePasskey(tx, personId, passkeyId)
  await recordActivity(tx, { kind: 'passkey.removed', personId, result: 'done' }, origin, now)
  await notify(tx, personId, 'factor.removed', now)
}
