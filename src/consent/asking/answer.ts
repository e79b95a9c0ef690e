import type { FlowGate } from '../../base/values/gate.ts'
import { openGate } from '../../people/accounts/index.ts'
import type {
  AnswerFacts,
  ConsentLife,
  ConsentListed,
  ConsentRecord,
  ConsentState,
  KeyRule,
  Notary,
} from '../record/index.ts'
import {
  consentState,
  isLive,
  isSensitive,
  issueReceipt,
  keyRuleOf,
  keyRuleLiftOf,
  lockedConsents,
  stateAfterMove,
  requireKey,
  resume,
  revoke,
  supersede,
  suspend,
} from '../record/index.ts'
import type { Transaction } from '../../base/database/database.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Book } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'
import type { HelpingDesk } from '../../people/helps/index.ts'
import { helpingDesk } from '../../people/helps/index.ts'
import { notify } from '../../people/notifications/index.ts'
import type { Register } from '../../registry/index.ts'
import { refuseUnder14 } from './age.ts'
import { showsChanged } from './earlier-answers.ts'
import { requireRegister } from './ask.ts'
import type { AnsweringPerson, GivenAnswer, ItemAnswer } from './choice.ts'
import type { Consequences } from './consequences.ts'
import { consentsOfSharing, consequencesOf, isAnsweredBy, isSameSharing } from './consequences.ts'
import type { DecidedItem } from './drafts.ts'
import { decidedItems, answerInDraft, hashOfAnswers } from './drafts.ts'
import { readAnswer } from './read-answer.ts'
import type { JudgedAnswer } from './record.ts'
import { recordOf, writeAnswer } from './record.ts'
import type { Presentation, RequestRow, ShownRequest } from './rows.ts'
import { draftsOf, noteSent, requestsOfVisit } from './store.ts'
import type { SignedAnswers, FormSignature } from './answer-signature.ts'
import { useSigning } from './answer-signature.ts'
import type { PageEvent } from './page-event.ts'
import { pageEventOf } from './page-event.ts'
import { presentationOf } from './presentation-in-force.ts'

/** The most sharings that one person may have before their ends. */
export const maxLive = 500

export type Answer = AnsweringPerson &
  ItemAnswer & {
    readonly itemNo?: number | undefined
    /** Her key's signature for this answer; undefined: she gives it without one. */
    readonly signing?: FormSignature | undefined
  }

/**
 * Records a person's yes or no to what she was shown, once, with its receipt: a second click or another tab finds the same answer.
 * @throws Refusal consent.expired (410), consent.changed, consent.answered or consent.key-needed (409), as `readChoice`, and as `useSigning`; ProofNeeded
 * for a yes
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
  // A service that asked several items waits for all: no item is answered by itself.
  if (answer.itemNo === undefined && rows.length > 1) throw new Refusal('form.invalid')
  if (row.state === 'answered') return sameAnswer(tx, book, row, answer.granted)
  await requireRegister(tx, register)
  const held = await lockedConsents(tx, book, answer.personId)
  const desk = await helpingDesk(tx, notary.mandates, book, answer.personId)
  const deed = { tx, book, notary, register, held, desk }
  requireRoom(deed, answer.granted ? [row] : [])
  if (answer.granted) await refuseUnder14(tx, ageOf(deed, answer.personId))
  const shown = await presentationOf(tx, row, answer.presentationId, register)
  const answered = { row, shown, items: rows.length }
  const page = await pageEventOf(tx, { vault: notary.vault, register }, answered)
  const signed = await signedFor(deed, [{ row, answer, page }], answer.signing)
  await recordAnswer(deed, { row, answer, shown, page }, signed)
  if (answer.granted) await notify(tx, answer.personId, 'consent.given', book.now)
}

/** All the answers to one request, named by the hash that the page showed. */
export type Answers = AnsweringPerson & {
  readonly answersSha256: Buffer
  /** Her key's signature for all of them together; undefined: she gives them without one. */
  readonly signing?: FormSignature | undefined
}

/**
 * Records all the answers to one request together, or none. The same answers sent again change nothing. Where another tab has
 * changed an answer meanwhile, the page did not show that answer, and nothing is recorded. Where a yes needs her key and none signs, the
 * yeses among them wait.
 * @throws Refusal consent.expired (410), consent.changed, consent.answered or consent.answers-changed (409),
 * as `readChoice`, and as `useSigning`; ProofNeeded where one is a yes
 */
