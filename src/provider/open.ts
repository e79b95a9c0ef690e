import type { Context, Middleware } from 'koa'
import compose from 'koa-compose'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { Provider } from 'oidc-provider'
import { makePairwise, tellUntrusted } from '../people/accounts/index.ts'
import { isOutage } from '../base/database/database-outages.ts'
import { OperatorError } from '../base/values/operator-error.ts'
import type { Foundation } from '../base/web/foundation.ts'
import { isCompact } from '../base/values/base64.ts'
import type { ServedRoutes } from '../base/web/endpoints.ts'
import { languageOf, seeOther } from '../base/web/page.ts'
import type { ReadCurrentSession } from '../base/web/person.ts'
import type { Sessions } from '../base/ports/sessions-port.ts'
import type { SignInRequests } from '../base/ports/ciba-port.ts'
import type { Visits } from '../base/web/visit.ts'
import type { LiveRegister, Register } from '../registry/index.ts'
import type { Callers } from '../base/web/caller.ts'
import { levelsReached } from './configuration/acr-values.ts'
import { correctErrorResponse, noteFaults } from './faults/error-responses.ts'
import { backchannelFeature } from './ciba/backchannel-authentication.ts'
import { makeCallers } from './callers.ts'
import { makeJudgeCall } from './presented-calls.ts'
import type { HeldSource } from './tokens/consent-grants.ts'
import type { ClientFaults } from './clients/client-auth-errors.ts'
import { makeClientFaults } from './clients/client-auth-errors.ts'
import type { ReadyKeys } from './clients/client-jwks.ts'
import { makeReadyKeys } from './clients/client-jwks.ts'
import type { HeldClients } from './clients/clients.ts'
import { holdClients } from './clients/clients.ts'
import { configuration } from './configuration/configuration.ts'
import { makeUserCodeRows } from './unit/device-code-model.ts'
import { withDevices } from './devices/device-flow.ts'
import { endpointAt, endpoints } from './clients/endpoints.ts'
import { guardedFetch } from './clients/guarded-fetch.ts'
import { makeClaimSource } from './tokens/held-claims.ts'
import { roundTimes } from './configuration/sign-in-time.ts'
import { limitRequests, makeQuotas } from './configuration/quotas.ts'
import { correctMetadata } from './configuration/discovery-metadata.ts'
import { answerPost, withMethods } from './configuration/methods.ts'
import { acceptNoncesOf } from './tokens/dpop-nonces.ts'
import { providerPages } from './visits/provider-pages.ts'
import { makeUnitRunner, requestUnit } from './unit/request-unit.ts'
import { holdToModes } from './configuration/response-modes.ts'
import { resumable } from './visits/interaction-resume.ts'
import type { PendingLogoutToken } from './unit/pending-writes.ts'
import { makeConsentGrants } from './tokens/consent-grants.ts'
import { mintLogoutToken, queueLogoutToken } from './unit/backchannel-logout.ts'
import { makeSecretCheck } from './clients/client-secrets.ts'
import { makeNameOf, makeSessions, makeReadCurrentSession } from './logout/session-management.ts'
import { publishedIdTokenKeys, signingKeys } from './configuration/signing-keys.ts'
import { pingSeals } from './ciba/ciba-seal.ts'
import { makeSignInRequests } from './ciba/ciba-approvals.ts'
import { sweepOver } from './unit/session-store.ts'
import { withErrorUri } from './faults/error-uri.ts'
import type { UnitStore } from './unit/unit-store.ts'
import { makeUnitStore } from './unit/unit-store.ts'
import { currentUnit, noteFault, noteJudged, Overtaken } from './unit/unit.ts'
import type { VisitAddresses } from './unit/interaction-paths.ts'
import { localesOf, visitPath } from './unit/interaction-paths.ts'
import { makeVisits } from './visits/interactions.ts'

/** What the provider offers to other rooms: four ports, its routes, and two functions for the jobs. */
export type OpenProvider = {
  readonly visits: Visits
  readonly sessions: Sessions
  readonly signInRequests: SignInRequests
  readonly whoIsThis: ReadCurrentSession
  /** The name of the session cookie. */
  readonly sessionCookie: string
  readonly callers: Callers
  /** The protocol's routes. The library answers every path, so they come last. */
  readonly oidc: ServedRoutes
  /** The address for a logout notice and a token for this try; undefined when the service has left the register. */
  readonly logoutToken: (
    notice: PendingLogoutToken,
  ) => Promise<{ url: string; token: string } | undefined>
  /** Deletes one batch of rows that expired long enough ago, and of visits that nobody answers for any more. @returns how many rows were deleted */
  readonly sweep: () => Promise<number>
}

/** What other rooms give to the provider, which does not know them. */
type FromOtherRooms = Pick<
  Parameters<typeof makeConsentGrants>[0],
  'vault' | 'timeCheck' | 'recordRefusedToken' | 'inquire'
> & {
  readonly addresses: VisitAddresses
}

