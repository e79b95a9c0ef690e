import { refuseWhileHeld } from '../../people/accounts/index.ts'
import { dayAfter, dayOf } from '../../base/platform/calendar.ts'
import { later } from '../../base/platform/clock.ts'
import type { Transaction } from '../../base/platform/database.ts'
import { writeId } from '../../base/platform/ids.ts'
import type { Proved } from '../../base/web/proof.ts'
import { requireProof } from '../../base/web/proof.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import type { Book } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'
import type { Register } from '../../registry/index.ts'
import { categoriesIn } from './categories.ts'
import type { Notary } from './receipts.ts'
import { issueReceipt } from './receipts.ts'
import type { Stop } from './revoke.ts'
import type { ConsentLife, State, SuspendedBy } from './rows.ts'
import { consentState, noteConfirmed, suspendFor } from './store.ts'
import { IllegalTransition, moved, stateAt } from './transitions.ts'

// What a person does with a sharing between allowing and stopping it: each a deed under her lock, one event, and the same
// again changes nothing.

type Deed = Stop

/** What lets information flow again, and how surely it is she who does it. */
type Resumption = Deed & Proved

// Of a reminder a year this is no loss, and who clicks without end fills no ledger.
const confirmedForSeconds = 24 * 3600
const remindedAfter = 'P1Y'

/**
 * A pause: once this returned and is committed, nothing is permitted. Time runs on, and a stop stays possible.
 * @throws Refusal sharing.not-found (404); IllegalTransition (409)
 */
export async function pauseConsent(tx: Transaction, notary: Notary, deed: Deed): Promise<void> {
  const { book, consent } = await open(tx, notary, deed)
  const isPaused = consent.suspendedReasons.includes('person')
  if (isPaused && stateAt(consent, book.now) === 'suspended') return
  const state = moved(consent, 'suspended', book.now)
  await suspend(tx, book, notary, consent, { state, reasons: ['person'], acr: deed.acr })
}

/**
 * Ends the person's own pause, and no other cause: while one is left the sharing stays suspended.
 * @throws Refusal sharing.not-found (404); IllegalTransition (409); ProofNeeded, as for a yes
 */
export async function resumeConsent(
  tx: Transaction,
  notary: Notary,
  deed: Resumption,
): Promise<void> {
  const { book, consent } = await open(tx, notary, deed)
  if (stateAt(consent, book.now) === 'active') return
  const state = moved(consent, 'resumed', book.now)
  if (!consent.suspendedReasons.includes('person'))
    throw new IllegalTransition(consent.consentId, consent.state, 'resumed')
  const needsCare = isSensitive(consent, notary.live.current())
  requireProof(deed, needsCare, book.now)
  if (needsCare) await refuseWhileHeld(tx, consent.personId, book.now)
  await resume(tx, book, notary, { consent, state, acr: deed.acr })
}

type Resumed = {
  readonly consent: ConsentLife
  /** The state that is reached when no other cause is left. */
  readonly state: State
  readonly acr: string
}

/** Ends the person's own pause in a book that is open already; while another cause is left, it stays suspended. */
export async function resume(
  tx: Transaction,
  book: Book,
  notary: Notary,
  { consent, state, acr }: Resumed,
): Promise<void> {
  const left = consent.suspendedReasons.filter((reason) => reason !== 'person')
  const reached = left.length === 0 ? state : consent.state
  await suspendFor(tx, consent, { state: reached, reasons: left, now: book.now })
  const written = await book.append({
    kind: 'consent.resumed',
    actor: { type: 'person', acr },
    fields: {
      ...namesOf(consent),
      suspended_reasons: left,
      resumed_at: book.now.toISOString(),
    },
  })
  await issueReceipt(tx, book, notary, written, consent)
}

/**
 * The yearly reminder, answered: nothing changes but that it was said.
 * @throws Refusal sharing.not-found (404); IllegalTransition (409)
 */
export async function confirmConsent(tx: Transaction, notary: Notary, deed: Deed): Promise<void> {
  const { book, consent } = await open(tx, notary, deed)
  moved(consent, 'confirmed', book.now)
  const { confirmedAt } = consent
  if (confirmedAt !== null && book.now < later(confirmedAt, confirmedForSeconds)) return
  await noteConfirmed(tx, consent, book.now)
  const written = await book.append({
    kind: 'consent.confirmed',
    actor: { type: 'person', acr: deed.acr },
    fields: { ...namesOf(consent), confirmed_at: book.now.toISOString() },
  })
  await issueReceipt(tx, book, notary, written, deed)
}

/** Over a year since it was allowed, or since she last said that it is still right. */
export function isConfirmationDue(consent: ConsentLife, now: Date): boolean {
  const said = consent.confirmedAt ?? consent.grantedAt
  return stateAt(consent, now) === 'active' && dayAfter(dayOf(said), remindedAfter) <= dayOf(now)
}

/** Whether something of it is sensitive: what lets it flow again needs the proof of a yes. */
export function isSensitive({ dataset: no, categories }: ConsentLife, register: Register): boolean {
  const dataset = register.datasetByNo(no)
  // What the register does not know is treated as sensitive.
  if (dataset === undefined) return true
  return categoriesIn(dataset, categories).some(
    (id) => register.category(id)?.sensitivity !== 'ordinary',
  )
}

type Suspension = {
  readonly state: State
  readonly reasons: readonly SuspendedBy[]
  readonly acr: string
}

/** Suspends in a book that is open already. */
export async function suspend(
  tx: Transaction,
  book: Book,
  notary: Notary,
  consent: Names,
  { state, reasons, acr }: Suspension,
): Promise<void> {
  await suspendFor(tx, consent, { state, reasons, now: book.now })
  const written = await book.append({
    kind: 'consent.suspended',
    actor: { type: 'person', acr },
    fields: {
      ...namesOf(consent),
      suspended_reasons: [...reasons],
      suspended_at: book.now.toISOString(),
    },
  })
  await issueReceipt(tx, book, notary, written, consent)
}

type Names = Pick<ConsentLife, 'personId' | 'consentId' | 'arrangementId'>

function namesOf({ consentId, arrangementId }: Names) {
  return {
    consent_id: writeId('con', consentId),
    arrangement_id: writeId('arr', arrangementId),
  }
}

async function open(
  tx: Transaction,
  { vault }: Notary,
  { personId, consentId }: Deed,
): Promise<{ book: Book; consent: ConsentLife }> {
  const book = await openBook(tx, vault, personId)
  const consent = await consentState(tx, personId, consentId)
  if (consent === undefined) throw new Refusal('sharing.not-found', 404)
  return { book, consent }
}