export async function answerTogether(
  tx: Transaction,
  notary: Notary,
  register: Register,
  { answersSha256, signing, ...by }: Answers,
): Promise<void> {
  const book = await openBook(tx, notary.vault, by.personId)
  const rows = await requestsOfVisit(tx, by.visit)
  const [first] = rows
  if (first?.personId !== by.personId) throw new Refusal('consent.expired', 410)
  if (first.answersSha256?.equals(answersSha256) === true) return
  if (first.answersSha256 !== null) throw new Refusal('consent.answered', 409)
  await requireRegister(tx, register)
  const held = await lockedConsents(tx, book, by.personId)
  const decided = decidedItems(rows, await draftsOf(tx, first.requestId))
  const isWhole = rows.every(
    (row) =>
      row.state !== 'requested' ||
      decided.some(({ row: { itemNo } }) => itemNo === row.itemNo) ||
      held.some((consent) => isAnswer(consent, row, register, book.now)),
  )
  if (!isWhole || !hashOfAnswers(decided).equals(answersSha256))
    throw new Refusal('consent.answers-changed', 409)
  // Each item is about another sharing: `held`, read once, stays true for the next item.
  const desk = await helpingDesk(tx, notary.mandates, book, by.personId)
  const deed = { tx, book, notary, register, held, desk }
  const recorded = withoutYes(await keyRuleOf(tx, book.live, by.personId), signing, decided)
  const granted = recorded.filter(({ draft }) => draft.answer === 'granted')
  requireRoom(
    deed,
    granted.map(({ row }) => row),
  )
  if (granted.length > 0) await refuseUnder14(tx, ageOf(deed, by.personId))
  const items = await itemsOf(deed, recorded, rows.length, by)
  const signed = await signedFor(deed, items, signing)
  for (const item of items) await recordAnswer(deed, item, signed)
  await noteSent(tx, first.requestId, answersSha256)
  // One message tells of all the grants.
  if (granted.length > 0) await notify(tx, by.personId, 'consent.given', book.now)
}

/**
 * Where a yes of hers needs her key and none signs, her other answers are recorded, and each yes waits as a question that she put off.
 * @throws Refusal consent.key-needed (409) where nothing else was answered
 */
function withoutYes(
  rule: KeyRule,
  signing: FormSignature | undefined,
  decided: readonly DecidedItem<ShownRequest>[],
): readonly DecidedItem<ShownRequest>[] {
  if (signing !== undefined || rule !== 'required') return decided
  const others = decided.filter(({ draft }) => draft.answer !== 'granted')
  if (others.length < decided.length && !others.some(({ draft }) => draft.answer === 'refused'))
    throw keyNeeded()
  return others
}

/** Each answer with the page that it is to; what she puts off is none. */
async function itemsOf(
  { tx, notary, register }: Deed,
  decided: readonly DecidedItem<ShownRequest>[],
  asked: number,
  by: Omit<AnsweringPerson, 'visit'>,
): Promise<Item[]> {
  const reading = { vault: notary.vault, register }
  const items: Item[] = []
  for (const { row, draft } of decided) {
    const given = answerInDraft(draft)
    if (given === undefined) continue
    const shown = await presentationOf(tx, row, given.presentationId, register)
    const page = await pageEventOf(tx, reading, { row, shown, items: asked })
    items.push({ row, shown, page, answer: { ...by, ...given } })
  }
  return items
}

async function signedFor(
  { tx, book, notary, register }: Deed,
  items: readonly Omit<Item, 'shown'>[],
  signing: FormSignature | undefined,
): Promise<SignedAnswers | undefined> {
  const { issuer, vault } = notary
  const signed = await useSigning(tx, items, { issuer, vault, register, now: book.now }, signing)
  const [first] = items
  if (signed === undefined || first === undefined) return signed
  const { personId } = first.row
  await requireKey({ tx, book, notary, personId }, first.answer.acr)
  return signed
}

function isAnswer(consent: ConsentListed, row: RequestRow, register: Register, now: Date): boolean {
  const isSame = isSameSharing(consent, row, register, now) && isAnsweredBy(row, consent, register)
  const isChanged = consent.arrangementId !== row.amends || consent.validUntil >= row.validUntil
  return isSame && isChanged && isLive(consent, register, now)
}

type Deed = {
  readonly tx: Transaction
  readonly book: Book
  readonly notary: Notary
  readonly register: Register
  /** Consents that may still be used or resumed, read under the lock. */
  readonly held: readonly ConsentLife[]
  /** The desk that sees with her; undefined: none does. */
  readonly desk: HelpingDesk | undefined
}

type Item = {
  readonly row: RequestRow
  readonly answer: GivenAnswer
  /** The page that she answers, by its row and by its event. */
  readonly shown: Presentation
  readonly page: PageEvent
}

