import { randomBytes } from 'node:crypto'
import type { AskingContext, Place } from '../question-context.ts'
import { renewalAddress, waitingAddress } from '../question-context.ts'
import { isItemNo } from '../questions.ts'
import type { Context } from 'koa'
import { activeConsents, registerEpoch } from '../../record/index.ts'
import type { Transaction } from '../../../base/database/database.ts'
import { transact } from '../../../base/database/database.ts'
import { readId } from '../../../base/values/ids.ts'
import type { AnsweringSession } from '../../../base/web/person.ts'
import { Refusal } from '../../../base/values/refusal.ts'
import type { ServedRoutes } from '../../../base/web/endpoints.ts'
import type { At } from '../../../base/web/router.ts'
import { routes } from '../../../base/web/router.ts'
import { seeOther } from '../../../base/web/page.ts'
import { ownService } from '../../../registry/index.ts'
import { isAskable } from '../ask.ts'
import { askRenewal } from '../renewal.ts'
import { record } from './routes.ts'
import type { OpenRequest } from '../rows.ts'
import { showAnswered } from './answers-show.ts'
import type { RefusedAnswer } from './show.ts'
import { showAsk } from './show.ts'
import { requestById } from '../store.ts'

/** The question in the person's own space, after it was put off: no service waits for the answer. */
export function waitingRoutes(context: AskingContext): ServedRoutes {
  return routes('people', '/partage')
    .get('/demandes/:request/:item', (ctx) => waitingQuestion(ctx, context, showWaiting))
    .post('/demandes/:request/:item/autorisation', (ctx) =>
      waitingQuestion(ctx, context, answerWaiting(true)),
    )
    .post('/demandes/:request/:item/refus', (ctx) =>
      waitingQuestion(ctx, context, answerWaiting(false)),
    )
    .get('/renouvellements/:consent', (ctx) => showRenewal(ctx, context))
    .served('sign-in')
}

// Its first showing makes the question: what she was not shown was not asked.
async function showRenewal(ctx: At<'consent'>, context: AskingContext): Promise<void> {
  const consentId = readId('con', ctx.params.consent)
  const who = await context.person.anyone(
    ctx,
    consentId === undefined ? '/mes-partages' : renewalAddress(consentId),
  )
  if (who === undefined) return
  if (consentId === undefined) throw new Refusal('sharing.not-found', 404)
  const { db } = context.foundation
  const { vault } = context.notary
  const register = await context.live.at(await registerEpoch(db))
  const renewing = { personId: who.personId, consentId, register }
  const { row, isWaiting } = await transact(db, (tx) => askRenewal(tx, vault, renewing))
  if (isWaiting) return seeOther(ctx, waitingAddress(row))
  const key = randomBytes(32)
  const place = placeOf(who, waitingAddress(row), { key, clientId: ownService, itemNo: row.itemNo })
  await showAsk(ctx, context, { place, register, row, isAsked: waitsAlready })

  // Another tab may have asked the same meanwhile.
  async function waitsAlready(tx: Transaction): Promise<string | undefined> {
    const now = await askRenewal(tx, vault, renewing)
    return now.isWaiting ? waitingAddress(now.row) : undefined
  }
}

function placeOf(
  { sessionUid: binding, actor, amr }: AnsweringSession,
  path: string,
  at: Pick<Place, 'key' | 'clientId'> & { readonly itemNo: number },
) {
  return { ...at, path, binding, by: { ...actor, amr }, service: undefined }
}

export type WaitingQuestion = {
  readonly who: AnsweringSession
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
  const { clientId, itemNo, visit: key } = request
  await page(ctx, context, { who, request, place: placeOf(who, path, { key, clientId, itemNo }) })
}

export async function showWaiting(
  ctx: Context,
  context: AskingContext,
  { who, request, place }: WaitingQuestion,
  refused?: RefusedAnswer,
): Promise<void> {
  if (request.state === 'answered')
    return showAnswered(ctx, context, place, [request], request.clientId)
  const held = await activeConsents(context.foundation.db, context.notary.vault, who.personId)
  const register = await context.live.at(held.epoch)
  if (!isAskable(request, register, held.at))
    throw new Refusal('consent.expired', 410, { nextHref: '/mes-partages' })
  return showAsk(ctx, context, { place, register, row: request }, refused)
}

function answerWaiting(granted: boolean) {
  return async (ctx: Context, context: AskingContext, found: WaitingQuestion): Promise<void> => {
    const { place } = found
    const refused = await record(ctx, context, { place, granted })
    if (refused !== undefined) return showWaiting(ctx, context, found, refused)
  }
}
