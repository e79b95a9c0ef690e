import type { ConsentListed, ConsentRecord, Notary } from '../consent/index.ts'
import {
  consentState,
  insertConsent,
  isLive,
  issueReceipt,
  isWithin,
  lockedConsents,
  newestVersion,
  obstacle,
  registerEpoch,
  revoke,
  supersede,
} from '../consent/index.ts'
import { timeZone } from '../foundation/calendar.ts'
import type { Transaction } from '../foundation/database.ts'
import { newUuid } from '../foundation/ids.ts'
import { Refusal } from '../foundation/refusal.ts'
import { openBook } from '../ledger/index.ts'
import { notify } from '../notifications/index.ts'
import type { Register } from '../registry/index.ts'
import { objectsOf } from './ask.ts'
import type { Choice } from './choice.ts'
import { readChoice } from './choice.ts'
import { recordFields } from './record.ts'
import type { Presentation, RequestRow } from './rows.ts'
import { answerItem, presentationsOf, requestOfVisit } from './store.ts'

export type Answer = Choice & {
  readonly visit: Buffer
  readonly personId: string
  readonly granted: boolean
  /** What was on the page: an answer counts for these words and no others. */
  readonly presentationId: string
  readonly acr: string
  readonly amr: readonly string[]
}

/**
 * Records a person's yes or no to what she was shown, once, with its receipt: a second click or another tab finds the same answer.
 * @throws Refusal consent.expired (410), consent.changed or consent.answered (409), and as `readChoice`
 */
export async function answerRequest(
  tx: Transaction,
  notary: Notary,
  register: Register,
  answer: Answer,
): Promise<void> {
  const book = await openBook(tx, notary.vault, answer.personId)
  const row = await requestOfVisit(tx, answer.visit)
  if (row?.personId !== answer.personId) throw new Refusal('consent.expired', 410)
  if (row.state === 'answered') return sameAnswer(tx, row, answer.granted)
  // A register applied since this process read it: the page is shown again, by the new one.
  if ((await registerEpoch(tx)) !== register.epoch) throw new Refusal('consent.changed', 409)
  const shown = await presentationOf(tx, row, answer.presentationId, register)
  const held = await lockedConsents(tx, answer.personId)
  const same = held.filter((consent) => isSameSharing(consent, row, register, book.now))
  // One in a pause too: what is allowed anew goes on in its arrangement, and a no ends what could be resumed.
  const before = same.find((item) => isLive({ ...item, state: 'active' }, register, book.now))
  const record = await recordOf(tx, { row, register, answer, shown, before, now: book.now })
  // Used-up ones too: a use given back would make one live again beside this, and the person would stop but one.
  if (answer.granted) for (const consent of same) await supersede(tx, book, consent, record)
  // Yes in one window and no in another: her last word about the same question counts.
  if (!answer.granted && before !== undefined && isAnsweredBy(row, before))
    await revoke(tx, book, notary, before, answer.acr)
  await insertConsent(tx, record, answer.granted ? 'active' : 'refused')
  await answerItem(tx, row.requestId, row.itemNo)
  const written = await book.append({
    kind: answer.granted ? 'consent.granted' : 'consent.refused',
    actor: { type: 'person', acr: answer.acr },
    fields: recordFields(record, row, register),
  })
  const { text, lang, renderedSha256 } = shown
  await issueReceipt(tx, book, notary, written, { ...record, text, lang, renderedSha256 })
  await tell(tx, answer, book.now)
}

async function tell(tx: Transaction, { granted, personId }: Answer, now: Date): Promise<void> {
  if (granted) await notify(tx, personId, 'consent.given', now)
}

async function sameAnswer(tx: Transaction, row: RequestRow, granted: boolean): Promise<void> {
  const given = await consentState(tx, row.personId, row.consentId)
  if ((given?.state === 'refused') === granted) throw new Refusal('consent.answered', 409)
}

async function presentationOf(
  tx: Transaction,
  row: RequestRow,
  presentationId: string,
  register: Register,
): Promise<Presentation> {
  // Lapsed: of too many open questions it was the oldest.
  if (row.state !== 'requested') throw new Refusal('consent.expired', 410)
  const shown = (await presentationsOf(tx, row.requestId)).find(
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

type Recording = {
  readonly row: RequestRow
  readonly register: Register
  readonly answer: Answer
  readonly shown: Presentation
  readonly before: ConsentListed | undefined
  readonly now: Date
}

async function recordOf(tx: Transaction, recording: Recording): Promise<ConsentRecord> {
  const { row, answer, shown, before, now } = recording
  const asked = row.categoriesRequired | row.categoriesOptional
  const { granted, express, validUntil, lastDay } = answer.granted
    ? readChoice(row, answer, recording.register, now)
    : { granted: 0n, express: 0n, validUntil: row.validUntil, lastDay: row.validUntilLocal }
  // A grant after a stop begins a new arrangement: nothing old revives. One beside a live consent goes on with its own.
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
    createdAt: now,
  }
  requireStanding(record, recording)
  return record
}

/** What was fixed when the request was first shown, and does not depend on the answer. */
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
    holder: rootOf(agreement.holder, register),
    recipient: rootOf(agreement.recipient, register),
    oneTime: row.maxUses === 1,
    maxUses: row.maxUses,
    frequencyCount: row.frequencyCount,
    frequencyPer: row.frequencyPer,
    lookbackFrom: row.lookbackFrom,
    lookbackTo: row.lookbackTo,
    tz: timeZone,
    textPairSha256: text.pairSha256,
  }
}

function rootOf(orgId: string, register: Register): number {
  const organisation = register.organisation(orgId)
  if (organisation === undefined) throw new Error(`the register has no ${orgId}`)
  return organisation.root
}

// The agreement may have been suspended, or the last day have passed, while the page was open or the question waited.
function requireStanding(record: ConsentRecord, { row, register, answer, now }: Recording): void {
  const isOver = now >= record.validUntil || now >= row.expiresAt
  const because = answer.granted ? obstacle(asActive(record), register, now) : undefined
  if (isOver || because !== undefined) throw new Refusal('consent.expired', 410)
}

function asActive(record: ConsentRecord): ConsentListed {
  return {
    ...record,
    categories: record.categoriesGranted,
    declined: record.categoriesDeclined,
    state: 'active',
    stateAt: record.createdAt,
    uses: 0,
    windowStartedAt: null,
    windowUses: 0,
    lastUseAt: null,
  }
}
