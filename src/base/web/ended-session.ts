import type { Context } from 'koa'
import { epochSeconds } from '../values/clock.ts'
import type { EndReason } from '../ports/sessions-port.ts'
import { endReasons } from '../ports/sessions-port.ts'

// A browser whose session somebody ended from elsewhere says so, until somebody signs in there. What it keeps is why and when: at a
// computer of several people it names nobody, and whoever reads the cookie learns no more than the page says.

/** How long a browser is told. */
export const toldSeconds = 30 * 24 * 3600

export type SessionEnding = { readonly because: EndReason; readonly at: Date }

/** Notes that this browser's session was ended. */
export function tellEnded(ctx: Context, ended: SessionEnding, now: Date): void {
  const maxAge = ended.at.getTime() + toldSeconds * 1000 - now.getTime()
  if (maxAge <= 0) return
  ctx.cookies.set(nameFor(ctx), `${ended.because}.${epochSeconds(ended.at)}`, {
    ...kept(ctx),
    maxAge,
  })
  Object.assign(ctx.state, { ended })
}

/** What this browser is told of a session of its own. */
export function sessionEndingOf(ctx: Context): SessionEnding | undefined {
  const { ended } = ctx.state as { ended?: SessionEnding } // set by tellEnded, whose cookie comes with the next request
  if (ended !== undefined) return ended
  const [, why, seconds] =
    /^([a-z-]+)\.(\d{1,12})$/.exec(ctx.cookies.get(nameFor(ctx), signed) ?? '') ?? []
  const because = endReasons.find((known) => known === why)
  return because === undefined ? undefined : { because, at: new Date(Number(seconds) * 1000) }
}

/** Somebody signed in: her own pages tell her the rest. */
export function forgetEnded(ctx: Context): void {
  if (ctx.cookies.get(nameFor(ctx), signed) !== undefined)
    ctx.cookies.set(nameFor(ctx), null, kept(ctx))
}

const signed = { signed: true }

function nameFor({ secure }: Context): string {
  return secure ? '__Host-ended' : 'ended'
}

function kept({ secure }: Context) {
  return { path: '/', httpOnly: true, sameSite: 'lax', signed: true, secure } as const
}
