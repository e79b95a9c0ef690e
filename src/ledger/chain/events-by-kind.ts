import type { Transaction } from '../../base/database/database.ts'
import type { WrittenEvent } from './book.ts'
import type { EventKind } from './event.ts'
import { rowsOfKinds } from './store.ts'
import { entryOf, isErased, openRow } from './timeline.ts'
import type { Vault } from './vault.ts'

/**
 * A person's events of these kinds, or of one instant, with what opens their commitments, newest first; those of a year whose key is destroyed are only
 * counted. The chain around them is not looked at. @throws SealError for an event that does not open
 */
export async function eventsOfKinds(
  tx: Transaction,
  vault: Vault,
  personId: string,
  wanted: { readonly kinds: readonly EventKind[]; readonly at?: Date | undefined },
): Promise<{ readonly events: readonly WrittenEvent[]; readonly erased: number }> {
  const rows = await rowsOfKinds(tx, personId, wanted)
  const readable = rows.filter((row) => !isErased(row))
  const opened = readable.map(async (row) => ({
    ...entryOf(row),
    ...(await openRow(vault, personId, row)),
  }))
  return { events: await Promise.all(opened), erased: rows.length - readable.length }
}
