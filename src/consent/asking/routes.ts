import type { AskingContext, AskingErrand, Place } from './show.ts'
import { errand, showAnswered, showAsk } from './show.ts'
import { askedAgain, isDone, isOpen, questionsOf } from './questions.ts'
import { readButton, readForm } from '../../base/web/forms.ts'
import type { Context } from 'koa'
import { z } from 'zod'
import { consentState, isLive, registerEpoch } from '../record/index.ts'
import { transact } from '../../base/platform/database.ts'
import { readId } from '../../base/platform/ids.ts'
import { seeOther } from '../../base/web/page.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { routes } from '../../base/web/router.ts'
import { ProofNeeded } from '../../base/web/proof.ts'
import type { Outcome } from '../../base/web/visit.ts'
import { noteAnsweredForHer, showAgain } from './again-routes.ts'
import { answerRequest } from './answer.ts'
import { keepAnswer } from './drafts.ts'
import { noticeOf } from './notice.ts'
import type { RequestRow } from './rows.ts'
import { requestsOfVisit } from './store.ts'

const ticks = z
  .union([z.string().max(64), z.array(z.string().max(64)).max(50)])
  .optional()
  .transform((chosen) => [chosen ?? []].flat())
export const answerForm = z.object({
  presentation: z.string().max(64),
  optional: ticks,
  express: ticks,
  until: z
    .string()
    .max(10)
    .optional()
    .transform((day) => day || undefined),
  // The tick beside a yes that ends a pause too.
  resume: z
    .literal('yes')
    .optional()
    .transform((tick) => tick !== undefined),
})
/** Do you allow this sharing? One purpose, two answers, nothing else: asked for a service that waits. */
export function consentRoutes(context: AskingContext): ServedRoutes {
  return routes('people', '/partage')
    .get('/demande/:visit', (ctx) => whereItStands(ctx, context))
    .post('/demande/:visit/autorisation', (ctx) => answer(ctx, context, true))
    .post('/demande/:visit/refus', (ctx) => answer(ctx, context, false))
    .post('/demande/:visit/report', (ctx) => decideLater(ctx, context))
    .post('/demande/:visit/suite', (ctx) => goOn(ctx, context))
    .served()
}

async function whereItStands(ctx: Context, context: AskingContext): Promise<void> {
  const at = await errand(ctx, context)
  const notice = await noticeOf(context, at.visit)
  if (notice !== undefined) return seeOther(ctx, `${at.place.path}/information`)
  const { db } = context.foundation
  const known = await requestsOfVisit(db, at.place.key)
  if (known.length > 0 && known.every(isDone)) return showAnswered(ctx, context, at.place, known)
  const questions = await questionsOf(context, at, known)
  await noteAnsweredForHer(context, at, questions)
  if (questions.again.length > 0) return showAgain(ctx, context, at, questions)
  const { rows, open, register } = questions
  const [row, ...more] = rows
  // Allowed already, in another tab or at another time, or answered for her: it is not asked again.
  if (row === undefined || open.length === 0)
    return known.some(isDone)
      ? showAnswered(ctx, context, at.place, known.filter(isDone))
      : context.visits.finish(ctx, at.visit, await outcomeOf(context, at, known))
  if (more.length > 0) return seeOther(ctx, `${at.place.path}/questions`)
  return showAsk(ctx, context, { place: at.place, register, row })
}

async function answer(ctx: Context, context: AskingContext, granted: boolean): Promise<void> {
  const at = await errand(ctx, context)
  const { personId, place } = at
  const problem = await record(ctx, context, { place, personId, granted })
  if (problem !== undefined) return askAgain(ctx, context, at, problem)
}

/** The question of a visit that asks one thing, with why its answer was not recorded. */
export async function askAgain(
  ctx: Context,
  context: AskingContext,
  at: AskingErrand,
  problem: Refusal,
): Promise<void> {
  const known = await requestsOfVisit(context.foundation.db, at.place.key)
  const { register } = await questionsOf(context, at, known)
  const [row] = known
  if (row === undefined) throw new Refusal('consent.expired', 410)
  return showAsk(ctx, context, { place: at.place, register, row }, problem)
}

