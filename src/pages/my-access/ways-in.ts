import type {
  Endorsement,
  FactorEvent,
  PrincipalOf,
  Waits,
  Way,
} from '../../people/accounts/index.ts'
import {
  isTaken,
  letWait,
  lockAccount,
  noteAdded,
  noteNotice,
  recordActivity,
  refuseChange,
  tellAdded,
  tellRemoved,
  waitingWays,
  wayOf,
} from '../../people/accounts/index.ts'
import type { Passwords, ProvedPassword } from '../../signin/factors/index.ts'
import {
  confirmTotp,
  deleteFactors,
  findFactor,
  makeWayFor,
  provedAddressOf,
  putPassword,
} from '../../signin/factors/index.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import type { Log } from '../../base/logging/log.ts'
import type { AnsweringSession, SignedInPerson } from '../../base/web/person.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { EndedSessions, Sessions } from '../../base/ports/sessions-port.ts'
import type { CountedTry } from '../../base/web/limits/tries.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { notify } from '../../people/notifications/index.ts'
import type { KeyKind, VerifiedCreation } from '../../webauthn/index.ts'
import {
  addPasskey,
  deleteKeys,
  passkeysOf,
  removePasskey,
  securityKeysOf,
  toldKey,
} from '../../webauthn/index.ts'

import { removalCourse } from './immediate-removal.ts'
import { decideAgainst } from './decide-conflict.ts'
import { isWorking, opensWithout } from './opens.ts'

// The ways into an access, across the rooms that hold them. Each deed takes the account's lock first, so that two removals at once
// cannot each rely on the way that the other one removes.

/**
 * Takes the account's lock for a deed of a session that still exists: a session that was ended while its request was on the way
 * can add and remove nothing any more. @throws Refusal session.ended (409)
 */
export async function lockForSession(
  tx: Transaction,
  sessions: Sessions,
  { personId, sessionUid }: Pick<SignedInPerson, 'personId' | 'sessionUid'>,
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
  readonly who: Pick<
    AnsweringSession,
    'personId' | 'sessionUid' | 'factorIds' | 'authTime' | 'actor'
  >
  readonly origin: Origin
  readonly now: Date
}

