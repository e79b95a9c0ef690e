import type { AskingContext, Place } from '../question-context.ts'
import { isItemNo } from '../questions.ts'
import type { Context } from 'koa'
import { activeConsents } from '../../record/index.ts'
import { readId } from '../../../base/values/ids.ts'
import type { SignedInPerson } from '../../../base/web/person.ts'
import { Refusal } from '../../../base/values/refusal.ts'
import type { ServedRoutes } from '../../../base/web/endpoints.ts'
import type { At } from '../../../base/web/router.ts'
import { routes } from '../../../base/web/router.ts'
import { isAskable } from '../ask.ts'
import { record } from './routes.ts'
import type { OpenRequest } from '../rows.ts'
import { showAnswered } from './answers-show.ts'
import type { RefusedAnswer } from './show.ts'
import { showAsk } from './show.ts'
import { requestById } from '../store.ts'

/** The question in the person's own space, after it was put off: no service waits for the answer. */
export function waitingRoutes(context: AskingContext): ServedRoutes {
  return routes('people', '/partage/demandes/:request/:item')
    .get('', (ctx) => waitingQuestion(ctx, context, showWaiting))
    .post('/autorisation', (ctx) => waitingQuestion(ctx, context, answerWaiting(true)))
    .post('/refus', (ctx) => waitingQuestion(ctx, context, answerWaiting(false)))
    .served('sign-in')
}

export type WaitingQuestion = {
  readonly who: SignedInPerson
  readonly request: OpenRequest
  readonly place: Place
}

/** A question that waits for the person who is signed in. @throws Refusal for another person's question, as for an unknown one */
export async function waitingQuestion(
  ctx: At<'request' | 'item'>,
  context: AskingContext,
  page: (ctx: Context, context: AskingContext, waiting: WaitingQuestion) => Promise<void>,
): Promise<void> {
  const { request: id, item } = ctx.params
  const requestId = readId('req', id)
  const path = `/partage/demandes/${id}/${item}`
  const isQuestion = requestId !== undefined && isItemNo(item)
  const who = await context.person.anyone(ctx, isQuestion ? path : '/acces')
  if (who === undefined) return
  const { db } = context.foundation
  const request =
    requestId && isItemNo(item) && (await requestById(db, who.personId, requestId, Number(item)))
  if (!request) throw new Refusal('consent.not-found', 404)
  const { sessionUid: binding, acr, amr, authTime: provedAt, factorIds } = who
  const at = { path, key: request.visit, clientId: '' }
  const { itemNo } = request
  await page(ctx, context, {
    who,
    request,
    place: { ...at, itemNo, binding, by: { acr, amr, provedAt, factorIds }, service: undefined },
  })
}

export async function showWaiting(
  ctx: Context,
  context: AskingContext,
  { who, request, place }: WaitingQuestion,
  refused?: RefusedAnswer,
): Promise<void> {
  if (request.state === 'answered')
    return showAnswered(ctx, context, place, [request], request.clientId)
  const held = await activeConsents(context.foundation.db, context.notary.vault.seals, who.personId)
  const register = await context.live.at(held.epoch)
  if (!isAskable(request, register, held.at))
    throw new Refusal('consent.expired', 410, { nextHref: '/mes-partages' })
  return showAsk(ctx, context, { place, register, row: request }, refused)
}

function answerWaiting(granted: boolean) {
  return async (ctx: Context, context: AskingContext, found: WaitingQuestion): Promise<void> => {
    const { place, who } = found
    const refused = await record(ctx, context, { place, personId: who.personId, granted })
    if (refused !== undefined) return showWaiting(ctx, context, found, refused)
  }
}
