import { createHash } from 'node:crypto'
import { categoriesIn, heldRegisterEpoch, namesVersions } from '../record/index.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { Transaction } from '../../base/database/database.ts'
import { newUuid } from '../../base/values/ids.ts'
import { present } from '../../base/values/present.ts'
import type { Language } from '../../base/values/languages.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'
import type { Register } from '../../registry/index.ts'
import { brakeOver, bodyNo, bodyOf, objectsOf } from '../../registry/index.ts'
import { showsWhatIs } from './earlier-answers.ts'
import type { ResolvedQuestion } from './details.ts'
import type { Presentation, RequestRow, ShownRequest } from './rows.ts'
import {
  insertPresentation,
  insertRequest,
  lapseOldest,
  presentationsOf,
  requestsOfVisit,
} from './store.ts'
import type { PageEvent, RequestFields } from './page-event.ts'
import {
  itemHashes,
  pageEventFrom,
  presentedFields,
  requireAsFirstShown,
  shownEventOf,
} from './page-event.ts'

const openSeconds = 30 * 24 * 3600
// A person reads a request in French, in English, and again after a change of the register: she needs no more presentations.
const maxPresentations = 8

/** One item that a service asks for, with its place among all items of the request: 1 is the first. */
export type AskedItem = {
  readonly itemNo: number
  readonly asked: ResolvedQuestion
  /** The person's arrangement that a yes would change. */
  readonly amends?: string | undefined
}

/** The request that a visit is about to show: its items are fixed from the first showing on. */
export function newRequest(
  items: readonly AskedItem[],
  personId: string,
  now: Date,
): readonly RequestRow[] {
  const requestId = newUuid(now)
  return items.map((item) => ({ ...newItem(item, now), requestId, personId }))
}

function newItem({ itemNo, asked, amends }: AskedItem, now: Date) {
  return {
    itemNo,
    consentId: newUuid(now),
    agreement: asked.agreement.no,
    purpose: asked.purpose.no,
    dataset: asked.dataset.no,
    text: asked.text.no,
    categoriesRequired: asked.required,
    categoriesOptional: asked.optional,
    validUntil: asked.validUntil,
    validUntilLocal: asked.lastDay,
    maxUses: asked.maxUses ?? null,
    frequencyCount: asked.frequency?.count ?? null,
    frequencyPer: asked.frequency?.per ?? null,
    lookbackFrom: asked.lookback?.from ?? null,
    lookbackTo: asked.lookback?.to ?? null,
    state: 'requested' as const,
    expiresAt: secondsAfter(now, openSeconds),
    narrows: null,
    answersSha256: null,
    amends: amends ?? null,
  }
}

export const langOf: Readonly<Record<Language, 'fr-CA' | 'en-CA'>> = { fr: 'fr-CA', en: 'en-CA' }

export type PresentationInput = {
  readonly visit: Buffer
  readonly clientId: string
  readonly row: RequestRow
  /** All rows of the request, this one included; absent where the request has one item. */
  readonly rows?: readonly RequestRow[]
  /** The consent that a yes would change, as the page shows it. */
  readonly changes?: string | undefined
  readonly language: Language
  /** HTML of the terms, as shown. */
  readonly region: string
  readonly labels: { readonly grant: string; readonly refuse: string }
}

/** Words that were recorded before a page shows them. */
export type RecordedPage = { readonly presentationId: string; readonly page: PageEvent }

/**
 * Records these words before the page shows them: the request at its first showing, the presentation, and the event
 * `consent.presented`. The same words shown again are the same presentation.
 * @returns the presentation's id and its event, or undefined when the item was answered meanwhile, or is no item of the visit
 * @throws Refusal consent.expired (410), consent.changed (409); UntrustedQuestion
 */
