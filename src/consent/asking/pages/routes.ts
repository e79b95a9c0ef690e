import type { AskingContext, AskingErrand, Place } from '../question-context.ts'
import { errand } from '../question-context.ts'
import { showAnswered } from './answers-show.ts'
import type { RefusedAnswer } from './show.ts'
import { showAsk } from './show.ts'
import { refusalsThatAskAgain, isDoneInVisit, isOpen, questionsOf } from '../questions.ts'
import { readButton, readForm } from '../../../base/web/forms.ts'
import type { Context } from 'koa'
import { readConsentLife, isLive, registerEpoch } from '../../record/index.ts'
import { transact } from '../../../base/database/database.ts'
import { readId } from '../../../base/values/ids.ts'
import { seeOther } from '../../../base/web/page.ts'
import { Refusal } from '../../../base/values/refusal.ts'
import type { ServedRoutes } from '../../../base/web/endpoints.ts'
import type { At } from '../../../base/web/router.ts'
import { routes } from '../../../base/web/router.ts'
import { ProofNeeded } from '../../../base/web/proof.ts'
import type { Outcome } from '../../../base/web/visit.ts'
import { noteSilencedAnswers, showRepeatedRefusal } from './repeat-routes.ts'
import { answerRequest } from '../answer.ts'
import { answerForm, refusedForm, typedEndDate } from '../answer-form.ts'
import { keepAnswer } from '../drafts.ts'
import { noticeOf } from '../notice.ts'
import type { RequestRow } from '../rows.ts'
import { withFormSignature } from './sign-routes.ts'
import { requestsOfVisit } from '../store.ts'
import { transactQuestion } from '../page-event.ts'
import { originOf } from '../../../base/web/request-log.ts'

/** The question of one purpose with its two answers, asked for a service that waits. */
export function consentRoutes(context: AskingContext): ServedRoutes {
  return routes('people', '/partage')
    .get('/demande/:visit', (ctx) => whereItStands(ctx, context))
    .post('/demande/:visit/autorisation', (ctx) => answer(ctx, context, true))
    .post('/demande/:visit/refus', (ctx) => answer(ctx, context, false))
    .post('/demande/:visit/report', (ctx) => decideLater(ctx, context))
    .post('/demande/:visit/suite', (ctx) => goOn(ctx, context))
    .served('sign-in')
}

async function whereItStands(ctx: At<'visit'>, context: AskingContext): Promise<void> {
  const at = await errand(ctx, context)
  const notice = await noticeOf(context, at.visit)
  if (notice !== undefined) return seeOther(ctx, `${at.place.path}/information`)
  const { db } = context.foundation
  const known = await requestsOfVisit(db, at.place.key)
  if (known.length > 0 && known.every(isDoneInVisit))
    return showAnswered(ctx, context, at.place, known)
  const questions = await questionsOf(context, at, known)
  if (questions.silenced.length > 0) await noteSilencedAnswers(context, at, questions)
  if (questions.again.length > 0) return showRepeatedRefusal(ctx, context, at, questions)
  const { rows, open, register } = questions
  const [row, ...more] = rows
  // The question is not shown where a consent, another tab or her silence has answered it.
  if (row === undefined || open.length === 0)
    return known.some(isDoneInVisit)
      ? showAnswered(ctx, context, at.place, known.filter(isDoneInVisit))
      : context.visits.finish(ctx, at.visit, await outcomeOf(context, at, known))
  if (more.length > 0) return seeOther(ctx, `${at.place.path}/questions`)
  return showAsk(ctx, context, { place: at.place, register, row })
}

async function answer(ctx: At<'visit'>, context: AskingContext, granted: boolean): Promise<void> {
  const at = await errand(ctx, context)
  const refused = await record(ctx, context, { place: at.place, granted })
  if (refused !== undefined) return askAgain(ctx, context, at, refused)
}

