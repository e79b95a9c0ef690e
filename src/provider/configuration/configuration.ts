import type {
  AuthorizationDetail,
  ClaimsParameter,
  Client,
  Configuration,
  Interaction,
  KoaContextWithOIDC,
} from 'oidc-provider'
import { errors } from 'oidc-provider'
import type { Pairwise } from '../../people/accounts/index.ts'
import type { Level } from '../../base/values/assurance-levels.ts'
import type { Keys } from '../../base/keys/keys.ts'
import { present } from '../../base/values/present.ts'
import { liveConnection, openConnection } from '../unit/grant-model.ts'
import { makeAdapter } from '../unit/adapter.ts'
import { backchannelPath, requestSeconds } from '../ciba/backchannel-authentication.ts'
import { algorithms } from './algorithms.ts'
import { orgOf } from '../clients/clients.ts'
import type { UserCodeRows } from '../unit/device-code-model.ts'
import { cookieKeys } from '../../base/web/cookies.ts'
import { kioskSeconds } from '../../base/web/kiosk.ts'
import { checkAssertion } from '../clients/client-assertion.ts'
import {
  allMembers,
  claimScopes,
  mayHave,
  membersOfScopes,
  requireRegisteredMembers,
  toldClaims,
} from '../tokens/claims.ts'
import type { ClaimSource } from '../tokens/held-claims.ts'
import { neitherPkceNorNonce, shortNonce } from '../faults/authorization-errors.ts'
import { lifetimeOf } from './acr-values.ts'
import { mayKnowTime } from './sign-in-time.ts'
import { noResource, requireSound } from './parameters.ts'
import { valuesOfAllProfiles, demandsOf } from '../clients/profiles.ts'
import { grantFeatures, grantLifetimes } from '../clients/optional-grants.ts'
import { policy } from './interaction-policy.ts'
import { checkRequestObject } from '../tokens/request-objects.ts'
import type { ConsentGrants } from '../tokens/consent-grants.ts'
import type { Unit } from '../unit/unit.ts'
import { currentUnit, isKiosk, nowSeconds } from '../unit/unit.ts'
import { nonceSecret } from '../tokens/dpop-nonces.ts'
import { ensureRead } from '../unit/unit-reads.ts'
import { verifiedClaimsMetadata } from '../tokens/verified-claims.ts'

type ProviderParts = Parameters<typeof grantFeatures>[0] & {
  readonly issuer: string
  readonly keys: Pick<Keys, 'cookie' | 'dpopNonce'>
  readonly jwks: NonNullable<Configuration['jwks']>
  readonly pairwise: Pick<Pairwise, 'subject'>
  readonly fetch: NonNullable<Configuration['fetch']>
  readonly sharing: ConsentGrants
  readonly userCodeRows: UserCodeRows
  /** Opens what a service may be told of a person. */
  readonly held: ClaimSource
  /** The levels that a sign-in here can reach. */
  readonly levels: readonly Level[]
  readonly visitUrl: (ctx: KoaContextWithOIDC, interaction: Interaction) => string
  readonly renderError: NonNullable<Configuration['renderError']>
  readonly signOutPage: (ctx: KoaContextWithOIDC) => void
  readonly signedOutPage: (ctx: KoaContextWithOIDC) => void
}

const visitSeconds = 4 * 3600
const tolerance = 10
// What is told of a sign-in itself.
const claimsOfSignIn = ['sub', 'acr', 'amr', 'auth_time']

