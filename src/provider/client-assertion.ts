import type { Context } from 'koa'
import type { Configuration } from 'oidc-provider'
import type { Client } from 'oidc-provider'
import { errors } from 'oidc-provider'
import { isCompact } from '../base/platform/base64.ts'
import { demandsOf } from './profiles.ts'
import { currentUnit, nowSeconds } from './unit.ts'

const toleranceSeconds = 10

/** A private_key_jwt assertion must name us alone as audience and expire soon. Its ids are kept so that a replay gets its own answer. */
export const checkAssertion: NonNullable<Configuration['assertJwtClientAuthClaimsAndHeader']> = (
  ctx,
  claims,
  _header,
  client,
) => {
  // The library's JOSE accepts several base64url spellings of one assertion.
  if (!isCompact(String(ctx.oidc.params?.['client_assertion'])))
    throw new errors.InvalidClientAuth('client_assertion: must be base64url, exactly as encoded')
  const now = nowSeconds(currentUnit())
  const { aud, exp, iat, iss, jti } = claims
  const audience = audienceOf(client)
  if (aud !== ctx.oidc.issuer + audience.path) throw new errors.InvalidClientAuth(audience.says)
  const { assertionSeconds } = demandsOf(client)
  const isSoon = Number.isInteger(exp) && Number(exp) - now <= assertionSeconds + toleranceSeconds
  if (!isSoon)
    throw new errors.InvalidClientAuth(`exp: must be within ${assertionSeconds / 60} minutes`)
  if (iat !== undefined && (typeof iat !== 'number' || iat - now > 60)) {
    throw new errors.InvalidClientAuth('iat: must not be more than a minute ahead')
  }
  // Joined in this order, as the library hashes them for ReplayDetection.
  if (typeof iss === 'string' && typeof jti === 'string') ctx.state['assertionJti'] = iss + jti
}

/** The one audience that the assertions of a service name. */
export function audienceOf({ assertion_audience: audience }: Client) {
  return audience === 'token_endpoint'
    ? { path: '/token', says: 'aud: must be the token endpoint, as a string' }
    : { path: '', says: 'aud: must be the issuer, as a string' }
}

/** The assertion that a request came with and that was good: its issuer and `jti`. */
export function assertionOf(ctx: Context): string | undefined {
  return (ctx.state as { assertionJti?: string }).assertionJti // set by checkAssertion
}
