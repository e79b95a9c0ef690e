import * as oidc from 'openid-client'
import { asTrouble, type FindProvider } from './provider.ts'
import type { Session } from './sessions.ts'
import { askWhatIsTold, wishes } from './told.ts'
import type { Locale } from './words.ts'

/** This application, seen from the provider. */
export type RelyingParty = {
  readonly clientId: string
  /** Where people reach us. From the configuration, never from the Host header, which the visitor chooses. */
  readonly address: string
  /** Whether it asks people at their sign-in for their name and their address. */
  readonly asksWhoSheIs: boolean
  readonly findProvider: FindProvider
}

/** A sign-in that has begun: what must come back, and what proves that it is ours. Used once, kept on the server. */
export type Attempt = {
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
  readonly dpop: oidc.DPoPHandle
  readonly locale: Locale
  /** Whether something is told of her besides the sign-in. */
  readonly isTold: boolean
}

/** What is asked for besides the sign-in: rights of a kind (RFC 9396) at an API (RFC 8707). */
export type Asking = { readonly resource: string; readonly details: readonly object[] }

/** Opens what was asked for, together with the key in `dpop`. Never leaves the server. */
export type Tokens = {
  readonly accessToken: string
  readonly endsAt: Date
  readonly refreshToken: string | undefined
  readonly dpop: oidc.DPoPHandle
  /** What was granted, as the provider says it: perhaps less than was asked. */
  readonly details: unknown
}

export type Outcome =
  | { readonly isSignedIn: true; readonly session: Session; readonly tokens: Tokens }
  | { readonly isSignedIn: false; readonly because: 'refused' | 'failed' }

/**
 * Pushes the authorization request (RFC 9126) and says where to send the browser. The request goes from server to
 * server, so neither the browser nor anybody who reads its address bar can change or see it.
 */
export async function beginSignIn(
  party: RelyingParty,
  locale: Locale,
  asking?: Asking,
): Promise<{ readonly location: URL; readonly attempt: Attempt }> {
  const provider = await party.findProvider()
  // A token for an API opens /userinfo no more.
  const isTold = party.asksWhoSheIs && asking === undefined
  const attempt = await newAttempt(provider, locale, isTold)
  const parameters = {
    ...(asking && parametersOf(asking)),
    redirect_uri: `${party.address}/callback`,
    scope: 'openid',
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(attempt.codeVerifier),
    code_challenge_method: 'S256',
    ...(isTold ? { claims: JSON.stringify({ userinfo: wishes }) } : {}),
    ui_locales: locale,
  }
  // With DPoP already here, the provider binds the code to our key: a stolen code is of no use without it.
  const pushed = oidc.buildAuthorizationUrlWithPAR(provider, parameters, { DPoP: attempt.dpop })
  return { location: await pushed.catch(asTrouble), attempt }
}

// Tax data is asked for by nobody who proved one thing only.
const taxLevel = 'urn:accord:aal:2'

function parametersOf({ resource, details }: Asking) {
  return { resource, authorization_details: JSON.stringify(details), acr_values: taxLevel }
}

async function newAttempt(
  provider: oidc.Configuration,
  locale: Locale,
  isTold: boolean,
): Promise<Attempt> {
  return {
    state: oidc.randomState(),
    nonce: oidc.randomNonce(),
    codeVerifier: oidc.randomPKCECodeVerifier(),
    // A key for this sign-in alone. openid-client makes it non-extractable and answers `use_dpop_nonce` by itself.
    dpop: oidc.getDPoPHandle(provider, await oidc.randomDPoPKeyPair('ES256')),
    locale,
    isTold,
  }
}

/**
 * Exchanges the code and checks everything that came back: state and `iss` of the answer (against mix-up of
 * providers), then signature, `iss`, `aud`, `exp`, `iat` and `nonce` of the ID token.
 */
export async function finishSignIn(
  party: RelyingParty,
  attempt: Attempt,
  query: string,
): Promise<Outcome> {
  const provider = await party.findProvider()
  const callback = new URL(`${party.address}/callback?${query}`)
  const checks = {
    expectedState: attempt.state,
    expectedNonce: attempt.nonce,
    pkceCodeVerifier: attempt.codeVerifier,
    idTokenExpected: true,
  }
  try {
    const exchange = { DPoP: attempt.dpop }
    const tokens = await oidc.authorizationCodeGrant(
      provider,
      callback,
      checks,
      undefined,
      exchange,
    )
    const session = sessionFrom(tokens.id_token, tokens.claims())
    const { dpop, isTold } = attempt
    const told = isTold && {
      told: await askWhatIsTold(provider, tokens.access_token, session.sub, dpop),
    }
    return {
      isSignedIn: true,
      session: { ...session, ...told },
      tokens: tokensFrom(tokens, dpop),
    }
  } catch (error) {
    if (!(error instanceof oidc.AuthorizationResponseError)) return asTrouble(error)
    return { isSignedIn: false, because: error.error === 'access_denied' ? 'refused' : 'failed' }
  }
}

export function tokensFrom(answer: oidc.TokenEndpointResponse, dpop: oidc.DPoPHandle): Tokens {
  const {
    access_token: accessToken,
    expires_in: lifetime = 0,
    refresh_token: refreshToken,
  } = answer
  const endsAt = new Date(Date.now() + lifetime * 1000)
  return { accessToken, endsAt, refreshToken, dpop, details: answer.authorization_details }
}

function sessionFrom(idToken: string | undefined, claims: oidc.IDToken | undefined): Session {
  if (idToken === undefined || claims === undefined) throw new Error('no ID token')
  const { sub, sid, acr, iat } = claims
  return {
    sub,
    sid: typeof sid === 'string' ? sid : undefined,
    acr: typeof acr === 'string' ? acr : undefined,
    // Since when she is signed in here. How long she has been so elsewhere, no application needs to know.
    authenticatedAt: new Date(iat * 1000),
    idToken,
  }
}

/** Where to send the browser to end the provider's session too (OpenID Connect RP-Initiated Logout). */
export async function signOutAddress(
  party: RelyingParty,
  idToken: string,
  { state, locale }: { readonly state: string; readonly locale: string },
): Promise<URL> {
  return oidc.buildEndSessionUrl(await party.findProvider(), {
    id_token_hint: idToken,
    post_logout_redirect_uri: `${party.address}/`,
    state,
    ui_locales: locale,
  })
}
