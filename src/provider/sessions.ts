import type { Context } from 'koa'
import type { Provider } from 'oidc-provider'
import { epochSeconds } from '../base/platform/clock.ts'
import type { Foundation } from '../base/web/foundation.ts'
import type { SignedIn, WhoIsThis } from '../base/web/person.ts'
import type { Sessions } from '../base/platform/sessions.ts'
import { lifetimeOf, touchAfterSeconds } from './levels.ts'
import type { UnitRunner } from './request-unit.ts'
import { endSessions, isSessionAlive, sessionsOfAccount, touchSession } from './store.ts'
import type { LoadedSession } from './seen.ts'
import { currentUnit, isKiosk, rowId } from './unit.ts'
import { ensureRead } from './read.ts'

/** Reads the provider's session for our pages, so that one cookie and one sign-out serve both. Viewing a page extends the session. */
export function makeWhoIsThis(
  { db, clock }: Foundation,
  provider: Provider,
  inUnit: UnitRunner,
): WhoIsThis {
  return async (ctx: Context, isOwnStep = isLookedAt(ctx)): Promise<SignedIn | undefined> => {
    const cookie = ctx.cookies.get(provider.cookieName('session'), { signed: true })
    if (cookie === undefined) return undefined
    const found = await inUnit(ctx, { session: true }, async () => {
      const session = await provider.Session.find(cookie)
      if (session?.accountId === undefined) return undefined
      const unit = currentUnit()
      await ensureRead(unit, { accounts: [session.accountId] })
      if (!unit.seen.accounts.has(session.accountId)) return undefined
      const loaded = unit.seen.sessionsByUid.get(session.uid)
      return { session, loaded, isShort: isKiosk(unit, session.uid) }
    })
    if (found?.session.accountId === undefined || found.session.loginTs === undefined)
      return undefined
    const { accountId, acr, amr, loginTs, uid } = found.session
    const now = clock()
    const { idle, absolute } = lifetimeOf(acr, found.isShort)
    const until = Math.min(epochSeconds(now) + idle, loginTs + absolute)
    // Compare the gain in lifetime rather than the time of the last use: a request without a page changes only the last use.
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
  const factors: unknown = loaded?.payload['factors'] // added by the read in unit-store.ts
  return Array.isArray(factors) ? factors.map(String) : []
}

// Whether a person navigates, rather than a page fetching by itself while nobody is there. Older browsers send no such header.
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
