import type {
  ConsentLife,
  Notary,
  ReceiptClaims,
  ReceiptListed,
  AnswerEffect,
  SendingLines,
} from '../../record/index.ts'
import {
  activeConsents,
  categoriesIn,
  claimsOf,
  consentsOf,
  readConsentLife,
  isSigned,
  keyRuleState,
  mapSending,
  readReceipt,
  receiptsOf,
  sendingLines,
  effectOfAnswer,
  effectLines,
  liveRecordsOf,
} from '../../record/index.ts'
import type { Database } from '../../../base/database/database.ts'
import { shortNumber, writeId } from '../../../base/values/ids.ts'
import type { Language } from '../../../base/values/languages.ts'
import { present } from '../../../base/values/present.ts'
import type { Words } from '../../../base/web/words.ts'
import { Refusal } from '../../../base/values/refusal.ts'
import type { Register } from '../../../registry/index.ts'
import {
  readStandingFacts,
  sayAfter,
  whatStillFlows,
  whileChecked,
  wordsOf,
} from '../../standing/index.ts'
import { asChoice } from '../choice.ts'
import { consentsOfSharing, consequencesOf } from '../consequences.ts'
import type { DecidedItem } from '../drafts.ts'
import type { QuestionParties, AnsweredLine, CheckPage } from './pages.ts'
import { readAnswer } from '../read-answer.ts'
import type { RequestRow } from '../rows.ts'
import { bodyNames, bodyNo, categoryLabels, objectsOf } from '../../../registry/index.ts'

// Lines about answers on pages: before they are sent from the drafts, after they are sent from the receipt.

export type Lines = {
  readonly db: Database
  readonly notary: Notary
  readonly register: Register
  readonly words: Words
  readonly language: Language
  readonly now: Date
  /** The prefix of page addresses. */
  readonly base: string
}

export function questionParties(
  row: RequestRow,
  register: Register,
  language: Language,
): QuestionParties {
  const { agreement, purpose } = objectsOf(row, register)
  const nameOf = bodyNames(register, language)
  return {
    recipient: nameOf(agreement.recipient),
    holder: nameOf(agreement.holder),
    purpose: purpose.label[language],
  }
}

type Checked = Omit<CheckPage['items'][number], 'changeHref'>

/** @param held consents that may be used or resumed */
export function checkLine(
  { row, draft }: DecidedItem,
  held: readonly ConsentLife[],
  { register, language }: Pick<Lines, 'register' | 'language'>,
  now: Date,
): Checked {
  const { answer } = draft
  const line = {
    ...questionParties(row, register, language),
    answer,
    isChange: row.amends !== null,
  }
  if (answer === 'later') return { ...line, sending: undefined }
  const granted = answer === 'granted'
  const said = readAnswer(row, { ...asChoice(draft), granted }, register, now)
  const { sending } = consequencesOf({ row, held, register, now }, said)
  return { ...line, sending: inWords(sending, granted, register, language) }
}

function inWords(
  sending: AnswerEffect,
  granted: boolean,
  register: Register,
  language: Language,
): SendingLines {
  const labelOf = categoryLabels(register, language)
  return sendingLines(mapSending(sending, labelOf), granted)
}

