import type { AuthorizationDetail, Client, KoaContextWithOIDC, ResourceServer } from 'oidc-provider'
import { errors } from 'oidc-provider'
import {
  answersQuestion,
  isTokenDetail,
  settlesQuestion,
  wasNoticeShown,
} from '../../consent/asking/index.ts'
import {
  activeConsents,
  consentsFromJson,
  detailType,
  grantedDetail,
  isLive,
  registerEpoch,
} from '../../consent/record/index.ts'
import type { Clock } from '../../base/values/clock.ts'
import type { Database } from '../../base/database/database.ts'
import { present } from '../../base/values/present.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { newestFromJson } from '../../ledger/chain/index.ts'
import type { LiveRegister } from '../../registry/index.ts'
import { isPersonal, ownScope, personalResources } from '../configuration/own-api-scopes.ts'
import type { HeldConsents, Token, TokenDetail } from './authorization-details.ts'
import {
  asDetails,
  grantedDetails,
  inAscii,
  isFor,
  lawDetail,
  currentDetails,
  narrowDetail,
  parseAuthorizationDetails,
  readRequestedDetail,
  checkDetailInRequest,
} from './authorization-details.ts'
import type { IntrospectionPorts } from './introspection.ts'
import { forIntrospection, mayIntrospect } from './introspection.ts'
import { isOfDevice } from '../unit/device-code-model.ts'
import { noResourceOnDevice, noSharingOnDevice } from '../faults/device-errors.ts'
import { demandsOf } from '../clients/profiles.ts'
import type { Unit } from '../unit/unit.ts'
import { currentUnit, oncePerUnit } from '../unit/unit.ts'

// Authorization details, resources and introspection (RFC 9396, 8707, 7662). What a token allows is read from the consents at each
// use; nothing is stored beside them.

type SharingParts = Omit<IntrospectionPorts, 'heldOf'> & {
  readonly db: Database
  readonly clock: Clock
  readonly live: LiveRegister
  readonly vault: Pick<Vault, 'seals' | 'heads'>
  readonly isRestored: () => boolean
  /** Begins a reading. @returns whether the time that the database told in it is this moment */
  readonly timeCheck: () => (at: Date) => boolean
}

export type HeldSource = Pick<SharingParts, 'db' | 'live' | 'vault' | 'isRestored' | 'timeCheck'>

const tokenSeconds = 300

export type ConsentGrants = {
  readonly type: string
  /** @throws InvalidAuthorizationDetails for what may not be asked for */
  validate(ctx: KoaContextWithOIDC, detail: AuthorizationDetail, client: Client): Promise<void>
  /** Whether the person must be asked, because a requested sharing is not allowed yet. */
  isMissing(ctx: KoaContextWithOIDC): Promise<boolean>
  forGrantSource(ctx: KoaContextWithOIDC, source: Source): Promise<AuthorizationDetail[]>
  /** @throws InvalidGrant when no granted sharing is live any more */
  forAccessToken(
    ctx: KoaContextWithOIDC,
    token: { aud?: unknown },
    source: Source | undefined,
  ): Promise<AuthorizationDetail[]>
  forIntrospection(ctx: KoaContextWithOIDC, token: Token): Promise<AuthorizationDetail[]>
  /** Only the client that a token was issued to, and the API that it is for, may learn anything about it. */
  mayIntrospect(ctx: KoaContextWithOIDC, client: Client, token: Token): Promise<boolean>
  /** The settings of tokens for a resource. @throws InvalidTarget */
  resourceServer(ctx: KoaContextWithOIDC, resource: string, client: Client): ResourceServer
  /** The resources of a Grant beside `openid`: our own API, for a service that may act for people. */
  resourcesOf(clientId: string): Readonly<Record<string, string>>
  /** Whether a code or refresh token already names its resource, so that the token request need not repeat it. */
  saysResource(source: Source): boolean
  /** The first of several requested resources for which a sharing is allowed. */
  resourceOf(ctx: KoaContextWithOIDC, resources: readonly string[]): string | readonly string[]
}

