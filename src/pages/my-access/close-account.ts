import type { StandingAuthor } from '../../people/accounts/index.ts'
import {
  changeStanding,
  closeAccount,
  lockAccount,
  reasonOfStanding,
  recordActivity,
} from '../../people/accounts/index.ts'
import type { Notary } from '../../consent/record/index.ts'
import { lockedConsents, revoke } from '../../consent/record/index.ts'
import type { Transaction } from '../../base/database/database.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { Sessions } from '../../base/ports/sessions-port.ts'
import type { Actor } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'
import { notify } from '../../people/notifications/index.ts'

/** The parts that end sharings and sessions. */
export type ClosingContext = { readonly notary: Notary; readonly sessions: Sessions }

export type ClosingRequest = {
  readonly personId: string
  /** The person herself, or the broker at the request of its operator. */
  readonly by: Actor
  /** The event of the order by which the broker does it. */
  readonly order?: string | undefined
  readonly origin: Origin
  readonly now: Date
}

/**
 * Closes an access, under the person's lock: sharings stop at once, sessions end, services are told, and only its person can open
 * the access again, within thirty days.
 * @returns when it will be erased. @throws Refusal not-found (404) when it is closed already
 */
export async function closeAccess(
  tx: Transaction,
  { notary, sessions }: ClosingContext,
  { personId, by, order, origin, now }: ClosingRequest,
): Promise<Date> {
  // The account's lock comes before the book's, as in every deed that needs both.
  await lockAccount(tx, personId)
  const book = await openBook(tx, notary.vault, personId)
  await revoke(tx, book, notary, await lockedConsents(tx, book, personId), by)
  await notify(tx, personId, by.type === 'person' ? 'account.closing' : 'account.closed', book.now)
  const eraseAt = await closeAccount(
    tx,
    notary.vault,
    personId,
    { by: { actor: by, order }, origin },
    now,
  )
  await sessions.endForGood(tx, personId)
  return eraseAt
}

/** Suspends an access: nobody signs in, its sessions end, and its person is told at every address. What she allowed goes on. */
export async function suspendAccess(
  tx: Transaction,
  { vault, sessions }: Pick<Notary, 'vault'> & Pick<ClosingContext, 'sessions'>,
  {
    personId,
    by,
    origin,
  }: { readonly personId: string; readonly by: StandingAuthor; readonly origin: Origin },
  now: Date,
): Promise<void> {
  await lockAccount(tx, personId)
  // Tell the person before the suspension: her language cannot be read from a suspended account.
  await notify(tx, personId, 'account.suspended', now)
  const told = await changeStanding(tx, vault, personId, by, () => ({ suspendedAt: now }))
  await sessions.endForGood(tx, personId)
  const reason = told === undefined ? {} : { reason: reasonOfStanding(told) }
  const line = { kind: 'access.suspended', personId, result: 'done', ...reason } as const
  await recordActivity(tx, line, origin, now)
}
