import {
  type Application,
  type Errand,
  findSession,
  seeOther,
  showNotice,
  type Started,
  type Visit,
} from './application.ts'
import { homeOf } from './pages.ts'
import { beginSignIn, finishSignIn } from './relying-party.ts'
import { newSecretId, type Session } from './sessions.ts'

/** GET /sign-in, and whatever else sends people to the provider. */
export async function goToProvider(ctx: Visit, app: Application, errand?: Errand): Promise<void> {
  const { location, attempt } = await beginSignIn(app.party, ctx.state.locale, errand?.asks)
  const browser = browserOf(ctx, app) ?? newSecretId()
  app.started.put(attempt.state, { attempt, browser, errand }, app.now())
  app.browserCookie.write(ctx, browser)
  seeOther(ctx, location.href)
}

/** GET /callback */
export async function comeBack(ctx: Visit, app: Application): Promise<void> {
  const started = takeStarted(ctx, app)
  if (started === undefined) return showNotice(ctx, app.pages, 400, 'startAgain')
  const { attempt, errand } = started
  ctx.state.locale = attempt.locale
  const outcome = await finishSignIn(app.party, attempt, ctx.querystring)
  if (outcome.isSignedIn) {
    const sessionId = openSession(ctx, app, outcome.session)
    if (errand !== undefined) return errand.granted(ctx, sessionId, outcome.tokens)
    return seeOther(ctx, homeOf(attempt.locale))
  }
  const isRefused = outcome.because === 'refused'
  if (isRefused && errand !== undefined) return errand.refused(ctx)
  showNotice(ctx, app.pages, isRefused ? 403 : 502, outcome.because)
}

// One browser may have several attempts under way, in as many tabs: they share the cookie, each has its own state.
function browserOf(ctx: Visit, app: Application): string | undefined {
  const browser = app.browserCookie.read(ctx)
  return browser !== undefined && /^[\w-]{22}$/.test(browser) ? browser : undefined
}

// The attempt is removed before it is compared, so that a state works once, whoever brings it.
function takeStarted(ctx: Visit, app: Application): Started | undefined {
  const { state } = ctx.query
  if (typeof state !== 'string') return undefined
  const started = app.started.take(state, app.now())
  return started?.browser === browserOf(ctx, app) ? started : undefined
}

// A new identifier at every sign-in: one that somebody planted before is worth nothing (session fixation).
function openSession(ctx: Visit, app: Application, session: Session): string {
  const previous = findSession(ctx, app)
  if (previous !== undefined) app.sessions.remove(previous.id)
  const id = newSecretId()
  app.sessions.put(id, { ...keptOf(previous?.session, session), ...session }, app.now())
  app.sessionCookie.write(ctx, id)
  return id
}

// On a further errand of the same person the results of the earlier one are kept.
function keptOf(previous: Session | undefined, { sub }: Session): Partial<Session> {
  if (previous?.sub !== sub) return {}
  const { file, residence } = previous
  return { ...(file && { file }), ...(residence && { residence }) }
}
