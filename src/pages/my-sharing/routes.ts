import { consentIdIn, sharingInputOf } from './sharing-input.ts'
import {
  sendDpv,
  sendFileOf,
  sendProof,
  sendShown,
  sendReceipt,
  showReceipt,
} from './receipt-routes.ts'
import { choose, narrow, showNarrow } from './narrow-routes.ts'
import { sendEndDate, sendEndDates } from './end-date-routes.ts'
import type { At } from '../../base/web/router.ts'
import type { SharingContext } from './context.ts'
import type { Context } from 'koa'
import {
  confirmConsent,
  stopBoxLimit,
  pauseConsent,
  registerEpoch,
  resumeConsent,
  revokeConsent,
} from '../../consent/record/index.ts'
import { transact } from '../../base/database/database.ts'
import { formToken, readButton, readForm } from '../../base/web/forms.ts'
import { readId } from '../../base/values/ids.ts'
import { baseOf, languageOf, seeOther, setOwnPage } from '../../base/web/page.ts'
import { faceOf } from '../../base/web/plain-face.ts'
import type { PersonHandler, SignedInPerson, AnsweringSession } from '../../base/web/person.ts'
import { lawPage } from './law.ts'
import { portraitPage, sharingsPage } from './list.ts'
import type { SharingPage, SharingsPage, StopPage } from './pages.ts'
import { sharingPage } from './sharings.ts'
import { stopPage } from './stop-page.ts'
import type { RenewalPage } from './renewal-page.ts'
import { renewalPage } from './renewal-page.ts'
import { forPerson } from '../../base/web/person.ts'
import { recordActivity } from '../../people/accounts/index.ts'
import {
  askRenewal,
  renewalAddress,
  reopenQuestion,
  waitingAddress,
} from '../../consent/asking/index.ts'
import { ProofNeeded } from '../../base/web/proof.ts'
import { originOf } from '../../base/web/request-log.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { routes } from '../../base/web/router.ts'
import { z } from 'zod'

/** « Mes partages »: what a person allowed, and how to stop it. */
export function mySharingRoutes(context: SharingContext): ServedRoutes {
  const { anyone, anyWay } = forPerson(context, '/mes-partages')
  return routes('people')
    .get('/mes-partages', anyWay(showSharings), 'stop')
    .get('/mes-partages/fins.ics', anyWay(sendEndDates))
    .get('/mes-partages/portrait', anyWay(showPortrait))
    .get('/mes-partages/:id', anyWay(showSharing), 'stop')
    .get('/mes-partages/:id/fin.ics', anyWay(sendEndDate))
    .get('/mes-partages/loi/:agreement/:purpose', anyWay(showLaw))
    .get('/mes-partages/:id/arret', anyWay(showStop), 'stop')
    .post('/mes-partages/:id/arret', anyWay(stopSharing), 'stop')
    .post('/mes-partages/:id/pause', anyWay(pause), 'stop')
    .post('/mes-partages/:id/reprise', anyone(deed(resumeConsent, 'reprise')))
    .post('/mes-partages/:id/confirmation', anyone(deed(confirmConsent, 'confirmation')))
    .get('/mes-partages/:id/renouvellement', anyone(showRenewal))
    .post('/mes-partages/:id/renouvellement', anyone(renew))
    .get('/mes-partages/:id/reduction', anyWay(showNarrow), 'stop')
    .post('/mes-partages/:id/reduction', anyWay(choose), 'stop')
    .post('/mes-partages/:id/reduction/confirmation', anyWay(narrow), 'stop')
    .get('/mes-partages/:id/recus/:receipt', anyWay(showReceipt))
    .get('/mes-partages/:id/recus/:receipt/fichier', anyWay(sendFileOf))
    .get('/mes-partages/:id/recus/:receipt/jwt', anyWay(sendReceipt))
    .get('/mes-partages/:id/recus/:receipt/preuve', anyWay(sendProof))
    .get('/mes-partages/:id/recus/:receipt/page', anyWay(sendShown))
    .get('/mes-partages/:id/recus/:receipt/dpv', anyWay(sendDpv))
    .post('/mes-partages/questions/:silence/reprise', anyone(reopen))
    .served('page')
}

