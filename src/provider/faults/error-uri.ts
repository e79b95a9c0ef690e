import type { Context, Middleware } from 'koa'
import { errorsPath } from '../../api/openapi/index.ts'
import { isForPrograms } from '../clients/endpoints.ts'
import type { FaultCode } from './error-codes.ts'
import { faultCodeOf, replacementFor } from './error-codes.ts'

// An error leads to our page about it: `error_uri` (RFC 6749, sections 4.1.2.1 and 5.2) ends with the fault's code.

export const faultsPath = errorsPath

/** Runs around everything that may answer a request of the protocol. */
export function withErrorUri(issuer: string, oidc: Middleware): Middleware {
  return async (ctx, next) => {
    await oidc(ctx, next)
    if (isForPrograms(ctx.path)) teachProgram(ctx, issuer)
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

/** The parameters of an answer that the browser carries to a service, with our words and the page about the fault. */
export function errorUriParams(
  issuer: string,
  params: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { error, error_description: given } = params
  if (typeof error !== 'string') return params
  const says = typeof given === 'string' ? (replacementFor(given)?.says ?? given) : undefined
  const code = faultCodeOf(error, says)
  if (code === undefined) return params
  const description = says === undefined ? {} : { error_description: says }
  return { ...params, ...description, error_uri: issuer + faultHref(code) }
}
