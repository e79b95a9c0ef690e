import type { Context } from 'koa'
import { z } from 'zod'
import { readForm } from '../../base/web/forms.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { languageOf } from '../../base/web/page.ts'
import type { Visit } from '../../base/web/visit.ts'
import type { At } from '../../base/web/router.ts'
import {
  handleCallback,
  dropArrival,
  redirectToProvider,
  markLinking,
  putArrival,
  putUpstreamSession,
  upstreamSession,
  upstreamPersonBy,
} from '../upstream/index.ts'
import type { JourneyContext, ProofAt, VisitRoutes } from './context.ts'
import { visitReadingOf, unprovedVisit } from './context.ts'
import { countedAsNew } from './access-opening.ts'
import { cameByIn } from './finish-show.ts'
import type { ProofContext } from './proofs.ts'
import { toPresentStep } from './step-show.ts'
import { findAttempt } from './store.ts'
import { IdentityTaken, linkIdentity, openByIdentity, proveByIdentity } from './upstream.ts'
import { activeProvider, arrivalIn } from './upstream-way.ts'

const emptyForm = z.object({})

/** How long a page waits for an answer to « Avez-vous déjà un accès ici? ». */
const waitingSeconds = 1800

/** The pages of a visit by which somebody signs in with an account elsewhere. */
export function upstreamRoutes(
  context: JourneyContext,
  proving: ProofAt,
  visit: VisitRoutes,
): VisitRoutes {
  return visit
    .get('/fournisseurs/:provider', async (ctx) => leave(ctx, context))
    .get('/fournisseurs/:provider/retour', async (ctx) => arrive(ctx, context, await proving(ctx)))
    .post('/arrivee/nouveau', async (ctx) => openNew(ctx, context, await proving(ctx)))
    .post('/arrivee/acces-existant', async (ctx) => signInFirst(ctx, context, await proving(ctx)))
    .post('/arrivee/lien', async (ctx) => link(ctx, context, await proving(ctx)))
    .post('/arrivee/abandon', async (ctx) => giveArrivalUp(ctx, context, await proving(ctx)))
}

/** Somebody who came with an account that opens no access here is asked first whether she has one. */
export async function signInOrAnswer(
  ctx: Context,
  context: JourneyContext,
  visit: Visit,
): Promise<void> {
  const arrival = arrivalIn({ ...visitReadingOf(ctx, context), visit }, context.upstream)
  if (arrival === undefined || arrival.links) return context.show.signIn(ctx, visit)
  return context.show.arrival(ctx, visit, arrival.provider)
}

/** « Continuer avec … » */
async function leave(ctx: At<'visit' | 'provider'>, context: JourneyContext): Promise<void> {
  const { foundation, upstream, locksmith } = context
  const visit = await unprovedVisit(ctx, context)
  try {
    const provider = activeProvider(context.upstream, ctx.params.provider)
    const going = {
      provider,
      errand: visit.id,
      language: languageOf(ctx),
      level: visit.level,
      maxAgeSeconds: visit.maxAgeSeconds,
    }
    const { seals } = locksmith.vault
    const at = { db: foundation.db, seals, now: foundation.clock() }
    const address = await upstream.go(ctx, { visit: visit.id }, () =>
      redirectToProvider(at, upstream.client, going),
    )
    ctx.redirect(address.href)
    ctx.status = 303
  } catch (error) {
    if (!(error instanceof Refusal) || error.code === 'too-many-attempts') throw error
    return context.show.signIn(ctx, visit, error)
  }
}

/** She comes back: with an account that opens her access, with one that opens none yet, or with nothing that can be believed. */
async function arrive(
  ctx: At<'visit' | 'provider'>,
  context: JourneyContext,
  at: ProofContext,
): Promise<void> {
  const visit = await unprovedVisit(ctx, context)
  try {
    const provider = activeProvider(context.upstream, ctx.params.provider)
    const answer = { errand: visit.id, query: ctx.querystring }
    const came = await handleCallback(at, context.upstream.client, provider, answer)
    await context.upstream.cameBack(answer.query)
    const there = upstreamPersonBy(at.vouchedSeals, provider, came, at.now)
    await putUpstreamSession(at.db, at.seals, visit.id, upstreamSession(there, came, at.now))
    const attempt = await proveByIdentity(at, there)
    // A step-up is a proof of the person who is here: no access begins there.
    if (attempt === undefined && visit.personId !== undefined)
      throw new Refusal('identity.not-linked', 403)
    if (attempt === undefined)
      await putArrival(at.db, at.seals, visit.id, {
        ...there,
        expiresAt: earlier(visit.expiresAt, secondsAfter(at.now, waitingSeconds)),
      })
    return toPresentStep(ctx, visit)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    await context.tries.refused(at, error)
    return context.show.signIn(ctx, visit, error)
  }
}

function earlier(one: Date, other: Date): Date {
  return one < other ? one : other
}

/** « Non, continuer comme nouvelle personne » */
async function openNew(ctx: Context, context: JourneyContext, at: ProofContext): Promise<void> {
  const { keys } = context.foundation
  await readForm(ctx, keys, at.visit.id, emptyForm)
  const arrival = arrivalIn(at, context.upstream)
  if (arrival === undefined || at.visit.openHere !== undefined) return toPresentStep(ctx, at.visit)
  // Another tab of hers was first: it is her access all the same.
  if ((await proveByIdentity(at, arrival)) !== undefined) return toPresentStep(ctx, at.visit)
  try {
    const codes = await countedAsNew(at, context.locksmith, () =>
      openByIdentity(at, languageOf(ctx)),
    )
    return context.show.codes(ctx, at.visit, codes)
  } catch (error) {
    if (!(error instanceof IdentityTaken)) throw error
    // At the same moment.
    await proveByIdentity(at, arrival)
    return toPresentStep(ctx, at.visit)
  }
}

/** « Oui, j’ai déjà un accès » */
async function signInFirst(ctx: Context, context: JourneyContext, at: ProofContext): Promise<void> {
  await readForm(ctx, context.foundation.keys, at.visit.id, emptyForm)
  await markLinking(at.db, at.visit.id)
  return toPresentStep(ctx, at.visit)
}

/** « Relier » */
async function link(ctx: Context, context: JourneyContext, at: ProofContext): Promise<void> {
  await readForm(ctx, context.foundation.keys, at.visit.id, emptyForm)
  const arrival = arrivalIn(at, context.upstream)
  const attempt = await findAttempt(at, at.visit.id)
  if (arrival === undefined || attempt === undefined) return toPresentStep(ctx, at.visit)
  if ((await cameByIn(context, at.visit, attempt)) === 'counts-for-nothing')
    return toPresentStep(ctx, at.visit)
  try {
    await linkIdentity(at)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return context.show.link(ctx, at.visit, arrival.provider, error)
  }
  return toPresentStep(ctx, at.visit)
}

/** « Continuer sans relier », « Revenir »: the account elsewhere is forgotten in this visit. */
async function giveArrivalUp(
  ctx: Context,
  context: JourneyContext,
  at: ProofContext,
): Promise<void> {
  await readForm(ctx, context.foundation.keys, at.visit.id, emptyForm)
  await dropArrival(at.db, at.visit.id)
  return toPresentStep(ctx, at.visit)
}
