import type { Endorsement, FactorTold, PrincipalOf } from '../../people/accounts/index.ts'
import {
  holdOf,
  lockAccount,
  noteAdded,
  noteNotice,
  recordActivity,
  refuseWhileHeld,
  tellAdded,
  tellRemoved,
} from '../../people/accounts/index.ts'
import type { Passwords, ProvedPassword } from '../../signin/factors/index.ts'
import {
  confirmTotp,
  deleteFactor,
  findFactor,
  provedAddressOf,
  putPassword,
} from '../../signin/factors/index.ts'
import type { Database, Transaction } from '../../base/platform/database.ts'
import type { Log } from '../../base/platform/log.ts'
import type { SignedIn } from '../../base/web/person.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import type { RowSeals } from '../../base/platform/row-seal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { EndedSessions, Sessions } from '../../base/platform/sessions.ts'
import type { CountedTry } from '../../base/web/tries.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { notify } from '../../people/notifications/index.ts'
import type { KeyKind, Passkey, VerifiedCreation } from '../../webauthn/index.ts'
import {
  addPasskey,
  deleteSecurityKeys,
  keysOf,
  passkeysOf,
  removePasskey,
  securityKeysOf,
  toldKey,
} from '../../webauthn/index.ts'

// The ways into an access, across the rooms that hold them. Each deed takes the account's lock first, so that two removals at once
// cannot each rely on the way that the other one removes.

/**
 * Takes the account's lock for a deed of a session that still exists: a session that was ended while its request was on the way
 * can add and remove nothing any more. @throws Refusal session.ended (409)
 */
export async function lockForSession(
  tx: Transaction,
  sessions: Sessions,
  { personId, sessionUid }: Pick<SignedIn, 'personId' | 'sessionUid'>,
): Promise<void> {
  await lockAccount(tx, personId)
  if (!(await sessions.isAlive(tx, personId, sessionUid))) throw new Refusal('session.ended', 409)
}

/** Ends sessions, except the one at hand, and notes it in the person's activity if there were any. */
export async function endOthers(
  tx: Transaction,
  { sessions, who, origin, now }: WayChange,
  which: Pick<EndedSessions, 'only' | 'madeBy'> = {},
): Promise<void> {
  const { personId, sessionUid } = who
  const ended = { ...which, but: sessionUid, because: 'elsewhere' } as const
  if ((await sessions.end(tx, personId, ended)) === 0) return
  await recordActivity(tx, { kind: 'session.ended', personId, result: 'done' }, origin, now)
}

/** The person who changes how she signs in, her session, and where the request comes from. */
export type WayChange = {
  readonly sessions: Sessions
  readonly seals: RowSeals
  readonly vault: Vault
  readonly principalOf: PrincipalOf
  readonly who: Pick<SignedIn, 'personId' | 'sessionUid' | 'factorIds'>
  readonly origin: Origin
  readonly now: Date
}

export type KeyRemoval = {
  readonly passkeyId: string
  /** Whether the sessions that the key made end too. */
  readonly endsSessions: boolean
}

/** Whether the access opens without this factor: by a passkey, or by a password and a second factor. */
export async function opensWithout(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
  without: string,
): Promise<boolean> {
  const keys = (await keysOf(db, seals, personId)).filter(
    (key) => isWorking(key) && key.passkeyId !== without,
  )
  if (keys.some(({ kind }) => kind === 'passkey')) return true
  const works = async (kind: 'password' | 'totp') => {
    const factor = await findFactor(db, seals, kind, personId)
    return factor !== undefined && isWorking(factor) && factor.factorId !== without
  }
  return (await works('password')) && (keys.length > 0 || (await works('totp')))
}

/** Whether a factor opens what it is for: it is not suspended, and its row is as this broker wrote it. */
export function isWorking({
  suspendedAt,
  isUntrusted,
}: Pick<Passkey, 'suspendedAt' | 'isUntrusted'>): boolean {
  return suspendedAt === null && !isUntrusted
}

