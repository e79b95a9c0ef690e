import type { Context } from 'koa'
import type { errors, KoaContextWithOIDC, Provider } from 'oidc-provider'

// Corrects the library's answers where the standards give a fault another error code or status. The library's events carry the
// cause that its answers leave out.

type Instead = { readonly error: string; readonly says: string; readonly status?: number }

// The keys are the library's descriptions of faults. A test provokes each fault, so that a new wording of the library is noticed.
const faults: Readonly<Record<string, Instead>> = {
  // RFC 9449, sections 5 and 7.1. The library answers invalid_grant, invalid_request or invalid_token.
  'DPoP proof JWT Replay detected': {
    error: 'invalid_dpop_proof',
    says: 'the DPoP proof was used before',
  },
  'DPoP proof JWT not provided': { error: 'invalid_dpop_proof', says: 'a DPoP proof is required' },
  '`DPoP` header not provided': { error: 'invalid_token', says: 'a DPoP proof is required' },
  // RFC 9110, section 15.5.14.
  'request entity too large': {
    error: 'invalid_request',
    says: 'the body has more than 56 KiB',
    status: 413,
  },
  // RFC 6749, sections 4.1.2.1 and 5.2. The library answers invalid_request.
  'requested grant type is not allowed for this client': {
    error: 'unauthorized_client',
    says: 'grant_type: the register does not have it for this service',
  },
  'requested response_type is not allowed for this client': {
    error: 'unauthorized_client',
    says: 'response_type: the register does not have it for this service',
  },
}

/** Notes, on the request's context, the fault that the library reports in its error events. */
export function noteFaults(provider: Provider): void {
  provider.on('grant.error', note)
  provider.on('pushed_authorization_request.error', note)
  provider.on('introspection.error', note)
  provider.on('revocation.error', note)
  provider.on('userinfo.error', note)
}

function note(ctx: KoaContextWithOIDC, error: errors.OIDCProviderError): void {
  ctx.state['fault'] = error.error_detail ?? error.error_description
}

/** Corrects an answer after the library gave it. */
export function correctAnswer(ctx: Context): void {
  leaveEmptyScopeOut(ctx)
  nameFault(ctx)
}

// A token for a holder's API has no scope, and RFC 6749, section 3.3, does not allow an empty one.
function leaveEmptyScopeOut(ctx: Context): void {
  const { body } = ctx as { body: unknown }
  if (ctx.path !== '/token' || typeof body !== 'object' || body === null) return
  if ('scope' in body && body.scope === '') delete body.scope
}

function nameFault(ctx: Context): void {
  const { fault } = ctx.state as { fault?: string } // as noted above
  const { body } = ctx as { body: unknown }
  if (typeof body !== 'object' || body === null) return
  if (ctx.status === 500 && 'error' in body)
    Object.assign(body, {
      error_description: 'the request failed; X-Request-ID names it in our log',
    })
  const instead = fault === undefined ? undefined : faults[fault]
  if (instead === undefined) return
  const { error, says, status = ctx.path === '/userinfo' ? 401 : ctx.status } = instead
  Object.assign(body, { error, error_description: says })
  ctx.status = status
  if (ctx.path === '/userinfo')
    ctx.set('WWW-Authenticate', `DPoP error="${error}", error_description="${says}", algs="ES256"`)
}