type Source = {
  accountId?: string | undefined
  resource?: string | readonly string[] | undefined
  rar?: readonly AuthorizationDetail[] | undefined
}

type Work = SharingParts & Pick<IntrospectionPorts, 'heldOf'> & { readonly type: string }

export function makeConsentGrants(parts: SharingParts): ConsentGrants {
  const type = detailType(parts.issuer)
  const work = { ...parts, type, heldOf: oncePerUnit((personId) => readHeld(parts, personId)) }
  return {
    type,
    validate: (ctx, detail, client) => validate(work, ctx, detail, client),
    isMissing: (ctx) => isMissing(work, ctx),
    forGrantSource: (ctx, source) => forGrantSource(work, ctx, source),
    forAccessToken: (ctx, token, source) => forAccessToken(work, ctx, token, source),
    forIntrospection: (ctx, token) => forIntrospection(work, ctx, token),
    mayIntrospect: (_ctx, client, token) => mayIntrospect(work, client, token),
    resourceServer: (ctx, resource, client) => resourceServer(work, ctx, resource, client),
    resourcesOf: (clientId) => personalResources(parts, clientId),
    resourceOf: (ctx, resources) =>
      resources.find((resource) => grantedDetails(ctx).some((detail) => isFor(detail, resource))) ??
      resources,
    saysResource: ({ rar, resource }) => Boolean(rar) || isPersonal(parts.issuer, resource),
  }
}

/** What of a person is live now, by what the request’s first read brought where it found a token with details. */
export async function readHeld(
  { db, live, vault, isRestored, timeCheck }: HeldSource,
  personId: string,
): Promise<HeldConsents> {
  const isNow = timeCheck()
  const read =
    broughtAlong(currentUnit(), vault, personId) ?? (await activeConsents(db, vault, personId))
  const { at } = read
  const register = await live.at(read.epoch)
  const consents = read.consents.filter((consent) => isLive(consent, register, at))
  const isHalted = read.isRestored || isRestored() || vault.heads.isBehind() || !isNow(at)
  return { register, at, consents, isHalted }
}

// If the request's first read found a token with details, it also read the consents behind them, at the same instant.
function broughtAlong({ seen }: Unit, vault: SharingParts['vault'], personId: string) {
  const found = seen.sharings.get(personId)
  if (found === undefined) return undefined
  const { head, consents, epoch, restored: isRestored } = found.payload
  const at = new Date(found.payload.at)
  const { compared, live } = newestFromJson(vault, personId, head, at)
  // Another request may have written meanwhile: what is read now is as new.
  if (compared === 'older') return undefined
  const trust = { seals: vault.seals, live }
  return { consents: consentsFromJson(trust, consents), at, epoch, isRestored }
}

async function validate(
  work: Work,
  ctx: KoaContextWithOIDC,
  detail: AuthorizationDetail,
  client: Client,
): Promise<void> {
  if (isOfDevice(ctx)) throw new errors.InvalidAuthorizationDetails(noSharingOnDevice)
  // A client sends back the details that its token was granted. These are compared with the live consents, not with what may be asked.
  if (ctx.oidc.route === 'token' && isTokenDetail(detail)) return
  const items = parseAuthorizationDetails(ctx)
  const at = checkDetailInRequest(items, detail, ctx.oidc.params?.['resource'])
  // The detail was read when it was pushed. Within the next minute the database is asked again only if the register in memory refuses it.
  const isPushed = ctx.oidc.route === 'pushed_authorization_request'
  const isGood = !isPushed && isAskable(work, detail, client)
  if (isGood) return
  const register = await work.live.at(await registerEpoch(work.db))
  const { noticed } = readRequestedDetail(work, detail, client, register, {
    at,
    isGoingOn: !isPushed,
  })
  // A page that informs of a sharing by law asks nothing, so it cannot stand among questions.
  if (noticed !== undefined && items.length > 1)
    throw new errors.InvalidAuthorizationDetails(
      inAscii(
        `${at}agreement: ${noticed.agreement.ref} rests on the law: name it alone in a request`,
      ),
    )
}

