import type { ConsentLife, ConsentRecord, Notary } from '../record/index.ts'
import {
  consentState,
  issueReceipt,
  lockedConsents,
  stateAfterMove,
  newestVersion,
  recordTermsOf,
  requireKey,
  requireNarrower,
  supersede,
  suspend,
  termsOf,
} from '../record/index.ts'
import type { Transaction } from '../../base/database/database.ts'
import { present } from '../../base/values/present.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Book } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'
import type { HelpingDesk } from '../../people/helps/index.ts'
import { helpingDesk } from '../../people/helps/index.ts'
import type { Register } from '../../registry/index.ts'
import { narrowingSends } from './consequences.ts'
import { officeOf, writeAnswer } from './record.ts'
import type { Presentation, RequestRow } from './rows.ts'
import type { NarrowedRequest, SignedAnswers, FormSignature } from './answer-signature.ts'
import { useNarrowing } from './answer-signature.ts'
import { pageEventOf } from './page-event.ts'
import { presentationsOf, requestOfPresentation } from './store.ts'

export type NarrowingRequest = {
  readonly personId: string
  /** The consent that is narrowed. */
  readonly consentId: string
  /** The presentation that she read: the answer counts for its narrower sharing and no other. */
  readonly presentationId: string
  readonly acr: string
  readonly amr: readonly string[]
  /** Her key's signature; undefined: she narrows without one. */
  readonly signing?: FormSignature | undefined
}

/**
 * Replaces a consent at once by a narrower one of the same arrangement: tokens keep the categories that are left. The new consent
 * takes over uses, frequency window and pause. The same answer sent again returns the same consent.
 * @returns the new consent's id
 * @throws Refusal sharing.not-found (404), consent.expired (410), passkey.refused, passkey.suspended; IllegalTransition (409)
 */
export async function narrowConsent(
  tx: Transaction,
  notary: Notary,
  register: Register,
  narrow: NarrowingRequest,
): Promise<string> {
  const { personId, consentId, acr } = narrow
  const book = await openBook(tx, notary.vault, personId)
  const before = await consentState(tx, book, { personId, consentId })
  if (before === undefined) throw new Refusal('sharing.not-found', 404)
  const row = await requestOfPresentation(tx, narrow.presentationId)
  if (row?.personId !== personId || row.narrows !== consentId)
    throw new Refusal('sharing.not-found', 404)
  if (row.state === 'answered') return row.consentId
  stateAfterMove(before, 'superseded', book.now)
  const narrower = requireNarrower(before, row)
  // The day that she chose passed while the page was open.
  if (book.now >= row.validUntil) throw new Refusal('consent.expired', 410)
  const shown = await shownOf(tx, row, narrow.presentationId)
  const page = await pageEventOf(tx, { vault: notary.vault, register }, { row, shown, items: 1 })
  const signed = await signedFor({ tx, book, notary, register }, { row, page }, narrow)
  const desk = await helpingDesk(tx, notary.mandates, book, personId)
  const record = await recordOf(tx, before, row, { ...narrow, desk }, book.now)
  const held = await lockedConsents(tx, book, personId)
  const sending = narrowingSends({ row, held, register, now: book.now }, before)
  await supersede(tx, book, before, record)
  const judged = { row, page, record, by: narrower, signed, before }
  const writing = { tx, book, register, issuer: notary.issuer }
  const { made: inserted, written } = await writeAnswer(writing, judged)
  const answered = { isChange: true, sending, key: signed?.origin, presented: page.event }
  const made = { personId, consentId: record.consentId, answered }
  await issueReceipt(tx, book, notary, written, made)
  if (before.suspendedReasons.length > 0) {
    stateAfterMove(inserted, 'suspended', book.now)
    await suspend(tx, book, notary, inserted, { reasons: before.suspendedReasons, acr })
  }
  return record.consentId
}

async function shownOf(
  tx: Transaction,
  row: RequestRow,
  presentationId: string,
): Promise<Presentation> {
  const shown = await presentationsOf(tx, row)
  return present(
    shown.find((one) => one.presentationId === presentationId),
    'the page by which the request was found',
  )
}

type Deed = {
  readonly tx: Transaction
  readonly book: Book
  readonly notary: Notary
  readonly register: Register
}

async function signedFor(
  { tx, book, notary, register }: Deed,
  narrowed: NarrowedRequest,
  { personId, acr, signing }: NarrowingRequest,
): Promise<SignedAnswers | undefined> {
  const { issuer, vault } = notary
  const using = { issuer, vault, register, now: book.now }
  const signed = await useNarrowing(tx, narrowed, using, signing)
  if (signed !== undefined) await requireKey({ tx, book, notary, personId }, acr)
  return signed
}

async function recordOf(
  tx: Transaction,
  before: ConsentLife,
  row: RequestRow,
  { presentationId, acr, amr, desk }: NarrowingRequest & { readonly desk: HelpingDesk | undefined },
  now: Date,
): Promise<ConsentRecord> {
  const { personId, consentId, arrangementId, agreement, purpose, dataset } = before
  const granted = row.categoriesRequired | row.categoriesOptional
  return {
    consentId: row.consentId,
    arrangementId,
    versionInArrangement: (await newestVersion(tx, arrangementId)) + 1,
    supersedesConsentId: consentId,
    personId,
    requestId: row.requestId,
    agreement,
    purpose,
    dataset,
    ...(await recordTermsOf(tx, consentId)),
    holder: before.holder,
    recipient: before.recipient,
    categoriesGranted: granted,
    categoriesDeclined: (before.categories | before.declined) & ~granted,
    ...termsOf(before),
    // The window continues with its uses: where they reach the new limit, nothing is sent until the next window.
    frequencyCount: row.frequencyCount,
    // Unchanged: windows of a frequency limit are counted from this start, and a new start would give new uses.
    validFrom: before.validFrom,
    validUntil: row.validUntil,
    validUntilLocal: row.validUntilLocal,
    presentationId,
    channel: 'web',
    acr,
    amr,
    ...officeOf(desk),
    createdAt: now,
  }
}
