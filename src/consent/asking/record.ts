import type { ConsentListed, ConsentRecord, ConsentState } from '../record/index.ts'
import {
  categoriesIn,
  insertConsent,
  newestVersion,
  obstacle,
  recordHash,
  recordList,
  asNew,
  termsOf,
} from '../record/index.ts'
import type { HelpingDesk } from '../../people/helps/index.ts'
import { timeZone } from '../../base/values/calendar.ts'
import type { Transaction } from '../../base/database/database.ts'
import { newUuid, writeId } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Book, WrittenEvent } from '../../ledger/chain/index.ts'
import type { Register } from '../../registry/index.ts'
import { bodyNo, objectsOf } from '../../registry/index.ts'
import type { SignedAnswers } from './answer-signature.ts'
import { signedFields } from './answer-signature.ts'
import type { GivenAnswer } from './choice.ts'
import { readChoice } from './choice.ts'
import type { Presentation, RequestRow } from './rows.ts'
import { answerItem } from './store.ts'
import { sensitiveOf } from './terms.ts'
import type { PageEvent } from './page-event.ts'
import { limitFields } from './limits.ts'
import { requireWithinPage } from './page-event.ts'

export type AnswerRecording = {
  readonly row: RequestRow
  readonly register: Register
  readonly answer: GivenAnswer
  readonly shown: Presentation
  /** The desk that sees with her; undefined: none does. */
  readonly desk: HelpingDesk | undefined
  readonly before: ConsentListed | undefined
  readonly now: Date
}

/** The record that an answer makes. @throws Refusal consent.expired (410), and as `readChoice` */
export async function recordOf(
  tx: Transaction,
  recording: AnswerRecording,
): Promise<ConsentRecord> {
  const { row, answer, shown, before, now } = recording
  const asked = row.categoriesRequired | row.categoriesOptional
  const { granted, express, validUntil, lastDay } = answer.granted
    ? readChoice(row, answer, recording.register, now)
    : { granted: 0n, express: 0n, validUntil: row.validUntil, lastDay: row.validUntilLocal }
  // A yes after a stop begins a new arrangement, so that no old token revives. A yes beside a live consent continues its arrangement.
  const goesOn = answer.granted ? before : undefined
  const arrangementId = goesOn?.arrangementId ?? newUuid(now)
  const record: ConsentRecord = {
    ...fixedBy(row, recording.register),
    arrangementId,
    versionInArrangement: (await newestVersion(tx, arrangementId)) + 1,
    supersedesConsentId: goesOn?.consentId ?? null,
    categoriesGranted: granted,
    categoriesDeclined: asked & ~granted,
    express: express !== 0n,
    validFrom: now,
    validUntil,
    validUntilLocal: lastDay,
    presentationId: shown.presentationId,
    channel: 'web',
    acr: answer.acr,
    amr: answer.amr,
    ...officeOf(recording.desk),
    createdAt: now,
  }
  requireStanding(record, recording)
  return record
}

/** The desk that saw with her, in her record. */
export function officeOf(desk: HelpingDesk | undefined) {
  return { officeOrg: desk?.organisation ?? null, officeRole: desk?.role ?? null }
}

/** The members of a record that the request fixed when it was first shown. */
function fixedBy(row: RequestRow, register: Register) {
  const { agreement, text } = objectsOf(row, register)
  return {
    consentId: row.consentId,
    personId: row.personId,
    requestId: row.requestId,
    agreement: row.agreement,
    purpose: row.purpose,
    dataset: row.dataset,
    legalBasisId: agreement.legalBasis,
    holder: bodyNo(register, agreement.holder),
    recipient: bodyNo(register, agreement.recipient),
    oneTime: row.maxUses === 1,
    ...termsOf(row),
    tz: timeZone,
    textPairSha256: text.pairSha256,
  }
}

