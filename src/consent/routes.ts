import { createHash } from 'node:crypto'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import { transact } from '../foundation/database.ts'
import { formToken, readForm } from '../foundation/forms.ts'
import type { Foundation } from '../foundation/foundation.ts'
import { readId, writeId } from '../foundation/ids.ts'
import { baseOf, languageOf, seeOther, standsAt } from '../foundation/page.ts'
import { Refusal } from '../foundation/refusal.ts'
import { routes } from '../foundation/router.ts'
import type { Visit, Visits } from '../foundation/visit.ts'
import type { Vault } from '../ledger/index.ts'
import type { LiveRegister, Register } from '../registry/index.ts'
import { answerRequest } from './answer.ts'
import { newRequest, objectsOf, present, termsPage } from './ask.ts'
import { categoriesIn } from './categories.ts'
import type { Asked } from './details.ts'
import { DetailError, readDetail } from './details.ts'
import { answers } from './granted.ts'
import type { AnsweredPage, AskPage } from './pages.ts'
import type { RequestRow } from './rows.ts'
import { isLive } from './standing.ts'
import { activeConsents, consentState, registerEpoch, requestOfVisit } from './store.ts'

const ticks = z
  .union([z.string().max(64), z.array(z.string().max(64)).max(50)])
  .optional()
  .transform((chosen) => [chosen ?? []].flat())
const answerForm = z.object({
  presentation: z.string().max(64),
  optional: ticks,
  express: ticks,
  until: z
    .string()
    .max(10)
    .optional()
    .transform((day) => day || undefined),
})
const emptyForm = z.object({})
const askedAgain = new Set(['consent.changed', 'consent.express-missing', 'consent.date'])

type Desk = {
  readonly foundation: Foundation
  readonly visits: Visits
  readonly live: LiveRegister
  readonly vault: Vault
}

/** `/partage/demande/:visit`: do you allow this sharing? One purpose, two answers, nothing else. */
export function consentRoutes(
  foundation: Foundation,
  visits: Visits,
  live: LiveRegister,
  vault: Vault,
): Middleware {
  const desk = { foundation, visits, live, vault }
  return routes('/partage/demande/:visit')
    .get('', (ctx) => whereItStands(ctx, desk))
    .post('/autorisation', (ctx) => answer(ctx, desk, true))
    .post('/refus', (ctx) => answer(ctx, desk, false))
    .post('/suite', (ctx) => goOn(ctx, desk))
    .middleware()
}

async function whereItStands(ctx: Context, desk: Desk): Promise<void> {
  const { visit, personId } = await errand(ctx, desk)
  const { db } = desk.foundation
  const row = await requestOfVisit(db, visitKey(visit))
  if (row?.state === 'answered') return showAnswered(ctx, desk, visit, row)
  const held = await activeConsents(db, personId)
  const register = await desk.live.at(held.epoch)
  const asked = askedBy(visit, desk, register, held.at)
  const isAnswered =
    asked !== undefined &&
    held.consents.some((item) => isLive(item, register, held.at) && answers(item, asked, register))
  // Allowed already, in another tab or at another time: it is not asked again.
  if (asked === undefined || isAnswered)
    return desk.visits.finish(ctx, visit, { kind: 'nothing-to-ask' })
  return showAsk(ctx, desk, { visit, register, row: row ?? newRequest(asked, personId, held.at) })
}

type AtHand = { readonly visit: Visit; readonly register: Register; readonly row: RequestRow }

async function showAsk(
  ctx: Context,
  { foundation, vault }: Desk,
  { visit, register, row }: AtHand,
  problem?: Refusal,
): Promise<void> {
  const { db, pages, words, keys } = foundation
  const { agreement, purpose, text } = objectsOf(row, register)
  // What is asked is fixed with its text: another version of it is another request.
  if (register.textFor(purpose.ref, agreement.id)?.no !== text.no)
    throw new Refusal('consent.expired', 410)
  const language = languageOf(ctx)
  const region = pages.fragment(
    language,
    'consent/terms',
    termsPage(row, register, language, words),
  )
  const labels = {
    grant: words.t(language, 'consent.ask.grant'),
    refuse: words.t(language, 'consent.ask.refuse'),
  }
  const { clientId } = visit
  const showing = { visit: visitKey(visit), clientId, row, language, region, labels }
  const presentationId = await transact(db, (tx) => present(tx, vault, register, showing))
  if (presentationId === undefined) return here(ctx, visit)
  const base = `${baseOf(ctx)}/partage/demande/${visit.id}`
  const page: AskPage = {
    csrf: formToken(keys, visit.id),
    presentation: writeId('pre', presentationId),
    region,
    grantAction: `${base}/autorisation`,
    refuseAction: `${base}/refus`,
    problem: problem?.code,
  }
  standsAt(ctx, `/partage/demande/${visit.id}`)
  pages.show(ctx, 'consent/ask', page, problem?.status)
}

