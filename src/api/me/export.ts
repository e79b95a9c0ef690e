import { accountKept, accountOf, activityOf } from '../../people/accounts/index.ts'
import type { ActivityHeld } from '../../people/accounts/index.ts'
import { identitySeals, statementsOf } from '../../people/identity/index.ts'
import { answersOf } from '../../consent/claims/index.ts'
import { silencedQuestionsOf } from '../../consent/asking/index.ts'
import type { ReceiptListed } from '../../consent/record/index.ts'
import { readReceipt, receiptsOf, registerEpoch } from '../../consent/record/index.ts'
import { disputePage, textsOf } from '../../consent/disputes/index.ts'
import { erasuresOf } from '../../consent/erasure/index.ts'
import type { Database } from '../../base/database/database.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { writeId } from '../../base/values/ids.ts'
import type { DelayedEvent, TimelineEvent } from '../../ledger/chain/index.ts'
import { readDelayedEvents, readTimeline } from '../../ledger/chain/index.ts'
import type { NotificationListed } from '../../people/notifications/index.ts'
import { notificationsOf } from '../../people/notifications/index.ts'
import type { InquiryListed, InquiryOpen } from '../../consent/disclosures/index.ts'
import {
  declaredPage,
  inquiryPage,
  openInquiriesOf,
  receivedPage,
} from '../../consent/disclosures/index.ts'
import { effectsPage } from '../../consent/stops/index.ts'
import {
  claimAnswered,
  connectionAnswer,
  consentAnswer,
  identityClaims,
  presentationAnswer,
  requestAnswer,
  silencedAnswer,
} from './answers.ts'
import type { HeldContext } from './deeds.ts'
import {
  decisionAnswer,
  declaredAnswer,
  disputeAnswer,
  inquiryAnswer,
  receivedAnswer,
  stopAnswer,
} from './disclosure-answers.ts'
import {
  activityAnswer,
  eventAnswer,
  notificationAnswer,
  shownLaterAnswer,
} from './event-answers.ts'
import { flowsHeld } from './flow-answers.ts'
import type { ExportContext } from './head.ts'
import { headOf } from './head.ts'
import type { ReadContext } from './names.ts'
import type { ConsentHeld, DecisionHeld, PresentationHeld } from './rows.ts'
import {
  connectionPage,
  consentPage,
  decisionPage,
  presentationPage,
  requestPage,
} from './store.ts'

// Everything held about a person, row by row. Page after page is read while the answer is sent, so that the memory of a process suffices
// for any person, and no transaction waits for a slow reader. An error on the way breaks the answer off.

const pageSize = 100
// Each presentation may carry the words of a whole page.
const presentationsAtOnce = 20
// A million rows of one kind: more than a person's life holds.
const maxPages = 10_000

/**
 * The export as JSON, in parts. An error at the start is thrown here, before anything is sent.
 * @param taker two signers take it of an access in whatever state, all others of one that is open; a service that acts for her gets no name: it may have one as any service may, and not by this way (decision 0140)
 */
export async function exportJson(
  context: ExportContext,
  personId: string,
  taker: 'order' | 'person' | 'service',
): Promise<AsyncGenerator<string>> {
  const readAccount = taker === 'order' ? accountKept : accountOf
  const account = await readAccount(context.foundation.db, personId)
  if (account === undefined) throw new Refusal('not-found', 404)
  const head = await headOf(context, personId, account)
  const own = taker !== 'service' ? { verified_identity: identityRows(context, personId) } : {}
  return jsonParts(head, { ...own, ...sectionsOf(context, personId) })
}

type Sections = Readonly<Record<string, AsyncIterable<object>>>

