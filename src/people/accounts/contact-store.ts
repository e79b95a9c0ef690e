import type { Database, Transaction } from '../../base/platform/database.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import type { RowSeals } from '../../base/platform/row-seal.ts'
import { deleteBatch } from '../../base/platform/sweep.ts'
import { contactSeal } from './contact-seal.ts'
import { lockAccount } from './store.ts'
import { letStand, letWait, mostWaiting, waitingOf } from './waiting.ts'
import type { ListedWays, Way } from './ways.ts'
import { listedAs, wayOf, wayWaiting } from './ways.ts'
import type { WaysOf } from './ways-store.ts'
import { addWays, dropWays } from './ways-store.ts'

// SQL of addresses that people are written to.

export type Channel = 'email' | 'sms'

type ContactRow = {
  readonly contactId: string
  readonly personId: string
  readonly channel: Channel
  readonly sealed: Buffer
  readonly digest: Buffer
  readonly createdAt: Date
  readonly messageId: string
  readonly confirmBy: Date
}

/** As its seal covers it. */
export type SealedContact = ContactRow & {
  readonly confirmedAt: Date | null
  readonly removedAt: Date | null
  readonly seal: Buffer | null
}

export const columns = [
  'contactId',
  'personId',
  'channel',
  'sealed',
  'digest',
  'createdAt',
  'messageId',
  'confirmBy',
  'confirmedAt',
  'removedAt',
  'seal',
] as const

export function holdsContact(seals: RowSeals, row: SealedContact): boolean {
  return seals.holds(contactSeal, row, row.seal)
}

export function wayTo({ contactId }: Pick<ContactRow, 'contactId'>): Way {
  return wayOf('contact', contactId)
}

/**
 * Whether a message may go there: an address in use stands in the list, and one that was removed lately waits there; one that waits for
 * its code is in no list.
 */
export function isWrittenTo(seals: RowSeals, row: SealedContact & ListedWays): boolean {
  if (!holdsContact(seals, row) || row.confirmedAt === null) return holdsContact(seals, row)
  const listed = listedAs(seals, row.personId, row, wayTo(row))
  return listed !== undefined && (listed.waits === undefined) === (row.removedAt === null)
}

export async function insertContact(
  tx: Transaction,
  seals: RowSeals,
  row: ContactRow,
): Promise<void> {
  const kept = { ...row, confirmedAt: null, removedAt: null }
  await tx('contactPoint').insert({ ...row, seal: seals.seal(contactSeal, kept) })
}

export async function dropUnconfirmed(
  tx: Transaction,
  personId: string,
  channel: Channel,
): Promise<void> {
  await tx('contactPoint').where({ personId, channel, confirmedAt: null }).delete()
}

/** Counts a try of a code, if one is left. @returns the contact that waits for the code */
export async function countTry(
  tx: Transaction,
  personId: string,
  contactId: string,
  tries: number,
  now: Date,
): Promise<SealedContact | undefined> {
  const [row] = await tx('contactPoint')
    .where({ personId, contactId, confirmedAt: null })
    .where('tries', '<', tries)
    .where('confirmBy', '>', now)
    .increment('tries', 1)
    .returning<SealedContact[]>(columns)
  return row
}

export async function contactToConfirm(
  db: Database | Transaction,
  personId: string,
  contactId: string,
  now: Date,
): Promise<SealedContact | undefined> {
  const row: SealedContact | undefined = await db('contactPoint')
    .select(columns)
    .where({ personId, contactId, confirmedAt: null })
    .where('confirmBy', '>', now)
    .first()
  return row
}

export async function confirmContact(
  tx: Transaction,
  seals: RowSeals,
  row: SealedContact,
  now: Date,
): Promise<boolean> {
  const { contactId, personId } = row
  await addWays(tx, seals, personId, { add: [wayTo(row)] }, now)
  const seal = seals.seal(contactSeal, { ...row, confirmedAt: now })
  const changed = await tx('contactPoint')
    .where({ contactId, confirmedAt: null })
    .update({ confirmedAt: now, seal })
  return changed === 1
}

type Removing = {
  readonly personId: string
  readonly channel: Channel
  /** The ways in that made the session which removes it. */
  readonly by: readonly string[]
}

/**
 * Removes the address in use: for 72 hours it waits, is told what happens to the access, and can be put back.
 * @returns whether an address was in use. @throws Refusal contact.too-many (409)
 */
export async function markRemoved(
  tx: Transaction,
  seals: RowSeals,
  { personId, channel, by }: Removing,
  now: Date,
): Promise<boolean> {
  // Before the address: whoever erases an account locks it first, too.
  await lockAccount(tx, personId)
  const row = await tx('contactPoint')
    .select(columns)
    .where({ personId, channel, removedAt: null })
    .whereNotNull('confirmedAt')
    .forUpdate()
    .first<SealedContact | undefined>()
  if (row === undefined) return false
  const waiting = await waitingOf(tx, seals, personId, now)
  if (waiting.filter(({ kind }) => kind === 'contact').length >= 2 * mostWaiting)
    throw new Refusal('contact.too-many', 409)
  // A row that somebody changed gets no seal by a deed of ours, and waits for nothing.
  const isTrue = holdsContact(seals, row)
  if (isTrue)
    await letWait(tx, seals, personId, [wayTo(row)], { since: now, because: 'removed', by })
  else await dropWays(tx, seals, personId, [wayTo(row)])
  const seal = isTrue ? seals.seal(contactSeal, { ...row, removedAt: now }) : null
  await tx('contactPoint').where({ contactId: row.contactId }).update({ removedAt: now, seal })
  return true
}

