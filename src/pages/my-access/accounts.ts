import type { Database, Transaction } from '../../base/database/database.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { BlockTarget } from '../../people/accounts/index.ts'
import {
  block,
  blocksOf,
  isTaken,
  letWait,
  mostBlocks,
  noteAdded,
  openGate,
  recordActivity,
  refuseChange,
  tellAdded,
  tellRemoved,
  unblock,
  waitingWays,
  wayOf,
} from '../../people/accounts/index.ts'
import type { IdentitySeals } from '../../people/identity/index.ts'
import { notify } from '../../people/notifications/index.ts'
import {
  addIdentity,
  deleteIdentities,
  identitiesOf,
  noteVouched,
  takeArrival,
} from '../../signin/upstream/index.ts'
import { removalCourse } from './immediate-removal.ts'
import { decideAgainst } from './decide-conflict.ts'
import { opensWithout, stillOpens } from './opens.ts'
import type { WayChange } from './ways-in.ts'
import { endOthers, lockForSession } from './ways-in.ts'

// Accounts elsewhere as ways into an access. Another body may close one of them, so none counts where a key or a password is removed.

/**
 * Links the account with which she came back in this session.
 * @throws Refusal identity.taken, identity.too-many, access.held (409), challenge.unusable (409) where nothing waits; ProofNeeded
 */
export async function linkAccount(
  tx: Transaction,
  at: WayChange & { readonly vouchedSeals: IdentitySeals },
  errand: string,
): Promise<void> {
  const { sessions, seals, vault, principalOf, who, origin, now } = at
  const { personId, factorIds: by } = who
  await lockForSession(tx, sessions, who)
  const arrival = await takeArrival(tx, seals, errand, now)
  if (arrival === undefined) throw new Refusal('challenge.unusable', 409)
  const gate = await openGate(tx, seals, who.actor, false, now)
  const factorId = await addIdentity(tx, seals, gate, arrival, { origin, now })
  if (factorId === undefined) throw new Refusal('identity.taken', 409)
  await noteVouched(tx, at.vouchedSeals, { personId, factorId }, arrival, { origin, now })
  const factor = { factorId, factor: 'identity' } as const
  await tellAdded(tx, { vault, principalOf, personId }, { factor, by }, now)
  await noteAdded(tx, seals, who, factorId, now)
  await notify(tx, personId, 'factor.added', now)
}

type Removed = { readonly factorId: string; readonly endsSessions: boolean }

/** It waits for 72 hours, if it opens something. @returns whether it is gone. @throws Refusal identity.last (409), identity.gone (404), access.held (409) */
export async function removeAccount(
  tx: Transaction,
  at: WayChange,
  { factorId, endsSessions }: Removed,
): Promise<boolean> {
  const { sessions, seals, vault, who, origin, now } = at
  const { personId, factorIds: by } = who
  await lockForSession(tx, sessions, who)
  await refuseChange(tx, seals, who, now, factorId)
  const found = (await identitiesOf(tx, seals, personId)).find((one) => one.factorId === factorId)
  if (found === undefined) throw new Refusal('identity.gone', 404, { nextHref: '/acces' })
  // One whose row was changed opens nothing: without it nothing is lost.
  if (!found.isUntrusted && !(await stillOpens(tx, seals, personId, [factorId])))
    throw new Refusal('identity.last', 409)
  const isGone = found.isUntrusted || (await removalCourse(tx, at, [factorId])) === 'now'
  const before = await waitingWays(tx, seals, personId, now)
  if (isGone) {
    await deleteIdentities(tx, seals, personId, [factorId])
    await tellRemoved(tx, { vault, personId }, [factorId], 'removed')
  } else if (!isTaken(found.waits)) {
    const waits = { since: now, because: 'removed', by } as const
    await letWait(tx, seals, personId, [wayOf('identity', factorId)], waits)
  }
  await decideAgainst(tx, at, before, [factorId])
  await recordActivity(tx, { kind: 'identity.removed', personId, result: 'done' }, origin, now)
  await notify(tx, personId, isGone ? 'factor.removed' : 'factor.waiting', now)
  if (endsSessions) await endOthers(tx, at, { madeBy: [factorId] })
  return isGone
}

type Blocking = {
  /** An account of the body that she blocks. */
  readonly factorId: string
  /** « et les prochains aussi »: every body elsewhere. */
  readonly isAll: boolean
}

/**
 * Lets no account of a body, or of any body elsewhere, open this access from now on, until she opens it again. Sessions that such an account
 * made end, but for the one at hand.
 * @throws Refusal identity.gone (404), identity.only (409), identity.too-many (409), access.held (409)
 */
export async function blockProvider(
  tx: Transaction,
  at: WayChange,
  { factorId, isAll }: Blocking,
): Promise<void> {
  const { sessions, seals, vault, who, origin, now } = at
  const { personId } = who
  await lockForSession(tx, sessions, who)
  await refuseChange(tx, seals, who, now)
  const all = await identitiesOf(tx, seals, personId)
  const found = all.find((one) => one.factorId === factorId)
  if (found === undefined) throw new Refusal('identity.gone', 404, { nextHref: '/acces' })
  if (!(await opensBeside(tx, seals, personId, isAll ? 'all' : found)))
    throw new Refusal('identity.only', 409)
  const { issuers } = await blocksOf(tx, seals, personId)
  if (issuers.length >= mostBlocks) throw new Refusal('identity.too-many', 409)
  await block(tx, { vault, personId }, isAll ? 'all' : found, now)
  await recordActivity(tx, { kind: 'identity.blocked', personId, result: 'done' }, origin, now)
  await notify(tx, personId, 'identity.blocked', now)
  const madeBy = all.filter(({ issuer }) => isAll || issuer === found.issuer)
  await endOthers(tx, at, { madeBy: madeBy.map((one) => one.factorId) })
}

/** Whether something opens the access beside the accounts of a body, or of all bodies. */
export async function opensBeside(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
  blocked: BlockTarget,
): Promise<boolean> {
  if (await opensWithout(db, seals, personId, [])) return true
  if (blocked === 'all') return false
  return (await identitiesOf(db, seals, personId)).some(
    ({ issuer, isUntrusted, isBlocked, waits }) =>
      issuer !== blocked.issuer && !isUntrusted && !isBlocked && waits === undefined,
  )
}

/** @throws Refusal access.held (409): a recovery opens nothing that was closed before it */
export async function unblockProvider(
  tx: Transaction,
  at: WayChange,
  blocked: BlockTarget,
): Promise<void> {
  const { sessions, seals, vault, who, origin, now } = at
  const { personId } = who
  await lockForSession(tx, sessions, who)
  await refuseChange(tx, seals, who, now)
  if (!(await unblock(tx, { vault, personId }, blocked))) return
  await recordActivity(tx, { kind: 'identity.unblocked', personId, result: 'done' }, origin, now)
  // What opened nothing may open the access again, as if it were new.
  await notify(tx, personId, 'factor.added', now)
}
