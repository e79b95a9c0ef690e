import { refuseWhileHeld } from '../accounts/index.ts'
import type { ConsentListed, Notary } from '../consent/index.ts'
import {
  consentState,
  insertConsent,
  isLive,
  issueReceipt,
  isWithin,
  lockedConsents,
  registerEpoch,
  revoke,
  supersede,
} from '../consent/index.ts'
import type { Database, Transaction } from '../foundation/database.ts'
import { requireProof } from '../foundation/proof.ts'
import { Refusal } from '../foundation/refusal.ts'
import type { Book } from '../ledger/index.ts'
import { openBook } from '../ledger/index.ts'
import { notify } from '../notifications/index.ts'
import type { Register } from '../registry/index.ts'
import { changedIn, showsChanged } from './answered.ts'
import type { By, Given, ItemAnswer } from './choice.ts'
import { asChoice } from './choice.ts'
import { decidedOf, hashOfAnswers } from './drafts.ts'
import { recordFields, recordOf } from './record.ts'
import type { Draft, Presentation, RequestRow } from './rows.ts'
import { answerItem, draftsOf, noteSent, presentationsOf, requestsOfVisit } from './store.ts'
import { objectsOf } from './terms.ts'

/** Sharings of one person that are not over (CONTRACT, limits). */
export const maxLive = 500

export type Answer = By & ItemAnswer & { readonly itemNo?: number | undefined }

/**
 * Records a person's yes or no to what she was shown, once, with its receipt: a second click or another tab finds the same answer.
 * @throws Refusal consent.expired (410), consent.changed or consent.answered (409), and as `readChoice`; ProofNeeded for a yes
 */
export async function answerRequest(
  tx: Transaction,
  notary: Notary,
  register: Register,
  answer: Answer,
): Promise<void> {
  const book = await openBook(tx, notary.vault, answer.personId)
  const rows = await requestsOfVisit(tx, answer.visit)
  const row = rows.find(({ itemNo }) => itemNo === (answer.itemNo ?? itemNo))
  if (row?.personId !== answer.personId) throw new Refusal('consent.expired', 410)
  // Of several, none is answered by itself while a service waits for all.
  if (answer.itemNo === undefined && rows.length > 1) throw new Refusal('form.invalid')
  if (row.state === 'answered') return sameAnswer(tx, row, answer.granted)
  await requireRegister(tx, register)
  const held = await lockedConsents(tx, answer.personId)
  const deed = { tx, book, notary, register, held }
  requireRoom(deed, answer.granted ? [row] : [])
  await recordAnswer(deed, row, answer)
  if (answer.granted) await notify(tx, answer.personId, 'consent.given', book.now)
}

/** All the answers to one request, as the page showed them. */
export type Answers = By & { readonly answersSha256: Buffer }

/**
 * Records all that was decided on the pages of one request, together or not at all. Sent again, the same is the same; what was
 * decided otherwise in another tab meanwhile was not on the page, and is not recorded.
 * @throws Refusal consent.expired (410), consent.changed, consent.answered or consent.answers-changed (409), and as `readChoice`; ProofNeeded where one is a yes
 */
export async function answerTogether(
  tx: Transaction,
  notary: Notary,
  register: Register,
  { answersSha256, ...by }: Answers,
): Promise<void> {
  const book = await openBook(tx, notary.vault, by.personId)
  const rows = await requestsOfVisit(tx, by.visit)
  const [first] = rows
  if (first?.personId !== by.personId) throw new Refusal('consent.expired', 410)
  if (first.answersSha256?.equals(answersSha256) === true) return
  if (first.answersSha256 !== null) throw new Refusal('consent.answered', 409)
  await requireRegister(tx, register)
  const held = await lockedConsents(tx, by.personId)
  const decided = decidedOf(rows, await draftsOf(tx, first.requestId))
  const isWhole = rows.every(
    (row) =>
      row.state !== 'requested' ||
      decided.some(({ row: { itemNo } }) => itemNo === row.itemNo) ||
      held.some((consent) => isAnswer(consent, row, register, book.now)),
  )
  if (!isWhole || !hashOfAnswers(decided).equals(answersSha256))
    throw new Refusal('consent.answers-changed', 409)
  // Each is about another sharing: what is held for one is not changed by another.
  const deed = { tx, book, notary, register, held }
  const granted = decided.filter(({ draft }) => draft.answer === 'granted')
  requireRoom(
    deed,
    granted.map(({ row }) => row),
  )
  for (const { row, draft } of decided) {
    const given = answerIn(draft)
    if (given !== undefined) await recordAnswer(deed, row, { ...by, ...given })
  }
  await noteSent(tx, first.requestId, answersSha256)
  // One message, whatever their number.
  if (granted.length > 0) await notify(tx, by.personId, 'consent.given', book.now)
}

function answerIn(draft: Draft): ItemAnswer | undefined {
  const { presentationId, answer } = draft
  if (presentationId === null || answer === 'later') return undefined
  return { ...asChoice(draft), presentationId, granted: answer === 'granted' }
}

function isAnswer(consent: ConsentListed, row: RequestRow, register: Register, now: Date): boolean {
  const isSame = isSameSharing(consent, row, register, now) && isAnsweredBy(row, consent)
  const isChanged = consent.arrangementId !== row.amends || consent.validUntil >= row.validUntil
  return isSame && isChanged && isLive(consent, register, now)
}

