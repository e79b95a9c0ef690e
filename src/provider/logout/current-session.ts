import { createHash } from 'node:crypto'
import type { Context } from 'koa'
import type { Interaction, Provider, Session } from 'oidc-provider'
import { present } from '../../base/values/present.ts'
import type { OpenSession } from '../../base/web/visit.ts'
import type { Json } from '../unit/unit-rows.ts'
import { queueLogoutTokens } from '../unit/backchannel-logout.ts'
import { endSession } from '../unit/session-model.ts'
import { currentUnit } from '../unit/unit.ts'

/** The session in this browser in which somebody is signed in, found in the same way as the library finds it. */
export async function currentSession(
  ctx: Context,
  provider: Provider,
): Promise<Session | undefined> {
  const cookie = ctx.cookies.get(provider.cookieName('session'), { signed: true })
  const session = cookie === undefined ? undefined : await provider.Session.find(cookie)
  return session?.accountId === undefined ? undefined : session
}

type Answered = Pick<Interaction, 'session' | 'result'>

/**
 * Whether the library may resume a visit in this session. The library refuses a session that the visit did not begin with. Where
 * another person is signed in it shows a page of its own, before it has parsed the parameters that our configuration reads.
 */
export function fitsSession(
  { session: began, result }: Answered | Json,
  here: Session | undefined,
): boolean {
  const { uid } = (began ?? {}) as { uid?: unknown } // the library's shape
  if (uid !== undefined && uid !== here?.uid) return false
  const { login } = result as { login?: { accountId?: unknown } } // as interactions.ts writes it
  return login === undefined || here === undefined || login.accountId === here.accountId
}

/** The session of this browser, if it was opened after the visit began. */
export function sessionOpenedSince(
  { session: began }: Interaction,
  here: Session | undefined,
): OpenSession | undefined {
  if (here?.accountId === undefined || here.uid === began?.uid) return undefined
  return openSession(here)
}

/** The session in which a visit began, if it is still the one of this browser. */
export function sessionBehindVisit(
  { session: began }: Interaction,
  here: Session | undefined,
): OpenSession | undefined {
  if (here?.accountId === undefined || here.uid !== began?.uid) return undefined
  return here.accountId === began.accountId ? openSession(here) : undefined
}

function openSession({ uid, accountId, loginTs }: Session): OpenSession {
  return {
    key: createHash('sha256').update(`open:${uid}`).digest('base64url'),
    personId: present(accountId, 'the person of a session'),
    since: new Date(present(loginTs, 'the time of a sign-in') * 1000),
  }
}

/** Ends a session with this request, and queues the notices to its services. */
export function endCurrentSession(session: Session): void {
  const personId = present(session.accountId, 'the person of a session')
  const services = present(session.authorizations, 'the services of a session')
  queueLogoutTokens(currentUnit(), personId, services)
  endSession(currentUnit(), session.uid)
}
