import { closeAccount } from '../accounts/index.ts'
import type { Notary } from '../consent/index.ts'
import { lockedConsents, revoke } from '../consent/index.ts'
import type { Transaction } from '../foundation/database.ts'
import type { Origin } from '../foundation/request-log.ts'
import type { Sessions } from '../foundation/sessions.ts'
import { openBook } from '../ledger/index.ts'
import { notify } from '../notifications/index.ts'

export type Leaving = {
  readonly personId: string
  readonly acr: string
  /** The sessions that end, her own among them. */
  readonly uids: readonly string[]
  readonly origin: Origin
  readonly now: Date
}

/**
 * Closes an access, under the person's lock: sharings stop at once, sessions end and services are told, and nothing opens the
 * access any more but its person, within thirty days.
 */
export async function closeAccess(
  tx: Transaction,
  { notary, sessions }: { readonly notary: Notary; readonly sessions: Sessions },
  { personId, acr, uids, origin, now }: Leaving,
): Promise<void> {
  const book = await openBook(tx, notary.vault, personId)
  for (const consent of await lockedConsents(tx, personId))
    await revoke(tx, book, notary, consent, acr)
  await notify(tx, personId, 'account.closing', book.now)
  await closeAccount(tx, personId, origin, now)
  await sessions.end(tx, personId, uids)
}
