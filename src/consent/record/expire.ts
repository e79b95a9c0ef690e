import type { Database, Transaction } from '../../base/platform/database.ts'
import { transact } from '../../base/platform/database.ts'
import { writeId } from '../../base/platform/ids.ts'
import type { Log } from '../../base/platform/log.ts'
import type { Book, Vault } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'
import type { EndedConsent } from './store.ts'
import { endConsent, endedOf, peopleWithEnded } from './store.ts'

// The job that writes the end of a consent into its person's ledger, some time after the end. No decision, token or page waits for
// the job: each of them looks at the clock and at the uses (decision 0028).

const batch = 200
const maxBatches = 50

/**
 * Writes `consent.expired` for each consent that has ended. Several processes may do so at once: each end is checked again under
 * the person's lock. A failure for one person, whose data key is gone, say, does not hold up the others.
 * @returns how many ends were written
 */
export async function expireConsents(db: Database, vault: Vault, log: Log): Promise<number> {
  let [written, failed] = [0, 0]
  let after: string | undefined
  for (let n = 0; n < maxBatches; n++) {
    const people = await peopleWithEnded(db, after, batch)
    for (const personId of people) {
      try {
        written += await transact(db, (tx) => expireOf(tx, vault, personId))
      } catch (error) {
        failed += 1
        log.warn({ error }, 'the end of a consent could not be written')
      }
    }
    after = people.at(-1)
    if (people.length < batch) break
  }
  if (failed > 0) log.warn({ outcome: `${failed} people` }, 'ends of consents are left to write')
  return written
}

/** Writes all ends of one person under one lock, in one transaction. */
async function expireOf(tx: Transaction, vault: Vault, personId: string): Promise<number> {
  return writeEnds(tx, await openBook(tx, vault, personId), personId)
}

/** Writes the ends of a person's consents that are not written yet, in an open book. @returns how many */
export async function writeEnds(tx: Transaction, book: Book, personId: string): Promise<number> {
  const ended = await endedOf(tx, book, personId)
  // Nobody knows the true end of a row that is not as this broker wrote it.
  const known = ended.filter(({ isUntrusted }) => !isUntrusted)
  for (const consent of known) await expire(tx, book, consent)
  return known.length
}

async function expire(tx: Transaction, book: Book, consent: EndedConsent): Promise<void> {
  const { consentId, arrangementId, because, endedAt } = consent
  await endConsent(tx, book, consent, 'expired', endedAt)
  await book.append({
    kind: 'consent.expired',
    actor: { type: 'broker' },
    fields: {
      consent_id: writeId('con', consentId),
      arrangement_id: writeId('arr', arrangementId),
      because,
      expired_at: endedAt.toISOString(),
    },
  })
}
