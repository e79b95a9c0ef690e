import type { Context } from 'koa'
import type { Client, Provider } from 'oidc-provider'
import { epochSeconds } from '../base/platform/clock.ts'
import type { Foundation } from '../base/web/foundation.ts'
import type { Job } from '../base/platform/jobs.ts'
import type { SignedIn, WhoIsThis } from '../base/web/person.ts'
import type { Sessions } from '../base/platform/sessions.ts'
import { lifetimeOf, touchAfterSeconds } from './levels.ts'
import type { UnitRunner } from './request-unit.ts'
import type { Json } from './unit-store.ts'
import { endSessions, isSessionAlive, sessionsOfAccount, touchSession } from './store.ts'
import type { LoadedSession } from './unit.ts'
import { currentUnit, isKiosk, rowId } from './unit.ts'
import { ensureRead } from './read.ts'

/** Reads the provider's own session for our pages: one cookie, one revocation. Looking at a page keeps it alive. */
export function makeWhoIsThis(
  { db, clock }: Foundation,
  provider: Provider,
  inUnit: UnitRunner,
): WhoIsThis {
  return async (ctx: Context, isOwnStep = isLookedAt(ctx)): Promise<SignedIn | undefined> => {
    const cookie = ctx.cookies.get(provider.cookieName('session'), { signed: true })
    if (cookie === undefined) return undefined
    const found = await inUnit(ctx, async () => {
      const session = await provider.Session.find(cookie)
      if (session?.accountId === undefined) return undefined
      await ensureRead(currentUnit(), { accounts: [session.accountId] })
      const loaded = currentUnit().sessions.get(`uid:${session.uid}`)
      if (!currentUnit().accounts.has(session.accountId)) return undefined
      return { session, loaded, isShort: isKiosk(currentUnit(), session.uid) }
    })
    if (found?.session.accountId === undefined || found.session.loginTs === undefined)
      return undefined
    const { accountId, acr, amr, loginTs, uid } = found.session
    const now = clock()
    const { idle, absolute } = lifetimeOf(acr, found.isShort)
    const until = Math.min(epochSeconds(now) + idle, loginTs + absolute)
    // By what it would gain, not by when it was seen: what asks without a page moves only the latter.
    const gained = until - (found.loaded?.expiresAt ?? until)
    if (isOwnStep && gained >= touchAfterSeconds(found.isShort))
      await touchSession(db, rowId('Session', cookie), now, new Date(until * 1000))
    return {
      personId: accountId,
      sessionUid: uid,
      acr: acr ?? '',
      amr: amr ?? [],
      authTime: new Date(loginTs * 1000),
      factorIds: factorsOf(found.loaded),
    }
  }
}

function factorsOf(loaded: LoadedSession | undefined): string[] {
  const factors: unknown = loaded?.payload['factors'] // as the read puts it there
  return Array.isArray(factors) ? factors.map(String) : []
}

// A person's own step, not what a page fetches by itself while nobody is there. Older browsers say nothing.
function isLookedAt(ctx: Context): boolean {
  return ['', 'navigate'].includes(ctx.get('Sec-Fetch-Mode'))
}

export function makeSessions({ db, clock }: Pick<Foundation, 'db' | 'clock'>): Sessions {
  return {
    list: (personId) => sessionsOfAccount(db, personId, clock()),
    end: (tx, personId, which = {}) => endSessions(tx, personId, { ...which, withTokens: false }),
    async endForGood(tx, personId) {
      await endSessions(tx, personId, { withTokens: true })
    },
    isAlive: (tx, personId, uid) => isSessionAlive(tx, personId, uid, clock()),
  }
}

export const noticeJob = 'signals.back-channel-logout'

// e^1 + … + 10 × 6 h: the last of 15 tries comes more than 24 h after the first.
const maxAttempts = 15

export type LogoutNotice = {
  readonly clientId: string
  readonly accountId: string
  readonly sid: string
}

/** A notice per service of an ended session, as jobs of the same unit: the person never waits for a service. */
export function noticesOf(
  accountId: string,
  authorizations: Readonly<Record<string, Json>>,
): Job[] {
  return Object.entries(authorizations).flatMap(([clientId, { sid }]) =>
    typeof sid === 'string' ? [noticeOf({ clientId, accountId, sid })] : [],
  )
}

export function noticeOf(payload: LogoutNotice): Job {
  return { name: noticeJob, payload, maxAttempts }
}

export function queueNotices(jobs: Json[], accountId: string, authorizations: object): void {
  for (const job of noticesOf(accountId, authorizations as Readonly<Record<string, Json>>))
    jobs.push(jobRow(job))
}

/** As apply_units takes it. The database queues notices of its own, where it ends sessions (`drop_sessions`). */
export function jobRow(job: Job): Json {
  return { name: job.name, payload: job.payload, max_attempts: job.maxAttempts }
}

type IdToken = InstanceType<Provider['IdToken']> & { mask: Readonly<Record<string, null>> }

/** Mints the logout token of one try; it lives 120 s and is never stored. */
export async function mintLogoutToken(
  provider: Provider,
  client: Client,
  { accountId, sid }: LogoutNotice,
): Promise<string> {
  // `mask` is a setter of the library's that its types leave out.
  const token = new provider.IdToken({ sub: accountId }, { client, ctx: undefined }) as IdToken
  token.mask = { sub: null }
  token.set('events', { 'http://schemas.openid.net/event/backchannel-logout': {} })
  token.set('jti', crypto.randomUUID())
  token.set('sid', sid)
  return token.issue({ use: 'logout' })
}