/** The profiles: docs/design/security.md#clients lists their promises, docs/design/provider.md the hooks that keep them. */
export function configuration(parts: ProviderParts): Configuration {
  return {
    adapter: makeAdapter(parts.sharing.resourcesOf, parts.userCodeRows),
    jwks: parts.jwks,
    ...protocol(),
    cookies: cookies(parts),
    // `auth_time` is given only where it is asked for (OpenID Connect Core, section 2), and only to a service whose file says why.
    claims: {
      openid: claimsOfSignIn.filter((name) => name !== 'auth_time'),
      ...membersOfScopes,
      verified_claims: null,
      auth_time: null,
    },
    scopes: ['openid', ...claimScopes],
    subjectTypes: ['pairwise'],
    acrValues: [...parts.levels],
    pairwiseIdentifier: (_ctx, accountId, client) =>
      parts.pairwise.subject(accountId, orgOf(client)),
    sectorIdentifierUriValidate: () => false,
    extraTokenClaims: signInBehind,
    extraClientMetadata: {
      properties: [
        'organisation',
        'resource_server',
        'profile',
        'assertion_audience',
        'prompt_create',
        'max_age',
      ],
    },
    findAccount: makeFindAccount(parts.held),
    discovery: verifiedClaimsMetadata,
    loadExistingGrant,
    interactions: {
      policy: policy(parts.sharing, parts.held, parts.levels, (personId, client) =>
        parts.pairwise.subject(personId, orgOf(client)),
      ),
      url: (ctx, interaction) => parts.visitUrl(ctx, interaction),
    },
    // A connection is a person's choice, so neither a replay nor a logout ends it (docs/design/provider.md#grant).
    revokeGrantPolicy: () => false,
    rotateRefreshToken: (ctx) => ctx.oidc.client?.clientAuthMethod === 'none',
    issueRefreshToken: (_ctx, client, source) =>
      Boolean(source.rar) && client.grantTypeAllowed('refresh_token'),
    expiresWithSession: (ctx) => !ctx.oidc.params?.['authorization_details'],
    features: withFeatures(parts),
    ttl: lifetimes(),
    fetch: parts.fetch,
    fetchResponseBodyLimits: { jwks_uri: 32_768, sector_identifier_uri: 32_768 },
    renderError: parts.renderError,
    clientBasedCORS: () => false,
  }
}

function protocol(): Partial<Configuration> {
  return {
    routes: { userinfo: '/userinfo', backchannel_authentication: backchannelPath },
    responseTypes: ['code'],
    pkce: { required: requirePkce },
    allowOmittingSingleRegisteredRedirectUri: false,
    acceptQueryParamAccessTokens: false,
    enableHttpPostMethods: false,
    clientAuthMethods: valuesOfAllProfiles(({ authMethods }) => authMethods),
    // No parameter of ours: the library asks this of each request, after its own checks.
    extraParams: { state: requireSound },
    clientDefaults: {
      id_token_signed_response_alg: 'ES256',
      authorization_signed_response_alg: 'ES256',
      introspection_signed_response_alg: 'ES256',
      token_endpoint_auth_method: 'private_key_jwt',
      subject_type: 'pairwise',
    },
    clockTolerance: tolerance,
    enabledJWA: algorithms(),
    assertJwtClientAuthClaimsAndHeader: checkAssertion,
  }
}

// Where a nonce alone ties a code to the browser that began, it is no letter that anybody guesses: software in use makes ten characters
// and more. Beside PKCE a nonce of any length may stand, for nothing here rests on it.
const leastNonce = 8

// The library asks this where no challenge came.
function requirePkce({ oidc: { params } }: KoaContextWithOIDC, client: Client): boolean {
  if (!demandsOf(client).mayUseNonce) return true
  const { nonce } = params ?? {}
  if (typeof nonce !== 'string' || nonce === '')
    throw new errors.InvalidRequest(neitherPkceNorNonce)
  if (nonce.length < leastNonce)
    throw new errors.InvalidRequest(shortNonce.replace('{least}', String(leastNonce)))
  return false
}

function cookies({ issuer, keys }: ProviderParts): Configuration['cookies'] {
  // Some browsers drop a Secure cookie over http, even on localhost, so the demonstration goes without Secure and the prefixes.
  const secure = issuer.startsWith('https:')
  const common = { httpOnly: true, sameSite: 'lax', signed: true, secure } as const
  return {
    keys: cookieKeys(keys),
    names: secure
      ? { session: '__Host-sid', interaction: '__Secure-int', resume: '__Secure-res' }
      : { session: 'sid', interaction: 'int', resume: 'res' },
    long: { ...common, path: '/' },
    short: common,
  }
}

// Each service switches these on for itself (optional-metadata.ts).
const optionalParts = {
  requestObjects: { enabled: true, assertJwtClaimsAndHeader: checkRequestObject },
  jwtResponseModes: { enabled: true },
  jwtUserinfo: { enabled: true },
  jwtIntrospection: { enabled: true },
  encryption: { enabled: true },
} satisfies Configuration['features']

function withFeatures(parts: ProviderParts): NonNullable<Configuration['features']> {
  return Object.assign(features(parts), grantFeatures(parts))
}

