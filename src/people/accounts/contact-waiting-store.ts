import type { Database, Transaction } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { SealedContact } from './contact-store.ts'
import { contactColumns, dropUnconfirmed, holdsContact, wayTo } from './contact-store.ts'
import { dropWays } from './ways-store.ts'

// SQL of addresses that wait for their codes, and of those that go because what added them is undone.

/** The addresses of a person that wait for their codes. */
export async function contactsToConfirm(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
  now: Date,
): Promise<SealedContact[]> {
  const rows: SealedContact[] = await db('contactPoint')
    .select(contactColumns)
    .where({ personId, confirmedAt: null })
    .where('confirmBy', '>', now)
    .orderBy('channel')
  return rows.filter((row) => holdsContact(seals, row))
}

/** Deletes addresses, and those that wait for their codes; no message goes there any more. @returns which of the ids were addresses */
export async function deleteContacts(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  ids: readonly string[],
): Promise<string[]> {
  for (const channel of ['email', 'sms'] as const) await dropUnconfirmed(tx, personId, channel)
  const gone = await tx('contactPoint')
    .where({ personId })
    .whereIn('contactId', [...ids])
    .delete()
    .returning<{ contactId: string }[]>('contactId')
  if (gone.length > 0)
    await dropWays(
      tx,
      seals,
      personId,
      gone.map((one) => wayTo(one)),
    )
  return gone.map(({ contactId }) => contactId)
}