/** Whether the person has a second factor, which may follow a password. */
export async function hasSecondFactor(
  db: Database,
  seals: RowSeals,
  personId: string,
): Promise<boolean> {
  const totp = await findFactor(db, seals, 'totp', personId)
  if (totp?.isUntrusted === false) return true
  return (await securityKeysOf(db, seals, personId)).some(({ isUntrusted }) => !isUntrusted)
}

/** @returns which kind it was. @throws Refusal passkey.last (409), passkey.gone (404) */
export async function removeKey(
  tx: Transaction,
  at: WayChange,
  { passkeyId, endsSessions }: KeyRemoval,
): Promise<KeyKind> {
  const { personId } = at.who
  await lockForSession(tx, at.sessions, at.who)
  await refuseReplacing(tx, at, passkeyId)
  const hasOtherWay = await opensWithout(tx, at.seals, personId, passkeyId)
  const removal = { personId, passkeyId, hasOtherWay }
  const kind = await removePasskey(tx, at.seals, removal, at.origin, at.now)
  await tellRemoved(tx, { vault: at.vault, personId }, [passkeyId], 'removed')
  if (endsSessions) await endOthers(tx, at, { madeBy: [passkeyId] })
  return kind
}

/**
 * @param endorse uses what an older key signed of the new one; undefined where none did
 * @throws Refusal as webauthn's `addPasskey` and `useEndorsement`
 */
export async function setPasskey(
  tx: Transaction,
  at: WayChange,
  creation: VerifiedCreation,
  endorse?: (tx: Transaction) => Promise<Endorsement>,
): Promise<void> {
  const { sessions, seals, who, origin, now } = at
  await lockForSession(tx, sessions, who)
  const endorsement = await endorse?.(tx)
  const factorId = await addPasskey(tx, who.personId, creation, origin, now)
  const factor = toldKey({ ...creation.passkey, passkeyId: factorId })
  await tellWay(tx, at, { factor, endorsement })
  await noteAdded(tx, seals, who, factorId, now)
}

type Coming = {
  readonly factor: FactorTold
  readonly replaces?: string | undefined
  readonly endorsement?: Endorsement | undefined
}

function tellWay(
  tx: Transaction,
  { vault, principalOf, who: { personId, factorIds: by }, now }: WayChange,
  coming: Coming,
): Promise<void> {
  return tellAdded(tx, { vault, principalOf, personId }, { ...coming, by }, now)
}

// While a recovery is held, an older factor must stay as it is; a factor that the recovery added may be removed.
async function refuseReplacing(
  tx: Transaction,
  { seals, who, now }: WayChange,
  factorId: string,
): Promise<void> {
  const hold = await holdOf(tx, seals, who.personId, now)
  if (hold?.added.includes(factorId) !== true) await refuseWhileHeld(tx, seals, who.personId, now)
}

/** @returns false when the person has no password, without which the key opens nothing. @throws Refusal as webauthn's `addPasskey` */
export async function setSecurityKey(
  tx: Transaction,
  at: WayChange,
  creation: VerifiedCreation,
): Promise<boolean> {
  const { sessions, seals, who, origin, now } = at
  const { personId } = who
  await lockForSession(tx, sessions, who)
  const password = await findFactor(tx, seals, 'password', personId)
  if (password?.isUntrusted !== false) return false
  const factorId = await addPasskey(tx, personId, creation, origin, now)
  await tellWay(tx, at, { factor: toldKey({ ...creation.passkey, passkeyId: factorId }) })
  await noteAdded(tx, seals, who, factorId, now)
  return true
}