// Features of the library that are not named here stay off.
function features(parts: ProviderParts): NonNullable<Configuration['features']> {
  const { sharing } = parts
  return {
    devInteractions: { enabled: false },
    // For an essential acr, and what the service registered. Others are ignored: the broker does not hold them.
    claimsParameter: { enabled: true, assertClaimsParameter: checkClaims },
    dPoP: {
      enabled: true,
      nonceSecret: nonceSecret(parts.keys.dpopNonce),
      requireNonce: () => true,
      allowReplay: false,
    },
    pushedAuthorizationRequests: {
      enabled: true,
      // Each client says it for itself (client-metadata.ts).
      requirePushedAuthorizationRequests: false,
      allowUnregisteredRedirectUris: false,
    },
    ...optionalParts,
    fapi: {
      enabled: true,
      profile: (_ctx, client) => (client !== undefined && isFapi(client) ? '2.0' : undefined),
    },
    introspection: {
      enabled: true,
      // Only the token's audience and its client learn anything about it, and only while a consent behind it is live.
      allowedPolicy: (ctx, client, token) => sharing.mayIntrospect(ctx, client, token),
    },
    revocation: {
      enabled: true,
      allowedPolicy: (_ctx, client, token) => requireOwn(client, token.clientId),
    },
    // Experimental in this version of the library, which is pinned: test/provider/signer.test.ts holds what we need of it.
    externalSigningSupport: { enabled: true, ack: 'experimental-01' },
    ...ofSharing(parts),
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx) => parts.signOutPage(ctx),
      postLogoutSuccessSource: (ctx) => parts.signedOutPage(ctx),
    },
  }
}

// What a token opens beyond `/userinfo`: resources, and details that people have allowed.
function ofSharing({ sharing, issuer }: Pick<ProviderParts, 'sharing' | 'issuer'>) {
  return {
    resourceIndicators: {
      enabled: true,
      defaultResource: (ctx, _client, oneOf) =>
        oneOf === undefined ? noResource(ctx, issuer) : sharing.resourceOf(ctx, oneOf),
      useGrantedResource: (_ctx, source) => sharing.saysResource(source),
      getResourceServerInfo: (ctx, resource, client) =>
        sharing.resourceServer(ctx, resource, client),
    },
    richAuthorizationRequests: {
      enabled: true,
      types: {
        [sharing.type]: {
          validate: (ctx, detail, client) => sharing.validate(ctx, detail, client),
        },
      },
      authorizationDetailsForGrantSource: (ctx, source) => sharing.forGrantSource(ctx, source),
      authorizationDetailsForAccessToken: (ctx, token, source) =>
        sharing.forAccessToken(ctx, token, source),
      authorizationDetailsForIntrospection: (ctx, token) => sharing.forIntrospection(ctx, token),
    },
  } satisfies Configuration['features']
}

function isFapi(client: Client): boolean {
  return !demandsOf(client).isSignInOnly && client.clientAuthMethod === 'private_key_jwt'
}

function checkClaims(ctx: KoaContextWithOIDC, claims: ClaimsParameter, client: Client): void {
  const may = mayKnowTime(client) ? [...mayHave(client), 'auth_time'] : mayHave(client)
  if (demandsOf(client).isSignInOnly) requireKnownAlone(claims, may)
  requireRegisteredMembers(client, claims)
  passOverTime(ctx, claims)
}

// A claim that nobody is told here is passed over: to ask for one is no error (OpenID Connect Core, section 5.5.1).
function requireKnownAlone(
  { id_token: idToken = {}, userinfo = {} }: ClaimsParameter,
  may: readonly string[],
): void {
  const others = Object.keys(idToken).filter((name) => name !== 'acr' && isBeyond(name, may))
  // What a service with claims has not registered, `requireRegisteredMembers` names.
  const beyond = Object.keys(userinfo).filter(
    (name) => isBeyond(name, may) && (may.length === 0 || claimsOfSignIn.includes(name)),
  )
  if (others.length > 0 || beyond.length > 0)
    throw new errors.InvalidRequest('claims: this service may ask for acr in id_token alone')
}

function isBeyond(name: string, may: readonly string[]): boolean {
  return [...claimsOfSignIn, ...allMembers].includes(name) && !may.includes(name)
}

// A service learns when a person signed in only if it declares the claim essential.
function passOverTime({ oidc }: KoaContextWithOIDC, claims: ClaimsParameter): void {
  const { auth_time: time, ...others } = claims.id_token ?? {}
  if (time === undefined || time?.essential === true || oidc.params === undefined) return
  oidc.params['claims'] = JSON.stringify({ ...claims, id_token: others })
}

