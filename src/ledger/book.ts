import type { Transaction } from '../foundation/database.ts'
import { newUuid } from '../foundation/ids.ts'
import type { Entry, NewEvent } from './event.ts'
import { commitmentTo, payloadText } from './event.ts'
import type { StoredKey } from './store.ts'
import { appendRow, openHead } from './store.ts'
import type { PersonYear, Vault, WrappedKey } from './vault.ts'

/** A person's ledger, open for writing: nobody else writes in it until the transaction ends. */
export type Book = {
  /** The instant of this deed, read after the wait for the person: later than all that her book holds. */
  readonly now: Date
  /**
   * Writes the next event; several wait for one another.
   * @throws an error for an event that may not be written, or in a year whose data key is destroyed
   */
  append(event: NewEvent): Promise<Entry>
}

type DataKey = { readonly key: Buffer; readonly unsaved: WrappedKey | undefined }

/** Locks the person until the transaction ends. A deed about several people opens their books in the order of their ids. */
export async function openBook(tx: Transaction, vault: Vault, personId: string): Promise<Book> {
  const { now, storedKey, ...head } = await openHead(tx, personId)
  const year = { personId, year: now.getUTCFullYear() }
  let personSeq = head.nextSeq
  let previous = head.headCommitment
  let dataKey: DataKey | undefined

  return {
    now,
    async append(event) {
      const { kind, eventId = newUuid(now) } = event
      const standing = { eventId, kind, personSeq, previous, recordedAt: now }
      const text = payloadText(event, standing, personId)
      dataKey ??= dataKeyOf(vault, year, storedKey)
      const { key, unsaved } = dataKey
      const salt = vault.newSalt()
      const body = vault.seal(key, { salt, text }, standing)
      const commitment = commitmentTo(salt, text)
      const entry = { eventId, kind, personSeq, recordedAt: now, commitment }
      await appendRow(tx, personId, { ...entry, body }, unsaved)
      dataKey = { key, unsaved: undefined }
      personSeq += 1
      previous = commitment
      return entry
    },
  }
}

// Read with the head, under its lock, and forgotten with the book: a key that lived on in memory could not be destroyed.
function dataKeyOf(vault: Vault, year: PersonYear, stored: StoredKey): DataKey {
  if (stored === 'destroyed') throw new Error('the data key of this year is destroyed')
  if (stored !== 'none') return { key: vault.unwrap(year, stored), unsaved: undefined }
  const { key, wrapped } = vault.newDataKey(year)
  return { key, unsaved: wrapped }
}
