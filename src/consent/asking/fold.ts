import type {
  ErasedEvent,
  StoredRow,
  Projection,
  ToldEvent,
  ToldRow,
  ToldTable,
} from '../../ledger/fold/index.ts'
import {
  bytesIn,
  dateIn,
  idOf,
  listIn,
  isErasedAt,
  rowKey,
  textIn,
  UnknownReference,
  InvalidEvent,
  notInEvents,
  uuidIn,
  uuidOrNullIn,
  valueIn,
} from '../../ledger/fold/index.ts'
import type { RecordTelling } from '../record/index.ts'
import {
  agreementIn,
  beyondPage,
  datasetIn,
  limitsIn,
  maskIn,
  organisationIn,
  purposeIn,
} from '../record/index.ts'
import type { EventKind, Payload } from '../../ledger/chain/index.ts'
import { present } from '../../base/values/present.ts'
import type { Register } from '../../registry/index.ts'
import { bodyNo } from '../../registry/index.ts'
import { itemHashIn } from './page-event.ts'

// The rows of questions, told by a person's events: requests, their items, the pages, notices and silences.

/** An item of a request, as events tell it. */
export type FoldedItem = ToldRow & {
  readonly request_id: string
  readonly consent_id: string
  readonly narrows: string | null
}
type PageTold = ToldRow & {
  readonly request_id: string
  readonly item_no: ToldRow[string]
  readonly changes: string | null
}
/** A request, with facts that its table does not hold. */
type RequestTold = {
  readonly row: ToldRow
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly items: number
  /** The hashes of the terms of its items, as its first showing fixed them; undefined: that was in a year whose content is erased. */
  readonly itemHashes: readonly string[] | undefined
  /** The consents of the items that were shown. */
  readonly shown: Set<string>
}

type Told = AskingFoldInput & {
  readonly requests: Map<string, RequestTold>
  /** By the ids of their consents. */
  readonly items: Map<string, FoldedItem>
  readonly pages: Map<string, PageTold>
  /** What the events of pages say, by their presentations. */
  readonly said: Map<string, Payload>
  readonly notices: Map<string, ToldRow>
  readonly silences: Map<string, ToldRow>
  /** The consents whose question was answered. */
  readonly answered: Set<string>
}

/** Tells the rows of this room. */
export type AskingTeller = Projection & {
  /** When a consent's question was first shown. */
  askedAt(consentId: string): Date | undefined
  /** Takes out what an erasure deletes: questions of these consents, those nobody answered, notices that were old by then. */
  forget(erased: {
    readonly consentIds: ReadonlySet<string>
    readonly before: Date
    isAnswered(consentId: string): boolean
  }): void
  /** The pages that showed one of these consents beside a question. */
  pagesBeside(consentIds: ReadonlySet<string>): ReadonlySet<string>
}

export type AskingFoldInput = Pick<RecordTelling, 'personId' | 'register'> & {
  /** Her silences go with her account. */
  readonly hasAccount: boolean
  /** Her events whose content is erased: none of them is told. */
  readonly erased: readonly ErasedEvent[]
}

export function askingTeller(telling: AskingFoldInput): AskingTeller {
  const told: Told = {
    ...telling,
    requests: new Map(),
    items: new Map(),
    pages: new Map(),
    said: new Map(),
    notices: new Map(),
    silences: new Map(),
    answered: new Set(),
  }
  return {
    tell: (event) => tellings[event.kind]?.(told, event),
    tables: () => tablesOf(told),
    askedAt: (consentId) => {
      const item = told.items.get(consentId)
      return item && requestOf(told, item).createdAt
    },
    pagesBeside: (consentIds) =>
      new Set(
        [...told.pages].flatMap(([id, { changes }]) =>
          changes !== null && consentIds.has(changes) ? [id] : [],
        ),
      ),
    forget: (erased) => forget(told, erased),
  }
}

const tellings: Readonly<Partial<Record<EventKind, (told: Told, event: ToldEvent) => void>>> = {
  'consent.presented': show,
  'consent.granted': settle,
  'consent.refused': settle,
  'notice.shown': (told, { payload, recordedAt }) => {
    const dataset = datasetIn(payload, told.register)
    const notice_id = uuidIn(payload, 'ntc', 'notice_id')
    told.notices.set(notice_id, {
      notice_id,
      person_id: told.personId,
      agreement: agreementIn(payload, told.register).no,
      purpose: purposeIn(payload, told.register).no,
      dataset: dataset.no,
      categories: maskIn(payload, 'categories', dataset),
      lang: valueIn(payload, 'lang'),
      rendered_sha256: bytesIn(payload, 'rendered_sha256'),
      shown_at: recordedAt,
      is_page_kept: true,
    })
  },
  'question.silenced': (told, { payload, recordedAt }) => {
    const dataset = datasetIn(payload, told.register)
    const silence_id = uuidIn(payload, 'sil', 'silence_id')
    told.silences.set(silence_id, {
      silence_id,
      person_id: told.personId,
      recipient: organisationIn(payload, 'recipient', told.register),
      holder: organisationIn(payload, 'holder', told.register),
      dataset: dataset.no,
      categories: maskIn(payload, 'categories', dataset),
      silenced_at: recordedAt,
      // How often a silenced question was answered for her is a count, and no event.
      times: notInEvents,
      last_at: notInEvents,
    })
  },
  'question.reopened': (told, { payload }) =>
    void told.silences.delete(uuidIn(payload, 'sil', 'silence_id')),
}

