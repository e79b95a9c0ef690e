import type { Database, Transaction } from '../../base/platform/database.ts'
import { deleteBatch } from '../../base/platform/sweep.ts'

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

export async function insertContact(tx: Transaction, row: ContactRow): Promise<void> {
  await tx('contactPoint').insert(row)
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
): Promise<{ channel: Channel; messageId: string } | undefined> {
  const [row] = await tx('contactPoint')
    .where({ personId, contactId, confirmedAt: null })
    .where('tries', '<', tries)
    .where('confirmBy', '>', now)
    .increment('tries', 1)
    .returning<{ channel: Channel; messageId: string }[]>(['channel', 'messageId'])
  return row
}

export async function contactToConfirm(
  db: Database | Transaction,
  personId: string,
  contactId: string,
  now: Date,
): Promise<{ channel: Channel; sealed: Buffer } | undefined> {
  const row: { channel: Channel; sealed: Buffer } | undefined = await db('contactPoint')
    .select('channel', 'sealed')
    .where({ personId, contactId, confirmedAt: null })
    .where('confirmBy', '>', now)
    .first()
  return row
}

export async function confirmContact(
  tx: Transaction,
  contactId: string,
  now: Date,
): Promise<boolean> {
  const changed = await tx('contactPoint')
    .where({ contactId, confirmedAt: null })
    .update({ confirmedAt: now })
  return changed === 1
}

/** @returns whether an address was in use */
export async function markRemoved(
  tx: Transaction,
  personId: string,
  channel: Channel,
  now: Date,
): Promise<boolean> {
  const changed = await tx('contactPoint')
    .where({ personId, channel, removedAt: null })
    .whereNotNull('confirmedAt')
    .update({ removedAt: now })
  return changed > 0
}

export type ContactPoint = {
  readonly contactId: string
  readonly channel: Channel
  readonly sealed: Buffer
  readonly confirmedAt: Date
  /** Set for an address that the person removed lately: for some days more it is told what happens to the access. */
  readonly removedAt: Date | null
}

/** A person's confirmed addresses: in use, or removed lately. */
export function contactsOf(db: Database | Transaction, personId: string): Promise<ContactPoint[]> {
  return db('contactPoint')
    .select('contactId', 'channel', 'sealed', 'confirmedAt', 'removedAt')
    .where({ personId })
    .whereNotNull('confirmedAt')
    .orderBy('channel')
}

/** The address of a contact, confirmed or not: the code goes to an address that is not confirmed yet. */
export async function sealedAddress(db: Database, contactId: string): Promise<Buffer | undefined> {
  const row: { sealed: Buffer } | undefined = await db('contactPoint')
    .select('sealed')
    .where({ contactId })
    .first()
  return row?.sealed
}

/** Deletes one batch of addresses that were removed, or never confirmed, before. @returns how many rows went */
export async function sweepContacts(db: Database, before: Date): Promise<number> {
  const removed = await deleteBatch(db, 'contact_point', 'removed_at', before)
  const { rowCount } = await db.raw<{ rowCount: number }>(
    `delete from contact_point where ctid in (
       select ctid from contact_point where confirmed_at is null and confirm_by < ? limit 2000 for update skip locked)`,
    [before],
  )
  return removed + rowCount
}
