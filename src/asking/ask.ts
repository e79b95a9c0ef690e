import { createHash } from 'node:crypto'
import { categoriesIn, isWithin, maskOf } from '../consent/index.ts'
import { later } from '../foundation/clock.ts'
import type { Transaction } from '../foundation/database.ts'
import { newUuid, writeId } from '../foundation/ids.ts'
import type { Language } from '../foundation/pages.ts'
import { Refusal } from '../foundation/refusal.ts'
import type { Words } from '../foundation/words.ts'
import type { Vault } from '../ledger/index.ts'
import { openBook } from '../ledger/index.ts'
import type { ConsentText, Register } from '../registry/index.ts'
import type { Asked } from './details.ts'
import type { Block, CategoryLine, Run, TermsPage } from './pages.ts'
import type { Presentation, RequestRow } from './rows.ts'
import {
  insertPresentation,
  insertRequest,
  lapseOldest,
  presentationsOf,
  requestOfVisit,
} from './store.ts'

const openSeconds = 30 * 24 * 3600
// French, English, and again after a change of the register: more showings than this are no reading.
const maxPresentations = 8
const fingerprintLength = 8

/** The request that a visit is about to show: what is asked, fixed from the first showing on. */
export function newRequest(asked: Asked, personId: string, now: Date): RequestRow {
  return {
    requestId: newUuid(now),
    personId,
    itemNo: 1,
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
    state: 'requested',
    expiresAt: later(now, openSeconds),
    narrows: null,
  }
}

export const langOf: Readonly<Record<Language, 'fr-CA' | 'en-CA'>> = { fr: 'fr-CA', en: 'en-CA' }

export type Showing = {
  readonly visit: Buffer
  readonly clientId: string
  readonly row: RequestRow
  readonly language: Language
  /** HTML of the terms, as the person sees them. */
  readonly region: string
  readonly labels: { readonly grant: string; readonly refuse: string }
}

/**
 * Records that these words are shown, before they are: the request at its first showing, the presentation, and
 * `consent.presented`. The same words shown again are the same presentation.
 * @returns the presentation's id, or undefined when the visit was answered meanwhile
 */
export async function present(
  tx: Transaction,
  vault: Vault,
  register: Register,
  showing: Showing,
): Promise<string | undefined> {
  const book = await openBook(tx, vault, showing.row.personId)
  const known = await requestOfVisit(tx, showing.visit)
  const row = known ?? showing.row
  if (row.state === 'answered') return undefined
  if (row.state !== 'requested' || row.expiresAt <= book.now)
    throw new Refusal('consent.expired', 410)
  if (known === undefined) await insertNew(tx, register, showing, book.now)
  const renderedSha256 = createHash('sha256').update(showing.region).digest()
  const before = await presentationsOf(tx, row.requestId)
  const same = before.find((shown) => shown.renderedSha256.equals(renderedSha256))
  if (same !== undefined) return same.presentationId
  if (before.length >= maxPresentations) throw new Refusal('consent.expired', 410)
  const presentation = presentationOf(showing, row, register, { renderedSha256, now: book.now })
  await insertPresentation(tx, presentation, showing.region)
  await book.append({
    kind: 'consent.presented',
    actor: { type: 'broker' },
    fields: presentedFields(presentation, row, register),
  })
  return presentation.presentationId
}

async function insertNew(
  tx: Transaction,
  register: Register,
  { visit, clientId, row }: Showing,
  now: Date,
): Promise<void> {
  const recipient = register.agreementByNo(row.agreement)?.recipient ?? ''
  await insertRequest(tx, {
    visit,
    clientId,
    recipient: register.organisation(recipient)?.root ?? 0,
    createdAt: now,
    row,
  })
  await lapseOldest(tx, row.personId)
}

function presentationOf(
  { language, labels }: Showing,
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
  }
}

function presentedFields(presentation: Presentation, row: RequestRow, register: Register) {
  const { agreement, purpose, dataset, text } = objectsOf(row, register)
  return {
    consent_id: writeId('con', row.consentId),
    request_id: writeId('req', row.requestId),
    presentation_id: writeId('pre', presentation.presentationId),
    agreement: agreement.ref,
    purpose: purpose.ref,
    dataset: dataset.ref,
    text: text.ref,
    lang: presentation.lang,
    canonical_sha256: presentation.canonicalSha256.toString('hex'),
    rendered_sha256: presentation.renderedSha256.toString('hex'),
  }
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
    register.purpose(purpose.id)?.status === 'published' &&
    register.textFor(purpose.ref, agreement.id)?.no === text.no
  )
}