export function openProvider(
  foundation: Foundation,
  live: LiveRegister,
  fromOthers: FromOtherRooms,
): OpenProvider {
  const { config, keys, db, clock } = foundation
  const { addresses, vault } = fromOthers
  const { seals } = vault
  const pages = providerPages(foundation, () => held)
  const provider = makeProvider(foundation, live, { ...fromOthers, pages })
  const held = holdClients({
    provider,
    live,
    outboundAllow: config.outboundAllow,
    clock,
    log: foundation.log,
  })
  holdToModes(provider, pages.returnPage)
  replaceMembers(provider, held, makeReadyKeys(foundation))
  compareSecretsBy(provider, makeSecretCheck(db, { seals, log: foundation.log }))
  const faults = makeClientFaults(foundation, provider, live)
  const names = { session: provider.cookieName('session') }
  const tell = (...[row, asked]: Parameters<UnitStore['tell']>) =>
    tellUntrusted(foundation, row, asked)
  const store = makeUnitStore(db, seals, tell, foundation.meter)
  const quotas = makeQuotas(foundation, seals)
  const units = { foundation, live, store, names }
  const inUnit = makeUnitRunner(units)
  const visiting = { provider, held, seals, inUnit, addresses, nameOf: makeNameOf(foundation) }
  const answered = onOurPages(provider, { faults, keys, live, show: pages.signOutPage })
  const resumed = resumable({ provider, held, addresses }, answered)
  const guarded = withDevices(foundation, { provider, live }, resumed)
  return {
    visits: makeVisits(foundation, { ...visiting, quota: quotas.visits }),
    sessions: makeSessions(foundation, seals),
    signInRequests: makeSignInRequests(foundation, seals, live),
    whoIsThis: makeReadCurrentSession(foundation, seals, provider, inUnit, visiting.nameOf),
    sessionCookie: names.session,
    callers: {
      ...makeCallers(foundation, provider, live, inUnit),
      judge: makeJudgeCall(foundation, provider, {
        inUnit,
        ...heldSource(foundation, live, fromOthers),
      }),
    },
    oidc: served(config.issuer, requestUnit(units, limitRequests(quotas, guarded))),
    sweep: () => sweepOver(db, clock()),
    async logoutToken(notice) {
      const client = held.find(notice.clientId)
      const url = client?.backchannelLogoutUri
      if (client === undefined || typeof url !== 'string') return undefined
      return { url, token: await mintLogoutToken(provider, client, notice, clock()) }
    },
  }
}

type FromThisRoomToo = FromOtherRooms & { readonly pages: ReturnType<typeof providerPages> }

function makeProvider(
  foundation: Foundation,
  live: LiveRegister,
  { addresses, vault, timeCheck, recordRefusedToken, inquire, pages }: FromThisRoomToo,
): Provider {
  const { config, keys, clock } = foundation
  const { issuer, outboundAllow } = config
  const pairwise = makePairwise(keys.pairwise)
  const { jwks, registered } = signingKeys(keys, foundation.signer)
  const provider = new Provider(
    issuer,
    configuration({
      issuer,
      keys,
      jwks,
      pairwise,
      userCodeRows: makeUserCodeRows(keys.data),
      sharing: makeConsentGrants({
        ...heldSource(foundation, live, { vault, timeCheck }),
        clock,
        pairwise,
        recordRefusedToken,
        inquire,
        holdersMustDecide: config.holdersMustDecide,
        issuer,
      }),
      ...toldAndReached(foundation, live),
      backchannel: backchannelFeature({
        pairwise,
        pings: pingSeals(keys.data),
        levels: levelsReached(config),
      }),
      fetch: guardedFetch(outboundAllow),
      visitUrl: (ctx, { uid, prompt, params }) =>
        visitPath(addresses, { uid, prompt, params: { ...params, ...localesOf(ctx) } }),
      ...pages,
    }),
  )
  registered()
  provider.proxy = config.trustedProxies > 0
  acceptNoncesOf(provider, keys.dpopNonce)
  logFailures(provider, foundation.log)
  requireKeys(live.current(), keys)
  return provider
}

function heldSource(
  { db, restored, code }: Foundation,
  live: LiveRegister,
  { vault, timeCheck }: Pick<FromOtherRooms, 'vault' | 'timeCheck'>,
): HeldSource {
  const isRestored = () => restored.isInDoubt() || code.isUntrusted()
  return { db, live, vault, isRestored, timeCheck }
}

// What services may be told of people, and the levels of a sign-in.
function toldAndReached(foundation: Foundation, live: LiveRegister) {
  return { held: makeClaimSource(foundation, live), levels: levelsReached(foundation.config) }
}

// Pages of the protocol that people see exist in both languages.
function served(issuer: string, answer: Middleware): ServedRoutes {
  const serve = withMethods(withErrorUri(issuer, answer))
  return {
    endpoints,
    isEverywhere: true,
    serve: (ctx, next) => (isSpelt(ctx) ? serve(ctx, next) : next()),
  }
}

function isSpelt(ctx: Context): boolean {
  return languageOf(ctx) === 'fr' || endpointAt(ctx.path)?.audience === 'people'
}

