import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import { transact } from '../../base/database/database.ts'
import { formToken, isToken, readForm } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { isCanonical } from '../../base/web/front-door.ts'
import type { Keys } from '../../base/keys/keys.ts'
import { kioskIdleSeconds } from '../../base/web/kiosk.ts'
import { baseOf, ownPageOf } from '../../base/web/page.ts'
import type { KioskBar } from '../../base/web/pages.ts'
import type { ReadCurrentSession, SignedInPerson } from '../../base/web/person.ts'
import type { Endpoint, ServedRoutes } from '../../base/web/endpoints.ts'
import { parameterIn } from '../../base/web/endpoints.ts'
import { routes } from '../../base/web/router.ts'
import type { Sessions } from '../../base/ports/sessions-port.ts'
import type { Visits } from '../../base/web/visit.ts'
import { visitIdPattern } from '../../base/web/visit.ts'
import type { WaitPage } from './pages.ts'

const home = '/poste-public'
// Long enough to read the question and answer it (WCAG 2.2.1 wants 20 s).
const endAfter = 30
const askAfter = kioskIdleSeconds - endAfter

const barForm = z.object({ visit: z.union([z.literal(''), z.string().regex(visitIdPattern)]) })
const ownPath = /^\/[\w\-.~/?=&%]{0,512}$/

/** What the pages of a public terminal work with. */
type KioskContext = {
  readonly foundation: Foundation
  readonly whoIsThis: ReadCurrentSession
  readonly sessions: Sessions
  readonly visits: Visits
  /** The name of the session's cookie, by which the terminal's browser knows the person who is signed in. */
  readonly cookieName: string
}

/** `/poste-public`: ends the session of the person at the terminal, or keeps it alive. Registered only where KIOSK=1. */
export function kioskRoutes(context: KioskContext): ServedRoutes {
  return routes('people', home)
    .get('/attente', (ctx) => showWait(ctx, context))
    .post('/suite', (ctx) => stay(ctx, context))
    .get('/fin', (ctx) => showOver(ctx, context))
    .post('/fin', (ctx) => end(ctx, context))
    .served('sign-in')
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
  const { foundation, whoIsThis, cookieName } = context
  const { visit } = await readForm(ctx, foundation.keys, bindingOf(ctx, cookieName), barForm)
  const isOwnStep = true
  const who = await whoIsThis(ctx, isOwnStep)
  // A page of somebody who is gone leaves the screen at its first step.
  ctx.status = who === undefined && visit === '' ? 401 : 204
}

/** « Terminer et effacer »: shows the home page as it was before the person came. */
async function end(ctx: Context, context: KioskContext): Promise<void> {
  const { foundation, whoIsThis, visits, cookieName } = context
  const { visit } = await readForm(ctx, foundation.keys, bindingOf(ctx, cookieName), barForm)
  await endSession(context, await whoIsThis(ctx))
  if (visit !== '') await visits.leave(ctx, visit)
  erase(ctx, context)
  // In French, as the next person first sees the page: the choice of language was this person's, and is forgotten too.
  ctx.redirect('/')
  ctx.status = 303
}

/**
 * Nobody answered, or another tab ended: what is left of the session ends, and this page erases what the browser still holds. Only with the
 * token of that session, which no other site knows, and which a page that stayed from the person before has not: else nothing is changed.
 */
async function showOver(ctx: Context, context: KioskContext): Promise<void> {
  const { foundation, whoIsThis, cookieName } = context
  // A link on another site must not even ask.
  if (!['', 'same-origin', 'none'].includes(ctx.get('Sec-Fetch-Site'))) return ctx.redirect('/')
  const isOwnStep = false
  const who = await whoIsThis(ctx, isOwnStep)
  const isOfThis = isToken(foundation.keys, bindingOf(ctx, cookieName), ctx.query['csrf'])
  if (who !== undefined && !isOfThis) return ctx.redirect('/')
  await endSession(context, who)
  // The cookie of a session that is over goes, whoever asks. A visit that somebody has just begun stays.
  if (isOfThis || ctx.cookies.get(cookieName) !== undefined) erase(ctx, context)
  foundation.pages.show(ctx, 'kiosk/over', {})
}

async function endSession(
  { foundation, sessions }: KioskContext,
  who: SignedInPerson | undefined,
): Promise<void> {
  if (who === undefined) return
  await transact(foundation.db, (tx) => sessions.end(tx, who.personId, { only: who.sessionUid }))
}

function erase(ctx: Context, { cookieName }: KioskContext): void {
  ctx.set('Clear-Site-Data', '"cache", "cookies", "storage"')
  // For a browser that does not know the header Clear-Site-Data.
  ctx.cookies.set(cookieName, null, { path: '/', signed: true, secure: ctx.secure })
}

/** The first middleware of a public terminal: each page gets its bar, and no cookie outlives the browser. */
export function kioskFront(
  keys: Keys,
  cookieName: string,
  endpoints: readonly Endpoint[],
): Middleware {
  const visitAt = parameterIn(endpoints, 'visit')
  return async (ctx, next) => {
    Object.assign(ctx.state, { kiosk: () => barOf(ctx, { keys, cookieName, visitAt }) })
    await next()
    const lines = ctx.res.getHeader('Set-Cookie')
    if (Array.isArray(lines)) ctx.set('Set-Cookie', lines.map(forThisBrowserOnly))
  }
}

type Terminal = {
  readonly keys: Keys
  readonly cookieName: string
  readonly visitAt: (path: string) => string | undefined
}

function barOf(ctx: Context, { keys, cookieName, visitAt }: Terminal): KioskBar {
  const [here = '/'] = ownPageOf(ctx).split('?', 1)
  const found = visitAt(here) ?? ''
  const visit = visitIdPattern.test(found) ? found : ''
  const csrf = formToken(keys, bindingOf(ctx, cookieName))
  const overHref = `${baseOf(ctx)}${home}/fin?${new URLSearchParams({ csrf }).toString()}`
  const isAnybodyHere = visit !== '' || ctx.cookies.get(cookieName) !== undefined
  return {
    csrf,
    visit,
    overHref,
    refresh: isAnybodyHere ? refreshOf(ctx, here, overHref) : undefined,
    askAfter,
    endAfter,
  }
}

/** What a form of the bar is bound to: the session of the person who is signed in at the terminal. */
function bindingOf(ctx: Context, cookieName: string): string {
  return `kiosk:${ctx.cookies.get(cookieName, { signed: true }) ?? ''}`
}

function refreshOf(ctx: Context, here: string, overHref: string): KioskBar['refresh'] {
  const base = baseOf(ctx) + home
  switch (here) {
    case `${home}/fin`:
      return undefined
    case `${home}/attente`:
      return { seconds: endAfter, href: overHref }
    default:
      return {
        seconds: askAfter,
        href: `${base}/attente?${new URLSearchParams({ page: here }).toString()}`,
      }
  }
}

// A cookie that is being deleted stays as it is: its end lies in the past.
function forThisBrowserOnly(line: string): string {
  const [, ends] = /;\s*expires=([^;]*)/i.exec(line) ?? []
  if (ends !== undefined && Date.parse(ends) <= 0) return line
  return line.replaceAll(/;\s*(?:expires|max-age)=[^;]*/gi, '')
}
