import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import { activeConsents, consentState, isLive, registerEpoch } from '../consent/index.ts'
import { transact } from '../foundation/database.ts'
import { readForm } from '../foundation/forms.ts'
import { readId } from '../foundation/ids.ts'
import { seeOther } from '../foundation/page.ts'
import { Refusal } from '../foundation/refusal.ts'
import { routes } from '../foundation/router.ts'
import type { RequirePerson, SignedIn } from '../foundation/person.ts'
import type { Visit, Visits } from '../foundation/visit.ts'
import type { Register } from '../registry/index.ts'
import { answerRequest } from './answer.ts'
import { answers } from './answered.ts'
import { isAskable, newRequest } from './ask.ts'
import type { Asked } from './details.ts'
import { DetailError, readDetail } from './details.ts'
import type { OpenRequest } from './rows.ts'
import type { Place, Shown } from './show.ts'
import { placeOfVisit, showAnswered, showAsk } from './show.ts'
import { requestById, requestOfVisit } from './store.ts'

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

export type Asking = Shown & { readonly visits: Visits; readonly person: RequirePerson }

/** Do you allow this sharing? One purpose, two answers, nothing else: asked for a service that waits, or where it waited. */
export function consentRoutes(desk: Asking): Middleware {
  return routes('/partage')
    .get('/demande/:visit', (ctx) => whereItStands(ctx, desk))
    .post('/demande/:visit/autorisation', (ctx) => answer(ctx, desk, true))
    .post('/demande/:visit/refus', (ctx) => answer(ctx, desk, false))
    .post('/demande/:visit/report', (ctx) => decideLater(ctx, desk))
    .post('/demande/:visit/suite', (ctx) => goOn(ctx, desk))
    .get('/demandes/:request', (ctx) => waiting(ctx, desk, showWaiting))
    .post('/demandes/:request/autorisation', (ctx) => waiting(ctx, desk, answerWaiting(true)))
    .post('/demandes/:request/refus', (ctx) => waiting(ctx, desk, answerWaiting(false)))
    .middleware()
}

async function whereItStands(ctx: Context, desk: Asking): Promise<void> {
  const { visit, personId, place } = await errand(ctx, desk)
  const { db } = desk.foundation
  const row = await requestOfVisit(db, place.key)
  if (row?.state === 'answered') return showAnswered(ctx, desk, place, row)
  const held = await activeConsents(db, personId)
  const register = await desk.live.at(held.epoch)
  const asked = askedBy(visit, desk, register, held.at)
  const isAnswered =
    asked !== undefined &&
    held.consents.some((item) => isLive(item, register, held.at) && answers(item, asked, register))
  // Allowed already, in another tab or at another time: it is not asked again.
  if (asked === undefined || isAnswered)
    return desk.visits.finish(ctx, visit, { kind: 'nothing-to-ask' })
  return showAsk(ctx, desk, { place, register, row: row ?? newRequest(asked, personId, held.at) })
}

async function answer(ctx: Context, desk: Asking, granted: boolean): Promise<void> {
  const { visit, personId, place } = await errand(ctx, desk)
  const problem = await record(ctx, desk, { place, personId, granted })
  if (problem === undefined) return seeOther(ctx, place.path)
  const { db } = desk.foundation
  const held = await activeConsents(db, personId)
  const register = await desk.live.at(held.epoch)
  const row = await requestOfVisit(db, place.key)
  if (row === undefined || askedBy(visit, desk, register, held.at) === undefined)
    throw new Refusal('consent.expired', 410)
  return showAsk(ctx, desk, { place, register, row }, problem)
}

type Recording = { readonly place: Place; readonly personId: string; readonly granted: boolean }

/**
 * Records the answer of a form. @returns what it lacks: the words are others now, or an answer is missing. Then the page is
 * shown again, nothing ticked, and nothing was recorded
 */
async function record(
  ctx: Context,
  desk: Asking,
  { place, personId, granted }: Recording,
): Promise<Refusal | undefined> {
  const { db, keys } = desk.foundation
  const form = await readForm(ctx, keys, place.binding, answerForm)
  const presentationId = readId('pre', form.presentation)
  if (presentationId === undefined) throw new Refusal('form.invalid')
  const { key: visit, acr, amr } = place
  const choice = { chosen: form.optional, express: form.express, until: form.until }
  const given = { visit, personId, granted, presentationId, acr, amr, ...choice }
  try {
    const register = await desk.live.at(await registerEpoch(db))
    await transact(db, (tx) => answerRequest(tx, desk.notary, register, given))
    return undefined
  } catch (error) {
    if (error instanceof Refusal && askedAgain.has(error.code)) return error
    throw error
  }
}