function show(told: Told, event: ToldEvent): void {
  const { payload } = event
  const id = uuidIn(payload, 'req', 'request_id')
  const consent = uuidIn(payload, 'con', 'consent_id')
  const request = told.requests.get(id) ?? requestIn(told, id, event)
  told.requests.set(id, request)
  if (!told.items.has(consent)) told.items.set(consent, itemIn(told, event, request))
  request.shown.add(consent)
  const page = uuidIn(payload, 'pre', 'presentation_id')
  told.pages.set(page, pageIn(told, event))
  told.said.set(page, payload)
  if (request.itemHashes?.includes(itemHashIn(payload)) === false)
    throw new InvalidEvent('its terms are not those of the first showing')
}

function requestIn(
  told: Told,
  request_id: string,
  { payload, recordedAt }: ToldEvent,
): RequestTold {
  const expiresAt = dateIn(payload, 'expires_at')
  const row: ToldRow = {
    request_id,
    visit: notInEvents, // The browser's own number, and whether all answers came together: neither says what was asked.
    answers_sha256: notInEvents,
    person_id: told.personId,
    client_id: textIn(payload, 'service'),
    recipient: bodyNo(told.register, agreementIn(payload, told.register).recipient),
    created_at: recordedAt,
    expires_at: expiresAt,
  }
  return {
    row,
    createdAt: recordedAt,
    expiresAt,
    items: countIn(payload, 'items'),
    itemHashes:
      payload['items_sha256'] === undefined && told.erased.length > 0
        ? undefined
        : listIn(payload, 'items_sha256'),
    shown: new Set(),
  }
}

/** The request of an item: an event that tells an item tells its request. */
function requestOf({ requests }: Told, { request_id }: FoldedItem): RequestTold {
  return present(requests.get(request_id), 'the request of an item')
}

function itemIn({ register }: Told, { payload }: ToldEvent, request: RequestTold): FoldedItem {
  const dataset = datasetIn(payload, register)
  const mask = (of: Payload, name: string) => maskIn(of, name, dataset)
  const limits = limitsIn(payload)
  return {
    request_id: uuidIn(payload, 'req', 'request_id'),
    item_no: valueIn(payload, 'item_no'),
    consent_id: uuidIn(payload, 'con', 'consent_id'),
    agreement: agreementIn(payload, register).no,
    purpose: purposeIn(payload, register).no,
    dataset: dataset.no,
    text: textNo(payload, register),
    categories_required: mask(payload, 'categories_required'),
    categories_optional: mask(payload, 'categories_optional'),
    valid_until: dateIn(payload, 'valid_until'),
    valid_until_local: textIn(payload, 'valid_until_local'),
    max_uses: limits.max_uses,
    frequency_count: limits.frequency_count,
    frequency_per: limits.frequency_per,
    lookback_from: limits.lookback_from,
    lookback_to: limits.lookback_to,
    state: notInEvents,
    asked_at: request.createdAt,
    narrows: uuidOrNullIn(payload, 'con', 'narrows'),
    amends: uuidOrNullIn(payload, 'arr', 'amends'),
  }
}

function countIn(payload: Payload, name: string): number {
  const count = payload[name]
  if (typeof count !== 'number') throw new InvalidEvent(`it has no ${name}`)
  return count
}

function textNo(payload: Payload, register: Register): number {
  const text = register.text(textIn(payload, 'text'))
  if (text === undefined) throw new InvalidEvent('the register does not know its text')
  return text.no
}