export async function recordPresentation(
  tx: Transaction,
  vault: Vault,
  register: Register,
  showing: PresentationInput,
): Promise<RecordedPage | undefined> {
  const book = await openBook(tx, vault, showing.row.personId)
  await requireRegister(tx, register)
  const known = await requestsOfVisit(tx, showing.visit)
  const shown = known.find(({ itemNo }) => itemNo === showing.row.itemNo)
  const row = known.length === 0 ? showing.row : shown
  if (row === undefined || row.state === 'answered') return undefined
  if (row.state !== 'requested' || row.expiresAt <= book.now)
    throw new Refusal('consent.expired', 410)
  if (shown === undefined) await insertNew(tx, register, showing, book.now)
  else await requireAsFirstShown(tx, { vault, register }, shown)
  const renderedSha256 = createHash('sha256').update(showing.region).digest()
  const before = await presentationsOf(tx, row)
  // The same words may name another body by now: a page that was shown before that change is shown again.
  const same = before
    .filter((shown) => showsWhatIs(shown, row, register))
    .find((shown) => shown.renderedSha256.equals(renderedSha256))
  const recorded = same && (await recordedBefore(tx, vault, row, same))
  if (recorded !== undefined) return recorded
  if (before.length >= maxPresentations) throw new Refusal('consent.expired', 410)
  const presentation = presentationOf(showing, row, register, { renderedSha256, now: book.now })
  await insertPresentation(tx, presentation, showing.region)
  const written = await book.append({
    kind: 'consent.presented',
    actor: { type: 'broker' },
    fields: {
      ...presentedFields(presentation, row, register, requestFields(showing, known)),
      ...versionFields(row, register),
      ...(shown === undefined ? { items_sha256: itemHashes(rowsOf(showing), register) } : {}),
    },
  })
  return { presentationId: presentation.presentationId, page: pageEventFrom(written) }
}

// A page that an older process showed names no versions: it is shown anew, so that an answer to it can name them.
async function recordedBefore(
  tx: Transaction,
  vault: Vault,
  row: RequestRow,
  same: Presentation,
): Promise<RecordedPage | undefined> {
  const page = await shownEventOf(tx, vault, row, same)
  const { presentationId } = same
  return namesVersions(page.said) ? { presentationId, page } : undefined
}

/**
 * Refuses where a register was applied after this process read its own: the page is shown again by the new one.
 * @throws Refusal consent.changed (409)
 */
export async function requireRegister(tx: Transaction, register: Register): Promise<void> {
  if ((await heldRegisterEpoch(tx)) !== register.epoch) throw new Refusal('consent.changed', 409)
}

async function insertNew(
  tx: Transaction,
  register: Register,
  showing: PresentationInput,
  now: Date,
): Promise<void> {
  const { visit, clientId, row } = showing
  const { agreement } = objectsOf(row, register)
  await insertRequest(tx, {
    visit,
    clientId,
    recipient: bodyNo(register, agreement.recipient),
    createdAt: now,
    rows: rowsOf(showing),
  })
  await lapseOldest(tx, row.personId)
}

function presentationOf(
  { language, labels, changes }: PresentationInput,
  row: RequestRow,
  register: Register,
  { renderedSha256, now }: { renderedSha256: Buffer; now: Date },
): Presentation {
  const { text, dataset } = objectsOf(row, register)
  return {
    presentationId: newUuid(now),
    requestId: row.requestId,
    itemNo: row.itemNo,
    text: row.text,
    lang: langOf[language],
    canonicalSha256: text.sha256[language],
    renderedSha256,
    grantLabel: labels.grant,
    refuseLabel: labels.refuse,
    orderOfItems: [
      ...categoriesIn(dataset, row.categoriesRequired),
      ...categoriesIn(dataset, row.categoriesOptional),
    ],
    shownAt: now,
    channel: 'web',
    assistanceOffered: true,
    assistanceUsed: false,
    changes: changes ?? null,
  }
}

// The versions of the bodies and categories that a page names: their names are those that she read.
function versionFields(row: RequestRow, register: Register) {
  const { agreement, dataset } = objectsOf(row, register)
  const { holder, recipient } = agreement
  const asked = categoriesIn(dataset, row.categoriesRequired | row.categoriesOptional)
  return {
    bodies: [holder, recipient].map((id) => bodyOf(register, id).ref),
    category_versions: asked.map((id) => present(register.category(id), 'a category').ref),
  }
}

function rowsOf({ row, rows = [row] }: PresentationInput): readonly RequestRow[] {
  return rows
}

// What was shown before was asked by whoever its row names, wherever it is shown now.
function requestFields(showing: PresentationInput, known: readonly ShownRequest[]): RequestFields {
  const [first] = known
  if (first === undefined) return { service: showing.clientId, items: rowsOf(showing).length }
  return { service: first.clientId, items: known.length }
}

/** Whether a question that waited may still be answered: the same words, under an agreement in force. */
export function isAskable(row: RequestRow, register: Register, now: Date): boolean {
  const { agreement, purpose, text } = objectsOf(row, register)
  return (
    row.state === 'requested' &&
    row.expiresAt > now &&
    row.validUntil > now &&
    register.agreement(agreement.id)?.ref === agreement.ref &&
    agreement.status === 'in_force' &&
    brakeOver(agreement, register, now) === undefined &&
    register.purpose(purpose.id)?.status === 'published' &&
    register.textFor(purpose.ref, agreement.id)?.no === text.no
  )
}