type Recording = { readonly place: Place; readonly personId: string; readonly granted: boolean }

/**
 * Records the answer of a form, and goes on. A yes that lacks a proof of who gives it is kept, and leads to the proof.
 * @returns what it lacks: the words are others now, or an answer is missing. Then the page is shown again, nothing ticked,
 * and nothing was recorded
 */
export async function record(
  ctx: Context,
  context: AskingContext,
  { place, personId, granted }: Recording,
): Promise<Refusal | undefined> {
  const { db, keys } = context.foundation
  const form = await readForm(ctx, keys, place.binding, answerForm)
  const presentationId = readId('pre', form.presentation)
  if (presentationId === undefined) throw new Refusal('form.invalid')
  const { key: visit, itemNo, by } = place
  const { optional: chosen, express, until, resume: resumes } = form
  const choice = { chosen, express, until, resumes }
  const given = { visit, itemNo, personId, granted, presentationId, ...by, ...choice }
  try {
    const register = await context.live.at(await registerEpoch(db))
    await transact(db, (tx) => answerRequest(tx, context.notary, register, given))
    seeOther(ctx, place.path)
    return undefined
  } catch (error) {
    if (error instanceof Refusal && askedAgain.has(error.code)) return error
    if (!(error instanceof ProofNeeded)) throw error
    const kept = { ...choice, presentationId, until: form.until ?? null }
    await transact(db, (tx) => keepAnswer(tx, place, kept, context.foundation.clock()))
    await context.visits.begin(ctx, { returnTo: `${place.path}/reponse`, ...error.needed })
    return undefined
  }
}

/** The service is told no more than "not allowed"; the question waits in « Mes partages ». */
async function decideLater(ctx: Context, context: AskingContext): Promise<void> {
  const at = await errand(ctx, context)
  const { db, keys } = context.foundation
  await readButton(ctx, keys, at.place.binding)
  const rows = await requestsOfVisit(db, at.place.key)
  // Answered meanwhile, in another tab: that is her answer.
  if (rows.length !== 1 || !rows.every(isOpen)) return seeOther(ctx, at.place.path)
  return context.visits.finish(ctx, at.visit, await outcomeOf(context, at, rows))
}

async function goOn(ctx: Context, context: AskingContext): Promise<void> {
  const at = await errand(ctx, context)
  const { db, keys } = context.foundation
  await readButton(ctx, keys, at.place.binding)
  const rows = await requestsOfVisit(db, at.place.key)
  if (!rows.some(isDone)) return seeOther(ctx, at.place.path)
  return context.visits.finish(ctx, at.visit, await outcomeOf(context, at, rows))
}

/** What the service learns: that something of what it asked is allowed, by these answers or before, or that nothing is. */
export async function outcomeOf(
  context: AskingContext,
  at: AskingErrand,
  rows: readonly RequestRow[],
): Promise<Outcome> {
  const { allowed, held, register, at: now } = await questionsOf(context, at, rows)
  for (const { state, consentId, itemNo } of rows) {
    if (state !== 'answered') continue
    const consent = await consentState(context.foundation.db, at.personId, consentId)
    // What is in a pause gives no token: the service is told as of a no. What another yes replaced is allowed by that one.
    const isLiving = held.some((one) => one.consentId === consentId && isLive(one, register, now))
    if (consent?.state !== 'refused' && (isLiving || allowed.includes(itemNo)))
      return { kind: 'nothing-to-ask' }
  }
  const isAnswered = (no: number) =>
    rows.some(({ itemNo, state }) => itemNo === no && state === 'answered')
  return allowed.every(isAnswered)
    ? { kind: 'refused', error: 'access_denied' }
    : { kind: 'nothing-to-ask' }
}
