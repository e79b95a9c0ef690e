import type { Transaction } from '../../base/database/database.ts'
import { writeId } from '../../base/values/ids.ts'
import type { Book } from '../../ledger/chain/index.ts'
import type { ConsentRecord, ConsentState } from './rows.ts'
import { refuseUntrusted } from './refuse-untrusted.ts'
import { endConsent } from './store.ts'
import { stateAfterMove } from './transitions.ts'

/** Ends a consent because another record replaces it, in an open book. @throws IllegalTransition (409) */
export async function supersede(
  tx: Transaction,
  book: Book,
  before: ConsentState,
  record: ConsentRecord,
): Promise<void> {
  const { consentId, arrangementId } = before
  stateAfterMove(before, 'superseded', book.now)
  refuseUntrusted(before)
  await endConsent(tx, book, before, 'superseded')
  await book.append({
    kind: 'consent.superseded',
    actor: { type: 'broker' },
    fields: {
      consent_id: writeId('con', consentId),
      arrangement_id: writeId('arr', arrangementId),
      superseded_by: writeId('con', record.consentId),
    },
  })
}
