import { recordActivity } from '../people/accounts/index.ts'
import type { Transaction } from '../base/platform/database.ts'
import { Refusal } from '../base/platform/refusal.ts'
import type { RowSeals } from '../base/platform/row-seal.ts'
import type { Origin } from '../base/web/request-log.ts'
import { notify } from '../people/notifications/index.ts'
import type { KeyKind } from './kinds.ts'
import { deleteKeys, keysOf } from './store.ts'

export type Removal = {
  readonly personId: string
  readonly passkeyId: string
  /** Whether the person can sign in without this key. */
  readonly hasOtherWay: boolean
}

/**
 * Removes a passkey or a security key, but never the last way in. The caller holds the account's lock.
 * @returns which kind it was. @throws Refusal passkey.last (409), passkey.gone (404)
 */
export async function removePasskey(
  tx: Transaction,
  seals: RowSeals,
  { personId, passkeyId, hasOtherWay }: Removal,
  origin: Origin,
  now: Date,
): Promise<KeyKind> {
  const key = (await keysOf(tx, seals, personId)).find((one) => one.passkeyId === passkeyId)
  if (key === undefined) throw new Refusal('passkey.gone', 404, { nextHref: '/acces' })
  // A key whose row was changed opens nothing: without it nothing is lost.
  if (!hasOtherWay && !key.isUntrusted) throw new Refusal('passkey.last', 409)
  await deleteKeys(tx, seals, personId, [passkeyId])
  const removed = { kind: `${key.kind}.removed`, personId, result: 'done' } as const
  await recordActivity(tx, removed, origin, now)
  await notify(tx, personId, 'factor.removed', now)
  return key.kind
}
