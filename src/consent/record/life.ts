import type { FlowGate } from '../../base/values/gate.ts'
import { openGate } from '../../people/accounts/index.ts'
import { dayAfter, dayOf } from '../../base/values/calendar.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { Transaction } from '../../base/database/database.ts'
import { writeId } from '../../base/values/ids.ts'
import type { AnsweringActor } from '../../base/web/visit.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Book } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'
import type { Register } from '../../registry/index.ts'
import { categoriesIn } from './coverage.ts'
import type { Notary } from './receipts/receipt-issue.ts'
import { issueReceipt } from './receipts/receipt-issue.ts'
import type { Stop } from './revocation.ts'
import type { ConsentLife, ConsentState, State, SuspensionCause } from './rows.ts'
import { consentState, noteConfirmed, resumeFor, suspendFor } from './store.ts'
import { IllegalTransition, stateAfterMove, stateAt } from './transitions.ts'
import { refuseUntrusted } from './refuse-untrusted.ts'

// Deeds of a person between allowing and stopping a sharing. Each deed is done under her lock and writes one event; repeated, it
// changes nothing.

type Deed = Stop

/** A deed that lets information flow again, or go on unasked: of whoever may answer. */
type Flowing = Deed & AnsweringActor

// A second confirmation within a day writes nothing: the reminder comes once a year, and repeated clicks must not fill the ledger.
const confirmedForSeconds = 24 * 3600
const remindedAfter = 'P1Y'

/**
 * Pauses a sharing: once this has returned and is committed, nothing is permitted. The term runs on, and a stop stays possible.
 * @throws Refusal sharing.not-found (404); IllegalTransition (409)
 */
export async function pauseConsent(tx: Transaction, notary: Notary, deed: Deed): Promise<void> {
  const { book, consent } = await open(tx, notary, deed)
  const isPaused = consent.suspendedReasons.includes('person')
  if (isPaused && stateAt(consent, book.now) === 'suspended') return
  stateAfterMove(consent, 'suspended', book.now)
  await suspend(tx, book, notary, consent, { reasons: ['person'], acr: deed.acr })
}

/**
 * Ends the person's own pause. While another cause of suspension is left, the sharing stays suspended.
 * @throws Refusal sharing.not-found (404); IllegalTransition, access.held (409); ProofNeeded, as for a yes
 */
export async function resumeConsent(tx: Transaction, notary: Notary, deed: Flowing): Promise<void> {
  const { book, consent } = await open(tx, notary, deed)
  if (stateAt(consent, book.now) === 'active') return
  const state = stateAfterMove(consent, 'resumed', book.now)
  if (!consent.suspendedReasons.includes('person'))
    throw new IllegalTransition(consent.consentId, consent.state, 'resumed')
  const needsCare = isSensitive(consent, notary.live.current())
  const gate = await openGate(tx, notary.vault.seals, deed, needsCare, book.now)
  await resume(tx, book, notary, gate, { consent, state, acr: deed.acr })
}

type Resumed = {
  readonly consent: ConsentLife
  /** The state of the sharing when no other cause of suspension is left. */
  readonly state: State
  readonly acr: string
}

/** Ends the person's own pause in an open book; while another cause is left, the sharing stays suspended. @returns the row as it is then */
export async function resume(
  tx: Transaction,
  book: Book,
  notary: Notary,
  gate: FlowGate,
  { consent, state, acr }: Resumed,
): Promise<ConsentState> {
  const left = consent.suspendedReasons.filter((reason) => reason !== 'person')
  const reached = left.length === 0 ? state : consent.state
  refuseUntrusted(consent)
  const resumed = await resumeFor(tx, book, gate, { consent, state: reached, left })
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
  return resumed
}

/**
 * Records the answer to the yearly reminder: the sharing itself does not change, but she is not reminded for a year.
 * @throws Refusal sharing.not-found (404); IllegalTransition, access.held (409); ProofNeeded, as for a yes to something ordinary
 */
export async function confirmConsent(
  tx: Transaction,
  notary: Notary,
  deed: Flowing,
): Promise<void> {
  const { book, consent } = await open(tx, notary, deed)
  stateAfterMove(consent, 'confirmed', book.now)
  const { confirmedAt } = consent
  if (confirmedAt !== null && book.now < secondsAfter(confirmedAt, confirmedForSeconds)) return
  refuseUntrusted(consent)
  const gate = await openGate(tx, notary.vault.seals, deed, false, book.now)
  await noteConfirmed(tx, book, gate, consent)
  const written = await book.append({
    kind: 'consent.confirmed',
    actor: { type: 'person', acr: deed.acr },
    fields: { ...namesOf(consent), confirmed_at: book.now.toISOString() },
  })
  await issueReceipt(tx, book, notary, written, deed)
}

/** Whether a year has passed since she allowed the sharing, or last confirmed it. */
export function isConfirmationDue(consent: ConsentLife, now: Date): boolean {
  const said = consent.confirmedAt ?? consent.grantedAt
  return stateAt(consent, now) === 'active' && dayAfter(dayOf(said), remindedAfter) <= dayOf(now)
}

/** Whether a category of the sharing is sensitive: to resume it needs the same sign-in as a yes. */
export function isSensitive({ dataset: no, categories }: ConsentLife, register: Register): boolean {
  const dataset = register.datasetByNo(no)
  // A dataset that the register does not know is treated as sensitive.
  if (dataset === undefined) return true
  return categoriesIn(dataset, categories).some(
    (id) => register.category(id)?.sensitivity !== 'ordinary',
  )
}

type Suspension = {
  readonly reasons: readonly SuspensionCause[]
  readonly acr: string
}

/** Suspends a sharing in an open book. */
export async function suspend(
  tx: Transaction,
  book: Book,
  notary: Notary,
  consent: ConsentState,
  { reasons, acr }: Suspension,
): Promise<void> {
  refuseUntrusted(consent)
  await suspendFor(tx, book, consent, reasons)
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

function namesOf({ consentId, arrangementId }: ConsentState) {
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
  const consent = await consentState(tx, book, { personId, consentId })
  if (consent === undefined) throw new Refusal('sharing.not-found', 404)
  return { book, consent }
}
