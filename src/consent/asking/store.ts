import { columnsOf, termColumns } from '../record/index.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { present } from '../../base/values/present.ts'
import { deleteBatch } from '../../base/database/sweep.ts'
import type {
  AnswerDraft,
  NewRequest,
  OpenRequest,
  Presentation,
  RequestRow,
  ShownRequest,
} from './rows.ts'

// SQL about requests, their presentations and their drafts.

type Raw<T> = { [K in keyof T]: T[K] extends bigint ? string : T[K] }

/** The items of a visit's request in order; empty until the visit has shown one. */
export function requestsOfVisit(
  db: Database | Transaction,
  visit: Buffer,
): Promise<ShownRequest[]> {
  return requestsWhere(db, 'r.visit = ?', visit)
}

/** The request that a consent record answers. */
export function requestOfConsent(db: Database | Transaction, consentId: string) {
  return requestsWhere(db, 'i.consent_id = ?', consentId).then(([row]) => row)
}

export function requestOfPresentation(db: Database | Transaction, presentationId: string) {
  const shown = '(select request_id, item_no from presentation where presentation_id = ?)'
  return requestsWhere(db, `(i.request_id, i.item_no) = ${shown}`, presentationId).then(
    ([row]) => row,
  )
}

async function requestsWhere(
  db: Database | Transaction,
  condition: string,
  value: string | Buffer,
): Promise<ShownRequest[]> {
  const { rows } = await db.raw<{ rows: Raw<ShownRequest>[] }>(
    `select ${requestColumns} from consent_request r join consent_request_item i using (request_id)
     where ${condition} order by i.item_no limit ?`,
    [value, maxItems],
  )
  return rows.map((row) => ({ ...row, ...masksOf(row) }))
}

const requestColumns = `r.request_id, r.person_id, r.expires_at, i.item_no, i.consent_id, i.agreement, i.purpose, i.dataset, i.text,
  i.categories_required, i.categories_optional, i.valid_until, i.valid_until_local::text,
  ${columnsOf(termColumns, 'i')}, i.state, i.narrows, i.amends, r.answers_sha256, r.client_id, r.created_at`

/** The most items that a service may ask at once. */
export const maxItems = 10
/** The most questions that may wait for a person's answer. */
export const maxOpen = 20
const maxPresentations = 200

const columnsOfItem = `request_id, item_no, consent_id, agreement, purpose, dataset, text, categories_required, categories_optional,
  valid_until, valid_until_local, max_uses, frequency_count, frequency_per, lookback_from, lookback_to, state, narrows, amends`

// `offset 0`: the items of one request, never all that wait.
const itemsOf = /* sql */ `(select ${columnsOfItem} from consent_request_item o where o.request_id = r.request_id offset 0) i`

// A question that waits for its answer, and that no later consent has settled.
const waiting = /* sql */ `i.state = 'requested' and i.narrows is null and not exists (
       select 1 from consent_states c
       where c.person_id = r.person_id and c.recipient = r.recipient and c.dataset = i.dataset and c.purpose = i.purpose
         and c.valid_from > r.created_at)`

/** Questions that a person was shown and has not answered, newest first; without those that a later consent has settled. */
export async function openRequests(
  db: Database | Transaction,
  personId: string,
  now: Date,
): Promise<OpenRequest[]> {
  const { rows } = await db.raw<{ rows: Raw<OpenRequest>[] }>(
    `select ${requestColumns}, r.visit
     from consent_request r cross join lateral ${itemsOf}
     where r.person_id = ? and r.expires_at > ? and ${waiting}
     order by r.created_at desc, i.item_no limit ?`,
    [personId, now, maxOpen],
  )
  return rows.map((row) => ({ ...row, ...masksOf(row) }))
}

