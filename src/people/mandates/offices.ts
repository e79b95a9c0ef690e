import { randomUUID } from 'node:crypto'
import type { Database, Transaction } from '../../base/database/database.ts'
import { earlierBy } from '../../base/values/calendar.ts'
import type { DeskAct } from '../../base/values/desk-acts.ts'
import { writeId } from '../../base/values/ids.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import type { Actor, Live, Vault } from '../../ledger/chain/index.ts'
import { newestFromJson, numberIn, openBook } from '../../ledger/chain/index.ts'
import { maskOf } from './acts.ts'
import { groundOf } from './grounds.ts'
import type { MandateFacts, MandateTerms } from './mandate-facts.ts'
import type { MandateSeals } from './sealed-sides.ts'
import { holderSide, principalSide, sealSide } from './sealed-sides.ts'
import type { OfficeRows } from './store.ts'
import { endRows, insertHeld, insertMandate, lockedOffices, readOffices } from './store.ts'
import type { MandateEnd, MandateRow } from './tables.ts'
import { heldTable, mandateTable } from './tables.ts'

// An office: what an officer of a body may do at its desk, and until when. Both of its rows are told in his chain.

export type MandateVault = { readonly vault: Vault; readonly seals: MandateSeals }

export type NewOffice = {
  /** Of what decided it, so that it is opened once; absent: a new one. */
  readonly officeId?: string
  readonly officerId: string
  /** `org_…` */
  readonly organisation: string
  readonly role: string
  readonly acts: readonly DeskAct[]
  readonly untilAt: Date
  /** SHA-256 of the order of two signers by which it is, in hex; null: two namers named him. */
  readonly orderSha256: string | null
  /** The offices of those who named him. */
  readonly namedBy: readonly string[]
}

/**
 * Names an officer, in the transaction of the deed that decided it. @returns the id of his office
 * @throws OperatorError where its last day is not within what the ground lets
 */
export async function openOffice(
  tx: Transaction,
  { vault, seals }: MandateVault,
  office: NewOffice,
  actor: Actor,
): Promise<string> {
  const { officerId, organisation, untilAt } = office
  const book = await openBook(tx, vault, officerId)
  const { now } = book
  const { longest = 'P0D' } = groundOf('office')
  if (untilAt <= now || earlierBy(untilAt, longest) > now)
    throw new OperatorError('An office ends within twelve months: nobody was named.')
  const id = office.officeId ?? randomUUID()
  const sides = { heldId: id, holderId: officerId }
  const row: MandateRow = {
    ...emptyMandate,
    mandateId: id,
    orgId: organisation,
    ground: 'office',
    holderKind: 'person',
    sealed: sealSide(seals, id, sides),
    acts: maskOf(office.acts),
    organisations: [organisation],
    invitedAt: now,
    acceptedAt: now,
    confirmedAt: now,
    fromAt: now,
    untilAt,
  }
  await insertMandate(tx, book, row)
  const sealed = sealSide(seals, id, { mandateId: id, principalId: null })
  const held = { heldId: id, holderId: officerId, sealed, ground: 'office' as const }
  await insertHeld(tx, book, { ...held, endedAt: null, stateSeq: row.stateSeq })
  await book.append({
    kind: 'office.named',
    actor,
    fields: {
      mandate: writeId('man', id),
      organisation,
      role: office.role,
      acts: [...office.acts],
      from: now.toISOString(),
      until: untilAt.toISOString(),
      order_sha256: office.orderSha256,
      named_by: office.namedBy.map((one) => writeId('man', one)),
    },
  })
  return id
}

/** What a mandate of a desk has in common with every other. */
export const emptyMandate = {
  principalId: null,
  topics: [],
  isAll: false,
  isSensitive: false,
  needs: 'alone',
  above: null,
  depth: 0,
  evidenceMark: null,
  signed: false,
  reviewOn: null,
  suspended: [],
  hiddenFrom: [],
  endedAt: null,
  endedBecause: null,
  stateSeq: 1,
} as const