/** GET /mes-partages */
async function showSharings(
  ctx: Context,
  context: SharingContext,
  who: SignedInPerson,
): Promise<void> {
  const page: SharingsPage = {
    ...(await sharingsPage(
      await sharingInputOf(context, who, languageOf(ctx)),
      [ctx.query['mots']].flat()[0],
    )),
    csrf: formToken(context.foundation.keys, who.sessionUid),
  }
  context.foundation.pages.show(ctx, 'my-sharing/sharings', page)
}

/** GET /mes-partages/portrait; `?par=renseignement` turns it */
async function showPortrait(
  ctx: Context,
  context: SharingContext,
  who: SignedInPerson,
): Promise<void> {
  const by = [ctx.query['par']].flat()[0]
  const view = by === 'renseignement' ? 'datum' : 'organisation'
  const page = await portraitPage(await sharingInputOf(context, who, languageOf(ctx)), view)
  context.foundation.pages.show(ctx, 'my-sharing/portrait', page)
}

/** GET /mes-partages/:id */
async function showSharing(
  ctx: At<'id'>,
  context: SharingContext,
  who: SignedInPerson,
): Promise<void> {
  const reading = await sharingInputOf(context, who, languageOf(ctx))
  const done = [ctx.query['fait']].flat()[0]
  const found = await sharingPage(reading, ctx.params.id, { before: beforeOf(ctx), done })
  const csrf = formToken(context.foundation.keys, who.sessionUid)
  const page: SharingPage = { ...found, csrf }
  context.foundation.pages.show(ctx, 'my-sharing/sharing', page)
}

/** GET /mes-partages/loi/:agreement/:purpose */
async function showLaw(
  ctx: At<'agreement' | 'purpose'>,
  context: SharingContext,
  who: SignedInPerson,
): Promise<void> {
  const { agreement, purpose } = ctx.params
  const page = await lawPage(
    await sharingInputOf(context, who, languageOf(ctx)),
    { agreement, purpose },
    beforeOf(ctx),
  )
  context.foundation.pages.show(ctx, 'my-sharing/law', page)
}

/** GET /mes-partages/:id/arret */
async function showStop(
  ctx: At<'id'>,
  context: SharingContext,
  who: SignedInPerson,
): Promise<void> {
  const { keys, pages } = context.foundation
  const found = await stopPage(await sharingInputOf(context, who, languageOf(ctx)), ctx.params.id)
  const path = `/mes-partages/${found.sharing.id}`
  const href = `${baseOf(ctx)}${path}/arret`
  const face = found.plain === undefined ? undefined : faceOf(ctx, href)
  const page: StopPage = {
    ...found,
    plain: face?.isPlain === true ? found.plain : undefined,
    otherFaceHref: face?.otherHref,
    csrf: formToken(keys, who.sessionUid),
    action: href,
    keepHref: `${baseOf(ctx)}${path}`,
  }
  setOwnPage(ctx, `${path}/arret`)
  pages.show(ctx, 'my-sharing/stop', page)
}

function beforeOf(ctx: Context): Date | undefined {
  const { avant } = ctx.query
  const at = typeof avant === 'string' ? new Date(avant) : new Date(Number.NaN)
  return Number.isNaN(at.getTime()) ? undefined : at
}

/** Which others stop with it: those whose boxes she ticked, `con_…`. */
const stopForm = z.object({
  aussi: z
    .union([z.string().max(64), z.array(z.string().max(64)).max(stopBoxLimit)])
    .optional()
    .transform((also) => [also ?? []].flat()),
})

