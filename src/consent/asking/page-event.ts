import { createHash } from 'node:crypto'
import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import type { Log } from '../../base/logging/log.ts'
import { writeId } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { Payload, Vault, WrittenEvent } from '../../ledger/chain/index.ts'
import { canonical, eventsOfKinds, SealError } from '../../ledger/chain/index.ts'
import type { Register } from '../../registry/index.ts'
import { objectsOf } from '../../registry/index.ts'
import { beyondPage, categoriesIn } from '../record/index.ts'
import { limitFields } from './limits.ts'
import type { Presentation, RequestRow, ShownRequest } from './rows.ts'
import { lapseRequest } from './store.ts'

// The event of a showing, `consent.presented`, is sealed: nobody writes one past the broker. What is answered follows from it. The rows of the
// question and of its page serve to find and to list; where they say anything else, nothing is recorded.

/** What a page showed, as its event says it. */
export type PageEvent = { readonly event: WrittenEvent; readonly said: Payload }

/** A row of a question, or of its page, is not as its event says: it is answered 410, whoever watches is told, and the question ends. */
export class UntrustedQuestion extends Refusal {
  readonly requestId: string

  constructor(requestId: string) {
    super('consent.untrusted', 410)
    this.requestId = requestId
  }
}

type Reading = { readonly vault: Vault; readonly register: Register }

/** A page that is answered, by its rows. */
export type PageRows = {
  readonly row: ShownRequest
  readonly shown: Presentation
  /** How many items its request has. */
  readonly items: number
}

/**
 * The event of the page that is answered, whose terms are those of its rows.
 * @throws UntrustedQuestion; Refusal consent.expired (410) where its content was erased
 */
export async function pageEventOf(
  tx: Transaction,
  reading: Reading,
  { row, shown, items }: PageRows,
): Promise<PageEvent> {
  const found = await shownEventOf(tx, reading.vault, row, shown)
  const request = { service: row.clientId, items }
  if (!isTold(found.said, presentedFields(shown, row, reading.register, request)))
    throw new UntrustedQuestion(row.requestId)
  return found
}

/** The event of a showing, whose row is not held against it. @throws as `pageEventOf` */
export function shownEventOf(
  tx: Transaction,
  vault: Vault,
  row: RequestRow,
  { presentationId, shownAt }: Pick<Presentation, 'presentationId' | 'shownAt'>,
): Promise<PageEvent> {
  const id = writeId('pre', presentationId)
  return presentedAt(tx, vault, row, shownAt, ({ presentation_id }) => presentation_id === id)
}

/** Holds an answer to its page, over what is about to be written. @throws UntrustedQuestion */
export function requireWithinPage(
  answer: Payload,
  { said }: PageEvent,
  { requestId }: RequestRow,
): void {
  if (beyondPage(answer, said) !== undefined) throw new UntrustedQuestion(requestId)
}

/**
 * Holds a question that was shown before to its first showing, by which its terms are fixed, also those of items that were not shown yet.
 * @throws UntrustedQuestion; Refusal consent.expired (410) where its content was erased
 */
export async function requireAsFirstShown(
  tx: Transaction,
  { vault, register }: Reading,
  row: ShownRequest,
): Promise<void> {
  const { said } = await presentedAt(tx, vault, row, row.createdAt, (payload) => {
    return 'items_sha256' in payload && payload['request_id'] === writeId('req', row.requestId)
  })
  const hashes = said['items_sha256']
  const isItsItem = Array.isArray(hashes) && hashes.includes(itemHashIn(itemFields(row, register)))
  const isItsRequest =
    said['service'] === row.clientId && said['expires_at'] === row.expiresAt.toISOString()
  if (!isItsItem || !isItsRequest) throw new UntrustedQuestion(row.requestId)
}

async function presentedAt(
  tx: Transaction,
  vault: Vault,
  { personId, requestId }: RequestRow,
  at: Date,
  isIt: (payload: Payload) => boolean,
): Promise<PageEvent> {
  try {
    const wanted = { kinds: ['consent.presented'] as const, at }
    const { events, erased } = await eventsOfKinds(tx, vault, personId, wanted)
    const found = events.map(pageEventFrom).find(({ said }) => isIt(said))
    if (found !== undefined) return found
    if (erased > 0) throw new Refusal('consent.expired', 410)
  } catch (error) {
    if (!(error instanceof SealError)) throw error
  }
  throw new UntrustedQuestion(requestId)
}

