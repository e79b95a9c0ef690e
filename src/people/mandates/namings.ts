import type { Database } from '../../base/database/database.ts'
import type { Payload, Vault } from '../../ledger/chain/index.ts'
import { eventsOfKinds } from '../../ledger/chain/index.ts'
import { dateIn, textIn, valueIn } from '../../ledger/fold/index.ts'

/** How an officer came to an office, as his chain tells it. */
export type OfficeNaming = {
  /** `man_…` */
  readonly mandate: string
  readonly from: Date
  /** The offices of those who named him: `man_…`; none where an order of two signers did. */
  readonly namedBy: readonly string[]
}

/** Every naming of an officer that can still be read, the newest first. */
export async function namingsOf(
  db: Database,
  vault: Vault,
  officerId: string,
): Promise<readonly OfficeNaming[]> {
  const { events } = await eventsOfKinds(db, vault, officerId, { kinds: ['office.named'] })
  return events.map(({ text }) => namingIn(JSON.parse(text) as Payload)) // as `openOffice` wrote it
}

function namingIn(payload: Payload): OfficeNaming {
  const by = valueIn(payload, 'named_by')
  return {
    mandate: textIn(payload, 'mandate'),
    from: dateIn(payload, 'from'),
    namedBy: Array.isArray(by) ? by.map(String) : [],
  }
}