async function answer(ctx: Context, desk: Desk, granted: boolean): Promise<void> {
  const { visit, personId } = await errand(ctx, desk)
  const { db, keys } = desk.foundation
  const form = await readForm(ctx, keys, visit.id, answerForm)
  const presentationId = readId('pre', form.presentation)
  if (presentationId === undefined) throw new Refusal('form.invalid')
  const given = {
    visit: visitKey(visit),
    personId,
    granted,
    presentationId,
    chosen: form.optional,
    express: form.express,
    until: form.until,
    acr: visit.acr,
    amr: visit.amr,
  }
  try {
    const register = await desk.live.at(await registerEpoch(db))
    await transact(db, (tx) => answerRequest(tx, desk.vault, register, given))
  } catch (error) {
    if (error instanceof Refusal && askedAgain.has(error.code))
      return showChanged(ctx, desk, visit, error)
    throw error
  }
  return here(ctx, visit)
}

// The words are others now, or an answer is missing: the page is shown again, nothing ticked, and nothing was recorded.
async function showChanged(
  ctx: Context,
  desk: Desk,
  visit: Visit,
  problem: Refusal,
): Promise<void> {
  const held = await activeConsents(desk.foundation.db, visit.personId ?? '')
  const register = await desk.live.at(held.epoch)
  const row = await requestOfVisit(desk.foundation.db, visitKey(visit))
  const asked = askedBy(visit, desk, register, held.at)
  if (row === undefined || asked === undefined) throw new Refusal('consent.expired', 410)
  return showAsk(ctx, desk, { visit, register, row }, problem)
}

async function goOn(ctx: Context, desk: Desk): Promise<void> {
  const { visit, personId } = await errand(ctx, desk)
  const { db, keys } = desk.foundation
  await readForm(ctx, keys, visit.id, emptyForm)
  const row = await requestOfVisit(db, visitKey(visit))
  if (row?.state !== 'answered') return here(ctx, visit)
  const consent = await consentState(db, personId, row.consentId)
  return desk.visits.finish(
    ctx,
    visit,
    consent?.state === 'refused'
      ? { kind: 'refused', error: 'access_denied' }
      : { kind: 'nothing-to-ask' },
  )
}

async function showAnswered(
  ctx: Context,
  { foundation, live }: Desk,
  visit: Visit,
  row: RequestRow,
): Promise<void> {
  const { db, pages, keys } = foundation
  const [language, register] = [languageOf(ctx), live.current()]
  const { agreement, purpose, dataset } = objectsOf(row, register)
  const consent = await consentState(db, row.personId, row.consentId)
  if (consent === undefined) throw new Error('an answered request has no consent')
  const granted = consent.state !== 'refused'
  const reference = writeId('con', consent.consentId)
  const nameOf = (id: string) => register.organisation(id)?.name[language] ?? id
  const labels = (mask: bigint) =>
    categoriesIn(dataset, mask).map((id) => register.category(id)?.label[language] ?? id)
  const page: AnsweredPage = {
    csrf: formToken(keys, visit.id),
    granted,
    at: consent.validFrom,
    reference,
    recipient: nameOf(agreement.recipient),
    holder: nameOf(agreement.holder),
    purpose: purpose.label[language],
    sent: labels(consent.categories),
    declined: labels(consent.declined),
    until: granted ? lastMoment(consent.validUntil) : undefined,
    service: visit.service?.name ?? '',
    next: `${baseOf(ctx)}/partage/demande/${visit.id}/suite`,
    sharingHref: granted ? `${baseOf(ctx)}/mes-partages/${reference}` : undefined,
  }
  pages.show(ctx, 'consent/answered', page)
}

/** A consent ends at midnight: its last day is the one before. */
export function lastMoment(validUntil: Date): Date {
  return new Date(validUntil.getTime() - 1)
}

async function errand(ctx: Context, desk: Desk): Promise<{ visit: Visit; personId: string }> {
  const visit = await desk.visits.current(ctx).catch(overForHer)
  if (visit.needs !== 'consent' || visit.personId === undefined)
    throw new Refusal('visit.not-found', 404)
  return { visit, personId: visit.personId }
}

// Answered and left, signed out meanwhile, or waited too long: what was answered is kept where she finds it.
function overForHer(error: unknown): never {
  if (!(error instanceof Refusal) || error.code !== 'visit.expired') throw error
  throw new Refusal('consent.expired', 410, { nextHref: '/mes-partages' })
}

function askedBy(visit: Visit, desk: Desk, register: Register, now: Date): Asked | undefined {
  const [detail] = visit.details
  if (detail === undefined) return undefined
  const recipient = register.services.get(visit.clientId)?.orgId
  if (recipient === undefined) throw new Refusal('consent.expired', 410)
  const { issuer } = desk.foundation.config
  try {
    return readDetail(detail, { issuer, recipient, register, now })
  } catch (error) {
    // Good when it was pushed, and no longer: an agreement suspended meanwhile.
    if (error instanceof DetailError) throw new Refusal('consent.expired', 410)
    throw error
  }
}

/** A visit's id is what its browser holds: at rest it is hashed. */
function visitKey(visit: Visit): Buffer {
  return createHash('sha256').update(`consent:${visit.id}`).digest()
}

function here(ctx: Context, visit: Visit): void {
  seeOther(ctx, `/partage/demande/${visit.id}`)
}