function isAskable(work: Work, detail: AuthorizationDetail, client: Client): boolean {
  try {
    readRequestedDetail(work, detail, client, work.live.current())
    return true
  } catch {
    return false
  }
}

async function isMissing(work: Work, ctx: KoaContextWithOIDC): Promise<boolean> {
  const { client, session, result } = ctx.oidc
  const details = parseAuthorizationDetails(ctx)
  if (details.length === 0 || result?.consent !== undefined) return false
  const service = present(client, 'the service of a request')
  const accountId = present(session?.accountId, 'the person who has signed in')
  const { consents, register } = await work.heldOf(accountId)
  for (const detail of details) {
    const { asked, noticed } = readRequestedDetail(work, detail, service, register)
    const isSettled =
      noticed === undefined
        ? consents.some((consent) => settlesQuestion(consent, asked, register))
        : await wasNoticeShown(work.db, accountId, noticed)
    if (!isSettled) return true
  }
  return false
}

async function forGrantSource(
  work: Work,
  ctx: KoaContextWithOIDC,
  source: Source,
): Promise<AuthorizationDetail[]> {
  const client = present(ctx.oidc.client, 'the service of a code')
  const accountId = present(source.accountId, 'the person of a code')
  const { consents, register } = await work.heldOf(accountId)
  const granted: (TokenDetail | undefined)[] = []
  for (const detail of parseAuthorizationDetails(ctx)) {
    const { asked, noticed } = readRequestedDetail(work, detail, client, register)
    if (noticed === undefined) {
      const consent = consents.find((item) => answersQuestion(item, asked, register))
      granted.push(consent && grantedDetail(consent, register, work.issuer))
    } else if (await wasNoticeShown(work.db, accountId, noticed))
      granted.push(lawDetail(noticed, work.issuer))
  }
  return granted.flatMap(asDetails)
}

async function forAccessToken(
  work: Work,
  ctx: KoaContextWithOIDC,
  token: { aud?: unknown },
  source: Source | undefined,
): Promise<AuthorizationDetail[]> {
  if (source?.accountId === undefined)
    throw new errors.InvalidAuthorizationDetails('not for this grant type')
  const { aud } = token
  if (typeof aud !== 'string') return []
  const asked = parseAuthorizationDetails(ctx)
  const granted = currentDetails(work.issuer, source.rar ?? [], await work.heldOf(source.accountId))
    .filter((detail) => detail.locations.includes(aud))
    .flatMap((detail) => narrowDetail(detail, asked))
  if (granted.length === 0) throw new errors.InvalidGrant('the consent has ended')
  return granted.flatMap(asDetails)
}

function resourceServer(
  work: Work,
  ctx: KoaContextWithOIDC,
  resource: string,
  client: Client,
): ResourceServer {
  if (demandsOf(client).isSignInOnly)
    throw new errors.InvalidTarget('resource: this service may sign people in alone')
  if (isOfDevice(ctx)) throw new errors.InvalidTarget(noResourceOnDevice)
  const own = ownScope(work, ctx, resource, client)
  if (own !== undefined) return { ...opaque(resource), scope: own }
  if (work.live.current().holderOf(resource) === undefined) throw new errors.InvalidTarget()
  const details = ctx.oidc.route === 'token' ? grantedDetails(ctx) : parseAuthorizationDetails(ctx)
  // `resource` alone would give a token for a holder's API without a consent (docs/design/provider.md#details).
  if (!details.some((detail) => isFor(detail, resource)))
    throw new errors.InvalidTarget('resource: authorization_details ask for nothing of this API')
  return opaque(resource)
}

function opaque(resource: string): ResourceServer {
  return {
    scope: '',
    audience: resource,
    accessTokenFormat: 'opaque',
    accessTokenTTL: tokenSeconds,
  }
}