/** Which of these questions were put in front of her since an instant, by the ids of their consents. */
export async function questionsShownSince(
  db: Database,
  requests: readonly Pick<OpenRequest, 'consentId'>[],
  since: Date,
): Promise<ReadonlySet<string>> {
  const { rows } = await db.raw<{ rows: { consentId: string }[] }>(
    `select i.consent_id from unnest(?::uuid[]) w(consent_id) join consent_request_item i using (consent_id)
     where exists (select from presentation p where p.request_id = i.request_id and p.item_no = i.item_no and p.shown_at >= ?)`,
    [requests.map(({ consentId }) => consentId), since],
  )
  return new Set(rows.map(({ consentId }) => consentId))
}

/** Which of these people have a question that waits and is over soon. */
export async function peopleWithEndingQuestions(
  db: Database,
  people: readonly string[],
  { now, soon }: { readonly now: Date; readonly soon: Date },
): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { personId: string }[] }>(
    `select p.person_id from unnest(?::uuid[]) p(person_id) where exists (
       select from consent_request r cross join lateral ${itemsOf}
       where r.person_id = p.person_id and r.expires_at > ? and r.expires_at <= ? and ${waiting} offset 0)`,
    [[...people], now, soon],
  )
  return rows.map(({ personId }) => personId)
}

/** Lapses the oldest open questions of a person who has more than `maxOpen`. */
export async function lapseOldest(tx: Transaction, personId: string): Promise<void> {
  await tx.raw(
    `update consent_request_item i set state = 'lapsed'
     from (
       select r.request_id, i.item_no from consent_request r cross join lateral ${itemsOf}
       where r.person_id = ? and i.state = 'requested' and i.narrows is null
       order by r.created_at desc, r.request_id, i.item_no offset ?
     ) oldest
     where i.request_id = oldest.request_id and i.item_no = oldest.item_no`,
    [personId, maxOpen],
  )
}

/** Ends what a request still asks. */
export async function lapseRequest(db: Database, requestId: string): Promise<void> {
  await db('consentRequestItem')
    .where({ requestId, state: 'requested' })
    .update({ state: 'lapsed' })
}

/** One item that a person was asked, in whatever state. */
export async function requestById(
  db: Database,
  personId: string,
  requestId: string,
  itemNo: number,
): Promise<OpenRequest | undefined> {
  const { rows } = await db.raw<{ rows: Raw<OpenRequest>[] }>(
    `select ${requestColumns}, r.visit
     from consent_request r join consent_request_item i using (request_id)
     where r.request_id = ? and i.item_no = ? and r.person_id = ? and i.narrows is null`,
    [requestId, itemNo, personId],
  )
  const [row] = rows
  return row && { ...row, ...masksOf(row) }
}

function masksOf({ categoriesRequired, categoriesOptional }: Raw<RequestRow>) {
  return {
    categoriesRequired: BigInt(categoriesRequired),
    categoriesOptional: BigInt(categoriesOptional),
  }
}

export async function insertRequest(tx: Transaction, request: NewRequest): Promise<void> {
  const { rows, ...rest } = request
  const { personId, requestId, expiresAt } = present(rows[0], 'the first item of a request')
  await tx('consentRequest').insert({ ...rest, personId, requestId, expiresAt })
  await tx('consentRequestItem').insert(rows.map(itemColumns))
}

// What is made from a request that was shown has its members, too.
function itemColumns(row: RequestRow & Partial<ShownRequest>) {
  const { personId: _person, expiresAt: _until, answersSha256: _sent, state: _new, ...more } = row
  const { clientId: _service, createdAt: _at, ...item } = more
  return {
    ...item,
    categoriesRequired: String(item.categoriesRequired),
    categoriesOptional: String(item.categoriesOptional),
  }
}

export async function answerItem(
  tx: Transaction,
  requestId: string,
  itemNo: number,
): Promise<void> {
  await tx('consentRequestItem').where({ requestId, itemNo }).update({ state: 'answered' })
}

export async function presentationsOf(
  db: Database | Transaction,
  { requestId, itemNo }: Pick<RequestRow, 'requestId' | 'itemNo'>,
): Promise<Presentation[]> {
  return db('presentation').select('*').where({ requestId, itemNo }).limit(maxPresentations)
}

