import type { Database, Transaction } from '../../base/database/database.ts'
import { isolateEach } from '../../base/jobs/isolate-each.ts'
import { transact } from '../../base/database/database.ts'
import { writeId } from '../../base/values/ids.ts'
import type { Log } from '../../base/logging/log.ts'
import type { Book, Vault } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'
import type { EndedConsent, EndsPlace } from './expiry-store.ts'
import {
  beforeAllEnds,
  endedByTerm,
  endedByUses,
  endedConsents,
  firstUuid,
} from './expiry-store.ts'
import { endConsent } from './store.ts'

// The job that writes the end of a consent into its person's ledger, some time after the end. No decision, token or page waits for
// the job: each of them looks at the clock and at the uses (decision 0028). When very many end on one day it goes on in another job, so
// that no statement and no job is long (decision 0174).

/** Rows that a statement looks at, and statements of one run. */
export type ExpiryLimits = Readonly<Record<'byTerm' | 'byUses' | 'batches', number>>

const usualLimits: ExpiryLimits = { byTerm: 200, byUses: 2000, batches: 10 }
const unwritten = 'the end of a consent could not be written'
const maxRuns = 1000

/** How far a walk over the ends came: first those by term, then those by uses. */
export type ExpiryPlace =
  | ({ readonly by: 'term' } & EndsPlace)
  | { readonly by: 'uses'; readonly consentId: string }

/** `next`: from where the walk goes on; undefined: it looked at all. */
export type ExpiryBatch = { readonly written: number; readonly next: ExpiryPlace | undefined }

const beginning: ExpiryPlace = { by: 'term', ...beforeAllEnds }

/**
 * Writes `consent.expired` for consents that have ended, some thousand at most. Several processes may do so at once: each end is checked
 * again under the person's lock. A failure for one person, whose data key is gone, say, does not hold up the others.
 */
export async function expireBatch(
  db: Database,
  vault: Vault,
  log: Log,
  from: ExpiryPlace = beginning,
  limits = usualLimits,
): Promise<ExpiryBatch> {
  let [written, failed] = [0, 0]
  let next: ExpiryPlace | undefined = from
  for (let n = 0; n < limits.batches && next !== undefined; n++) {
    const ended = await endedFrom(db, next, limits)
    const run = await isolateEach(ended.people, log, unwritten, (personId) =>
      transact(db, (tx) => expireOf(tx, vault, personId)),
    )
    ;[written, failed] = [written + run.done, failed + run.failed]
    next = ended.next
  }
  if (failed > 0) log.warn({ outcome: `${failed} people` }, 'ends of consents are left to write')
  return { written, next }
}

/** The same, until all are written. @throws where there are more than a day of the job can write */
export async function expireAll(db: Database, vault: Vault, log: Log): Promise<number> {
  let all = 0
  let next: ExpiryPlace | undefined
  for (let n = 0; n < maxRuns; n++) {
    const run: ExpiryBatch = await expireBatch(db, vault, log, next)
    all += run.written
    next = run.next
    if (next === undefined) return all
  }
  throw new Error('ends of consents are left to write')
}

type EndedPeople = { readonly people: readonly string[]; readonly next: ExpiryPlace | undefined }

async function endedFrom(
  db: Database,
  place: ExpiryPlace,
  { byTerm, byUses }: ExpiryLimits,
): Promise<EndedPeople> {
  if (place.by === 'uses') {
    const { people, next } = await endedByUses(db, place.consentId, byUses)
    return { people, next: next === undefined ? undefined : { by: 'uses', consentId: next } }
  }
  const { people, next } = await endedByTerm(db, place, byTerm)
  return {
    people,
    next: next === undefined ? { by: 'uses', consentId: firstUuid } : { by: 'term', ...next },
  }
}

/** Writes all ends of one person under one lock, in one transaction. */
async function expireOf(tx: Transaction, vault: Vault, personId: string): Promise<number> {
  return writeEnds(tx, await openBook(tx, vault, personId), personId)
}

/** Writes the ends of a person's consents that are not written yet, in an open book. @returns how many */
export async function writeEnds(tx: Transaction, book: Book, personId: string): Promise<number> {
  const ended = await endedConsents(tx, book, personId)
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
