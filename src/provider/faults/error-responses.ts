import type { Context } from 'koa'
import type { errors, KoaContextWithOIDC, Provider } from 'oidc-provider'
import { inAscii } from '../tokens/authorization-details.ts'
import { replacementFor } from './error-codes.ts'
import type { AnswerParams } from '../configuration/response-modes.ts'
import { correctedParams } from '../configuration/response-modes.ts'

// Corrects the library's answers where the standards give a fault another error code or status. The library's events carry the
// cause that its answers leave out.

/** Notes, on the request's context, the fault that the library reports in its error events. */
export function noteFaults(provider: Provider): void {
  provider.on('grant.error', note)
  provider.on('pushed_authorization_request.error', note)
  provider.on('device_authorization.error', note)
  provider.on('backchannel_authentication.error', note)
  provider.on('introspection.error', note)
  provider.on('revocation.error', note)
  provider.on('userinfo.error', note)
}

function note(ctx: KoaContextWithOIDC, error: errors.OIDCProviderError): void {
  ctx.state['faults'] = [error.error_detail, error.error_description]
}

/** Corrects an answer after the library gave it. */
export function correctErrorResponse(ctx: Context): void {
  const { body } = ctx as { body: unknown }
  if (typeof body !== 'object' || body === null) return
  if (ctx.path === '/token') leaveEmptyScopeOut(body)
  nameFault(ctx, body)
  if (ctx.path === '/request' || ctx.path === '/device/auth')
    ctx.body = correctedParams(ctx as unknown as KoaContextWithOIDC, body as AnswerParams) // the provider has run
}

// A token for a holder's API has no scope, and RFC 6749, section 3.3, does not allow an empty one.
function leaveEmptyScopeOut(body: object): void {
  if ('scope' in body && body.scope === '') delete body.scope
}

function nameFault(ctx: Context, body: object): void {
  const { faults = [] } = ctx.state as { faults?: (string | undefined)[] } // as noted above
  if (ctx.status === 500 && 'error' in body)
    Object.assign(body, {
      error_description: 'the request failed; X-Request-ID names it in our log',
    })
  const instead = faults.flatMap((said = '') => replacementFor(said) ?? [])[0]
  if (instead === undefined || !('error' in body)) return
  const { error = body.error, status = ctx.path === '/userinfo' ? 401 : ctx.status } = instead
  const says = filled(instead.says, ctx)
  Object.assign(body, { error, error_description: says })
  ctx.status = status
  if (ctx.path === '/userinfo')
    ctx.set(
      'WWW-Authenticate',
      `DPoP error="${String(error)}", error_description="${says}", algs="ES256"`,
    )
}

// The register is public, and so are the addresses in it.
function filled(says: string, ctx: Context): string {
  const { client } = (ctx as unknown as KoaContextWithOIDC).oidc // the provider has run
  const registered = client?.redirectUris?.join(' or ') ?? ''
  return inAscii(says.replace('{registered}', registered))
}
