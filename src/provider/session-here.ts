import { createHash } from 'node:crypto'
import type { Context } from 'koa'
import type { Interaction, Provider, Session } from 'oidc-provider'
import type { Visit } from '../base/web/visit.ts'
import type { Json } from './unit-store.ts'
import { queueNotices } from './logout-notices.ts'
import { endSession } from './session-model.ts'
import { currentUnit } from './unit.ts'

/** The session that somebody is signed in with in this browser, as the library will find it. */
export async function sessionHere(ctx: Context, provider: Provider): Promise<Session | undefined> {
  const cookie = ctx.cookies.get(provider.cookieName('session'), { signed: true })
  const session = cookie === undefined ? undefined : await provider.Session.find(cookie)
  return session?.accountId === undefined ? undefined : session
}

type Answered = Pick<Interaction, 'session' | 'result'>

/**
 * Whether the library may resume a visit in this session. It stops at one that the visit did not begin with, and where
 * another person's lives it answers with a page of its own, before it knows the parameters that our settings read.
 */
export function fits(
  { session: began, result }: Answered | Json,
  here: Session | undefined,
): boolean {
  const { uid } = (began ?? {}) as { uid?: unknown } // as the library keeps it
  if (uid !== undefined && uid !== here?.uid) return false
  const { login } = (result ?? {}) as { login?: { accountId?: unknown } } // as visits.ts writes it
  return login === undefined || here === undefined || login.accountId === here.accountId
}

/** A session that was opened in this browser after the visit had begun. */
export function openedSince(
  { session: began }: Interaction,
  here: Session | undefined,
): Visit['openHere'] {
  if (here?.accountId === undefined || here.uid === began?.uid) return undefined
  return {
    key: createHash('sha256').update(`open:${here.uid}`).digest('base64url'),
    personId: here.accountId,
    since: new Date((here.loginTs ?? 0) * 1000),
  }
}

/** Ends a session with this request, and tells its services. */
export function endHere(session: Session): void {
  if (session.accountId === undefined) return
  queueNotices(currentUnit(), session.accountId, session.authorizations ?? {})
  endSession(currentUnit(), session.uid)
}
