import type { Context } from 'koa'
import type { Provider } from 'oidc-provider'
import { epochSeconds } from '../../base/values/clock.ts'
import { present } from '../../base/values/present.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { nameAccess } from '../../base/web/page.ts'
import type { ReadCurrentSession, ReadSession } from '../../base/web/person.ts'
import type { Sessions } from '../../base/ports/sessions-port.ts'
import { lockStanding, makeNicknames, answererOf } from '../../people/accounts/index.ts'
import { noteEndings } from '../unit/ending-store.ts'
import { lifetimeOf, touchAfterSeconds } from '../configuration/acr-values.ts'
import type { UnitRunner } from '../unit/request-unit.ts'
import {
  endSessionsOfUpstream,
  endSessions,
  endTokensSince,
  isSessionAlive,
  leaveService,
  sessionsOfAccount,
  touchSession,
} from '../unit/session-store.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { currentUnit, isKiosk, rowId } from '../unit/unit.ts'
import { ensureRead } from '../unit/unit-reads.ts'
import type { AccountRow } from '../unit/unit-rows.ts'

/** What somebody calls her access, for the head of her own pages. */
export type NameOf = (account: AccountRow | undefined) => string | undefined

export function makeNameOf({ config, keys }: Pick<Foundation, 'config' | 'keys'>): NameOf {
  const nicknames = makeNicknames(keys)
  return (account) => {
    // A public terminal shows nobody's.
    if (config.kiosk || account === undefined) return undefined
    return nicknames.open(account.account_id, account.nickname)
  }
}

/** Reads the provider's session for our pages, so that one cookie and one sign-out serve both. Viewing a page extends the session. */
export function makeReadCurrentSession(
  { db, clock }: Foundation,
  seals: RowSeals,
  provider: Provider,
  inUnit: UnitRunner,
  nameOf: NameOf,
): ReadCurrentSession {
  return async (ctx: Context, isOwnStep = isLookedAt(ctx)): Promise<ReadSession | undefined> => {
    const cookie = ctx.cookies.get(provider.cookieName('session'), { signed: true })
    if (cookie === undefined) return undefined
    const found = await inUnit(ctx, { session: true }, () => openedBy(provider, cookie))
    if (found === undefined) return undefined
    const { session, account, accountId, loginTs, loaded, isShort } = found
    nameAccess(ctx, () => nameOf(account))
    const now = clock()
    const { idle, absolute } = lifetimeOf(session.acr, isShort)
    const until = Math.min(epochSeconds(now) + idle, loginTs + absolute)
    // Compare the gain in lifetime rather than the time of the last use: a request without a page changes only the last use.
    if (isOwnStep && until - loaded.expiresAt >= touchAfterSeconds(isShort))
      await touchSession(db, seals, { ...loaded.row, expires_at: until }, now)
    const acr = present(session.acr, 'the level of a session')
    const authTime = new Date(loginTs * 1000)
    const who = { personId: accountId, acr, factorIds: loaded.row.factor_ids }
    const amr = present(session.amr, 'the factors of a session')
    const actor = answererOf({ ...who, provedAt: authTime }, amr)
    return { ...who, sessionUid: session.uid, amr, authTime, actor }
  }
}

/** The session of a cookie in which somebody is signed in whose account is open. Called in a unit. */
async function openedBy(provider: Provider, cookie: string) {
  const session = await provider.Session.find(cookie)
  const { accountId, loginTs } = session ?? {}
  if (session === undefined || accountId === undefined || loginTs === undefined) return undefined
  const unit = currentUnit()
  await ensureRead(unit, { accounts: [accountId] })
  const loaded = unit.seen.sessions.get(rowId('Session', cookie))
  const account = unit.seen.accounts.get(accountId)
  if (loaded === undefined || account === undefined) return undefined
  return { session, account, accountId, loginTs, loaded, isShort: isKiosk(unit, session.uid) }
}

// Whether a person navigates, rather than a page fetching by itself while nobody is there. Older browsers send no such header.
function isLookedAt(ctx: Context): boolean {
  return ['', 'navigate'].includes(ctx.get('Sec-Fetch-Mode'))
}

export function makeSessions(
  { db, clock }: Pick<Foundation, 'db' | 'clock'>,
  seals: RowSeals,
): Sessions {
  return {
    list: (personId) => sessionsOfAccount(db, personId, clock()),
    async end(tx, personId, { because, ...which } = {}) {
      // Under the lock of the account, so that those which are told are those which end.
      if (because !== undefined && (await lockStanding(tx, seals, personId)) !== undefined)
        await noteEndings(tx, personId, { ...which, because }, clock())
      return endSessions(tx, seals, personId, { ...which, withTokens: false })
    },
    endFromElsewhere: (tx, personId, by) => endSessionsOfUpstream(tx, seals, personId, by),
    async endForGood(tx, personId) {
      await endSessions(tx, seals, personId, { withTokens: true })
    },
    endTokensSince,
    leaveService,
    isAlive: (tx, personId, uid) => isSessionAlive(tx, personId, uid, clock()),
  }
}