export type KeyRemoval = {
  readonly passkeyId: string
  /** Whether the sessions that the key made end too. */
  readonly endsSessions: boolean
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

/** @returns which kind it was, and whether it is gone. @throws Refusal passkey.last (409), passkey.gone (404), access.held (409) */
export async function removeKey(
  tx: Transaction,
  at: WayChange,
  { passkeyId, endsSessions }: KeyRemoval,
): Promise<{ readonly kind: KeyKind; readonly isGone: boolean }> {
  const { personId, factorIds: by } = at.who
  await lockForSession(tx, at.sessions, at.who)
  await refuseChange(tx, at.seals, at.who, at.now, passkeyId)
  const hasOtherWay = await opensWithout(tx, at.seals, personId, [passkeyId])
  const isAtOnce = (await removalCourse(tx, at, [passkeyId])) === 'now'
  const before = await waitingWays(tx, at.seals, personId, at.now)
  const removal = { personId, passkeyId, hasOtherWay, by, isAtOnce }
  const removed = await removePasskey(tx, at.seals, removal, at.origin, at.now)
  await decideAgainst(tx, at, before, [passkeyId])
  if (removed.isGone) await tellRemoved(tx, { vault: at.vault, personId }, [passkeyId], 'removed')
  if (endsSessions) await endOthers(tx, at, { madeBy: [passkeyId] })
  return removed
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
  readonly factor: FactorEvent
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
  if (password?.isUntrusted !== false || password.waits !== undefined) return false
  const factorId = await addPasskey(tx, personId, creation, origin, now)
  await tellWay(tx, at, { factor: toldKey({ ...creation.passkey, passkeyId: factorId }) })
  await noteAdded(tx, seals, who, factorId, now)
  return true
}

/**
 * Takes the password away with all its second factors: none of them opens anything alone. What opens something waits for 72 hours.
 * @returns whether all is gone. @throws Refusal way.last (409), access.held (409)
 */
export async function removePasswordWay(
  tx: Transaction,
  at: WayChange,
  endsSessions: boolean,
): Promise<boolean> {
  const { who, sessions, seals, origin, now } = at
  const { personId, factorIds: by } = who
  await lockForSession(tx, sessions, who)
  await refuseChange(tx, seals, who, now)
  const keys = await passkeysOf(tx, seals, personId)
  if (!keys.some(isWorking)) throw new Refusal('way.last', 409)
  const all = await partsOfPassword(tx, seals, personId)
  const ids = all.map(({ factorId }) => factorId)
  const isAtOnce = (await removalCourse(tx, at, ids)) === 'now'
  const before = await waitingWays(tx, seals, personId, now)
  // A second press begins no further 72 hours.
  const parts = isAtOnce ? all : all.filter(({ waits }) => !isTaken(waits))
  if (parts.length === 0 && all.length > 0) return false
  const waiting = isAtOnce ? [] : parts.filter(({ opens }) => opens)
  const going = parts.filter((part) => !waiting.includes(part))
  const waits = { since: now, because: 'removed', by } as const
  await letWait(
    tx,
    seals,
    personId,
    waiting.map(({ way }) => way),
    waits,
  )
  await deletePartsOfPassword(tx, seals, personId, going)
  await decideAgainst(tx, at, before, ids)
  const gone = going.map(({ factorId }) => factorId)
  await tellRemoved(tx, { vault: at.vault, personId }, gone, 'removed')
  for (const factor of new Set(parts.map((part) => part.factor)))
    await recordActivity(tx, { kind: `${factor}.removed`, personId, result: 'done' }, origin, now)
  await notify(tx, personId, waiting.length === 0 ? 'factor.removed' : 'factor.waiting', now)
  if (endsSessions) await endOthers(tx, at, { madeBy: parts.map(({ factorId }) => factorId) })
  return waiting.length === 0
}

type PartOfPassword = {
  readonly factor: 'password' | 'totp' | 'security-key'
  readonly factorId: string
  readonly way: Way
  /** Whether something would be lost without it: it is not suspended, and as this broker wrote it. */
  readonly opens: boolean
  /** It was taken away, and waits. */
  readonly waits: Waits | undefined
}

/** The password with all that follows it: the password first, if she has one. */
export async function partsOfPassword(
  tx: Database | Transaction,
  seals: RowSeals,
  personId: string,
): Promise<readonly PartOfPassword[]> {
  const parts: PartOfPassword[] = []
  for (const factor of ['password', 'totp'] as const) {
    const found = await findFactor(tx, seals, factor, personId)
    if (found === undefined) continue
    const { factorId, suspendedAt, isUntrusted, waits } = found
    const opens = suspendedAt === null && !isUntrusted
    parts.push({ factor, factorId, way: wayOf(factor, factorId), opens, waits })
  }
  for (const key of await securityKeysOf(tx, seals, personId)) {
    const { passkeyId: factorId, suspendedAt, isUntrusted, waits } = key
    const opens = suspendedAt === null && !isUntrusted
    const way = wayOf('key', factorId)
    parts.push({ factor: 'security-key', factorId, way, opens, waits })
  }
  return parts
}

async function deletePartsOfPassword(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  parts: readonly PartOfPassword[],
): Promise<void> {
  const of = (factor: string) =>
    parts.flatMap((part) => (part.factor === factor ? [part.factorId] : []))
  await deleteFactors(tx, seals, personId, [...of('password'), ...of('totp')])
  await deleteKeys(tx, seals, personId, of('security-key'))
}

type NewTotp = {
  readonly vault: Vault
  readonly errand: string
  readonly code: string
  readonly log: Log
}

/**
 * Sets the application of codes, in place of an earlier one, and ends the sessions that the earlier one made. The earlier one waits.
 * @throws Refusal totp.refused, challenge.unusable, access.held (409), way.too-many-waiting (409)
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
  if (before !== undefined) await refuseChange(tx, seals, who, now, before.factorId)
  const replaces = before && (await replaceWaiting(tx, at, 'totp', before.factorId))
  const factorId = await confirmTotp(counted, tx, vault, { ...given, personId, origin }, now)
  await tellWay(tx, at, { factor: { factorId, factor: 'totp' }, replaces })
  await noteAdded(tx, seals, who, factorId, now)
  if (before !== undefined) await endOthers(tx, at, { madeBy: [before.factorId] })
  await tell(tx, { personId, factor: 'totp', factorId }, origin, now)
}

/** Lets the factor wait in whose place another one comes. @returns its id, if it is gone at once */
async function replaceWaiting(
  tx: Transaction,
  at: WayChange,
  kind: 'password' | 'totp',
  factorId: string,
): Promise<string | undefined> {
  const { seals, who, now } = at
  const { personId, factorIds: by } = who
  if ((await removalCourse(tx, at, [factorId])) === 'now') return factorId
  await makeWayFor(tx, seals, kind, { personId, added: [], because: 'replaced', by }, now)
  const stays = (await findFactor(tx, seals, kind, personId)) !== undefined
  return stays ? factorId : undefined
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
 * Sets a password, in place of an earlier one, which waits. All other sessions end: a person who knew the earlier password may be signed
 * in by it, or by what it let her do. @throws Refusal address.taken (409), access.held (409), way.too-many-waiting (409)
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
  if (before !== undefined) await refuseChange(tx, seals, who, now)
  const isChange = before !== undefined
  const replaces = before && (await replaceWaiting(tx, at, 'password', before.factorId))
  await putPassword(tx, passwords, { ...row, isChange }, origin, now)
  await tellWay(tx, at, { factor: { factorId, factor: 'password' }, replaces })
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