function sectionsOf(context: ExportContext, personId: string): Sections {
  const { db } = context.foundation
  const connections = pagesOf(context, personId, connectionPage)
  const requests = pagesOf(context, personId, requestPage)
  const presentations = paged<PresentationHeld>(context, presentationsAtOnce, (before, size) =>
    presentationPage(db, personId, before, size),
  )
  const notifications = paged<NotificationListed>(context, pageSize, (last, limit) =>
    notificationsOf(db, personId, { before: last?.notificationId, limit }),
  )
  const shownLater = paged<DelayedEvent>(context, pageSize, (last, limit) =>
    readDelayedEvents(db, context.notary.vault, personId, { after: last?.shown, limit }),
  )
  return {
    activity: shaped(activityRows(context, personId), activityAnswer),
    notifications: shaped(notifications, notificationAnswer),
    connections: shaped(connections, (row, { register }) => connectionAnswer(row, register)),
    claims: claimRows(context, personId),
    requests: shaped(requests, (row, { register }) => requestAnswer(row, register)),
    silenced_questions: silencedRows(context, personId),
    presentations: shaped(presentations, (row, { register }) => presentationAnswer(row, register)),
    consents: shaped(consentRows(context, personId), consentAnswer),
    may_flow: flowRows(context, personId),
    decisions: shaped(decisionRows(context, personId), decisionAnswer),
    received: shaped(pagesOf(context, personId, receivedPage), receivedAnswer),
    declared: shaped(pagesOf(context, personId, declaredPage), declaredAnswer),
    inquiries: shaped(inquiryRows(context, personId), inquiryAnswer),
    stops: shaped(pagesOf(context, personId, effectsPage), stopAnswer),
    disputes: disputeTexts(context, personId),
    receipts: receiptTexts(context, personId),
    timeline: shaped(timelineRows(context, personId), eventAnswer),
    shown_later: shaped(shownLater, shownLaterAnswer),
    erasures: erasureTexts(context, personId),
  }
}

/** Days of introspections that are closed, and what was counted since, read at once. */
async function* inquiryRows(
  context: ExportContext,
  personId: string,
): AsyncGenerator<HeldRow<InquiryListed | InquiryOpen>> {
  const { foundation, live } = context
  yield* pagesOf(context, personId, inquiryPage)
  const open = await openInquiriesOf(foundation.db, personId)
  const register = await live.at(await registerEpoch(foundation.db))
  for (const row of open) yield [row, { register, at: foundation.clock() }]
}

/** Questions that are answered with no for the person: a handful, read at once. */
async function* silencedRows(
  { foundation, live }: HeldContext,
  personId: string,
): AsyncGenerator<object> {
  const rows = await silencedQuestionsOf(foundation.db, personId)
  const register = await live.at(await registerEpoch(foundation.db))
  for (const row of rows) yield silencedAnswer(row, register)
}

/** What services may be told of the person: a handful, read at once. */
async function* claimRows(
  { foundation, notary }: HeldContext,
  personId: string,
): AsyncGenerator<object> {
  const answers = await answersOf(foundation.db, notary.vault.seals, { personId })
  for (const answer of answers) yield claimAnswered(answer)
}

/** Who may receive what about her at this moment, as her pages say it: a handful, read at once. */
async function* flowRows(context: HeldContext, personId: string): AsyncGenerator<object> {
  yield* await flowsHeld(context, personId)
}

/** What each provider of identities says of her. */
async function* identityRows(
  { foundation: { db, keys } }: HeldContext,
  personId: string,
): AsyncGenerator<object> {
  for (const said of await statementsOf(db, identitySeals(keys), personId))
    yield identityClaims(said)
}

/** Disputes with both texts, as they were written; null for a text whose content is erased. */
async function* disputeTexts(context: ExportContext, personId: string): AsyncGenerator<object> {
  const { foundation, notary } = context
  for await (const [row, seen] of pagesOf(context, personId, disputePage))
    yield disputeAnswer(row, await textsOf(foundation.db, notary.vault, row), seen)
}

