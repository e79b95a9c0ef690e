import type { Context } from 'koa'
import type { Configuration } from 'oidc-provider'
import type { Client } from 'oidc-provider'
import { errors } from 'oidc-provider'
import { isCompact } from '../../base/values/base64.ts'
import { demandsOf } from './profiles.ts'
import { currentUnit, nowSeconds } from '../unit/unit.ts'

const toleranceSeconds = 10

/** A private_key_jwt assertion must name us alone as audience and expire soon. Its ids are kept so that a replay gets its own answer. */
export const checkAssertion: NonNullable<Configuration['assertJwtClientAuthClaimsAndHeader']> = (
  ctx,
  claims,
  header,
  client,
) => {
  // The library's JOSE accepts several base64url spellings of one assertion.
  if (!isCompact(String(ctx.oidc.params?.['client_assertion'])))
    throw new errors.InvalidClientAuth('client_assertion: must be base64url, exactly as encoded')
  requireTextKid(header)
  const now = nowSeconds(currentUnit())
  const { aud, exp, iat, iss, jti } = claims
  const audience = audienceOf(client)
  if (!isAudience(aud, ctx.oidc.issuer, audience.paths))
    throw new errors.InvalidClientAuth(audience.says)
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

// The library passes over a kid that is no text, and tries every key.
function requireTextKid({ kid }: Readonly<Record<string, unknown>>): void {
  if (kid !== undefined && typeof kid !== 'string')
    throw new errors.InvalidClientAuth('client_assertion: kid must be a text')
}

type Audience = { readonly paths: readonly string[]; readonly says: string }

const issuer: Audience = { paths: [''], says: 'aud: must be the issuer, as a string' }
const others: Readonly<Record<string, Audience>> = {
  token_endpoint: { paths: ['/token'], says: 'aud: must be the token endpoint, as a string' },
  both: {
    paths: ['', '/token'],
    says: 'aud: must be a list of the issuer and the token endpoint, and of nothing else',
  },
}

/** The audience that the assertions of a service name, as paths below the issuer. */
export function audienceOf({ assertion_audience: audience }: Client): Audience {
  return others[String(audience)] ?? issuer
}

/** Whether an assertion names exactly this audience: one as a string, several as a list. */
export function isAudience(aud: unknown, below: string, paths: readonly string[]): boolean {
  const expected = paths.map((path) => below + path)
  const named = Array.isArray(aud) ? aud : [aud]
  return (
    Array.isArray(aud) === expected.length > 1 &&
    named.length === expected.length &&
    expected.every((one) => named.includes(one))
  )
}

/** The assertion that a request came with and that was good: its issuer and `jti`. */
export function assertionOf(ctx: Context): string | undefined {
  return (ctx.state as { assertionJti?: string }).assertionJti // set by checkAssertion
}