/** POST /mes-partages/:id/arret */
async function stopSharing(
  ctx: At<'id'>,
  { foundation, notary }: SharingContext,
  { personId, sessionUid, acr }: SignedInPerson,
): Promise<void> {
  const { aussi } = await readForm(ctx, foundation.keys, sessionUid, stopForm)
  const consentId = consentIdIn(ctx.params.id)
  const also = aussi.map(consentIdIn)
  await transact(foundation.db, (tx) =>
    revokeConsent(tx, notary, { personId, consentId, acr, also }),
  )
  seeOther(ctx, `/mes-partages/${ctx.params.id}?fait=arret`)
}

/** POST /mes-partages/:id/pause */
async function pause(
  ctx: At<'id'>,
  { foundation, notary }: SharingContext,
  { personId, sessionUid, acr }: SignedInPerson,
): Promise<void> {
  await readButton(ctx, foundation.keys, sessionUid)
  const pausing = { personId, consentId: consentIdIn(ctx.params.id), acr }
  await transact(foundation.db, (tx) => pauseConsent(tx, notary, pausing))
  seeOther(ctx, `/mes-partages/${ctx.params.id}?fait=pause`)
}

function deed(
  consentDeed: typeof resumeConsent,
  done: string,
): PersonHandler<SharingContext, 'id'> {
  return async (ctx, { foundation, notary, person }, who) => {
    await readButton(ctx, foundation.keys, who.sessionUid)
    const consentId = consentIdIn(ctx.params.id)
    const sharing = `/mes-partages/${ctx.params.id}`
    const by = { ...who.actor, consentId }
    try {
      await transact(foundation.db, (tx) => consentDeed(tx, notary, by))
    } catch (error) {
      if (!(error instanceof ProofNeeded)) throw error
      return person.prove(ctx, { returnTo: sharing, ...error.needed })
    }
    seeOther(ctx, `${sharing}?fait=${done}`)
  }
}

/** Lets the person be asked again a question that was answered for her until now. */
async function reopen(
  ctx: At<'silence'>,
  context: SharingContext,
  who: AnsweringSession,
): Promise<void> {
  const { db, keys, clock } = context.foundation
  const { personId, actor: by } = who
  await readButton(ctx, keys, who.sessionUid)
  const { silence } = ctx.params
  const silenceId = readId('sil', silence)
  if (silenceId !== undefined)
    await transact(db, async (tx) => {
      const isReopened = await reopenQuestion(tx, context.vault, { by, silenceId })
      const done = { kind: 'question.reopened', personId, result: 'done' } as const
      if (isReopened) await recordActivity(tx, done, originOf(ctx), clock())
    })
  seeOther(ctx, '/mes-partages')
}

/** GET /mes-partages/:id/renouvellement */
async function showRenewal(
  ctx: At<'id'>,
  context: SharingContext,
  who: SignedInPerson,
): Promise<void> {
  const { keys, pages } = context.foundation
  const found = await renewalPage(
    await sharingInputOf(context, who, languageOf(ctx)),
    ctx.params.id,
  )
  const path = `${baseOf(ctx)}/mes-partages/${found.sharing.id}`
  const page: RenewalPage = {
    ...found,
    csrf: formToken(keys, who.sessionUid),
    action: `${path}/renouvellement`,
    keepHref: path,
    stopHref: `${path}/arret`,
  }
  setOwnPage(ctx, `/mes-partages/${found.sharing.id}/renouvellement`)
  pages.show(ctx, 'my-sharing/renewal', page)
}

// Leads to the question as a service would ask it: she answers it there, or later. What she is not shown is not asked yet.
async function renew(ctx: At<'id'>, context: SharingContext, who: AnsweringSession): Promise<void> {
  const { db, keys } = context.foundation
  await readButton(ctx, keys, who.sessionUid)
  const register = await context.live.at(await registerEpoch(db))
  const renewing = { personId: who.personId, consentId: consentIdIn(ctx.params.id), register }
  const { row, isWaiting } = await transact(db, (tx) => askRenewal(tx, context.vault, renewing))
  seeOther(ctx, isWaiting ? waitingAddress(row) : renewalAddress(renewing.consentId))
}