async function recordAnswer(
  deed: Deed,
  { row, answer, shown, page }: Item,
  signed: SignedAnswers | undefined,
): Promise<void> {
  const { tx, book, notary, register, held, desk } = deed
  const rule = await keyRuleOf(tx, book.live, row.personId)
  if (answer.granted) refuseUnsigned(rule, signed)
  const answering = { row, held, register, now: book.now }
  if (answer.granted && !showsChanged(shown, consentsOfSharing(answering), row, book.now))
    throw new Refusal('consent.changed', 409)
  const comes = consequencesOf(answering, readAnswer(row, answer, register, book.now))
  const { before, takenBack, sending } = comes
  const about = { row, register, answer, shown, before, desk }
  const record = await recordOf(tx, { ...about, now: book.now })
  const needsCare = record.express || comes.resumed.some((item) => isSensitive(item, register))
  const gate = answer.granted
    ? await openGate(tx, notary.vault.seals, answer, needsCare, book.now)
    : 'no'
  if (gate !== 'no') await replaceBy(deed, gate, record, comes, answer)
  if (takenBack !== undefined)
    await revoke(tx, book, notary, [takenBack], { type: 'person', acr: answer.acr })
  const writing = { tx, book, register, issuer: notary.issuer }
  const judged: JudgedAnswer = { row, page, record, by: gate, signed }
  const { made, written } = await writeAnswer(writing, judged)
  const { text, lang, renderedSha256 } = shown
  const key = await keyFactsOf(deed, { row, page }, signed, rule)
  const answered = { isChange: row.amends !== null, sending, ...key }
  const facts = { ...record, text, lang, renderedSha256, answered }
  await issueReceipt(tx, book, notary, written, facts)
  if (comes.reasons.length > 0) await hold(deed, made, comes, answer)
}

function refuseUnsigned(rule: KeyRule, signed: SignedAnswers | undefined): void {
  if (signed === undefined && rule === 'required') throw keyNeeded()
}

function keyNeeded(): Refusal {
  return new Refusal('consent.key-needed', 409)
}

/** What the receipt of an answer tells of her key: of the one that signed it, or of a lifting by which none did. */
async function keyFactsOf(
  { tx, notary: { vault } }: Deed,
  { row: { personId }, page: { event: presented } }: Pick<Item, 'row' | 'page'>,
  signed: SignedAnswers | undefined,
  rule: KeyRule,
): Promise<Pick<AnswerFacts, 'key' | 'presented' | 'lifted'>> {
  if (signed !== undefined) return { key: signed.origin, presented }
  if (rule !== 'lifted') return { presented }
  const lifted = await keyRuleLiftOf(tx, vault, personId)
  return { key: lifted?.origin, lifted: lifted?.event, presented }
}

// Ends her pause before its consent is replaced, so that her ledger says that she ended it.
async function replaceBy(
  { tx, book, notary }: Deed,
  gate: FlowGate,
  record: ConsentRecord,
  { resumed, replaced }: Consequences,
  { acr }: GivenAnswer,
): Promise<void> {
  const rows = new Map<string, ConsentState>()
  for (const consent of resumed) {
    const state = stateAfterMove(consent, 'resumed', book.now)
    rows.set(consent.consentId, await resume(tx, book, notary, gate, { consent, state, acr }))
  }
  for (const consent of replaced)
    await supersede(tx, book, rows.get(consent.consentId) ?? consent, record)
}

async function hold(
  { tx, book, notary }: Deed,
  made: ConsentState,
  { reasons }: Consequences,
  { acr }: GivenAnswer,
): Promise<void> {
  stateAfterMove(made, 'suspended', book.now)
  await suspend(tx, book, notary, made, { reasons, acr })
}

function ageOf({ notary, register, book }: Deed, personId: string) {
  return { notary, register, personId, now: book.now }
}

// A consent that is replaced makes room for the new one: it is not counted.
function requireRoom({ held, register, book }: Deed, granted: readonly RequestRow[]): void {
  const others = held.filter(
    (consent) =>
      book.now < consent.validUntil &&
      !granted.some((row) => isSameSharing(consent, row, register, book.now)),
  )
  if (granted.length > 0 && others.length + granted.length > maxLive)
    throw new Refusal('consent.too-many', 409)
}

async function sameAnswer(
  tx: Transaction,
  book: Book,
  row: RequestRow,
  granted: boolean,
): Promise<void> {
  const given = await consentState(tx, book, row)
  if ((given?.state === 'refused') === granted) throw new Refusal('consent.answered', 409)
}