/** Puts a removed address in use again, in place of the one that came after it. @returns false when it is gone, or was changed */
export async function putContactBack(
  tx: Transaction,
  seals: RowSeals,
  { personId, contactId, by }: Omit<Removing, 'channel'> & { readonly contactId: string },
  now: Date,
): Promise<boolean> {
  await lockAccount(tx, personId)
  const row = await tx('contactPoint')
    .select(columns)
    .where({ personId, contactId })
    .whereNotNull('removedAt')
    .forUpdate()
    .first<SealedContact | undefined>()
  if (row === undefined || !holdsContact(seals, row)) return false
  // First, so that as many wait as before.
  await letStand(tx, seals, personId, { kind: 'contact', name: contactId }, now)
  await markRemoved(tx, seals, { personId, channel: row.channel, by }, now)
  const seal = seals.seal(contactSeal, { ...row, removedAt: null })
  await tx('contactPoint').where({ contactId }).update({ removedAt: null, seal })
  return true
}

/** Addresses of one person, by their ids. */
export async function deleteContacts(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  contactIds: readonly string[],
): Promise<void> {
  const gone = contactIds.map((contactId) => wayTo({ contactId }))
  await dropWays(tx, seals, personId, gone)
  await tx('contactPoint')
    .where({ personId })
    .whereIn('contactId', [...contactIds])
    .delete()
}

export type ContactPoint = {
  readonly contactId: string
  readonly channel: Channel
  readonly sealed: Buffer
  readonly confirmedAt: Date
  /** Set for an address that the person removed lately: for some days more it is told what happens to the access. */
  readonly removedAt: Date | null
}

/** A person's confirmed addresses, in use or removed lately; whether one is believed is seen where a message goes out. */
export function contactsOf(db: Database | Transaction, personId: string): Promise<ContactPoint[]> {
  return db('contactPoint')
    .select('contactId', 'channel', 'sealed', 'confirmedAt', 'removedAt')
    .where({ personId })
    .whereNotNull('confirmedAt')
    .orderBy('channel')
}

/** The contact of a message, confirmed or not: the code goes to an address that is not confirmed yet. */
export async function contactAt(
  db: Database,
  contactId: string,
): Promise<(SealedContact & ListedWays) | undefined> {
  return listedContacts(db).where({ contactId }).first<(SealedContact & ListedWays) | undefined>()
}

/** The confirmed e-mail address that a person has now. */
export function emailRow(
  db: Database | Transaction,
  personId: string,
): Promise<(SealedContact & ListedWays) | undefined> {
  return db('emailsInUse').where({ personId }).first<(SealedContact & ListedWays) | undefined>()
}

function listedContacts(db: Database | Transaction) {
  return db('contactPoint')
    .leftJoin('waysListed', 'waysListed.personId', 'contactPoint.personId')
    .select(columns.map((column) => `contactPoint.${column}`))
    .select('ways', 'waysSeal')
}

/** As `contactsOf`, each with whether its row is as this broker wrote it. */
export async function judgedContacts(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
): Promise<readonly (ContactPoint & { readonly isUntrusted: boolean })[]> {
  const rows: (SealedContact & ContactPoint & ListedWays)[] = await listedContacts(db)
    .where('contactPoint.personId', personId)
    .whereNotNull('confirmedAt')
    .orderBy('channel')
  return rows.map(({ ways, waysSeal, ...row }) => ({
    ...row,
    isUntrusted: !isWrittenTo(seals, { ...row, ways, waysSeal }),
  }))
}

function wayListed(row: SealedContact): Way {
  const { removedAt: since } = row
  return since === null ? wayTo(row) : wayWaiting(wayTo(row), { since, because: 'removed', by: [] })
}

export const waysToContact: WaysOf = async (tx, seals, people) => {
  const rows: SealedContact[] = await tx('contactPoint')
    .select(columns)
    .whereIn('personId', [...people])
    .whereNotNull('confirmedAt')
  return rows
    .filter((row) => holdsContact(seals, row))
    .map((row) => ({ personId: row.personId, way: wayListed(row) }))
}

/** Deletes one batch of addresses that were removed, or never confirmed, before. @returns how many rows went */
export async function sweepContacts(db: Database, before: Date): Promise<number> {
  const removed = await deleteBatch(db, 'contact_point', 'removed_at', before)
  return (
    removed + (await deleteBatch(db, 'contact_point', 'confirm_by', before, 'confirmed_at is null'))
  )
}
