import type { Context } from 'koa'
import type { Client, KoaContextWithOIDC } from 'oidc-provider'
import { errors } from 'oidc-provider'
import { backchannelFault, backchannelPath } from '../ciba/backchannel-authentication.ts'
import { present } from '../../base/values/present.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { requireReasonForTime } from './sign-in-time.ts'
import { requireRegisteredScopes, scopesOf } from '../tokens/claims.ts'
import { isForPrograms, isWithParameters } from '../clients/endpoints.ts'
import { demandsOf } from '../clients/profiles.ts'
import { dropKeptHint, signedParams, useObject } from '../tokens/request-objects.ts'
import type { Unit } from '../unit/unit.ts'

// The endpoints where `resource` may be sent more than once (RFC 8707, section 2).
const maySeveral = /^\/(auth|request|token)$/

/** The most characters of `state` and `nonce`; /.well-known/limits publishes it. */
export const maxOpaque = 512

/** Checks a browser's request before the library: no parameter may be sent twice (RFC 6749, section 3.1). @throws Refusal */
export function requireReadable(ctx: Context): void {
  if (isWithParameters(ctx.path) && sentTwice(ctx, {}).length > 0)
    throw new Refusal('request.invalid')
}

/**
 * After the library answered a program: refuses faulty requests that the library lets pass. No parameter may be sent twice, in the
 * body or the address (RFC 6749, section 3.2; the library checks only the parameters that it knows).
 */
export function refuseHalf(ctx: Context, unit: Unit): void {
  const fault = faultOf(ctx)
  if (fault === undefined) return
  const [error, says] = fault
  ctx.status = 400
  ctx.remove('WWW-Authenticate')
  ctx.body = { error, error_description: says }
  unit.verdict.isRefused = true
}

/**
 * A program must name the API that its token is for (RFC 8707, section 2): another token would be useless. The scopes of streams say it
 * by themselves, because a receiver of Shared Signals asks by scope alone (CAEP Interoperability Profile 1.0, section 2.7).
 * @throws InvalidTarget
 */
export function noResource(
  { oidc: { route, params } }: KoaContextWithOIDC,
  issuer: string,
): string | undefined {
  if (route !== 'token' || params?.['grant_type'] !== 'client_credentials') return undefined
  const { scope } = params
  if (typeof scope === 'string' && /^ssf\.(?:read|manage)(?: ssf\.(?:read|manage))?$/.test(scope))
    return `${issuer}/ssf`
  throw new errors.InvalidTarget('resource: missing, the API that the token is for')
}

type Fault = readonly [error: string, says: string]

function faultOf(ctx: Context): Fault | undefined {
  if (!isForPrograms(ctx.path)) return undefined
  // The library sets `oidc` only on requests that it took.
  const { oidc } = ctx as unknown as Partial<KoaContextWithOIDC>
  const [twice] = sentTwice(ctx, oidc?.body ?? {})
  return twice === undefined
    ? backchannelFault(ctx)
    : ['invalid_request', `${nameOf(twice)}: sent more than once`]
}

/**
 * Refuses what the library lets pass: a request that could lead to nothing, and opaque values that fill our rows. A pushed request was
 * judged when it was pushed. @throws InvalidRequest, InvalidRequestObject, InvalidScope
 */
export async function requireSound(
  ctx: KoaContextWithOIDC,
  _state: unknown,
  client: Client,
): Promise<void> {
  const { params = {}, entities, body } = ctx.oidc
  if (entities.PushedAuthorizationRequest !== undefined) return requireAlone(ctx)
  const long = ['state', 'nonce'].find((name) => isLong(params[name]))
  if (long !== undefined)
    throw new errors.InvalidRequest(`${long}: has more than ${maxOpaque} characters`)
  if (asksForNothing(params))
    throw new errors.InvalidScope(
      'scope: openid is missing, and nothing else is asked for',
      'openid',
    )
  // The library has left out what it does not know.
  const sent: Params =
    signedParams(ctx) ??
    present(ctx.method === 'POST' ? body : ctx.query, 'the parameters of a request')
  if (ctx.oidc.prompts.has('create') && client['prompt_create'] !== true)
    throw new errors.InvalidRequest('prompt: the register has no prompt_create for this service')
  if (ctx.path !== backchannelPath) dropHint(params)
  dropKeptHint(ctx)
  if (demandsOf(client).isSignInOnly) requireScopesAlone(client, sent['scope'])
  requireRegisteredScopes(client, sent['scope'])
  if (ctx.path !== backchannelPath) requireReasonForTime(client, sent, params['claims'])
  await useObject(ctx, client)
}

// What a request may say (OpenID Connect Core, RFC 7636, 8707, 9101, 9396, 9449). Whatever else stands in an address is passed over.
const meaningful = new Set([
  'acr_values',
  'authorization_details',
  'claims',
  'claims_locales',
  'code_challenge',
  'code_challenge_method',
  'display',
  'dpop_jkt',
  'id_token_hint',
  'login_hint',
  'max_age',
  'nonce',
  'prompt',
  'redirect_uri',
  'registration',
  'request',
  'resource',
  'response_mode',
  'response_type',
  'scope',
  'state',
  'ui_locales',
])

/**
 * Beside a pushed request the browser carries nothing but `client_id` and `request_uri` (RFC 9126, section 4): what else it said would not
 * count (RFC 9101, section 6.3), and a service that believes it does would learn that from nobody. @throws InvalidRequest
 */
function requireAlone({ oidc: { body }, method, query }: KoaContextWithOIDC): void {
  const sent: Params = present(method === 'POST' ? body : query, 'the parameters of a request')
  const beside = Object.keys(sent).find((name) => meaningful.has(name))
  if (beside !== undefined)
    throw new errors.InvalidRequest(`${beside}: may not stand beside request_uri`)
}

// Nothing is looked up by it, shown or kept: whoever types an address does it on our page.
function dropHint(params: Record<string, unknown>): void {
  if (params['login_hint'] !== undefined) params['login_hint'] = undefined
}

// RFC 6749, section 3.3, allows to refuse an unknown scope; the strict profile passes it over.
function requireScopesAlone({ clientId }: Client, scope: unknown): void {
  const may = scopesOf(clientId)
  const asked = typeof scope === 'string' ? scope.split(' ') : []
  if (asked.includes('openid') && asked.every((one) => may.includes(one))) return
  const words = may.join(' ')
  throw new errors.InvalidScope(`scope: this service may ask for ${words} alone`, words)
}

function isLong(value: unknown): boolean {
  return typeof value === 'string' && value.length > maxOpaque
}

// The person would have to sign in, only to be refused at the end.
function asksForNothing({ scope, resource, authorization_details: details }: Params): boolean {
  const asked = typeof scope === 'string' ? scope.split(' ') : []
  return !asked.includes('openid') && resource === undefined && details === undefined
}

type Params = Readonly<Record<string, unknown>>

function sentTwice(ctx: Context, body: Params): string[] {
  const { query } = ctx
  const isOften = (value: unknown, name: string) =>
    Array.isArray(value) && !(name === 'resource' && maySeveral.test(ctx.path))
  const often = [query, body].flatMap((sent) =>
    Object.keys(sent).filter((name) => isOften(sent[name], name)),
  )
  return [...often, ...Object.keys(body).filter((name) => Object.hasOwn(query, name))]
}

// The name comes from the caller, so the answer repeats it only if it looks like a name.
export function nameOf(parameter: string): string {
  return /^[\w.-]{1,64}$/.test(parameter) ? parameter : 'a parameter'
}
