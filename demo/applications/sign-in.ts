import { type Application, seeOther, showNotice, type Visit } from './application.ts'
import { homeOf } from './pages.ts'
import { type Attempt, beginSignIn, finishSignIn } from './relying-party.ts'
import { newSecretId, type Session } from './sessions.ts'

/** GET /sign-in */
export async function goToProvider(ctx: Visit, app: Application): Promise<void> {
  const { location, attempt } = await beginSignIn(app.party, ctx.state.locale)
  const browser = browserOf(ctx, app) ?? newSecretId()
  app.started.put(attempt.state, { attempt, browser }, app.now())
  app.browserCookie.write(ctx, browser)
  seeOther(ctx, location.href)
}

/** GET /callback */
export async function comeBack(ctx: Visit, app: Application): Promise<void> {
  const attempt = takeAttempt(ctx, app)
  if (attempt === undefined) return showNotice(ctx, app.pages, 400, 'startAgain')
  ctx.state.locale = attempt.locale
  const outcome = await finishSignIn(app.party, attempt, ctx.querystring)
  if (!outcome.isSignedIn) {
    return showNotice(ctx, app.pages, outcome.because === 'refused' ? 403 : 502, outcome.because)
  }
  openSession(ctx, app, outcome.session)
  seeOther(ctx, homeOf(attempt.locale))
}

// One browser may have several attempts under way, in as many tabs: they share the cookie, each has its own state.
function browserOf(ctx: Visit, app: Application): string | undefined {
  const browser = app.browserCookie.read(ctx)
  return browser !== undefined && /^[\w-]{22}$/.test(browser) ? browser : undefined
}

// Taken before it is compared: a state works once, whoever brings it.
function takeAttempt(ctx: Visit, app: Application): Attempt | undefined {
  const { state } = ctx.query
  if (typeof state !== 'string') return undefined
  const started = app.started.take(state, app.now())
  return started?.browser === browserOf(ctx, app) ? started?.attempt : undefined
}

// A new identifier at every sign-in: one that somebody planted before is worth nothing (session fixation).
function openSession(ctx: Visit, app: Application, session: Session): void {
  const previous = app.sessionCookie.read(ctx)
  if (previous !== undefined) app.sessions.remove(previous)
  const id = newSecretId()
  app.sessions.put(id, session, app.now())
  app.sessionCookie.write(ctx, id)
}