function pageIn({ register }: Told, { payload, recordedAt }: ToldEvent): PageTold {
  return {
    presentation_id: uuidIn(payload, 'pre', 'presentation_id'),
    request_id: uuidIn(payload, 'req', 'request_id'),
    item_no: valueIn(payload, 'item_no'),
    text: textNo(payload, register),
    lang: valueIn(payload, 'lang'),
    canonical_sha256: bytesIn(payload, 'canonical_sha256'),
    rendered_sha256: bytesIn(payload, 'rendered_sha256'),
    grant_label: textIn(payload, 'grant_label'),
    refuse_label: textIn(payload, 'refuse_label'),
    order_of_items: listIn(payload, 'order_of_items'),
    optional_prechecked: false,
    shown_at: recordedAt,
    channel: textIn(payload, 'channel'),
    agent_id: null,
    assistance_offered: valueIn(payload, 'assistance_offered'),
    assistance_used: valueIn(payload, 'assistance_used'),
    changes: uuidOrNullIn(payload, 'con', 'changes'),
    is_page_kept: true,
  }
}

function settle(told: Told, { payload }: ToldEvent): void {
  const consent = uuidIn(payload, 'con', 'consent_id')
  if (!told.items.has(consent)) throw new UnknownReference('it answers what was never shown')
  told.answered.add(consent)
  const page = told.said.get(uuidIn(payload, 'pre', 'presentation_id'))
  if (page === undefined) throw new UnknownReference('it answers a page that was never shown')
  const beyond = beyondPage(payload, page)
  if (beyond !== undefined) throw new InvalidEvent(`it says more than its page: ${beyond}`)
}

type Erased = Parameters<AskingTeller['forget']>[0]

function forget(told: Told, erased: Erased): void {
  const { items, pages } = told
  const gone = [...items].filter(([, item]) => isGone(told, item, erased))
  for (const [id, item] of gone) {
    items.delete(id)
    for (const [key, page] of pages) if (isOf(page, item)) pages.delete(key)
  }
  forgetRequests(told, erased.before)
  for (const [id, row] of told.notices)
    if (row['shown_at'] instanceof Date && row['shown_at'] < erased.before) told.notices.delete(id)
}

// The questions of these consents, her own narrowings of them, a service's changes of them, and the questions that nobody answered.
function isGone(told: Told, item: FoldedItem, erased: Erased): boolean {
  const { consentIds, before, isAnswered } = erased
  const isNamed = (id: unknown) => typeof id === 'string' && consentIds.has(id)
  if (isNamed(item.consent_id) || isNamed(item.narrows)) return true
  const isBeside = [...told.pages.values()].some(
    (page) => isOf(page, item) && isNamed(page.changes),
  )
  if (isBeside) return true
  return requestOf(told, item).expiresAt < before && !isAnswered(item.consent_id)
}

function forgetRequests({ requests, items }: Told, before: Date): void {
  const left = new Set([...items.values()].map((item) => item.request_id))
  for (const [id, { expiresAt, items: count, shown }] of requests) {
    // An item that was never shown is in no event, and goes with the last day on which it could be answered.
    const isOver = count === shown.size || expiresAt < before
    if (!left.has(id) && isOver) requests.delete(id)
  }
}

function isOf(page: PageTold, item: FoldedItem): boolean {
  return page.request_id === item.request_id && page.item_no === item['item_no']
}

function tablesOf(told: Told): ToldTable[] {
  const { requests, items, pages, notices, silences, answered, hasAccount } = told
  const isErased = (column: string, kind: EventKind) => (row: StoredRow) =>
    isErasedAt(row[column], [kind], told.erased)
  return [
    {
      name: 'consent_request',
      rows: new Map([...requests].map(([id, { row }]) => [id, row])),
      ...rowKey('req', 'request_id'),
      mayStand: isErased('created_at', 'consent.presented'),
    },
    {
      name: 'consent_request_item',
      rows: items,
      ...rowKey('con', 'consent_id'),
      mayStand: (row) => isErased('asked_at', 'consent.presented')(row) || isUnseen(told, row),
      // A question lapses without an event.
      fault: (row) =>
        (row['state'] === 'answered') === answered.has(idOf(row, 'consent_id'))
          ? undefined
          : 'state is not what was written',
    },
    {
      name: 'presentation',
      rows: pages,
      ...rowKey('pre', 'presentation_id'),
      mayStand: isErased('shown_at', 'consent.presented'),
    },
    {
      name: 'notice_shown',
      rows: notices,
      ...rowKey('ntc', 'notice_id'),
      mayStand: isErased('shown_at', 'notice.shown'),
    },
    {
      name: 'silenced_question',
      rows: silences,
      ...rowKey('sil', 'silence_id'),
      mayStand: isErased('silenced_at', 'question.silenced'),
      mayLack: () => !hasAccount,
    },
  ]
}

// The items of a request are written together, and each is told when it is first shown.
function isUnseen({ requests }: Told, row: StoredRow): boolean {
  const request = requests.get(idOf(row, 'request_id'))
  if (request === undefined || row['state'] === 'answered') return false
  return request.shown.size < request.items
}