/** Removes the password with all its second factors: none of them opens anything alone. @throws Refusal way.last (409) */
export async function removePasswordWay(
  tx: Transaction,
  at: WayChange,
  endsSessions: boolean,
): Promise<void> {
  const { who, sessions, seals, origin, now } = at
  const { personId } = who
  await lockForSession(tx, sessions, who)
  await refuseWhileHeld(tx, seals, personId, now)
  const keys = await passkeysOf(tx, seals, personId)
  if (!keys.some(isWorking)) throw new Refusal('way.last', 409)
  const madeBy = await factorsOfPassword(tx, seals, personId)
  const done = { personId, result: 'done' } as const
  if (await deleteFactor(tx, seals, 'password', personId))
    await recordActivity(tx, { kind: 'password.removed', ...done }, origin, now)
  if (await deleteFactor(tx, seals, 'totp', personId))
    await recordActivity(tx, { kind: 'totp.removed', ...done }, origin, now)
  if ((await deleteSecurityKeys(tx, seals, personId)) > 0)
    await recordActivity(tx, { kind: 'security-key.removed', ...done }, origin, now)
  await tellRemoved(tx, { vault: at.vault, personId }, madeBy, 'removed')
  await notify(tx, personId, 'factor.removed', now)
  if (endsSessions) await endOthers(tx, at, { madeBy })
}

async function factorsOfPassword(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
): Promise<string[]> {
  const password = await findFactor(tx, seals, 'password', personId)
  const totp = await findFactor(tx, seals, 'totp', personId)
  const keys = await securityKeysOf(tx, seals, personId)
  const one = [password, totp].flatMap((factor) => (factor === undefined ? [] : [factor.factorId]))
  return [...one, ...keys.map(({ passkeyId }) => passkeyId)]
}

type NewTotp = {
  readonly vault: Vault
  readonly errand: string
  readonly code: string
  readonly log: Log
}

/**
 * Sets the application of codes, in place of an earlier one, and ends the sessions that the earlier one made.
 * @throws Refusal totp.refused, challenge.unusable
 */
export async function setTotp(
  counted: CountedTry,
  tx: Transaction,
  at: WayChange,
  { vault, ...given }: NewTotp,
): Promise<void> {
  const { sessions, seals, who, origin, now } = at
  const { personId } = who
  await lockForSession(tx, sessions, who)
  const before = await findFactor(tx, at.seals, 'totp', personId)
  if (before !== undefined) await refuseReplacing(tx, at, before.factorId)
  const factorId = await confirmTotp(counted, tx, vault, { ...given, personId, origin }, now)
  await tellWay(tx, at, { factor: { factorId, factor: 'totp' }, replaces: before?.factorId })
  await noteAdded(tx, seals, who, factorId, now)
  if (before !== undefined) await endOthers(tx, at, { madeBy: [before.factorId] })
  await tell(tx, { personId, factor: 'totp', factorId }, origin, now)
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

export type NewPassword = ProvedPassword

/**
 * Sets a password, in place of an earlier one. All other sessions end: a person who knew the earlier password may be signed in by
 * it, or by what it let her do. @throws Refusal address.taken (409)
 */
export async function setPassword(
  tx: Transaction,
  at: WayChange,
  passwords: Passwords,
  row: NewPassword,
): Promise<void> {
  const { sessions, seals, who, origin, now } = at
  const { personId, factorId } = row
  await lockForSession(tx, sessions, who)
  const before = await findFactor(tx, at.seals, 'password', personId)
  if (before !== undefined) await refuseWhileHeld(tx, seals, personId, now)
  const isChange = await putPassword(tx, passwords, row, origin, now)
  await tellWay(tx, at, { factor: { factorId, factor: 'password' }, replaces: before?.factorId })
  await noteAdded(tx, seals, who, factorId, now)
  if (isChange) await endOthers(tx, at)
  await tell(tx, { personId, factor: 'password', factorId }, origin, now)
}

/** Sets a password at the address that was shown to be hers. @throws Refusal challenge.unusable (409) when the address has changed */
export async function changePasswordAt(
  tx: Transaction,
  at: WayChange,
  passwords: Passwords,
  row: Omit<NewPassword, 'addressProvedAt'>,
): Promise<void> {
  await lockForSession(tx, at.sessions, at.who)
  const held = await provedAddressOf(tx, passwords, row.personId)
  if (held?.address !== (await passwords.addressOf(row)))
    throw new Refusal('challenge.unusable', 409)
  await setPassword(tx, at, passwords, { ...row, addressProvedAt: held.provedAt })
}
