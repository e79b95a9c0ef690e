import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import { transact } from '../../base/platform/database.ts'
import { readForm } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { isCanonical } from '../../base/web/front-door.ts'
import { bindingOf } from '../../base/web/kiosk.ts'
import { baseOf } from '../../base/web/page.ts'
import type { WhoIsThis } from '../../base/web/person.ts'
import { routes } from '../../base/web/router.ts'
import type { Sessions } from '../../base/platform/sessions.ts'
import type { Visits } from '../../base/web/visit.ts'
import type { WaitPage } from './pages.ts'

const barForm = z.object({ visit: z.union([z.literal(''), z.string().regex(/^[\w-]{20,64}$/)]) })
const ownPath = /^\/[\w\-.~/?=&%]{0,512}$/

export type Counters = {
  readonly whoIsThis: WhoIsThis
  readonly sessions: Sessions
  readonly visits: Visits
  /** Of the session: what the terminal's browser knows of whoever is signed in. */
  readonly cookieName: string
}

type Desk = Counters & { readonly foundation: Foundation }

/** `/poste-public`: how whoever sat there is ended, and how she stays. Hung up where KIOSK=1 only. */
export function kioskRoutes(foundation: Foundation, counters: Counters): Middleware {
  const desk: Desk = { ...counters, foundation }
  return routes('/poste-public')
    .get('/attente', (ctx) => showWait(ctx, desk))
    .post('/suite', (ctx) => stay(ctx, desk))
    .get('/fin', (ctx) => showOver(ctx, desk))
    .post('/fin', (ctx) => end(ctx, desk))
    .middleware()
}

function showWait(ctx: Context, { foundation }: Desk): void {
  const page: WaitPage = { nextHref: baseOf(ctx) + pageOf(ctx) }
  foundation.pages.show(ctx, 'kiosk/wait', page)
}

// Only a path of our own, so that the page sends nobody elsewhere.
function pageOf(ctx: Context): string {
  const { page } = ctx.query
  return typeof page === 'string' && ownPath.test(page) && isCanonical(page) ? page : '/'
}

/** « Continuer », and what is typed or touched: a step of hers, though no page follows. */
async function stay(ctx: Context, desk: Desk): Promise<void> {
  await readForm(ctx, desk.foundation.keys, bindingOf(ctx, desk.cookieName), barForm)
  const isOwnStep = true
  await desk.whoIsThis(ctx, isOwnStep)
  ctx.status = 204
}

/** « Terminer et effacer »: the home page as it was before her. */
async function end(ctx: Context, desk: Desk): Promise<void> {
  const { foundation, whoIsThis, sessions, visits, cookieName } = desk
  const { visit } = await readForm(ctx, foundation.keys, bindingOf(ctx, cookieName), barForm)
  const who = await whoIsThis(ctx)
  if (who !== undefined)
    await transact(foundation.db, (tx) => sessions.end(tx, who.personId, { only: who.sessionUid }))
  if (visit !== '') await visits.leave(ctx, visit)
  erase(ctx, desk)
  // In French, as for whoever comes first: the language was hers, and is forgotten too.
  ctx.redirect('/')
  ctx.status = 303
}

/** Nobody answered: by now the session is over, by our clock. What the browser holds goes here. */
function showOver(ctx: Context, desk: Desk): void {
  erase(ctx, desk)
  desk.foundation.pages.show(ctx, 'kiosk/over', {})
}

function erase(ctx: Context, { cookieName }: Desk): void {
  ctx.set('Clear-Site-Data', '"cache", "cookies", "storage"')
  // For a browser that does not know that header.
  ctx.cookies.set(cookieName, null, { path: '/', signed: true, secure: ctx.secure })
}