// A register applied since this process read it: the page is shown again, by the new one.
async function requireRegister(tx: Transaction, register: Register): Promise<void> {
  if ((await registerEpoch(tx)) !== register.epoch) throw new Refusal('consent.changed', 409)
}

type Deed = {
  readonly tx: Transaction
  readonly book: Book
  readonly notary: Notary
  readonly register: Register
  /** What may still be used, read under the lock. */
  readonly held: readonly ConsentListed[]
}

async function recordAnswer(
  { tx, book, notary, register, held }: Deed,
  row: RequestRow,
  answer: Given,
): Promise<void> {
  const shown = await presentationOf(tx, row, answer.presentationId, register)
  const same = sameOf(held, row, register, book.now)
  const before = replacedBy(same, row, register, book.now)
  if (answer.granted && !showsChanged(shown, same, row, book.now))
    throw new Refusal('consent.changed', 409)
  const record = await recordOf(tx, { row, register, answer, shown, before, now: book.now })
  if (answer.granted) requireProof(answer, record.express, book.now)
  if (record.express) await refuseWhileHeld(tx, row.personId, book.now)
  // Used-up ones too: a use given back would make one live again beside this, and the person would stop but one.
  if (answer.granted) for (const consent of same) await supersede(tx, book, consent, record)
  else if (before !== undefined && isTakenBack(row, before))
    await revoke(tx, book, notary, before, { type: 'person', acr: answer.acr })
  await insertConsent(tx, record, answer.granted ? 'active' : 'refused')
  await answerItem(tx, row.requestId, row.itemNo)
  const written = await book.append({
    kind: answer.granted ? 'consent.granted' : 'consent.refused',
    actor: { type: 'person', acr: answer.acr },
    fields: recordFields(record, row, register),
  })
  const { text, lang, renderedSha256 } = shown
  await issueReceipt(tx, book, notary, written, { ...record, text, lang, renderedSha256 })
}

// Whatever takes the place of another needs none of its own.
function requireRoom({ held, register, book }: Deed, granted: readonly RequestRow[]): void {
  const others = held.filter(
    (consent) =>
      book.now < consent.validUntil &&
      !granted.some((row) => isSameSharing(consent, row, register, book.now)),
  )
  if (granted.length > 0 && others.length + granted.length > maxLive)
    throw new Refusal('consent.too-many', 409)
}

async function sameAnswer(tx: Transaction, row: RequestRow, granted: boolean): Promise<void> {
  const given = await consentState(tx, row.personId, row.consentId)
  if ((given?.state === 'refused') === granted) throw new Refusal('consent.answered', 409)
}

/** The page that is answered, if it shows the words of today. @throws Refusal consent.expired (410), consent.changed (409) */
export async function presentationOf(
  tx: Database | Transaction,
  row: RequestRow,
  presentationId: string,
  register: Register,
): Promise<Presentation> {
  // Lapsed: of too many open questions it was the oldest.
  if (row.state !== 'requested') throw new Refusal('consent.expired', 410)
  const shown = (await presentationsOf(tx, row)).find(
    (item) => item.presentationId === presentationId,
  )
  const { text, agreement, purpose } = objectsOf(row, register)
  const language = shown?.lang === 'en-CA' ? 'en' : 'fr'
  const isApproved = shown?.canonicalSha256.equals(text.sha256[language]) === true
  // Not the text of today: it is not stretched over another (SECURITY 117).
  const isCurrent = register.textFor(purpose.ref, agreement.id)?.no === text.no
  if (shown === undefined || !isApproved || !isCurrent) throw new Refusal('consent.changed', 409)
  return shown
}

/** All that a yes replaces: what it changes, in its arrangement, and what else is about the same. */
function sameOf(
  held: readonly ConsentListed[],
  row: RequestRow,
  register: Register,
  now: Date,
): ConsentListed[] {
  const changed = changedIn(held, row, now)
  return held.filter((item) => item === changed || isSameSharing(item, row, register, now))
}

/** The one whose arrangement goes on: a change's own, or what lives. */
function replacedBy(
  same: readonly ConsentListed[],
  row: RequestRow,
  register: Register,
  now: Date,
): ConsentListed | undefined {
  // One in a pause too: what is allowed anew goes on in its arrangement, and a no ends what could be resumed.
  const live = same.find((item) => isLive({ ...item, state: 'active' }, register, now))
  return changedIn(same, row, now) ?? live
}

// Yes in one window and no in another: her last word about the same question counts. A no to a change leaves what was.
function isTakenBack(row: RequestRow, before: ConsentListed): boolean {
  return row.amends === null && isAnsweredBy(row, before)
}

function isAnsweredBy(row: RequestRow, { categories, declined }: ConsentListed): boolean {
  const isAllowed = isWithin(row.categoriesRequired, categories)
  return isAllowed && isWithin(row.categoriesOptional, categories | declined)
}

function isSameSharing(
  consent: ConsentListed,
  row: RequestRow,
  register: Register,
  now: Date,
): boolean {
  const { agreement } = objectsOf(row, register)
  return (
    consent.recipient === register.organisation(agreement.recipient)?.root &&
    consent.dataset === row.dataset &&
    consent.purpose === row.purpose &&
    now < consent.validUntil
  )
}
