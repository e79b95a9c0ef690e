import type { Database } from '../../base/platform/database.ts'
import { delayedChainOf } from '../../ledger/chain/index.ts'
import type { EventProof } from '../../ledger/transparency-log/index.ts'
import { proofOf } from '../../ledger/transparency-log/index.ts'

/** Of an event of her chain, or of one that the law let be shown later and that is shown now. */
export async function proofOfHers(
  db: Database,
  personId: string,
  eventId: string,
): Promise<EventProof> {
  const found = await proofOf(db, personId, eventId)
  if (found !== undefined) return found
  const chainId = await delayedChainOf(db, personId, eventId)
  return chainId === undefined ? undefined : proofOf(db, chainId, eventId)
}
