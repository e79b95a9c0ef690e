import { lockAccount, noteNotice, recordActivity } from '../accounts/index.ts'
import type { Passwords } from '../factors/index.ts'
import { confirmTotp, deleteFactor, findFactor, putPassword } from '../factors/index.ts'
import type { Database, Transaction } from '../foundation/database.ts'
import { Refusal } from '../foundation/refusal.ts'
import type { Origin } from '../foundation/request-log.ts'
import type { Vault } from '../ledger/index.ts'
import { notify } from '../notifications/index.ts'
import type { KeyKind, VerifiedCreation } from '../webauthn/index.ts'
import {
  addPasskey,
  deleteSecurityKeys,
  keysOf,
  passkeysOf,
  removePasskey,
  securityKeysOf,
} from '../webauthn/index.ts'

// What opens an access, across the rooms that hold it: the account's lock comes first, so that two removals at once cannot each
// rely on what the other one takes away.

/** Whether her access opens without this factor: by a passkey, or by a password and what may follow it. */
export async function opens(
  db: Database | Transaction,
  personId: string,
  without: string,
): Promise<boolean> {
  const keys = (await keysOf(db, personId)).filter(
    ({ passkeyId, suspendedAt }) => suspendedAt === null && passkeyId !== without,
  )
  if (keys.some(({ kind }) => kind === 'passkey')) return true
  const works = async (kind: 'password' | 'totp') => {
    const factor = await findFactor(db, kind, personId)
    return factor?.suspendedAt === null && factor.factorId !== without
  }
  return (await works('password')) && (keys.length > 0 || (await works('totp')))
}

/** Whether something may follow her password. */
export async function hasSecond(db: Database, personId: string): Promise<boolean> {
  const totp = await findFactor(db, 'totp', personId)
  return totp !== undefined || (await securityKeysOf(db, personId)).length > 0
}

/** @returns which it was. @throws Refusal passkey.last (409), not-found (404) */
export async function removeKey(
  tx: Transaction,
  { personId, passkeyId }: { readonly personId: string; readonly passkeyId: string },
  origin: Origin,
  now: Date,
): Promise<KeyKind> {
  await lockAccount(tx, personId)
  const hasOtherWay = await opens(tx, personId, passkeyId)
  return removePasskey(tx, { personId, passkeyId, hasOtherWay }, origin, now)
}

/** @returns false when she has no password for it to follow. @throws Refusal as webauthn's `addPasskey` */
export async function setSecurityKey(
  tx: Transaction,
  personId: string,
  creation: VerifiedCreation,
  origin: Origin,
  now: Date,
): Promise<boolean> {
  await lockAccount(tx, personId)
  if ((await findFactor(tx, 'password', personId)) === undefined) return false
  await addPasskey(tx, personId, creation, origin, now)
  return true
}

/** The password goes with all that may follow it: none of it opens anything alone. @throws Refusal way.last (409) */
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
  if ((await deleteSecurityKeys(tx, personId)) > 0)
    await recordActivity(tx, { kind: 'security-key.removed', ...done }, origin, now)
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