/** The register objects of a request. @throws Refusal when the register has lost one, which versions never do */
export function objectsOf(row: RequestRow, register: Register) {
  const agreement = register.agreementByNo(row.agreement)
  const purpose = register.purposeByNo(row.purpose)
  const dataset = register.datasetByNo(row.dataset)
  const text = register.textByNo(row.text)
  if (!agreement || !purpose || !dataset || !text) throw new Refusal('consent.expired', 410)
  return { agreement, purpose, dataset, text }
}

/** Which of the categories asked for are sensitive. */
export function sensitiveOf(row: RequestRow, register: Register): bigint {
  const { dataset } = objectsOf(row, register)
  const asked = categoriesIn(dataset, row.categoriesRequired | row.categoriesOptional)
  return maskOf(
    dataset,
    asked.filter((id) => register.category(id)?.sensitivity !== 'ordinary'),
  )
}

/** The words of a request, the same each time for one request and language: their HTML is hashed. */
export function termsPage(
  row: RequestRow,
  register: Register,
  language: Language,
  words: Words,
): TermsPage {
  const { agreement, dataset, text } = objectsOf(row, register)
  const values = {
    until: words.date(language, noonOf(row.validUntilLocal)),
    count: String(row.frequencyCount ?? ''),
    period:
      row.frequencyPer === null
        ? ''
        : words.t(language, 'consent.terms.period', { per: row.frequencyPer }),
  }
  const block = (role: string): Block =>
    runsOf(textOfBlock(text, role, language), (name) => fill(name, values, register, language))
  const hasOptional = row.categoriesOptional !== 0n
  const sensitive = sensitiveOf(row, register)
  const lines = (mask: bigint) =>
    categoriesIn(dataset, mask).map((id) => categoryLine(id, register, language))
  return {
    recipient: register.organisation(agreement.recipient)?.name[language] ?? agreement.recipient,
    holder: register.organisation(agreement.holder)?.name[language] ?? agreement.holder,
    blocks: {
      who_asks: block('who_asks'),
      who_gives: block('who_gives'),
      what: block('what'),
      optional_items: hasOptional ? block('optional_items') : undefined,
      why: block('why'),
      how_long: block('how_long'),
      how_often: row.frequencyCount === null ? undefined : block('how_often'),
      if_refuse: block('if_refuse'),
      if_accept: block('if_accept'),
      withdraw: block('withdraw'),
      rights_help: block('rights_help'),
      legal: block('legal'),
    },
    required: lines(row.categoriesRequired),
    optional: lines(row.categoriesOptional & ~sensitive),
    sensitive: lines(sensitive).map((line) => ({
      ...line,
      isOptional: isWithin(maskOf(dataset, [line.categoryId]), row.categoriesOptional),
    })),
    lastDay: row.validUntilLocal,
    agreement: agreement.ref,
    text: text.ref,
    fingerprint: text.sha256[language].toString('base64url').slice(0, fingerprintLength),
  }
}

function textOfBlock({ blocks, ref }: ConsentText, role: string, language: Language): string {
  const block = blocks.find((item) => item.role === role)
  if (block === undefined) throw new Error(`${ref} has no block ${role}`)
  return block[language]
}

function fill(
  name: string,
  values: Readonly<Record<string, string>>,
  register: Register,
  language: Language,
): string {
  const [kind = '', category] = name.split('.', 2)
  const found =
    category === undefined ? values[kind] : register.category(category)?.example[language]
  if (found === undefined) throw new Error(`a text names {${name}}, which is nothing`)
  return found
}

/** `plain **strong** plain`, its `{placeholders}` filled. */
export function runsOf(text: string, valueOf: (name: string) => string): Run[] {
  return text
    .split('**')
    .map((part, i) => ({
      words: part.replaceAll(/\{([\w.-]+)\}/g, (_, name: string) => valueOf(name)),
      isStrong: i % 2 === 1,
    }))
    .filter(({ words }) => words !== '')
}

function categoryLine(id: string, register: Register, language: Language): CategoryLine {
  const category = register.category(id)
  if (category === undefined) throw new Error(`the register has no category ${id}`)
  return {
    categoryId: id,
    label: category.label[language],
    description: category.description[language],
    example: category.example[language],
  }
}

// A day is written as itself in every zone of Québec.
function noonOf(day: string): Date {
  return new Date(`${day}T17:00:00Z`)
}