/** Receipts as they were signed; null for a receipt whose content is erased. */
async function* receiptTexts(context: ExportContext, personId: string): AsyncGenerator<object> {
  const { foundation, notary } = context
  const receipts = paged<ReceiptListed>(context, pageSize, (last, limit) =>
    receiptsOf(foundation.db, personId, { before: last?.id, limit }),
  )
  for await (const [{ id, kind }] of receipts) {
    const text = await readReceipt(foundation.db, notary.vault, personId, id).catch(ifErased)
    yield { receipt_id: id, kind, receipt: text }
  }
}

function ifErased(error: unknown): null {
  if (error instanceof Refusal && error.status === 410) return null
  throw error
}

/** Erasures, with their certificates as they were signed. */
async function* erasureTexts(
  { foundation }: ExportContext,
  personId: string,
): AsyncGenerator<object> {
  for (const { eventId, erasedAt, certificate } of await erasuresOf(foundation.db, personId))
    yield {
      certificate_id: writeId('ers', eventId),
      erased_at: erasedAt.toISOString(),
      certificate,
    }
}

/** A row, and the register by which its numbers are names. */
export type HeldRow<T> = readonly [T, ReadContext]

export function consentRows(
  context: HeldContext,
  personId: string,
): AsyncGenerator<HeldRow<ConsentHeld>> {
  return paged(context, pageSize, async (last, limit) => {
    const before = last?.consentId
    const { foundation, notary } = context
    return (await consentPage(foundation.db, notary.vault.seals, personId, { before, limit }))
      .consents
  })
}

export function decisionRows(
  context: HeldContext,
  personId: string,
): AsyncGenerator<HeldRow<DecisionHeld>> {
  return paged(context, pageSize, (last, limit) => {
    const before = last && { place: last.place, id: last.decisionId }
    return decisionPage(context.foundation.db, personId, before, limit)
  })
}

export function activityRows(
  context: HeldContext,
  personId: string,
): AsyncGenerator<HeldRow<ActivityHeld>> {
  return paged(context, pageSize, (before, limit) =>
    activityOf(context.foundation.db, personId, before, limit),
  )
}

function timelineRows(
  context: HeldContext,
  personId: string,
): AsyncGenerator<HeldRow<TimelineEvent>> {
  return paged(context, pageSize, (last, limit) =>
    readTimeline(context.foundation.db, context.notary.vault, personId, {
      after: last?.personSeq ?? 0,
      limit,
    }),
  )
}

type ReadPage<T> = (
  db: Database,
  personId: string,
  last: T | undefined,
  limit: number,
) => Promise<T[]>

function pagesOf<T>(
  context: HeldContext,
  personId: string,
  read: ReadPage<T>,
): AsyncGenerator<HeldRow<T>> {
  return paged(context, pageSize, (last, limit) =>
    read(context.foundation.db, personId, last, limit),
  )
}

async function* paged<T>(
  { foundation, live }: HeldContext,
  size: number,
  read: (last: T | undefined, limit: number) => Promise<readonly T[]>,
): AsyncGenerator<HeldRow<T>> {
  let last: T | undefined
  for (let page = 0; page < maxPages; page++) {
    const rows = await read(last, size)
    // The register is read after the rows, so that it knows every version that they name.
    const register = await live.at(await registerEpoch(foundation.db))
    const seen = { register, at: foundation.clock() }
    for (const row of rows) yield [row, seen]
    if (rows.length < size) return
    last = rows.at(-1)
  }
  throw new Error('an export without end')
}

async function* shaped<T>(
  rows: AsyncIterable<HeldRow<T>>,
  shape: (row: T, seen: ReadContext) => object,
): AsyncGenerator<object> {
  for await (const [row, seen] of rows) yield shape(row, seen)
}

async function* jsonParts(head: object, sections: Sections): AsyncGenerator<string> {
  yield JSON.stringify(head).slice(0, -1)
  for (const [name, items] of Object.entries(sections)) {
    yield `,\n"${name}":[`
    let separator = '\n'
    for await (const item of items) {
      yield separator + JSON.stringify(item)
      separator = ',\n'
    }
    yield ']'
  }
  yield '}\n'
}