/** Shows the question of a visit with one item again, with the reason why its answer was not recorded. */
export async function askAgain(
  ctx: Context,
  context: AskingContext,
  at: AskingErrand,
  refused: RefusedAnswer,
): Promise<void> {
  const known = await requestsOfVisit(context.foundation.db, at.place.key)
  const { register } = await questionsOf(context, at, known)
  const [row] = known
  if (row === undefined) throw new Refusal('consent.expired', 410)
  return showAsk(ctx, context, { place: at.place, register, row }, refused)
}

type Recording = { readonly place: Place; readonly granted: boolean }

/**
 * Records the answer of a form, and goes on. A yes that needs a stronger sign-in is kept, and leads to that sign-in.
 * @returns why nothing was recorded: the words have changed, or a choice is missing. The page is then shown again
 */
export async function record(
  ctx: Context,
  context: AskingContext,
  { place, granted }: Recording,
): Promise<RefusedAnswer | undefined> {
  const { db, keys } = context.foundation
  const form = await readForm(ctx, keys, place.binding, answerForm)
  const presentationId = readId('pre', form.presentation)
  if (presentationId === undefined) throw new Refusal('form.invalid')
  const { key: visit, itemNo, by } = place
  const { optional: chosen, express, resume: resumes } = form
  const until = typedEndDate(form)
  const choice = { chosen, express, until, resumes }
  const given = { visit, itemNo, granted, presentationId, ...by, ...choice }
  const { personId } = by
  const { credential, checkpoint } = form
  try {
    const register = await context.live.at(await registerEpoch(db))
    await withFormSignature(ctx, context, { personId, credential, checkpoint }, (signing) =>
      transactQuestion(context.foundation, originOf(ctx), (tx) =>
        answerRequest(tx, context.notary, register, { ...given, signing }),
      ),
    )
    seeOther(ctx, place.path)
    return undefined
  } catch (error) {
    if (error instanceof Refusal && refusalsThatAskAgain.has(error.code))
      return refusedForm(error, form)
    if (!(error instanceof ProofNeeded)) throw error
    const kept = { ...choice, presentationId, until: until ?? null }
    await transact(db, (tx) => keepAnswer(tx, place, kept, context.foundation.clock()))
    await context.visits.begin(ctx, { returnTo: `${place.path}/reponse`, ...error.needed })
    return undefined
  }
}

/** Puts the question off: it waits in « Mes partages », and the next page says until when. */
async function decideLater(ctx: At<'visit'>, context: AskingContext): Promise<void> {
  const at = await errand(ctx, context)
  const { db, keys } = context.foundation
  await readButton(ctx, keys, at.place.binding)
  const rows = await requestsOfVisit(db, at.place.key)
  // Where another tab has answered meanwhile, that answer counts.
  if (rows.length !== 1 || !rows.every(isOpen)) return seeOther(ctx, at.place.path)
  return seeOther(ctx, `${at.place.path}/plus-tard`)
}

async function goOn(ctx: At<'visit'>, context: AskingContext): Promise<void> {
  const at = await errand(ctx, context)
  const { db, keys } = context.foundation
  await readButton(ctx, keys, at.place.binding)
  const rows = await requestsOfVisit(db, at.place.key)
  if (!rows.some(isDoneInVisit)) return seeOther(ctx, at.place.path)
  return context.visits.finish(ctx, at.visit, await outcomeOf(context, at, rows))
}

/** The outcome that the service learns: whether any item is allowed, by these answers or before. */
export async function outcomeOf(
  context: AskingContext,
  at: AskingErrand,
  rows: readonly RequestRow[],
): Promise<Outcome> {
  const { allowed, held, register, at: now } = await questionsOf(context, at, rows)
  for (const { state, consentId, itemNo } of rows) {
    if (state !== 'answered') continue
    const consent = await readConsentLife(context.foundation.db, context.notary.vault.seals, {
      personId: at.personId,
      consentId,
    })
    // A paused consent gives no token, and the service is told the same as after a no. An item whose consent another yes replaced is
    // allowed by that yes.
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
