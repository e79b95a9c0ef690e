import type { ParameterizedContext } from 'koa'
import { createRemoteJWKSet, type JWTVerifyGetKey } from 'jose'
import type { ClientKey } from './client-key.ts'
import { type Cookie, cookie } from './cookies.ts'
import { type ExpiringMap, expiringMap } from './expiring-map.ts'
import { rememberUsedTokens, type UsedTokens } from './logout-token.ts'
import { type Pages, pagesOf, type Profile } from './pages.ts'
import { lazyProvider } from './provider.ts'
import type { Asking, Attempt, RelyingParty, Tokens } from './relying-party.ts'
import { openSessions, type Session, sessionLifetimeSeconds, type Sessions } from './sessions.ts'
import type { Locale, NoticeKind } from './words.ts'

// The time and number of visits to the provider, for a sign-in or a sign-out, until the browser comes back.
const errandBounds = { limit: 1000, lifetimeSeconds: 10 * 60 }

export type Settings = {
  readonly issuer: string
  readonly port: number
  readonly dataDir: string
}

/** The purpose of a visit to the provider, besides signing in. */
export type Errand = {
  readonly asks: Asking
  /** Called when the person is signed in and has allowed something. */
  granted(ctx: Visit, sessionId: string, tokens: Tokens): Promise<void>
  /** Called when the person has refused, or put it off. */
  refused(ctx: Visit): void
}

/** An attempt is tied to the browser that began it: a link with somebody else's answer signs nobody in. */
export type Started = {
  readonly attempt: Attempt
  readonly browser: string
  readonly errand: Errand | undefined
}

/** All that the handlers of one application need. Made at its start, never shared between applications. */
export type Application = {
  readonly party: RelyingParty
  readonly key: ClientKey
  readonly pages: Pages
  readonly sessions: Sessions
  readonly started: ExpiringMap<Started>
  /** Sign-outs under way at the provider, with the language to come back to. */
  readonly departures: ExpiringMap<Locale>
  readonly usedTokens: UsedTokens
  readonly sessionCookie: Cookie
  readonly browserCookie: Cookie
  readonly findIssuerKeys: () => Promise<JWTVerifyGetKey>
  readonly now: () => Date
}

export type State = { locale: Locale }
export type Visit = ParameterizedContext<State>

export function openApplication(profile: Profile, settings: Settings, key: ClientKey): Application {
  const { clientId } = profile
  const address = addressOf(settings.port)
  const { asksWhoSheIs = false } = profile
  const findProvider = lazyProvider(settings.issuer, clientId, key)
  const party = { clientId, address, asksWhoSheIs, findProvider }
  const ofThisApplication = { clientId, address }
  return {
    party,
    key,
    pages: pagesOf(profile),
    sessions: openSessions(),
    started: expiringMap<Started>(errandBounds),
    departures: expiringMap<Locale>(errandBounds),
    usedTokens: rememberUsedTokens(),
    sessionCookie: cookie('session', {
      ...ofThisApplication,
      lifetimeSeconds: sessionLifetimeSeconds,
    }),
    browserCookie: cookie('browser', { ...ofThisApplication, ...errandBounds }),
    findIssuerKeys: issuerKeys(party),
    now: () => new Date(),
  }
}

/** The demonstration's address of a port; an application in service reads its https address from its configuration. */
export function addressOf(port: number): string {
  return `http://localhost:${port}`
}

/** Who is signed in in this browser. */
export function findSession(
  ctx: Visit,
  { sessions, sessionCookie, now }: Application,
): { readonly id: string; readonly session: Session } | undefined {
  const id = sessionCookie.read(ctx)
  const session = id === undefined ? undefined : sessions.find(id, now())
  return id === undefined || session === undefined ? undefined : { id, session }
}

export function showNotice(ctx: Visit, pages: Pages, status: number, kind: NoticeKind): void {
  ctx.status = status
  showPage(ctx, pages.notice(ctx.state.locale, kind))
}

export function showPage(ctx: Visit, html: string): void {
  ctx.type = 'html'
  ctx.body = html
}

/** 303 in every case: whatever the request was, what follows is a GET. */
export function seeOther(ctx: Visit, location: string): void {
  ctx.redirect(location)
  ctx.status = 303
}

// jose keeps the keys, and fetches again when a token names one that it does not know.
function issuerKeys(party: RelyingParty): () => Promise<JWTVerifyGetKey> {
  let keys: JWTVerifyGetKey | undefined
  return async () => {
    const { jwks_uri: address } = (await party.findProvider()).serverMetadata()
    if (address === undefined) throw new TypeError('the provider publishes no jwks_uri')
    keys ??= createRemoteJWKSet(new URL(address))
    return keys
  }
}