/** An office that ends; `endedBy`: the office of whoever ends it, where it is an officer. */
export type EndingOffice = {
  readonly officerId: string
  readonly mandateId: string
  readonly endedBy?: string
}

/** Ends an office: it needs one, and no wait. @returns whether there was one that nobody had ended */
export async function endOffice(
  tx: Transaction,
  { vault }: Pick<MandateVault, 'vault'>,
  { officerId, mandateId, endedBy }: EndingOffice,
  because: MandateEnd,
  actor: Actor,
): Promise<boolean> {
  const book = await openBook(tx, vault, officerId)
  const rows = await lockedOffices(tx, officerId)
  const found = rows.find(({ mandate }) => mandate.mandateId === mandateId)
  if (found === undefined) return false
  await endRows(tx, book, found, because)
  await book.append({
    kind: 'office.ended',
    actor,
    fields: {
      mandate: writeId('man', mandateId),
      because,
      ended_by: endedBy === undefined ? null : writeId('man', endedBy),
    },
  })
  return true
}

/** An office as it was read, for `mayAct`. */
export type Office = MandateTerms & {
  /** `org_…` */
  readonly organisation: string
  readonly sides: MandateFacts['sides']
}

/** The offices of an officer that nobody ended, each with what its two rows say of one another. */
export async function officesOf(
  db: Database,
  { vault, seals }: MandateVault,
  officerId: string,
): Promise<readonly Office[]> {
  const { at, head, offices } = await readOffices(db, officerId)
  const { live } = newestFromJson(vault, officerId, head, at)
  return offices.map(officeIn(seals, live))
}

/**
 * The same under the locks of these officers, in the order of their ids, for a deed of several.
 * @returns the instant of the deed, and the offices of each
 */
export async function lockOffices(
  tx: Transaction,
  { vault, seals }: MandateVault,
  officerIds: readonly string[],
): Promise<{ readonly now: Date; readonly offices: ReadonlyMap<string, readonly Office[]> }> {
  const offices = new Map<string, readonly Office[]>()
  let now = new Date(0)
  for (const officerId of [...new Set(officerIds)].toSorted()) {
    const book = await openBook(tx, vault, officerId)
    if (book.now > now) ({ now } = book)
    const rows = await lockedOffices(tx, officerId)
    offices.set(officerId, rows.map(officeIn(seals, book.live)))
  }
  return { now, offices }
}

/** An office by what a chain says of it. */
export function officeIn(seals: MandateSeals, live: Live): (rows: OfficeRows) => Office {
  return (rows) => ({
    ...rows.mandate,
    organisation: rows.mandate.orgId ?? '',
    sides: sidesOf(seals, live, rows),
  })
}

/** What both rows of an office say: seals, the head of the chain in which they are told, and each of the other. */
function sidesOf(seals: MandateSeals, live: Live, { mandate, held }: OfficeRows) {
  const areOurs =
    seals.rows.holds(mandateTable, mandate, mandate.seal) &&
    seals.rows.holds(heldTable, held, held.seal)
  const number = numberIn(live, mandate.mandateId)
  const isNewest = number === mandate.stateSeq && number === held.stateSeq
  if (!areOurs || !isNewest) return 'untrusted'
  const { holderId, heldId } = holderSide(seals, mandate)
  const { mandateId, principalId } = principalSide(seals, held)
  const isPair = holderId === held.holderId && heldId === held.heldId
  return isPair && mandateId === mandate.mandateId && principalId === null ? 'agree' : 'differ'
}

/** The facts of a deed at a desk. */
export function officeFacts(office: Office, holder: MandateFacts['holder']): MandateFacts {
  return {
    chain: [{ ...office, hasHolderDied: false, isHeldByFirm: false }],
    sides: office.sides,
    principal: { birthdate: undefined, hasDied: false, status: 'open' },
    holder,
    objecting: [],
    isOnlyWithHerKey: false,
  }
}
