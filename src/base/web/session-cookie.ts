import type { Context, Middleware } from 'koa'

/** Notes whether the browser brings the cookie of a session, without reading the session. */
export function rememberSession(cookieName: string): Middleware {
  return async (ctx, next) => {
    const hadSession = ctx.cookies.get(cookieName, { signed: true }) !== undefined
    Object.assign(ctx.state, { hadSession })
    await next()
  }
}

/** Whether the browser brings the cookie of a session: which may be over. */
export function hasSessionCookie(ctx: Context): boolean {
  return (ctx.state as { hadSession?: boolean }).hadSession === true // set by rememberSession
}
