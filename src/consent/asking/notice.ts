import { createHash } from 'node:crypto'
import { categoriesIn, registerEpoch } from '../record/index.ts'
import { noonOf } from '../../base/values/calendar.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { newUuid, writeId } from '../../base/values/ids.ts'
import type { Language } from '../../base/values/languages.ts'
import { present } from '../../base/values/present.ts'
import type { Visit } from '../../base/web/visit.ts'
import { openBook } from '../../ledger/chain/index.ts'
import type { Register } from '../../registry/index.ts'
import {
  articleOf,
  bodyOf,
  categoryLabels,
  contactsOf,
  fromBody,
  lawToRead,
  legalBasis,
  toBody,
} from '../../registry/index.ts'
import { langOf } from './ask.ts'
import type { ResolvedNotice } from './details.ts'
import { readNotice } from './details.ts'
import type { NoticeTerms } from './pages/pages.ts'
import type { ShowContext } from './question-context.ts'
import { recipientOf, unlessExpired } from './questions.ts'
import { insertNotice, isNoticeShown } from './store.ts'
import { noticeTitle } from './question-terms.ts'

// « La loi permet cet envoi »: the person reads it and answers nothing. When she says that she has read it, the page is kept.

/** Whether this person has read the notice under this version of the agreement. */
export function wasNoticeShown(
  db: Database | Transaction,
  personId: string,
  noticed: ResolvedNotice,
): Promise<boolean> {
  return isNoticeShown(db, { personId, ...numbersOf(noticed) })
}

/**
 * The notice of a visit whose request rests on the law.
 * @throws Refusal consent.expired (410) where it may not be asked any more
 */
export async function noticeOf(context: ShowContext, visit: Visit): Promise<LawNotice | undefined> {
  const register = await context.live.at(await registerEpoch(context.foundation.db))
  const { clock } = context.foundation
  const asking = { recipient: recipientOf(visit, register), register, now: clock() }
  const [noticed] = unlessExpired(() =>
    visit.details.flatMap((detail) => readNotice(detail, asking) ?? []),
  )
  return noticed && { noticed, register }
}

export type LawNotice = { readonly noticed: ResolvedNotice; readonly register: Register }

type Seen = LawNotice & {
  readonly personId: string
  readonly language: Language
  readonly region: Region
  readonly acr: string
}

/** Records the notice as read, once for all tabs: her ledger is locked. */
export async function recordNoticeRead(
  tx: Transaction,
  { notary }: Pick<ShowContext, 'notary'>,
  { personId, noticed, language, region, acr }: Seen,
): Promise<void> {
  const book = await openBook(tx, notary.vault, personId)
  if (await wasNoticeShown(tx, personId, noticed)) return
  const { agreement, purpose, dataset, required } = noticed
  const [noticeId, lang] = [newUuid(book.now), langOf[language]]
  const renderedSha256 = region.sha256
  const row = { noticeId, personId, ...numbersOf(noticed), lang, renderedSha256 }
  await insertNotice(tx, { ...row, shownAt: book.now }, region.html)
  await book.append({
    kind: 'notice.shown',
    actor: { type: 'person', acr },
    fields: {
      notice_id: writeId('ntc', noticeId),
      agreement: agreement.ref,
      purpose: purpose.ref,
      dataset: dataset.ref,
      categories: categoriesIn(dataset, required),
      legal_basis: agreement.legalBasis,
      lang,
      rendered_sha256: renderedSha256.toString('hex'),
    },
  })
}

function numbersOf({ agreement, purpose, dataset, required }: ResolvedNotice) {
  return {
    agreement: agreement.no,
    purpose: purpose.no,
    dataset: dataset.no,
    categories: String(required),
  }
}

export type Region = {
  readonly html: string
  readonly sha256: Buffer
  readonly contacts: NoticeTerms['contacts']
}

/** The region of the page that is hashed and kept. */
export function regionOf(
  { foundation }: ShowContext,
  notice: LawNotice,
  language: Language,
): Region {
  const since = foundation.words.date(language, noonOf(notice.noticed.agreement.from))
  const terms = { ...termsOf(notice, language), since } satisfies NoticeTerms
  const html = foundation.pages.fragment(language, 'asking/notice-terms', terms)
  return { html, sha256: createHash('sha256').update(html).digest(), contacts: terms.contacts }
}

/** Who may send what to whom: the heading, which is not kept. */
export function noticeHeading(
  { foundation: { words } }: ShowContext,
  { noticed: { agreement, dataset, required }, register }: LawNotice,
  language: Language,
): string {
  const { holder, recipient } = agreement
  const about = { holder, recipient, categories: categoriesIn(dataset, required) }
  return noticeTitle(about, { register, language, words })
}

function termsOf({ noticed, register }: LawNotice, language: Language) {
  const { agreement, purpose, dataset, required } = noticed
  const holder = bodyOf(register, agreement.holder)
  const recipient = bodyOf(register, agreement.recipient)
  const basis = present(legalBasis(agreement.legalBasis), 'the legal basis of an agreement')
  return {
    from: fromBody(holder.nameInSentence[language], language),
    to: toBody(recipient.nameInSentence[language], language),
    what: categoriesIn(dataset, required).map(categoryLabels(register, language)),
    statement: purpose.plainStatement[language],
    why: basis.plainExplanation[language],
    article: articleOf(basis)[language],
    law: lawToRead(agreement, language),
    contacts: contactsOf([holder, recipient], language),
    officers: [holder, recipient].flatMap(({ name, officerContact: contact }) =>
      contact === undefined ? [] : [{ name: name[language], contact }],
    ),
  }
}
