import { lockAccount, noteNotice, recordActivity } from '../accounts/index.ts'
import type { Passwords } from '../factors/index.ts'
import { confirmTotp, deleteFactor, findFactor, putPassword } from '../factors/index.ts'
import type { Database, Transaction } from '../foundation/database.ts'
import { Refusal } from '../foundation/refusal.ts'
import type { Origin } from '../foundation/request-log.ts'
import type { Vault } from '../ledger/index.ts'
import { notify } from '../notifications/index.ts'
import { passkeysOf, removePasskey } from '../webauthn/index.ts'

// What opens an access, across the rooms that hold it: the account's lock comes first, so that two removals at once cannot each
// rely on what the other one takes away.

/** Whether the way without a passkey is complete and works. */
export async function hasPasswordWay(
  db: Database | Transaction,
  personId: string,
): Promise<boolean> {
  const password = await findFactor(db, 'password', personId)
  const totp = await findFactor(db, 'totp', personId)
  return password?.suspendedAt === null && totp?.suspendedAt === null
}

/** @throws Refusal passkey.last (409), not-found (404) */
export async function removePasskeyWay(
  tx: Transaction,
  personId: string,
  passkeyId: string,
  origin: Origin,
  now: Date,
): Promise<void> {
  await lockAccount(tx, personId)
  const hasOtherWay = await hasPasswordWay(tx, personId)
  await removePasskey(tx, { personId, passkeyId, hasOtherWay }, origin, now)
}

/** Password and application go together: neither opens anything alone. @throws Refusal way.last (409) */
export async function removePasswordWay(
  tx: Transaction,
  personId: string,
  origin: Origin,
  now: Date,
): Promise<void> {
  await lockAccount(tx, personId)
  const keys = await passkeysOf(tx, personId)
  if (!keys.some((key) => key.suspendedAt === null)) throw new Refusal('way.last', 409)
  const done = { personId, result: 'done' } as const
  if (await deleteFactor(tx, 'password', personId))
    await recordActivity(tx, { kind: 'password.removed', ...done }, origin, now)
  if (await deleteFactor(tx, 'totp', personId))
    await recordActivity(tx, { kind: 'totp.removed', ...done }, origin, now)
  await notify(tx, personId, 'factor.removed', now)
}

/** @throws Refusal totp.refused, challenge.unusable */
export async function setTotp(
  tx: Transaction,
  vault: Vault,
  confirming: { readonly errand: string; readonly personId: string; readonly code: string },
  origin: Origin,
  now: Date,
): Promise<void> {
  const { personId } = confirming
  await lockAccount(tx, personId)
  await confirmTotp(tx, vault, confirming, origin, now)
  const factorId = (await findFactor(tx, 'totp', personId))?.factorId
  if (factorId !== undefined) await tell(tx, { personId, factor: 'totp', factorId }, origin, now)
}

type Added = {
  readonly personId: string
  readonly factor: 'password' | 'totp'
  readonly factorId: string
}

async function tell(tx: Transaction, added: Added, origin: Origin, now: Date): Promise<void> {
  await noteNotice(tx, { kind: 'factor-added', ...added }, origin, now)
  await notify(tx, added.personId, 'factor.added', now)
}

export type NewPassword = ReturnType<Passwords['rowOf']>

/** @returns whether she had one before. @throws Refusal password.taken (409) */
export async function setPassword(
  tx: Transaction,
  row: NewPassword,
  origin: Origin,
  now: Date,
): Promise<boolean> {
  await lockAccount(tx, row.personId)
  const isChange = await putPassword(tx, row, origin, now)
  await tell(
    tx,
    { personId: row.personId, factor: 'password', factorId: row.factorId },
    origin,
    now,
  )
  return isChange
}
