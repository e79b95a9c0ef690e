import type { Transaction } from '../../base/database/database.ts'
import { writeId } from '../../base/values/ids.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'

/** What an officer did by an office of his: his chain says it, and he reads it. */
export type DeskDeed = {
  readonly officerId: string
  /** The mandate of his office. */
  readonly office: string
  readonly deed: string
  /** What it was about, in words of the register: never a person. */
  readonly about: string
  /** Of what was published of it, in hex; null: nothing was. */
  readonly sha256: string | null
}

/** In the transaction of the deed, under the officer’s lock. */
export async function noteDeed(
  tx: Transaction,
  vault: Vault,
  { officerId, office, deed, about, sha256 }: DeskDeed,
): Promise<void> {
  const book = await openBook(tx, vault, officerId)
  await book.append({
    kind: 'office.acted',
    actor: { type: 'broker' },
    fields: { mandate: writeId('man', office), deed, about, sha256 },
  })
}
