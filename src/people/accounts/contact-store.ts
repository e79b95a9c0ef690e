import type { Database, Transaction } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { deleteBatch } from '../../base/database/sweep.ts'
import { contactTable } from './contact-seal.ts'
import type { ListedWays, Way } from './ways.ts'
import { wayListing, wayOf, wayWaiting } from './ways.ts'
import type { WaysOf } from './ways-store.ts'
import { addWays } from './ways-store.ts'

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

export const contactColumns = [
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
  return seals.holds(contactTable, row, row.seal)
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
  const listed = wayListing(seals, row.personId, row, wayTo(row))
  return listed !== undefined && (listed.waits === undefined) === (row.removedAt === null)
}

export async function insertContact(
  tx: Transaction,
  seals: RowSeals,
  row: ContactRow,
): Promise<void> {
  const kept = { ...row, confirmedAt: null, removedAt: null }
  await tx('contactPoint').insert({ ...row, seal: seals.seal(contactTable, kept) })
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
    .returning<SealedContact[]>(contactColumns)
  return row
}

export async function contactToConfirm(
  db: Database | Transaction,
  personId: string,
  contactId: string,
  now: Date,
): Promise<SealedContact | undefined> {
  const row: SealedContact | undefined = await db('contactPoint')
    .select(contactColumns)
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
  const seal = seals.seal(contactTable, { ...row, confirmedAt: now })
  const changed = await tx('contactPoint')
    .where({ contactId, confirmedAt: null })
    .update({ confirmedAt: now, seal })
  return changed === 1
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
    .select(contactColumns.map((column) => `contactPoint.${column}`))
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
    .select(contactColumns)
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
