import { isTaken, letWait, recordActivity, wayOf } from '../people/accounts/index.ts'
import type { Transaction } from '../base/database/database.ts'
import { Refusal } from '../base/values/refusal.ts'
import type { RowSeals } from '../base/sealing/row-seal.ts'
import type { Origin } from '../base/web/request-log.ts'
import { notify } from '../people/notifications/index.ts'
import type { KeyKind } from './kinds.ts'
import { deleteKeys, keysOf } from './store.ts'

export type Removal = {
  readonly personId: string
  readonly passkeyId: string
  /** Whether the person can sign in without this key. */
  readonly hasOtherWay: boolean
  /** The ways in that made the session which removes it. */
  readonly by: readonly string[]
  readonly isAtOnce: boolean
}

/**
 * Takes a passkey or a security key away, but never the last way in. It waits for 72 hours, if it opens something. The caller holds the
 * account's lock.
 * @returns which kind it was, and whether it is gone. @throws Refusal passkey.last (409), passkey.gone (404)
 */
export async function removePasskey(
  tx: Transaction,
  seals: RowSeals,
  { personId, passkeyId, hasOtherWay, by, isAtOnce }: Removal,
  origin: Origin,
  now: Date,
): Promise<{ readonly kind: KeyKind; readonly isGone: boolean }> {
  const key = (await keysOf(tx, seals, personId)).find((one) => one.passkeyId === passkeyId)
  if (key === undefined) throw new Refusal('passkey.gone', 404, { nextHref: '/acces' })
  // A key whose row was changed opens nothing: without it nothing is lost.
  if (!hasOtherWay && !key.isUntrusted) throw new Refusal('passkey.last', 409)
  const isGone = isAtOnce || key.isUntrusted || key.suspendedAt !== null
  if (isGone) await deleteKeys(tx, seals, personId, [passkeyId])
  else if (isTaken(key.waits)) return { kind: key.kind, isGone }
  else
    await letWait(tx, seals, personId, [wayOf('key', passkeyId)], {
      since: now,
      because: 'removed',
      by,
    })
  const removed = { kind: `${key.kind}.removed`, personId, result: 'done' } as const
  await recordActivity(tx, removed, origin, now)
  await notify(tx, personId, isGone ? 'factor.removed' : 'factor.waiting', now)
  return { kind: key.kind, isGone }
}
