import type { Transaction } from '../../base/database/database.ts'
import { writeId } from '../../base/values/ids.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'
import { deliveryOf, writeDelivered } from './store.ts'

/** Whose program took the notice of which stop. */
export type DeliveredStop = {
  readonly consentId: string
  readonly personId: string
  readonly party: number
}

/** A body's program has taken the notice of a stop: not what it led to, which the body says itself. A second time it changes nothing. */
export async function noteDelivered(
  tx: Transaction,
  vault: Vault,
  { consentId, personId, party }: DeliveredStop,
): Promise<void> {
  const book = await openBook(tx, vault, personId)
  const known = await deliveryOf(tx, consentId, party)
  if (known === undefined || known.deliveredAt !== null) return
  await book.append({
    kind: 'revocation.delivered',
    actor: { type: 'broker' },
    fields: { consent_id: writeId('con', consentId), role: known.role },
  })
  await writeDelivered(tx, known, book.now)
}