// RFC 7009, section 2.1: a client must not revoke another client's token, and is told so.
function requireOwn(client: Client, issuedTo: string | undefined): true {
  if (issuedTo === client.clientId) return true
  throw new errors.UnauthorizedClient('token: it was issued to another client')
}

function lifetimes(): Configuration['ttl'] {
  return {
    AccessToken: 300,
    AuthorizationCode: 60,
    ClientCredentials: 300,
    Grant: 600,
    IdToken: 300,
    ...grantLifetimes,
    BackchannelAuthenticationRequest: requestSeconds,
    Interaction: () => (currentUnit().request.isKiosk ? kioskSeconds : visitSeconds),
    // A refresh token lives as long as its longest consent. A stop makes it useless earlier (details.ts).
    RefreshToken: (_ctx, token) => secondsGranted(token.rar ?? []),
    Session: (ctx, session) => {
      const { acr, loginTs, exp } = session
      // A page that asks with prompt=none by itself, with nobody there, must not keep the session alive.
      // The parameters are missing where the library refuses a request early.
      if (ctx?.oidc?.params && ctx.oidc.prompts.has('none') && exp !== undefined)
        return Math.max(1, Math.floor(exp) - nowSeconds(currentUnit()))
      const { idle, absolute } = lifetimeOf(acr, isKiosk(currentUnit(), session.uid))
      if (loginTs === undefined) return idle
      const left = loginTs + absolute - nowSeconds(currentUnit())
      return Math.max(1, Math.min(idle, left))
    },
  }
}

const noConsentSeconds = 14 * 24 * 3600

function secondsGranted(details: readonly AuthorizationDetail[]): number {
  const ends = details.map((detail) => Date.parse(String(detail['valid_until'])) / 1000)
  const last = Math.max(...ends)
  return Number.isFinite(last)
    ? Math.max(1, Math.floor(last) - nowSeconds(currentUnit()))
    : noConsentSeconds
}

function makeFindAccount(held: ClaimSource): NonNullable<Configuration['findAccount']> {
  return async (ctx, accountId, token) => {
    const unit = currentUnit()
    // Whether she has an access now is no business of a service that asks for her.
    const isFound = ctx.path === backchannelPath || (await hasAccess(unit, accountId))
    if (!isFound) return undefined
    return {
      accountId,
      claims(use, _scope, claims) {
        const { client } = ctx.oidc
        const told =
          use === 'userinfo' && client !== undefined
            ? toldClaims(
                unit,
                { accountId, clientId: client.clientId, sessionUid: sessionOf(token) },
                claims['verified_claims'],
                held,
              )
            : {}
        return { ...told, sub: accountId }
      },
    }
  }
}

function sessionOf(token: unknown): string | undefined {
  const { sessionUid } = (token ?? {}) as { sessionUid?: unknown } // a token of the library, where there is one
  return typeof sessionUid === 'string' ? sessionUid : undefined
}

async function hasAccess(unit: Unit, accountId: string): Promise<boolean> {
  await ensureRead(unit, { accounts: [accountId] })
  return unit.seen.accounts.has(accountId)
}

// A request for `openid` alone needs no page: its connection is opened here, and written only if a code is issued.
const loadExistingGrant: NonNullable<Configuration['loadExistingGrant']> = async (ctx) => {
  const { prompts } = ctx.oidc
  const session = present(ctx.oidc.session, 'the session of a sign-in')
  const accountId = present(session.accountId, 'the person who has signed in')
  const { clientId } = present(ctx.oidc.client, 'the service of a request')
  const unit = currentUnit()
  const live = await liveConnection(unit, accountId, clientId)
  if (live === undefined && prompts.has('none')) return undefined
  const connection = live ?? openConnection(unit, accountId, clientId)
  return ctx.oidc.provider.Grant.find(`${connection.connection_id}.${session.uid}`)
}

// Tells the API of a token which sign-in the token comes from, so that the API can compare it with its own needs (RFC 9470,
// section 6.2). A later step-up does not raise an older token.
function signInBehind({ oidc }: KoaContextWithOIDC) {
  const { AuthorizationCode, DeviceCode, BackchannelAuthenticationRequest, RefreshToken } =
    oidc.entities
  const source = AuthorizationCode ?? DeviceCode ?? BackchannelAuthenticationRequest ?? RefreshToken
  return source && { acr: source.acr, auth_time: source.authTime }
}
