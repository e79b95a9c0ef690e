import { type Application, seeOther, type Visit } from './application.ts'
import { readLogoutToken } from './logout-token.ts'
import { homeOf } from './pages.ts'
import { signOutAddress } from './relying-party.ts'
import { isFromOwnPages } from './security-headers.ts'
import { endMatching, newSecretId, type Session } from './sessions.ts'

/** POST /sign-out: ends our session first, so that it is over whatever happens at the provider. */
export async function signOut(ctx: Visit, app: Application): Promise<void> {
  if (!isFromOwnPages(ctx.headers, app.party.address))
    return seeOther(ctx, homeOf(ctx.state.locale))
  const session = endSession(ctx, app)
  if (session === undefined) return seeOther(ctx, homeOf(ctx.state.locale))
  const state = newSecretId()
  const { locale } = ctx.state
  app.departures.put(state, locale, app.now())
  const location = await signOutAddress(app.party, session.idToken, { state, locale })
  seeOther(ctx, location.href)
}

/** POST /backchannel-logout: the provider says that a session has ended, without any browser. */
export async function endFromProvider(ctx: Visit, app: Application): Promise<void> {
  const token = logoutTokenOf(ctx.request.body)
  if (token === undefined) return refuse(ctx, 'one logout_token in a form is expected')
  const { issuer } = (await app.party.findProvider()).serverMetadata()
  const expected = { issuer, clientId: app.party.clientId, keys: await app.findIssuerKeys() }
  const request = await readLogoutToken(token, expected, app.usedTokens, app.now())
  if (!request.isAccepted) return refuse(ctx, request.because)
  // That no session matched is a success too: it may have expired, or ended here first.
  endMatching(app.sessions, request, app.now())
  ctx.status = 200
  ctx.body = ''
}

function endSession(ctx: Visit, app: Application): Session | undefined {
  const id = app.sessionCookie.read(ctx)
  app.sessionCookie.clear(ctx)
  return id === undefined ? undefined : app.sessions.take(id, app.now())
}

function logoutTokenOf(form: unknown): string | undefined {
  if (typeof form !== 'object' || form === null || !('logout_token' in form)) return undefined
  return typeof form.logout_token === 'string' ? form.logout_token : undefined
}

function refuse(ctx: Visit, because: string): void {
  ctx.status = 400
  ctx.body = { error: 'invalid_request', error_description: because }
}
