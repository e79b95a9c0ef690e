import { createHash } from 'node:crypto'
import type { Context } from 'koa'
import type { Notary } from '../consent/index.ts'
import { categoriesIn, consentState, receiptsOf } from '../consent/index.ts'
import { transact } from '../foundation/database.ts'
import { formToken } from '../foundation/forms.ts'
import type { Foundation } from '../foundation/foundation.ts'
import { writeId } from '../foundation/ids.ts'
import { baseOf, languageOf, seeOther, standsAt } from '../foundation/page.ts'
import { Refusal } from '../foundation/refusal.ts'
import type { Visit } from '../foundation/visit.ts'
import type { LiveRegister, Register } from '../registry/index.ts'
import { objectsOf, present, termsPage } from './ask.ts'
import type { AnsweredPage, AskPage } from './pages.ts'
import type { RequestRow } from './rows.ts'

export type Shown = {
  readonly foundation: Foundation
  readonly live: LiveRegister
  readonly notary: Notary
}

/** Where a question is asked: in a visit that a service began, or in the person's own space, where it waited. */
export type Place = {
  /** SHA-256 of the visit in which it was shown first: names the request. */
  readonly key: Buffer
  readonly clientId: string
  readonly path: string
  /** What the page's forms are bound to. */
  readonly binding: string
  /** The service that waits; undefined in the person's own space. */
  readonly service: string | undefined
  readonly acr: string
  readonly amr: readonly string[]
}

export function placeOfVisit(visit: Visit): Place {
  return {
    key: createHash('sha256').update(`consent:${visit.id}`).digest(),
    clientId: visit.clientId,
    path: `/partage/demande/${visit.id}`,
    binding: visit.id,
    service: visit.service?.name ?? '',
    acr: visit.acr,
    amr: visit.amr,
  }
}

type AtHand = { readonly place: Place; readonly register: Register; readonly row: RequestRow }

/** The question, recorded as shown before it is. */
export async function showAsk(
  ctx: Context,
  { foundation, notary }: Shown,
  { place, register, row }: AtHand,
  problem?: Refusal,
): Promise<void> {
  const { db, pages, words, keys } = foundation
  const { agreement, purpose, text } = objectsOf(row, register)
  // What is asked is fixed with its text: another version of it is another request.
  if (register.textFor(purpose.ref, agreement.id)?.no !== text.no)
    throw new Refusal('consent.expired', 410)
  const language = languageOf(ctx)
  const region = pages.fragment(language, 'asking/terms', termsPage(row, register, language, words))
  const labels = {
    grant: words.t(language, 'consent.ask.grant'),
    refuse: words.t(language, 'consent.ask.refuse'),
  }
  const { key, clientId, path } = place
  const showing = { visit: key, clientId, row, language, region, labels }
  const presentationId = await transact(db, (tx) => present(tx, notary.vault, register, showing))
  if (presentationId === undefined) return seeOther(ctx, path)
  const base = `${baseOf(ctx)}${path}`
  const page: AskPage = {
    csrf: formToken(keys, place.binding),
    presentation: writeId('pre', presentationId),
    region,
    grantAction: `${base}/autorisation`,
    refuseAction: `${base}/refus`,
    // In her own space it waits already.
    laterAction: place.service === undefined ? undefined : `${base}/report`,
    problem: problem?.code,
  }
  standsAt(ctx, path)
  pages.show(ctx, 'asking/ask', page, problem?.status)
}

/** What she answered, the way to change it, and the way on. */
export async function showAnswered(
  ctx: Context,
  { foundation, live }: Shown,
  place: Place,
  row: RequestRow,
): Promise<void> {
  const { db, pages, keys } = foundation
  const [language, register] = [languageOf(ctx), live.current()]
  const { agreement, purpose, dataset } = objectsOf(row, register)
  const consent = await consentState(db, row.personId, row.consentId)
  if (consent === undefined) throw new Error('an answered request has no consent')
  const granted = consent.state !== 'refused'
  const reference = writeId('con', consent.consentId)
  const [receipt] = await receiptsOf(db, consent.personId, { consentId: consent.consentId })
  const nameOf = (id: string) => register.organisation(id)?.name[language] ?? id
  const labels = (mask: bigint) =>
    categoriesIn(dataset, mask).map((id) => register.category(id)?.label[language] ?? id)
  const page: AnsweredPage = {
    csrf: formToken(keys, place.binding),
    granted,
    at: consent.validFrom,
    reference,
    recipient: nameOf(agreement.recipient),
    holder: nameOf(agreement.holder),
    purpose: purpose.label[language],
    sent: labels(consent.categories),
    declined: labels(consent.declined),
    until: granted ? lastMoment(consent.validUntil) : undefined,
    service: place.service,
    next: `${baseOf(ctx)}${place.path}/suite`,
    receiptHref: receipt && `${baseOf(ctx)}/mes-partages/${reference}/recus/${receipt.id}`,
    sharingHref: granted ? `${baseOf(ctx)}/mes-partages/${reference}` : undefined,
  }
  pages.show(ctx, 'asking/answered', page)
}

/** A consent ends at midnight: its last day is the one before. */
export function lastMoment(validUntil: Date): Date {
  return new Date(validUntil.getTime() - 1)
}
