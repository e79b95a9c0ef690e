import type { Context } from 'koa'
import { z } from 'zod'
import { transact } from '../../base/database/database.ts'
import { Redirect, Refusal } from '../../base/values/refusal.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { readButton, readForm } from '../../base/web/forms.ts'
import { ProofNeeded } from '../../base/web/proof.ts'
import { seeOther, setOwnPage, standApart } from '../../base/web/page.ts'
import { originOf } from '../../base/web/request-log.ts'
import type { At } from '../../base/web/router.ts'
import { routes } from '../../base/web/router.ts'
import { gateReopensAt, recordActivity } from '../../people/accounts/index.ts'
import type { AskedClaim } from '../../registry/index.ts'
import { heldRegisterEpoch, registerEpoch } from '../record/index.ts'
import { answerClaims } from './deeds.ts'
import { heldClaims, valueOf } from './held-claims.ts'
import { claimQuestion } from './question.ts'
import type { ClaimsContext, ClaimsAsked } from './show.ts'
import { askPage, claimsAddress, digestOf, lackingPage, waitingPage } from './show.ts'
import { answersOf } from './store.ts'

// « Ce service recevra »: the page before a service at which a person signs in, where it asks for something about her. Nothing is told
// before she lets it.

export function claimsRoutes(context: ClaimsContext): ServedRoutes {
  return routes('people', '/recevra')
    .get('/:visit', (ctx) => whereItStands(ctx, context))
    .post('/:visit/don', (ctx) => answer(ctx, context, true))
    .post('/:visit/refus', (ctx) => answer(ctx, context, false))
    .post('/:visit/sans', (ctx) => goOnWithout(ctx, context))
    .served('sign-in')
}

async function standingOf(ctx: At<'visit'>, context: ClaimsContext): Promise<ClaimsAsked> {
  const visit = await context.visits.current(ctx)
  const { needs, actor, clientId } = visit
  if (needs !== 'claims' || actor === undefined) throw new Refusal('visit.not-found', 404)
  const { personId } = actor
  const { db, keys, clock } = context.foundation
  const { seals } = context.vault
  const register = await context.live.at(await registerEpoch(db))
  const service = register.services.get(clientId)
  if (service === undefined) throw new Refusal('request.suspended-service')
  const names = visit.claims()
  const asked = service.claims.filter(({ name }) => names.includes(name))
  const whose = { personId, serviceId: clientId }
  const answers = await answersOf(db, seals, whose)
  const held = await heldClaims(db, keys, register, personId)
  const question = claimQuestion(asked, answers, (name) => valueOf(held, name) !== undefined)
  const closed = await gateReopensAt(db, seals, actor, true, clock())
  return { visit, actor, personId, register, service, held, question, closed }
}

async function whereItStands(ctx: At<'visit'>, context: ClaimsContext): Promise<void> {
  const standing = await standingOf(ctx, context)
  const { visit, question } = standing
  if (question === undefined || visit.isAnswered)
    return context.visits.finish(ctx, visit, { kind: 'nothing-to-ask' })
  setOwnPage(ctx, claimsAddress(visit))
  standApart(ctx)
  const { pages } = context.foundation
  if (question.is === 'asked' && standing.closed !== undefined)
    pages.show(ctx, 'claims/waiting', waitingPage(ctx, context, standing, question.claims))
  else if (question.is === 'asked')
    pages.show(ctx, 'claims/ask', askPage(ctx, context, standing, question.claims))
  else pages.show(ctx, 'claims/lacking', lackingPage(ctx, context, standing, question.claims))
}

const answerForm = z.object({
  shown: z.string().max(64).default(''),
  claim: z
    .union([z.string().max(64), z.array(z.string().max(64)).max(50)])
    .optional()
    .transform((ticked) => [ticked ?? []].flat()),
})

async function answer(ctx: At<'visit'>, context: ClaimsContext, isYes: boolean): Promise<void> {
  const standing = await standingOf(ctx, context)
  const { visit, question } = standing
  const { shown, claim } = await readForm(ctx, context.foundation.keys, visit.id, answerForm)
  // Another tab has answered: the first answer counts.
  if (visit.isAnswered || question === undefined) return seeOther(ctx, claimsAddress(visit))
  const isRefusal = !isYes && question.claims.some(({ isOptional }) => !isOptional)
  if (isRefusal) return context.visits.finish(ctx, visit, denied)
  // The words have changed since she read them, or her address is gone: the page is shown again.
  if (question.is === 'lacking' || shown !== digestOf(question.claims))
    return seeOther(ctx, claimsAddress(visit))
  try {
    await record(ctx, context, standing, chosen(question.claims, isYes, claim))
  } catch (error) {
    if (!(error instanceof ProofNeeded)) throw error
    return context.visits.begin(ctx, { returnTo: claimsAddress(visit), ...error.needed })
  }
  return context.visits.finish(ctx, visit, { kind: 'nothing-to-ask' })
}

/** While nothing may begin to flow she goes on without, where the service can do without. It is no answer: she is asked later. */
async function goOnWithout(ctx: At<'visit'>, context: ClaimsContext): Promise<void> {
  const { visit, question, closed } = await standingOf(ctx, context)
  await readButton(ctx, context.foundation.keys, visit.id)
  const mayGoOn = question?.is === 'asked' && question.claims.every((one) => one.isOptional)
  if (!mayGoOn || closed === undefined) return seeOther(ctx, claimsAddress(visit))
  return context.visits.finish(ctx, visit, { kind: 'nothing-to-ask' })
}

const denied = { kind: 'refused', error: 'access_denied' } as const

type Chosen = { readonly asked: AskedClaim; readonly isGiven: boolean }

/** A yes gives what the service cannot do without, and what she ticked. One optional claim by itself has no tick: the button gives it. */
function chosen(
  claims: readonly AskedClaim[],
  isYes: boolean,
  ticked: readonly string[],
): readonly Chosen[] {
  return claims.map((asked) => {
    const isNamed = claims.length === 1 || !asked.isOptional || ticked.includes(asked.name)
    return { asked, isGiven: isYes && isNamed }
  })
}

async function record(
  ctx: Context,
  { foundation, vault }: ClaimsContext,
  { visit, actor: by, personId, register, service }: ClaimsAsked,
  answers: readonly Chosen[],
): Promise<void> {
  const { serviceId } = service
  await transact(foundation.db, async (tx) => {
    const isNew = await answerClaims(tx, vault, { by, service, answers })
    // What she was shown is what the register says until this is written.
    if ((await heldRegisterEpoch(tx)) !== register.epoch) throw new Redirect(claimsAddress(visit))
    if (!isNew) return
    const isAny = answers.some(({ isGiven }) => isGiven)
    const kind = isAny ? ('claims.given' as const) : ('claims.declined' as const)
    const line = { kind, personId, serviceId, result: 'done' } as const
    await recordActivity(tx, line, originOf(ctx), foundation.clock())
  })
}
