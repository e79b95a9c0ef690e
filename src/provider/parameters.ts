import type { Context } from 'koa'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { errors } from 'oidc-provider'
import { Refusal } from '../base/platform/refusal.ts'
import { isForPrograms, isWithParameters } from './endpoints.ts'
import type { Unit } from './unit.ts'

// RFC 8707, section 2.
const maySeveral = /^\/(auth|request|token)$/

/** Characters of `state` and `nonce`, as /.well-known/limits publishes them. */
export const maxOpaque = 512

/** Before the library looks at a page's request: each parameter is sent once (RFC 6749, section 3.1). @throws Refusal */
export function requireReadable(ctx: Context): void {
  if (isWithParameters(ctx.path) && sentTwice(ctx, {}).length > 0)
    throw new Refusal('request.invalid')
}

/**
 * After the library answered a program: what is wrong with a request that it let pass. Each parameter is sent once, in the body or
 * in the address (RFC 6749, section 3.2; the library looks at those only that it knows), and what is pushed can lead to something.
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

/** A program's token is for an API (RFC 8707, section 2): for none it would open nothing. @throws InvalidTarget */
export function noResource({ oidc: { route, params } }: KoaContextWithOIDC): undefined {
  if (route === 'token' && params?.['grant_type'] === 'client_credentials')
    throw new errors.InvalidTarget('resource: missing, the API that the token is for')
  return undefined
}

type Fault = readonly [error: string, says: string]

function faultOf(ctx: Context): Fault | undefined {
  if (!isForPrograms(ctx.path)) return undefined
  // After the provider it is one; where it took no such request it is none.
  const { oidc } = ctx as unknown as Partial<KoaContextWithOIDC>
  const [twice] = sentTwice(ctx, oidc?.body ?? {})
  if (twice !== undefined) return ['invalid_request', `${nameOf(twice)}: sent more than once`]
  return ctx.path === '/request' && ctx.status === 201 ? pushedFault(oidc?.params ?? {}) : undefined
}

function pushedFault(params: Params): Fault | undefined {
  const long = ['state', 'nonce'].find((name) => isLong(params[name]))
  if (long !== undefined)
    return ['invalid_request', `${long}: has more than ${maxOpaque} characters`]
  return asksForNothing(params)
    ? ['invalid_scope', 'scope: openid is missing, and nothing else is asked for']
    : undefined
}

function isLong(value: unknown): boolean {
  return typeof value === 'string' && value.length > maxOpaque
}

// A person would sign in, and be told no at the end.
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

// As others wrote it: only what looks like a name is repeated to them.
function nameOf(parameter: string): string {
  return /^[\w.-]{1,64}$/.test(parameter) ? parameter : 'a parameter'
}