/** The service is told no more than "not allowed"; the question waits in « Mes partages » (DOMAIN 3.1). */
async function decideLater(ctx: Context, desk: Asking): Promise<void> {
  const { visit, place } = await errand(ctx, desk)
  await readForm(ctx, desk.foundation.keys, place.binding, emptyForm)
  const row = await requestOfVisit(desk.foundation.db, place.key)
  // Answered meanwhile, in another tab: that is her answer.
  if (row?.state !== 'requested') return seeOther(ctx, place.path)
  return desk.visits.finish(ctx, visit, { kind: 'refused', error: 'access_denied' })
}

async function goOn(ctx: Context, desk: Asking): Promise<void> {
  const { visit, personId, place } = await errand(ctx, desk)
  const { db, keys } = desk.foundation
  await readForm(ctx, keys, place.binding, emptyForm)
  const row = await requestOfVisit(db, place.key)
  if (row?.state !== 'answered') return seeOther(ctx, place.path)
  const consent = await consentState(db, personId, row.consentId)
  return desk.visits.finish(
    ctx,
    visit,
    consent?.state === 'refused'
      ? { kind: 'refused', error: 'access_denied' }
      : { kind: 'nothing-to-ask' },
  )
}

type Waiting = { readonly who: SignedIn; readonly request: OpenRequest; readonly place: Place }

/** A question that waits for the person who is signed in. @throws Refusal for anybody else's, as for none */
async function waiting(
  ctx: Context & { params: Readonly<Record<string, string>> },
  desk: Asking,
  page: (ctx: Context, desk: Asking, waiting: Waiting) => Promise<void>,
): Promise<void> {
  const who = await desk.person.anyone(ctx)
  if (who === undefined) return
  const id = ctx.params['request'] ?? ''
  const requestId = readId('req', id)
  const { db } = desk.foundation
  const request = requestId && (await requestById(db, who.personId, requestId))
  if (!request) throw new Refusal('consent.not-found', 404)
  const { sessionUid: binding, acr, amr } = who
  const at = { path: `/partage/demandes/${id}`, key: request.visit, clientId: '' }
  await page(ctx, desk, { who, request, place: { ...at, binding, acr, amr, service: undefined } })
}

async function showWaiting(
  ctx: Context,
  desk: Asking,
  { who, request, place }: Waiting,
  problem?: Refusal,
): Promise<void> {
  if (request.state === 'answered') return showAnswered(ctx, desk, place, request)
  const held = await activeConsents(desk.foundation.db, who.personId)
  const register = await desk.live.at(held.epoch)
  if (!isAskable(request, register, held.at))
    throw new Refusal('consent.expired', 410, { nextHref: '/mes-partages' })
  return showAsk(ctx, desk, { place, register, row: request }, problem)
}

function answerWaiting(granted: boolean) {
  return async (ctx: Context, desk: Asking, found: Waiting): Promise<void> => {
    const { place, who } = found
    const problem = await record(ctx, desk, { place, personId: who.personId, granted })
    if (problem === undefined) return seeOther(ctx, place.path)
    return showWaiting(ctx, desk, found, problem)
  }
}

type Errand = { readonly visit: Visit; readonly personId: string; readonly place: Place }

async function errand(ctx: Context, desk: Asking): Promise<Errand> {
  const visit = await desk.visits.current(ctx).catch(overForHer)
  if (visit.needs !== 'consent' || visit.personId === undefined)
    throw new Refusal('visit.not-found', 404)
  return { visit, personId: visit.personId, place: placeOfVisit(visit) }
}

// Answered and left, signed out meanwhile, or waited too long: what was answered is kept where she finds it.
function overForHer(error: unknown): never {
  if (!(error instanceof Refusal) || error.code !== 'visit.expired') throw error
  throw new Refusal('consent.expired', 410, { nextHref: '/mes-partages' })
}

function askedBy(visit: Visit, desk: Asking, register: Register, now: Date): Asked | undefined {
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
