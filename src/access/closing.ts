import { closeAccount, lockAccount } from '../accounts/index.ts'
import type { Notary } from '../consent/index.ts'
import { lockedConsents, revoke } from '../consent/index.ts'
import type { Transaction } from '../foundation/database.ts'
import type { Origin } from '../foundation/request-log.ts'
import type { Sessions } from '../foundation/sessions.ts'
import type { Actor } from '../ledger/index.ts'
import { openBook } from '../ledger/index.ts'
import { notify } from '../notifications/index.ts'

/** What ends sharings and sessions. */
export type Parts = { readonly notary: Notary; readonly sessions: Sessions }

export type Leaving = {
  readonly personId: string
  /** The person herself, or the broker, whose operator was asked to. */
  readonly by: Actor
  readonly origin: Origin
  readonly now: Date
}

/**
 * Closes an access, under the person's lock: sharings stop at once, sessions end and services are told, and nothing opens the
 * access any more but its person, within thirty days.
 * @returns when it will be erased. @throws Refusal not-found (404) when it is closed already
 */
export async function closeAccess(
  tx: Transaction,
  { notary, sessions }: Parts,
  { personId, by, origin, now }: Leaving,
): Promise<Date> {
  // Before her book, as every deed that needs both.
  await lockAccount(tx, personId)
  const book = await openBook(tx, notary.vault, personId)
  for (const consent of await lockedConsents(tx, personId))
    await revoke(tx, book, notary, consent, by)
  await notify(tx, personId, by.type === 'person' ? 'account.closing' : 'account.closed', book.now)
  const eraseAt = await closeAccount(tx, personId, origin, now)
  await sessions.endForGood(tx, personId)
  return eraseAt
}