function logFailures(provider: Provider, log: Foundation['log']): void {
  noteFaults(provider)
  provider.on('server_error', (ctx, error) => {
    if (error instanceof Overtaken) return // the request is judged once more
    // A read beside those of the unit has met an outage: the unit answers, and says so.
    if (isOutage(error)) return noteFault(currentUnit(), error)
    const { requestId } = ctx.state as { requestId: string } // set by src/base/web/request-log.ts
    log.error({ requestId, error }, 'the provider failed')
  })
}

type Around = {
  readonly faults: ClientFaults
  readonly keys: Foundation['keys']
  readonly live: LiveRegister
  readonly show: (ctx: KoaContextWithOIDC) => void
}

// Without a session the library answers a sign-out with an English page of its own that submits itself. Our page replaces it.
function onOurPages(provider: Provider, { faults, keys, live, show }: Around): Middleware {
  // The library's contexts are Koa's; only its types come from another copy of Koa's types.
  const oidc = compose(provider.middleware) as Middleware
  const published = publishedIdTokenKeys(keys)
  return async (ctx, next) => {
    if (await answerPost(ctx)) return
    if (asksForEnglish(ctx)) return seeOther(ctx, `/en${ctx.url}`)
    hideLooseProof(ctx)
    await oidc(ctx, next)
    keepLanguage(ctx)
    correctErrorResponse(ctx)
    await faults.tell(ctx)
    correctMetadata(ctx, published, live.current())
    if (ctx.path !== '/session/end' || ctx.status !== 200) return
    const koa = ctx as unknown as KoaContextWithOIDC // the provider has run
    if (koa.oidc.session?.accountId === undefined) show(koa)
  }
}

// Replaces members that are not part of the library's public interface. Each has a test, so that an update which breaks it is noticed.
function replaceMembers(provider: Provider, held: HeldClients, readyKeys: ReadyKeys): void {
  provider.Client.find = async (id: string) => {
    noteJudged(currentUnit())
    const client = held.find(id)
    if (client !== undefined) await readyKeys(client)
    return client
  }
  provider.Client.prototype['backchannelLogout'] = async function (accountId: string, sid: string) {
    queueLogoutToken(currentUnit(), { clientId: this.clientId, accountId, sid })
    await Promise.resolve()
  }
  roundTimes(provider)
  // The library's JOSE accepts several base64url spellings of one ID token.
  const validate = provider.IdToken.validate.bind(provider.IdToken)
  provider.IdToken.validate = async (hint: string, client) => {
    if (!isCompact(hint)) throw new TypeError('an ID token is base64url, exactly as encoded')
    return validate(hint, client)
  }
}

const signedForIt = [
  'id_token_signed_response_alg',
  'authorization_signed_response_alg',
  'userinfo_signed_response_alg',
]

// A service that registers RSA would get no ID token: its process says so before anybody signs in there.
function requireKeys({ services }: Register, { idTokenRsa }: Foundation['keys']): void {
  if (idTokenRsa.length > 0) return
  const names = [...services.values()].filter(({ metadata }) =>
    signedForIt.some((member) => ['RS256', 'PS256'].includes(String(metadata[member]))),
  )
  if (names.length > 0)
    throw new OperatorError(
      `${names.map(({ serviceId }) => serviceId).join(', ')}: the register has RSA for its ID tokens or answers, and KEYS_DIR no pair of purpose id-token-rsa. « accord keys create --rsa » makes one.`,
    )
}

// The library compares one secret, in clear, and takes a secret in the body and in a header for the same. The register says which.
function compareSecretsBy(
  provider: Provider,
  isRight: (serviceId: string, given: string) => Promise<boolean>,
): void {
  provider.Client.prototype['compareClientSecret'] = async function (given: string) {
    const isPosted = Provider.ctx?.oidc.params?.['client_secret'] !== undefined
    const method = isPosted ? 'client_secret_post' : 'client_secret_basic'
    return this.clientAuthMethod === method && isRight(this.clientId, given)
  }
}

// The library's JOSE accepts several base64url spellings of one proof. A proof that is not in the exact spelling is made unreadable,
// so that the library gives it the endpoint's own answer to an unreadable proof.
function hideLooseProof(ctx: Context): void {
  const proof = ctx.get('DPoP')
  if (proof !== '' && !isCompact(proof)) ctx.req.headers['dpop'] = 'unreadable'
}

// The library redirects to its own path, which is the French one; an English request goes on in English.
function keepLanguage(ctx: Context): void {
  const { pathname, search } = new URL(ctx.response.get('Location') || '/', ctx.href)
  if (pathname === '/session/end/success') seeOther(ctx, pathname + search)
}

// The English page has its own address, because the notice of attestation comes before every English page.
function asksForEnglish(ctx: Context): boolean {
  const { ui_locales: locales } = ctx.query
  const isPage = ctx.path === '/session/end' && ctx.method === 'GET'
  return isPage && languageOf(ctx) === 'fr' && typeof locales === 'string' && /^en\b/.test(locales)
}
