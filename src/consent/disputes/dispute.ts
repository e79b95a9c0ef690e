import type { RecordPorts } from '../record/index.ts'
import type { Caller } from '../../base/web/caller.ts'
import { dayAfter, dayOf, endOfDay } from '../../base/values/calendar.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { newUuid, readId, writeId } from '../../base/values/ids.ts'
import { present } from '../../base/values/present.ts'
import { Problem, Refusal } from '../../base/values/refusal.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { openBook, openSealed, sealedHash } from '../../ledger/chain/index.ts'
import { registerEpoch } from '../record/index.ts'
import type { Register } from '../../registry/index.ts'
import { bodyId } from '../../registry/index.ts'
import type { DisputeRow, Disputes, DisputedLine, DisputeOutcome } from './rows.ts'
import { disputeById, disputesOf, insertDispute, lineOf, writeAnswer } from './store.ts'

/** `register`: that of the database, where the bodies of each line are. */
type Asking = { readonly vault: Vault; readonly register: Register }

/** The time that a body has to answer: the same as for an access request (LAI 47). */
const dueAfter = 'P20D'
/** The most questions of one person without an answer. */
export const maxOpenDisputes = 10
export const maxCharacters = 2000
// No control characters except tabs and line ends.
const good = /^[^\p{Cc}\p{Cs}]*(?:[\t\n\r][^\p{Cc}\p{Cs}]*)*$/u

/** A text as a person or a body wrote it; undefined: empty, too long, or no text. */
export function cleanText(given: string): string | undefined {
  const text = given.normalize('NFC').replaceAll('\r\n', '\n').trim()
  const isGood =
    text !== '' && text.length <= maxCharacters && text.isWellFormed() && good.test(text)
  return isGood ? text : undefined
}

/**
 * Why a person may not ask about a line of her activity. It decides whether a question is taken, and whether a page shows the link or
 * the form.
 * @returns undefined: she may ask
 */
export function refusalOf({ byDecision, open }: Disputes, decisionId: string): Refusal | undefined {
  if (byDecision.has(decisionId)) return new Refusal('dispute.already', 409)
  return open >= maxOpenDisputes ? new Refusal('dispute.too-many', 429) : undefined
}

export type NewQuestion = {
  readonly personId: string
  readonly acr: string
  /** `dec_…` */
  readonly decisionId: string
  readonly text: string
}

/**
 * « Ce n’est pas normal ? »: records a question about one line, for the body that answers for that line. Each line has one question.
 * @throws Refusal dispute.not-found (404), dispute.text (400), dispute.already (409), dispute.too-many (429)
 */
export async function openDispute(
  tx: Transaction,
  { vault, register }: Asking,
  { personId, acr, decisionId: id, text: given }: NewQuestion,
): Promise<DisputeRow> {
  const decisionId = readId('dec', id)
  if (decisionId === undefined) throw new Refusal('dispute.not-found', 404)
  const book = await openBook(tx, vault, personId)
  const line = await lineOf(tx, personId, decisionId)
  if (line === undefined) throw new Refusal('dispute.not-found', 404)
  const text = cleanText(given)
  if (text === undefined) throw new Refusal('dispute.text')
  const refused = refusalOf(await disputesOf(tx, personId, [decisionId]), decisionId)
  if (refused !== undefined) throw refused
  const routedTo = answeringBody(line)
  const disputeId = newUuid(book.now)
  const dueAt = endOfDay(dayAfter(dayOf(book.now), dueAfter))
  const { year: dekYear, body } = await book.seal(disputeId, text)
  await book.append({
    kind: 'disclosure.disputed',
    actor: { type: 'person', acr },
    fields: {
      dispute_id: writeId('dsp', disputeId),
      decision_id: id,
      consent_id: line.consentId && writeId('con', line.consentId),
      routed_to: bodyId(register, routedTo),
      due_at: dueAt.toISOString(),
      text_sha256: sealedHash(body),
    },
  })
  const { consentId } = line
  const row = { disputeId, personId, decisionId, consentId, routedTo, openedAt: book.now, dueAt }
  await insertDispute(tx, { ...row, dekYear, body })
  return { ...row, dekYear, body, ...unanswered }
}

/** The body that answers for a line: the holder for a permit, the body that asked for a deny. */
export function answeringBody({ outcome, holder, recipient }: DisputedLine): number {
  return outcome === 'permit' ? holder : (recipient ?? holder)
}

const unanswered = {
  answeredAt: null,
  outcome: null,
  answerId: null,
  answerYear: null,
  answerBody: null,
}

export type DisputeReply = {
  readonly disputeId: string
  readonly outcome: DisputeOutcome
  readonly text: string
}

/**
 * Records the body's answer once; the same answer again changes nothing. A body does not find a dispute of another body.
 * @throws Problem dispute.not-found (404), dispute.text, dispute.answered (409)
 */
export async function answerDispute(
  context: RecordPorts,
  caller: Caller,
  { disputeId: id, outcome, text: given }: DisputeReply,
): Promise<{ readonly isNew: boolean; readonly answeredAt: Date }> {
  const disputeId = readId('dsp', id)
  const found = disputeId === undefined ? undefined : await disputeById(context.db, disputeId)
  const register = await context.live.at(await registerEpoch(context.db))
  const party = register.organisation(caller.orgId)?.root
  if (disputeId === undefined || found === undefined || found.routedTo !== party)
    throw new Problem('dispute.not-found', 404, 'no such dispute of yours')
  const text = cleanText(given)
  if (text === undefined)
    throw new Problem('dispute.text', 400, `text: 1 to ${maxCharacters} characters`)
  return transact(context.db, async (tx) => {
    const book = await openBook(tx, context.vault, found.personId)
    const known = present(await disputeById(tx, disputeId), 'a question under its lock')
    if (known.answeredAt !== null) {
      const { answer } = await textsOf(tx, context.vault, known)
      if (known.outcome === outcome && answer === text)
        return { isNew: false, answeredAt: known.answeredAt }
      throw new Problem('dispute.answered', 409, 'another answer was given')
    }
    const answerId = newUuid(book.now)
    const { year: answerYear, body: answerBody } = await book.seal(answerId, text)
    await book.append({
      kind: 'disclosure.answered',
      actor: { type: 'organisation', organisation: caller.orgId },
      fields: {
        dispute_id: id,
        decision_id: writeId('dec', known.decisionId),
        consent_id: known.consentId && writeId('con', known.consentId),
        outcome,
        answer_id: writeId('ans', answerId),
        text_sha256: sealedHash(answerBody),
      },
    })
    const answer = { answeredAt: book.now, outcome, answerId, answerYear, answerBody }
    await writeAnswer(tx, { ...known, ...answer })
    return { isNew: true, answeredAt: book.now }
  })
}

export type Texts = { readonly question: string | undefined; readonly answer: string | undefined }

/** The question and the answer; undefined where there is none, or where its year's content is erased. */
export async function textsOf(
  db: Database | Transaction,
  vault: Vault,
  dispute: DisputeRow,
): Promise<Texts> {
  const { personId, disputeId, dekYear, body, answerId, answerYear, answerBody } = dispute
  const question = await openSealed(db, vault, personId, { id: disputeId, year: dekYear, body })
  if (answerId === null || answerYear === null || answerBody === null)
    return { question, answer: undefined }
  const sealed = { id: answerId, year: answerYear, body: answerBody }
  return { question, answer: await openSealed(db, vault, personId, sealed) }
}
