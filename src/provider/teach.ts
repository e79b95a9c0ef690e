import type { Context, Middleware } from 'koa'
import { errorsPath } from '../api/openapi/index.ts'
import { endpointAt, isForPrograms } from './endpoints.ts'
import type { FaultCode } from './fault-list.ts'
import { faultCodeOf, insteadOf } from './fault-list.ts'

// An error leads to our page about it: `error_uri` (RFC 6749, sections 4.1.2.1 and 5.2) ends with the fault's code.

export const faultsPath = errorsPath

/** Runs around everything that may answer a request of the protocol. */
export function taught(issuer: string, oidc: Middleware): Middleware {
  return async (ctx, next) => {
    await oidc(ctx, next)
    if (isForPrograms(ctx.path)) teachProgram(ctx, issuer)
    else if (endpointAt(ctx.path)?.audience === 'protocol') teachByBrowser(ctx, issuer)
  }
}

/** The page about a fault, from our origin. */
export function faultHref(code: FaultCode): string {
  return `${faultsPath}#${code}`
}

function teachProgram(ctx: Context, issuer: string): void {
  const { body } = ctx as { body: unknown }
  if (typeof body !== 'object' || body === null || !('error' in body)) return
  const says = 'error_description' in body ? body.error_description : undefined
  const code = faultCodeOf(String(body.error), typeof says === 'string' ? says : undefined)
  if (code !== undefined) Object.assign(body, { error_uri: issuer + faultHref(code) })
}

// The browser carries the answer to the service.
function teachByBrowser(ctx: Context, issuer: string): void {
  const answer = URL.parse(ctx.response.get('Location'))
  const error = answer?.searchParams.get('error') ?? undefined
  if (answer === null || error === undefined || answer.origin === new URL(issuer).origin) return
  const given = answer.searchParams.get('error_description') ?? undefined
  const says = given === undefined ? undefined : (insteadOf(given)?.says ?? given)
  const code = faultCodeOf(error, says)
  if (code === undefined) return
  if (says !== undefined) answer.searchParams.set('error_description', says)
  answer.searchParams.set('error_uri', issuer + faultHref(code))
  ctx.redirect(answer.href)
}
