import type { Transaction } from '../../base/database/database.ts'
import { endOfDay } from '../../base/values/calendar.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import { openWorkAccess } from '../accounts/index.ts'
import type { MandateVault, Office } from '../mandates/index.ts'
import { endOffice, isStanding, lockOffices, maskOf, openOffice } from '../mandates/index.ts'
import { completeCode, wholeCode } from './codes.ts'
import { dropCodes } from './naming-store.ts'
import { isLastDay } from './propose-naming.ts'
import type { NamingContent } from './proposal-shapes.ts'
import type { DecidedDeed } from './proposals.ts'
import { roles } from './roles.ts'
import type { WorkAccessFound } from './work-accesses.ts'
import { accessOfNumber, endWorkAccess, noteWorkAccess } from './work-accesses.ts'

// A naming, once two want it. The number of the employee leads to his work access, or opens one: one human has one at a desk.

/** What a naming needs beside the vault. */
export type NamingTools = {
  readonly vault: MandateVault
  /** Deletes every key of an officer. */
  readonly endKeys: (tx: Transaction, officerId: string) => Promise<unknown>
  readonly origin: Origin
}

export type NamedOfficer = {
  readonly officeId: string
  readonly officerId: string
  /** The half of his code for whoever decided, as it is shown, once; undefined: he keeps the keys that he has. */
  readonly half: string | undefined
}

/**
 * Names an officer, as two namers decided.
 * @throws Refusal desk.no-keys (409): he has none that he could keep; desk.until (409): the day is over by now
 */
export async function nameOfficer(
  tx: Transaction,
  parts: NamingTools,
  { proposalId, organisation, content, offices, at: now }: DecidedDeed<'office.name'>,
): Promise<NamedOfficer> {
  if (!isLastDay(content.until, now)) throw new Refusal('desk.until', 409)
  const by = { officeId: proposalId, organisation, orderSha256: null, namedBy: offices, now }
  const officerId = await name(tx, parts, content, by)
  const code = { namingId: proposalId, personId: officerId }
  const isNew = content.keys === 'new'
  const half = isNew ? await completeCode(tx, parts.vault.seals, code, now) : undefined
  return { officeId: proposalId, officerId, half }
}

/** An order of two signers, which names somebody before there are two who could. */
export type NamingOrder = {
  /** From the hash of the order, so that it is carried out once. */
  readonly officeId: string
  readonly organisation: string
  readonly number: string
  readonly until: string
  readonly orderSha256: string
  readonly now: Date
}

/** Names a namer by an order. @returns both halves of his code, which are shown once. @throws OperatorError where his last day is not within twelve months */
export async function nameByOrder(
  tx: Transaction,
  parts: NamingTools,
  { number, until, ...order }: NamingOrder,
): Promise<{ readonly officerId: string; readonly one: string; readonly two: string }> {
  const content = { number, role: 'namer', until, keys: 'new' } as const
  const officerId = await name(tx, parts, content, { ...order, namedBy: [] })
  const code = { namingId: order.officeId, personId: officerId }
  return { officerId, ...(await wholeCode(tx, parts.vault.seals, code, order.now)) }
}

type NamedBy = Pick<NamingOrder, 'officeId' | 'organisation' | 'now'> & {
  readonly orderSha256: string | null
  readonly namedBy: readonly string[]
}

const house = { type: 'broker' } as const

/** @returns whom it names */
async function name(
  tx: Transaction,
  parts: NamingTools,
  { number, role, until, keys }: NamingContent,
  { now, ...by }: NamedBy,
): Promise<string> {
  const { vault } = parts
  const { organisation } = by
  const known = await accessOfNumber(tx, vault, organisation, number)
  const standing = known === undefined ? [] : await standingOf(tx, vault, known, now)
  if (keys === 'kept' && standing.length === 0) throw new Refusal('desk.no-keys', 409)
  // Of an access by which nothing may be done any more, nobody knows who holds its keys: its number may be another human’s by now.
  const isOpen = known !== undefined && standing.length > 0
  const officerId = isOpen
    ? known.personId
    : await openAccess(tx, parts, { organisation, number, known, now })
  if (keys === 'new') await endKeysOf(tx, parts, officerId)
  // The same role again, until another day: what he has of it ends as the new office begins.
  const same = standing.filter(({ acts }) => acts === maskOf(roles[role]))
  for (const { mandateId } of same)
    await endOffice(tx, vault, { officerId, mandateId }, 'body', house)
  const office = { ...by, officerId, role, acts: roles[role], untilAt: endOfDay(until) }
  await openOffice(tx, vault, office, house)
  return officerId
}

/** The offices of an access that stand. Of a row that is not as this broker wrote it none does. */
async function standingOf(
  tx: Transaction,
  vault: MandateVault,
  { isTrue, personId, orgId }: WorkAccessFound,
  now: Date,
): Promise<readonly Office[]> {
  if (!isTrue) return []
  const { offices } = await lockOffices(tx, vault, [personId])
  return (offices.get(personId) ?? []).filter((office) => isStanding(office, orgId, now))
}

type Opening = {
  readonly organisation: string
  readonly number: string
  /** The access in whose place it comes. */
  readonly known: WorkAccessFound | undefined
  readonly now: Date
}

async function openAccess(
  tx: Transaction,
  parts: NamingTools,
  { organisation: orgId, number, known, now }: Opening,
): Promise<string> {
  const { vault, origin } = parts
  if (known !== undefined) {
    await endKeysOf(tx, parts, known.personId)
    await endWorkAccess(tx, vault, known, now)
  }
  const opening = { origin, now, by: { actor: house } }
  const personId = await openWorkAccess(tx, vault.vault, opening)
  await noteWorkAccess(tx, vault, { personId, orgId, openedAt: now }, number)
  return personId
}

async function endKeysOf(
  tx: Transaction,
  { endKeys }: NamingTools,
  officerId: string,
): Promise<void> {
  await endKeys(tx, officerId)
  await dropCodes(tx, officerId)
}
