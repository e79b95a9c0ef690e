import type { Database } from '../../base/database/database.ts'
import { delayedChainOf } from '../../ledger/chain/index.ts'
import type { EventProof } from '../../ledger/transparency-log/index.ts'
import { proofOf } from '../../ledger/transparency-log/index.ts'

/** The proof of an event in the person's chain, or of an event that the law had shown later and that she may see now. */
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
