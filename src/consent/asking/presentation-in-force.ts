import type { Database, Transaction } from '../../base/database/database.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Register } from '../../registry/index.ts'
import { objectsOf } from '../../registry/index.ts'
import { showsWhatIs } from './earlier-answers.ts'
import type { Presentation, RequestRow } from './rows.ts'
import { presentationsOf } from './store.ts'

/** The presentation that is answered, if it shows the words in force. @throws Refusal consent.expired (410), consent.changed (409) */
export async function presentationOf(
  tx: Database | Transaction,
  row: RequestRow,
  presentationId: string,
  register: Register,
): Promise<Presentation> {
  // The question lapsed: it was the oldest of too many open ones.
  if (row.state !== 'requested') throw new Refusal('consent.expired', 410)
  const shown = (await presentationsOf(tx, row)).find(
    (item) => item.presentationId === presentationId,
  )
  const { text, agreement, purpose } = objectsOf(row, register)
  const language = shown?.lang === 'en-CA' ? 'en' : 'fr'
  const isApproved = shown?.canonicalSha256.equals(text.sha256[language]) === true
  // An answer counts only for the text that was shown: it does not stretch to a newer text.
  const isCurrent = register.textFor(purpose.ref, agreement.id)?.no === text.no
  if (shown === undefined || !isApproved || !isCurrent) throw new Refusal('consent.changed', 409)
  // An answer does not count for another meaning either, which a category or body may have got since.
  if (!showsWhatIs(shown, row, register)) throw new Refusal('consent.changed', 409)
  return shown
}
