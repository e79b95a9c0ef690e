import type { Context } from 'koa'
import type { Client, Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { errors } from 'oidc-provider'
import { isCompact } from '../../base/values/base64.ts'
import { objectUsedTwice, unregisteredObject } from '../faults/request-object-errors.ts'
import { currentUnit, nowSeconds } from '../unit/unit.ts'

// Signed request objects (RFC 9101), for services that register an algorithm. The library decodes an object, asks the check below, and
// verifies the signature by the service's keys; only then do the object's parameters count.

/** /.well-known/limits publishes it. */
export const maxObjectBytes = 8192
const longestSeconds = 3600
const toleranceSeconds = 10
const objectType = 'oauth-authz-req+jwt'

type Check = NonNullable<
  NonNullable<NonNullable<Configuration['features']>['requestObjects']>['assertJwtClaimsAndHeader']
>
type Claims = Parameters<Check>[1]

/** Judges an object before its signature is verified. @throws RequestNotSupported, InvalidRequestObject */
export const checkRequestObject: Check = (ctx, claims, header, client) => {
  // The library keeps a pushed request as an object, signed or not; it was judged when it was pushed.
  if (ctx.oidc.entities.PushedAuthorizationRequest !== undefined) return
  if (!takesObjects(client)) throw new errors.RequestNotSupported(unregisteredObject)
  const fault =
    formFault(ctx, header) ?? claimFault(claims, client) ?? textFault(claims) ?? timeFault(claims)
  if (fault !== undefined) throw new errors.InvalidRequestObject(fault)
  ctx.state['requestObject'] = claims
}

/** Whether a service registered an algorithm for its request objects. */
export function takesObjects({ requestObjectSigningAlg: alg }: Client): boolean {
  return alg !== undefined
}

/** Whether a text may be a signed object: one that is encrypted, too large or without a signature is refused without any key. */
export function mayBeObject(text: unknown): boolean {
  return typeof text === 'string' && text.length <= maxObjectBytes && isCompact(text)
}

/** The parameters as the service signed them, once the library has verified them. */
export function signedParams(ctx: Context | KoaContextWithOIDC): Claims | undefined {
  return (ctx.state as { requestObject?: Claims }).requestObject // set by checkRequestObject
}

/**
 * Notes the `jti` of an object, which then counts once. To be called after its signature was verified: else anybody could use up the
 * identifiers of a service. The commit decides between two at once. @throws InvalidRequestObject
 */
export async function useObject(ctx: KoaContextWithOIDC, { clientId }: Client): Promise<void> {
  const { jti, exp } = signedParams(ctx) ?? {}
  if (typeof jti !== 'string') return
  const by = objectIssuer(clientId)
  const { ReplayDetection } = ctx.oidc.provider
  if (!(await ReplayDetection.unique(by, jti, Number(exp) + toleranceSeconds)))
    throw new errors.InvalidRequestObject(objectUsedTwice)
  ctx.state['objectJti'] = by + jti
}

/** The issuer and `jti` of the object that a request came with, as the library hashes them. */
export function objectOf(ctx: Context): string | undefined {
  return (ctx.state as { objectJti?: string }).objectJti // set by useObject
}

/**
 * Takes `login_hint` out of a signed request that is pushed: the library would keep it as it came, and no hint is kept. Its signature was
 * verified, and nobody reads it again.
 */
export function dropKeptHint(ctx: KoaContextWithOIDC): void {
  const { login_hint: hint, ...others } = signedParams(ctx) ?? {}
  const { body, route } = ctx.oidc
  if (hint === undefined || body === undefined || route !== 'pushed_authorization_request') return
  body['request'] = unsecuredJwt(others)
}

/** An unsecured JWT, which is how the library itself keeps pushed parameters (RFC 9126). It never leaves this process and its database. */
export function unsecuredJwt(claims: Claims): string {
  const parts = [{ alg: 'none' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  return `${parts.join('.')}.`
}

// A client assertion of the same request may have the same `jti`.
function objectIssuer(clientId: string): string {
  return `${clientId} ${objectType} `
}

function formFault(ctx: KoaContextWithOIDC, header: Claims): string | undefined {
  const text = String(ctx.oidc.params?.['request'])
  if (text.length > maxObjectBytes) return `request: has more than ${maxObjectBytes} characters`
  if (!isCompact(text)) return 'request: must be base64url, exactly as encoded'
  // Else another JWT that the service signed could stand here (RFC 9101, section 10.8).
  if (header['typ'] !== objectType) return `request: typ must be ${objectType}`
  return isTextOrAbsent(header['kid']) ? undefined : notText('kid')
}

// The library has seen to it that `aud` is the issuer, or a list with the issuer in it (FAPI 2.0 Message Signing, section 5.3.1).
function claimFault(claims: Claims, { clientId }: Client): string | undefined {
  const { iss, client_id: named, sub, jti } = claims
  if (iss !== clientId || named !== clientId)
    return 'request: iss and client_id must be that of the service'
  // It could be taken for an assertion of the client (RFC 9101, section 10.8).
  if (sub !== undefined) return 'request: sub may not be in it'
  const isText = jti === undefined || (typeof jti === 'string' && jti !== '' && jti.length <= 255)
  return isText ? undefined : 'request: jti must be a text of 1 to 255 characters'
}

// The parameters that are texts in an address (RFC 9101, section 4). The library would make a text of whatever stands in their place:
// a service that sends `state: 7` or `{}` would get « 7 » or « [object Object] » back, and never find its request again.
const texts = [
  'acr_values',
  'claims_locales',
  'code_challenge',
  'code_challenge_method',
  'display',
  'dpop_jkt',
  'id_token_hint',
  'login_hint',
  'nonce',
  'prompt',
  'redirect_uri',
  'response_mode',
  'response_type',
  'scope',
  'state',
  'ui_locales',
]

function textFault(claims: Claims): string | undefined {
  const wrong = texts.find((name) => !isTextOrAbsent(claims[name]))
  return wrong === undefined ? undefined : notText(wrong)
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string'
}

function notText(name: string): string {
  return `request: ${name} must be a text`
}

function timeFault({ exp, iat, nbf }: Claims): string | undefined {
  const now = nowSeconds(currentUnit())
  if (iat !== undefined && !(isSeconds(iat) && iat - now <= toleranceSeconds))
    return 'request: iat must not be ahead'
  if (!isSeconds(exp) || exp <= now || exp - now > longestSeconds + toleranceSeconds)
    return 'request: exp must be ahead, by an hour at most'
  const isFresh =
    isSeconds(nbf) &&
    nbf - now <= toleranceSeconds &&
    now - nbf <= longestSeconds + toleranceSeconds
  return isFresh ? undefined : 'request: nbf must be now, or an hour ago at most'
}

function isSeconds(value: unknown): value is number {
  return Number.isSafeInteger(value)
}