// Members that some pages have and others lack: where the rows lack one, so does the event.
const optionalMembers = ['narrows', 'amends', 'changes']

function isTold(said: Payload, fields: ReturnType<typeof presentedFields>): boolean {
  return (
    canonical(fields) === canonical(membersOf(said, [...Object.keys(fields), ...optionalMembers]))
  )
}

function membersOf(said: Payload, names: readonly string[]): Payload {
  return Object.fromEntries(Object.entries(said).filter(([name]) => names.includes(name)))
}

/** Of an event of a showing, what it says. */
export function pageEventFrom(event: WrittenEvent): PageEvent {
  return { event, said: JSON.parse(event.text) as Payload } // as `recordPresentation` wrote it
}

/** Who asks, and how many items the request has. */
export type RequestFields = { readonly service: string; readonly items: number }

/** The fields of the event of a showing: every column of the request's item and of its presentation, so that her events alone tell both. */
export function presentedFields(
  presentation: Presentation,
  row: RequestRow,
  register: Register,
  request: RequestFields,
) {
  return {
    ...itemFields(row, register),
    request_id: writeId('req', row.requestId),
    presentation_id: writeId('pre', presentation.presentationId),
    lang: presentation.lang,
    canonical_sha256: presentation.canonicalSha256.toString('hex'),
    rendered_sha256: presentation.renderedSha256.toString('hex'),
    ...request,
    expires_at: row.expiresAt.toISOString(),
    order_of_items: [...presentation.orderOfItems],
    grant_label: presentation.grantLabel,
    refuse_label: presentation.refuseLabel,
    channel: presentation.channel,
    assistance_offered: presentation.assistanceOffered,
    assistance_used: presentation.assistanceUsed,
    ...(presentation.changes === null ? {} : { changes: writeId('con', presentation.changes) }),
  }
}

/** The hash of the terms of each item, hex: the first showing of a request fixes them all. */
export function itemHashes(rows: readonly RequestRow[], register: Register): string[] {
  return rows.map((row) => itemHashIn(itemFields(row, register)))
}

/** Of the item that the event of a showing says. */
export function itemHashIn(said: Payload): string {
  return createHash('sha256')
    .update(canonical(membersOf(said, itemMembers)))
    .digest('hex')
}

function itemFields(row: RequestRow, register: Register) {
  const { agreement, purpose, dataset, text } = objectsOf(row, register)
  return {
    consent_id: writeId('con', row.consentId),
    item_no: row.itemNo,
    agreement: agreement.ref,
    holder: agreement.holder,
    recipient: agreement.recipient,
    purpose: purpose.ref,
    dataset: dataset.ref,
    text: text.ref,
    categories_required: categoriesIn(dataset, row.categoriesRequired),
    categories_optional: categoriesIn(dataset, row.categoriesOptional),
    ...limitFields(row),
    valid_until: row.validUntil.toISOString(),
    valid_until_local: row.validUntilLocal,
    ...(row.narrows === null ? {} : { narrows: writeId('con', row.narrows) }),
    ...(row.amends === null ? {} : { amends: writeId('arr', row.amends) }),
  }
}

// A member that is forgotten here does not compile: it would not be fixed by the first showing.
const itemMembers = Object.keys({
  consent_id: true,
  item_no: true,
  agreement: true,
  holder: true,
  recipient: true,
  purpose: true,
  dataset: true,
  text: true,
  categories_required: true,
  categories_optional: true,
  max_uses: true,
  frequency_limit: true,
  lookback: true,
  valid_until: true,
  valid_until_local: true,
  narrows: true,
  amends: true,
} satisfies Record<keyof ReturnType<typeof itemFields>, true>)

/** As `transact`, for a deed that reads a question. One that is not as its page showed it ends, and whoever watches over the broker is told. */
export async function transactQuestion<T>(
  { db, log }: { readonly db: Database; readonly log: Log },
  { requestId }: Origin,
  deed: (tx: Transaction) => Promise<T>,
): Promise<T> {
  try {
    return await transact(db, deed)
  } catch (error) {
    if (error instanceof UntrustedQuestion) {
      const why = `question ${writeId('req', error.requestId)}`
      log.error({ requestId, code: 'RECORD_UNTRUSTED', why }, 'a question is not as its page was')
      await lapseRequest(db, error.requestId)
    }
    throw error
  }
}