export async function insertPresentation(
  tx: Transaction,
  presentation: Presentation,
  html: string,
): Promise<void> {
  await keepPage(tx, presentation.renderedSha256, html, presentation.shownAt)
  await tx('presentation').insert({
    ...presentation,
    orderOfItems: [...presentation.orderOfItems],
  })
}

/** How often a person was shown a narrowing of this consent since `since`. */
export async function narrowingsShown(
  tx: Transaction,
  consentId: string,
  since: Date,
): Promise<number> {
  const [row] = await tx('presentation as p')
    .join('consentRequestItem as i', { 'i.requestId': 'p.requestId', 'i.itemNo': 'p.itemNo' })
    .where('i.narrows', consentId)
    .where('p.shownAt', '>', since)
    .count<{ shown: string }[]>('* as shown')
  return Number(row?.shown)
}

/** The drafts of one request, in the order of its items. */
export async function draftsOf(
  db: Database | Transaction,
  requestId: string,
): Promise<AnswerDraft[]> {
  return db('answerDraft')
    .select(
      'itemNo',
      'presentationId',
      'answer',
      'chosen',
      'express',
      'resumes',
      db.raw('until::text'),
    )
    .where({ requestId })
    .orderBy('itemNo')
    .limit(maxItems)
}

/** Keeps the latest draft of each item until she sends all. */
export async function keepDrafts(
  tx: Transaction,
  requestId: string,
  drafts: readonly AnswerDraft[],
  now: Date,
): Promise<void> {
  const rows = drafts.map(({ chosen, express, ...draft }) => ({
    ...draft,
    chosen: [...chosen],
    express: [...express],
    requestId,
    at: now,
  }))
  await tx('answerDraft').insert(rows).onConflict(['requestId', 'itemNo']).merge()
}

/** Notes that all answers were sent: the drafts go, and the hash recognises the same answers when they are sent again. */
export async function noteSent(
  tx: Transaction,
  requestId: string,
  answersSha256: Buffer,
): Promise<void> {
  await tx('consentRequest').where({ requestId }).update({ answersSha256 })
  await tx('answerDraft').where({ requestId }).delete()
}

export async function dropDraft(
  tx: Transaction,
  { requestId, itemNo }: Pick<RequestRow, 'requestId' | 'itemNo'>,
): Promise<void> {
  await tx('answerDraft').where({ requestId, itemNo }).delete()
}

/** Deletes one batch of drafts that were never sent. @returns how many rows went */
export function sweepDrafts(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'answer_draft', 'at', before)
}

async function keepPage(tx: Transaction, sha256: Buffer, html: string, firstShownAt: Date) {
  await tx('renderedPage').insert({ sha256, html, firstShownAt }).onConflict('sha256').ignore()
}

/** The region of a page as it was shown, to the byte; undefined where it is erased. */
export async function shownPage(db: Database, sha256: Buffer): Promise<string | undefined> {
  const row: { html: string } | undefined = await db('renderedPage').where({ sha256 }).first('html')
  return row?.html
}

export type NoticeKey = {
  readonly personId: string
  readonly agreement: number
  readonly purpose: number
  readonly dataset: number
  /** A mask, as text. */
  readonly categories: string
}

export async function isNoticeShown(db: Database | Transaction, key: NoticeKey): Promise<boolean> {
  return (await db('noticeShown').where(key).first('noticeId')) !== undefined
}

export type NoticeRow = NoticeKey & {
  readonly noticeId: string
  readonly lang: 'fr-CA' | 'en-CA'
  readonly renderedSha256: Buffer
  readonly shownAt: Date
}

export async function insertNotice(tx: Transaction, row: NoticeRow, html: string): Promise<void> {
  await keepPage(tx, row.renderedSha256, html, row.shownAt)
  await tx('noticeShown').insert(row)
}
