import type { Context } from 'koa'
import type { Callers, OnBehalf, OwnApi } from '../../base/web/caller.ts'
import { openPage } from '../../base/web/cursor.ts'
import { sendStream } from '../../base/web/download.ts'
import { readJson, readQuery } from '../../base/web/forms.ts'
import { readId } from '../../base/values/ids.ts'
import { Problem } from '../../base/values/refusal.ts'
import { originOf } from '../../base/web/request-log.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import type { At, Handler } from '../../base/web/router.ts'
import { routes } from '../../base/web/router.ts'
import { permittedByLaw } from '../../consent/disclosures/index.ts'
import { consentAnswer } from './answers.ts'
import { listReceipts, listShownLater, showProof, showReceipt, showTimeline } from './chain-api.ts'
import type { MeContext, MeHandler } from './context.ts'
import type { MeRequest } from './deeds.ts'
import { dispute, moveConsent, stopAll } from './deeds.ts'
import { decisionAnswer } from './disclosure-answers.ts'
import { exportJson } from './export.ts'
import { flowAnswers } from './flow-answers.ts'
import { consentEdge, isDrawn, lawEdges } from './picture.ts'
import { chooseNotifications, notificationsNow } from './notifications.ts'
import { chosenBody, disputeBody, emptyBody, listQuery, noQuery, operations } from './shapes.ts'
import { asToldToPrograms } from './problems.ts'
import type { PageStart } from './rows.ts'
import { consentPage, decisionPage } from './store.ts'
import { noteExport } from './export-limit.ts'
import { registerEpoch } from '../../consent/record/index.ts'
import { readStandingFacts, whatStillFlows } from '../../consent/standing/index.ts'

const meApi: OwnApi = { path: '/me', scope: 'me' }

// Twice as many consents as may live: all living ones, and those that ended last.
const maxDrawn = 1000
// Refused and replaced consents are read too: they show which sharings she was asked for, and the law allows none of those.
const maxRead = 2 * maxDrawn + 1
const idempotencyKey = /^[\u0021-\u007e]{1,255}$/

/** A person's own data, for a first-party service that acts for her. These routes read no cookie. */
export function meApiRoutes(context: MeContext, callers: Callers): ServedRoutes {
  const on =
    <Name extends string>(handler: MeHandler<Name>): Handler<Name> =>
    async (ctx) => {
      ctx.set('Cache-Control', 'no-store')
      const who = await callers.requireOnBehalf(ctx, meApi)
      try {
        ctx.body = await handler(ctx, context, who)
      } catch (error) {
        throw asToldToPrograms(error)
      }
    }
  return routes('programs')
    .on(operations.listConsents, on(listConsents))
    .on(operations.showConsent, on(showConsent))
    .on(operations.changeConsent, on(changeConsent), 'stop')
    .on(operations.showPicture, on(showPicture))
    .on(operations.stopEverything, on(stopEverything), 'stop')
    .on(operations.ask, on(openDispute))
    .on(operations.showTimeline, on(showTimeline))
    .on(operations.listShownLater, on(listShownLater))
    .on(operations.listDisclosures, on(listDisclosures))
    .on(operations.listReceipts, on(listReceipts))
    .on(operations.showReceipt, on(showReceipt))
    .on(operations.showProof, on(showProof))
    .on(operations.showNotifications, on(showNotifications))
    .on(operations.chooseNotifications, on(chooseHow))
    .on(operations.takeEverything, on(takeAll))
    .served('page')
}

const listConsents: MeHandler = async (ctx, context, { personId }) => {
  const { db, keys } = context.foundation
  const page = openPage<string>(keys, `consents:${personId}`, readQuery(ctx, listQuery))
  const { consents, epoch, at } = await consentPage(db, context.notary.vault.seals, personId, {
    before: page.after,
    limit: page.rows,
  })
  const register = await context.live.at(epoch)
  const { shown, next } = page.cut(consents, ({ consentId }) => consentId)
  return { items: shown.map((consent) => consentAnswer(consent, { register, at })), next }
}