// The agreement may have been suspended, or the last day have passed, while the page was open or the question waited.
function requireStanding(
  record: ConsentRecord,
  { row, register, answer, now }: AnswerRecording,
): void {
  const isOver = now >= record.validUntil || now >= row.expiresAt
  const because = answer.granted ? obstacle(asActive(record), register, now) : undefined
  if (isOver || because !== undefined) throw new Refusal('consent.expired', 410)
}

function asActive(record: ConsentRecord): ConsentListed {
  return {
    ...record,
    ...asNew,
    categories: record.categoriesGranted,
    declined: record.categoriesDeclined,
    state: 'active',
    stateAt: record.createdAt,
  }
}

type AnswerWriting = {
  readonly tx: Transaction
  readonly book: Book
  readonly issuer: string
  readonly register: Register
}

/** An answer that was judged. `by`: as `insertConsent` takes it. `before`: the consent that it narrows. */
export type JudgedAnswer = {
  readonly row: RequestRow
  readonly page: PageEvent
  readonly record: ConsentRecord
  readonly by: Parameters<typeof insertConsent>[3]
  readonly signed: SignedAnswers | undefined
  readonly before?: ConsentState
}

/** Writes an answer: its record, the row of its state, and the event that tells both. @returns the row, and the event. @throws UntrustedQuestion where it says more than its page */
export async function writeAnswer(
  { tx, book, issuer, register }: AnswerWriting,
  { row, page, record, by, signed, before }: JudgedAnswer,
): Promise<{ readonly made: ConsentState; readonly written: WrittenEvent }> {
  const isYes = by !== 'no'
  const made = await insertConsent(tx, book, record, by, before)
  await answerItem(tx, row.requestId, row.itemNo)
  const said = recordFields(record, row, register)
  const kind = isYes ? 'consent.granted' : 'consent.refused'
  const fields = {
    ...said,
    ...signedFields({ kind, ...said }, page, issuer, signed),
    ...(before === undefined ? {} : { narrowed_from: writeId('con', before.consentId) }),
  }
  requireWithinPage({ kind, ...fields }, page, row)
  const written = await book.append({ kind, actor: { type: 'person', acr: record.acr }, fields })
  return { made, written }
}

/** The fields of the event of a grant or a refusal. */
function recordFields(record: ConsentRecord, row: RequestRow, register: Register) {
  const { agreement, purpose, dataset } = objectsOf(row, register)
  return {
    consent_id: writeId('con', record.consentId),
    arrangement_id: writeId('arr', record.arrangementId),
    version_in_arrangement: record.versionInArrangement,
    request_id: writeId('req', record.requestId),
    presentation_id: writeId('pre', record.presentationId),
    agreement: agreement.ref,
    purpose: purpose.ref,
    dataset: dataset.ref,
    legal_basis: record.legalBasisId,
    holder: agreement.holder,
    recipient: agreement.recipient,
    categories_granted: categoriesIn(dataset, record.categoriesGranted),
    categories_declined: categoriesIn(dataset, record.categoriesDeclined),
    // A sensitive category is granted only by a tick that names it: each one granted is express.
    categories_express: categoriesIn(
      dataset,
      record.categoriesGranted & sensitiveOf(row, register),
    ),
    express: record.express,
    one_time: record.oneTime,
    ...limitFields(record),
    valid_from: record.validFrom.toISOString(),
    valid_until: record.validUntil.toISOString(),
    valid_until_local: record.validUntilLocal,
    tz: record.tz,
    text_pair_sha256: record.textPairSha256.toString('hex'),
    collected_by: collectedBy(record),
    supersedes:
      record.supersedesConsentId === null ? null : writeId('con', record.supersedesConsentId),
    record_list: recordList,
    record_sha256: recordHash(record),
  }
}

function collectedBy({ channel, acr, amr, officeOrg, officeRole }: ConsentRecord) {
  const office = officeOrg === null ? {} : { office: { organisation: officeOrg, role: officeRole } }
  return { channel, acr, amr: [...amr], ...office }
}