export async function answeredLine(lines: Lines, row: RequestRow): Promise<AnsweredLine> {
  const { db, register, language, base } = lines
  const consent = present(
    await readConsentLife(db, lines.notary.vault.seals, row),
    'the consent of an answered request',
  )
  const granted = consent.state !== 'refused'
  const reference = writeId('con', consent.consentId)
  const path = `${base}/mes-partages`
  const receipts = await receiptsOf(db, row.personId, { consentId: consent.consentId })
  const receipt = receipts.find(({ kind }) => kind === `consent.${granted ? 'granted' : 'refused'}`)
  const now = await standsNow(lines, row)
  const claims = receipt && (await claimsIn(lines, row, receipt.id))
  const said = claims && effectLines(claims, language)
  const [kept] = now.sending.stands
  const sharing = granted ? reference : kept?.record_id
  return {
    ...questionParties(row, register, language),
    granted,
    ...(await signedFacts(lines, row, claims, receipt)),
    isChange: row.amends !== null,
    at: consent.validFrom,
    number: shortNumber(reference),
    sending: said ?? now.lines(granted),
    hasChanged: claims?.sending !== undefined && !standsAsThen(claims.sending, now.sending),
    receiptHref: receipt && `${path}/${reference}/recus/${receipt.id}`,
    sentences: granted ? [] : await sentencesRefused(lines, row),
    sharingHref: sharing && `${path}/${sharing}`,
  }
}

/** Whether her key signed the answer, and whether a yes needs it since this very answer: what one deed writes has one time. */
async function signedFacts(
  { db, notary }: Lines,
  { personId }: RequestRow,
  claims: ReceiptClaims | undefined,
  receipt: ReceiptListed | undefined,
): Promise<Pick<AnsweredLine, 'isSigned' | 'beganKeyRule'>> {
  if (claims === undefined || receipt === undefined || !isSigned(claims))
    return { isSigned: false, beganKeyRule: false }
  const { rule, event } = await keyRuleState(db, notary.vault.seals, personId)
  const isOfThis = event?.recordedAt.getTime() === receipt.issuedAt.getTime()
  return { isSigned: true, beganKeyRule: rule === 'required' && isOfThis }
}

/** What the body may receive all the same of what she refused. */
async function sentencesRefused(lines: Lines, row: RequestRow): Promise<readonly string[]> {
  const { db, notary, register } = lines
  const { personId } = row
  const { seals, heads } = notary.vault
  const answers = await consentsOf(db, seals, personId)
  const facts = await readStandingFacts(db, seals, { personId, answers, register, heads })
  const { dataset, agreement } = objectsOf(row, register)
  const recipient = bodyNo(register, agreement.recipient)
  const asked = categoriesIn(dataset, row.categoriesRequired | row.categoriesOptional)
  const about = asked.map((category) => ({ recipient, category }))
  const flows = whatStillFlows(facts, register, lines.now)
  const tense = row.amends === null ? 'refused' : 'change-refused'
  return [...wordsOf(sayAfter(about, [], flows), tense, lines), ...whileChecked(flows, lines)]
}

/** The claims of an answer's receipt; undefined where the receipt is erased. */
async function claimsIn(
  { db, notary }: Lines,
  { personId }: RequestRow,
  receiptId: string,
): Promise<ReceiptClaims | undefined> {
  try {
    return claimsOf(await readReceipt(db, notary.vault, personId, receiptId))
  } catch (error) {
    if (error instanceof Refusal && error.status === 410) return undefined
    throw error
  }
}

async function standsNow({ db, notary, register, language }: Lines, row: RequestRow) {
  const { consents: held, at: now } = await activeConsents(db, notary.vault, row.personId)
  const { dataset } = objectsOf(row, register)
  const stands = liveRecordsOf(consentsOfSharing({ row, held, register, now }), register, now)
  const asked = categoriesIn(dataset, row.categoriesRequired | row.categoriesOptional)
  const sending = effectOfAnswer([], stands, asked)
  return {
    sending,
    lines: (granted: boolean) => inWords(sending, granted, register, language),
  }
}

/** Whether the consents that stood after the answer are unchanged today. */
function standsAsThen(
  { stands: then }: Pick<AnswerEffect, 'stands'>,
  { stands: now }: Pick<AnswerEffect, 'stands'>,
): boolean {
  const [before, after] = [then.map(named), now.map(named)]
  return before.length === after.length && before.every((stand) => after.includes(stand))
}

function named({ record_id, last_day, held }: AnswerEffect['stands'][number]): string {
  return `${record_id} ${last_day} ${held}`
}