const showConsent: MeHandler<'id'> = async (ctx, context, { personId }) => {
  readQuery(ctx, noQuery)
  const page = await consentPage(context.foundation.db, context.notary.vault.seals, personId, {
    ids: [consentIdOf(ctx)],
  })
  const register = await context.live.at(page.epoch)
  const [consent] = page.consents
  if (consent === undefined) throw noConsent()
  return consentAnswer(consent, { register, at: page.at })
}

const changeConsent: MeHandler<'id' | 'move'> = async (ctx, context, who) => {
  const asked = await askedOf(ctx, who)
  return moveConsent(context, asked, ctx.params.move, consentIdOf(ctx))
}

const showPicture: MeHandler = async (ctx, context, { personId }) => {
  readQuery(ctx, noQuery)
  const { db } = context.foundation
  const byLaw = await permittedByLaw(db, personId)
  const page = await consentPage(db, context.notary.vault.seals, personId, { drawn: maxRead })
  const register = await context.live.at(page.epoch)
  const seen = { register, at: page.at }
  const allowed = page.consents.filter(isDrawn)
  const { seals, heads } = context.notary.vault
  const facts = await readStandingFacts(db, seals, { personId, answers: page, register, heads })
  const still = whatStillFlows(facts, register, page.at)
  return {
    at: page.at.toISOString(),
    edges: [
      ...allowed.slice(0, maxDrawn).map((consent) => consentEdge(consent, still, seen)),
      ...lawEdges(byLaw, page, still, seen),
    ],
    may_flow: flowAnswers(still, seen),
    is_whole: allowed.length <= maxDrawn,
  }
}

const stopEverything: MeHandler = async (ctx, context, who) =>
  stopAll(context, await askedOf(ctx, who))

const openDispute: MeHandler = async (ctx, context, who) => {
  const { decision_id: decisionId, text } = await readJson(ctx, disputeBody)
  return dispute(context, withKey(ctx, who), { decisionId, text })
}

const listDisclosures: MeHandler = async (ctx, context, { personId }) => {
  const { db, keys, clock } = context.foundation
  const page = openPage<PageStart>(keys, `disclosures:${personId}`, readQuery(ctx, listQuery))
  const decisions = await decisionPage(db, personId, page.after, page.rows)
  const register = await context.live.at(await registerEpoch(db))
  const { shown, next } = page.cut(decisions, ({ place, decisionId: id }) => ({ place, id }))
  return {
    items: shown.map((decision) => decisionAnswer(decision, { register, at: clock() })),
    next,
  }
}

const showNotifications: MeHandler = (ctx, { foundation }, { personId }) => {
  readQuery(ctx, noQuery)
  return notificationsNow(foundation, personId)
}

const chooseHow: MeHandler = async (ctx, context, who) =>
  chooseNotifications(context, who, originOf(ctx), await readJson(ctx, chosenBody))

const takeAll: MeHandler = async (ctx, context, who) => {
  readQuery(ctx, noQuery)
  await noteExport(context, { personId: who.personId, serviceId: who.clientId }, originOf(ctx))
  ctx.type = 'application/json'
  return sendStream(ctx, context.foundation, await exportJson(context, who.personId, 'service'))
}

async function askedOf(ctx: Context, who: OnBehalf): Promise<MeRequest> {
  await readJson(ctx, emptyBody)
  return withKey(ctx, who)
}

function withKey(ctx: Context, who: OnBehalf): MeRequest {
  const key = ctx.get('Idempotency-Key')
  if (key !== '' && !idempotencyKey.test(key))
    throw new Problem('request.malformed', 400, 'Idempotency-Key: 1 to 255 visible characters')
  return { who, origin: originOf(ctx), key: key === '' ? undefined : key }
}

function consentIdOf(ctx: At<'id'>): string {
  const consentId = readId('con', ctx.params.id)
  if (consentId === undefined) throw noConsent()
  return consentId
}

function noConsent(): Problem {
  return new Problem('consent.not-found', 404, 'no such consent')
}
