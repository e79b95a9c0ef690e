import type { Context } from 'koa'
import { z } from 'zod'
import { transact } from '../../base/platform/database.ts'
import { readForm } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { isCanonical } from '../../base/web/front-door.ts'
import { bindingOf } from '../../base/web/kiosk.ts'
import { baseOf } from '../../base/web/page.ts'
import type { WhoIsThis } from '../../base/web/person.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { routes } from '../../base/web/router.ts'
import type { Sessions } from '../../base/platform/sessions.ts'
import type { Visits } from '../../base/web/visit.ts'
import type { WaitPage } from './pages.ts'

const barForm = z.object({ visit: z.union([z.literal(''), z.string().regex(/^[\w-]{20,64}$/)]) })
const ownPath = /^\/[\w\-.~/?=&%]{0,512}$/

/** What the pages of a public terminal work with. */
export type KioskContext = {
  readonly foundation: Foundation
  readonly whoIsThis: WhoIsThis
  readonly sessions: Sessions
  readonly visits: Visits
  /** The name of the session's cookie, by which the terminal's browser knows the person who is signed in. */
  readonly cookieName: string
}

/** `/poste-public`: ends the session of the person at the terminal, or keeps it alive. Registered only where KIOSK=1. */
export function kioskRoutes(context: KioskContext): ServedRoutes {
  return routes('people', '/poste-public')
    .get('/attente', (ctx) => showWait(ctx, context))
    .post('/suite', (ctx) => stay(ctx, context))
    .get('/fin', (ctx) => showOver(ctx, context))
    .post('/fin', (ctx) => end(ctx, context))
    .served()
}

function showWait(ctx: Context, { foundation }: KioskContext): void {
  const page: WaitPage = { nextHref: baseOf(ctx) + pageOf(ctx) }
  foundation.pages.show(ctx, 'kiosk/wait', page)
}

// Only a path of our own, so that the page sends nobody elsewhere.
function pageOf(ctx: Context): string {
  const { page } = ctx.query
  return typeof page === 'string' && ownPath.test(page) && isCanonical(page) ? page : '/'
}

/** « Continuer », and each key or touch: it counts as a step of the person, though no page follows. */
async function stay(ctx: Context, context: KioskContext): Promise<void> {
  await readForm(ctx, context.foundation.keys, bindingOf(ctx, context.cookieName), barForm)
  const isOwnStep = true
  await context.whoIsThis(ctx, isOwnStep)
  ctx.status = 204
}

/** « Terminer et effacer »: shows the home page as it was before the person came. */
async function end(ctx: Context, context: KioskContext): Promise<void> {
  const { foundation, whoIsThis, sessions, visits, cookieName } = context
  const { visit } = await readForm(ctx, foundation.keys, bindingOf(ctx, cookieName), barForm)
  const who = await whoIsThis(ctx)
  if (who !== undefined)
    await transact(foundation.db, (tx) => sessions.end(tx, who.personId, { only: who.sessionUid }))
  if (visit !== '') await visits.leave(ctx, visit)
  erase(ctx, context)
  // In French, as the next person first sees the page: the choice of language was this person's, and is forgotten too.
  ctx.redirect('/')
  ctx.status = 303
}

/** Nobody answered, so the session is over by our clock. This page erases what the browser still holds. */
function showOver(ctx: Context, context: KioskContext): void {
  erase(ctx, context)
  context.foundation.pages.show(ctx, 'kiosk/over', {})
}

function erase(ctx: Context, { cookieName }: KioskContext): void {
  ctx.set('Clear-Site-Data', '"cache", "cookies", "storage"')
  // For a browser that does not know the header Clear-Site-Data.
  ctx.cookies.set(cookieName, null, { path: '/', signed: true, secure: ctx.secure })
}
