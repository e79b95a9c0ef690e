import type { Context } from 'koa'
import { z } from 'zod'
import { Refusal } from '../../base/values/refusal.ts'
import { formToken, readForm } from '../../base/web/forms.ts'
import { isShared, tellShared } from '../../base/web/shared-browser.ts'
import { languageOf } from '../../base/web/page.ts'
import type { forPerson, SignedInPerson, AnsweringSession } from '../../base/web/person.ts'
import type { Routes } from '../../base/web/router.ts'
import { accessPage } from './at-a-glance.ts'
import type { AccessContext } from './context.ts'
import { serviceLines, sessionLines, waysInPage } from './overview.ts'
import type { LeavingPage, ServicesPage, SessionsPage } from './pages.ts'
import { requestLines, silenceLines } from './waiting-lines.ts'
import { backToAccess } from './show.ts'

// « Mon accès », and the page of each of its rows that has no deed of its own.

/** The pages of the rows. */
export function placePages(
  own: Routes,
  { anyone, anyWay }: ReturnType<typeof forPerson<AccessContext>>,
): Routes {
  return own
    .get('/acces/entrer', anyone(showWaysIn))
    .get('/acces/sessions', anyone(showSessions))
    .post('/acces/sessions/appareil', anyone(sayShared))
    .get('/acces/services', anyWay(showServices))
    .get('/acces/depart', anyone(showLeaving))
}

/** GET /acces */
export async function showAccess(
  ctx: Context,
  context: AccessContext,
  who: SignedInPerson,
): Promise<void> {
  const page = await accessPage(context, who, languageOf(ctx), String(ctx.query['fait'] ?? ''))
  context.foundation.pages.show(ctx, 'my-access/overview', page)
}

/** GET /acces/entrer */
async function showWaysIn(
  ctx: Context,
  context: AccessContext,
  who: SignedInPerson,
): Promise<void> {
  const page = await waysInPage(context, who, languageOf(ctx))
  context.foundation.pages.show(ctx, 'my-access/ways-in', page)
}

/** GET /acces/sessions */
async function showSessions(
  ctx: Context,
  context: AccessContext,
  who: SignedInPerson,
): Promise<void> {
  const page: SessionsPage = {
    csrf: formToken(context.foundation.keys, who.sessionUid),
    sessions: await sessionLines(context, who, languageOf(ctx)),
    isShared: context.foundation.config.kiosk ? undefined : isShared(ctx),
  }
  context.foundation.pages.show(ctx, 'my-access/sessions', page)
}

const sharedForm = z.object({ shared: z.literal('oui').optional() })

/** POST /acces/sessions/appareil: what she says of this device holds for this browser alone. A public terminal is always shared. */
async function sayShared(
  ctx: Context,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  const { config, keys } = context.foundation
  const { shared } = await readForm(ctx, keys, who.sessionUid, sharedForm)
  if (config.kiosk) throw new Refusal('not-found', 404)
  tellShared(ctx, shared !== undefined)
  backToAccess(ctx, shared === undefined ? 'device-own' : 'device-shared')
}

/** GET /acces/services */
async function showServices(
  ctx: Context,
  context: AccessContext,
  who: SignedInPerson,
): Promise<void> {
  const language = languageOf(ctx)
  const page: ServicesPage = {
    csrf: formToken(context.foundation.keys, who.sessionUid),
    services: await serviceLines(context, who, language),
    requests: await requestLines(context, who.personId, language),
    silences: await silenceLines(context, who.personId, language),
  }
  context.foundation.pages.show(ctx, 'my-access/services', page)
}

/** GET /acces/depart */
function showLeaving(ctx: Context, context: AccessContext): void {
  const page: LeavingPage = {}
  context.foundation.pages.show(ctx, 'my-access/leaving', page)
}
