import type { Transaction } from '../../base/database/database.ts'
import { writeId } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Actor, Book } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'
import { notify } from '../../people/notifications/index.ts'
import type { Notary } from './receipts/receipt-issue.ts'
import { issueReceipt } from './receipts/receipt-issue.ts'
import type { ConsentState } from './rows.ts'
import { isLiving } from './seal.ts'
import { consentState, endConsent } from './store.ts'
import { stateAfterMove } from './transitions.ts'

export type Stop = {
  readonly personId: string
  readonly consentId: string
  readonly acr: string
}

/**
 * Ends a consent at once, under the person's lock: when this returns and commits, no decision that begins later permits
 * (docs/design/domain.md#i12). It is always allowed and asks for no reason. A second stop changes nothing.
 * @throws Refusal sharing.not-found (404); IllegalTransition (409)
 */
export async function revokeConsent(
  tx: Transaction,
  notary: Notary,
  { personId, consentId, acr }: Stop,
): Promise<void> {
  const book = await openBook(tx, notary.vault, personId)
  const consent = await consentState(tx, book, { personId, consentId })
  if (consent === undefined) throw new Refusal('sharing.not-found', 404)
  if (await revoke(tx, book, notary, consent, { type: 'person', acr }))
    return notify(tx, personId, 'consent.stopped', book.now)
  if (consent.state === 'revoked') return
  stateAfterMove(consent, 'revoked', book.now)
}

/**
 * The same in an open book. A row that is not as this broker wrote it is stopped too, and stays without a seal.
 * @returns false when the consent was not live
 */
export async function revoke(
  tx: Transaction,
  book: Book,
  notary: Notary,
  consent: ConsentState,
  by: Actor,
): Promise<boolean> {
  const { personId, consentId, arrangementId } = consent
  if (!isLiving(consent.state) || book.now >= consent.validUntil) return false
  await endConsent(tx, book, consent, 'revoked')
  const written = await book.append({
    kind: 'consent.revoked',
    actor: by,
    fields: {
      consent_id: writeId('con', consentId),
      arrangement_id: writeId('arr', arrangementId),
      revoked_at: book.now.toISOString(),
    },
  })
  await issueReceipt(tx, book, notary, written, { personId, consentId })
  return true
}
