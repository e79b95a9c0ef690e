import type { Context } from 'koa'
import type { Client, errors, KoaContextWithOIDC, Provider } from 'oidc-provider'
import { attempt, recoverFrom } from '../../base/values/expected-errors.ts'
import type { PublicKey } from '../../base/keys/jws.ts'
import { claimedSubject, isSignedByOneOf } from '../../base/keys/jws.ts'
import { present } from '../../base/values/present.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { Quota } from '../../base/web/limits/rate-counts.ts'
import { makeQuota } from '../../base/web/limits/rate-counts.ts'
import type { LiveRegister, Register } from '../../registry/index.ts'
import { audienceOf } from './client-assertion.ts'
import { causeFor, faultCodeOf } from '../faults/error-codes.ts'

// Says why a service failed to authenticate: to the operator in the log, and to a caller that has the service's key in the answer.
// All other callers get one answer for every reason.

/** How many signatures are checked a second time for a service in a minute: a caller without the key must not cause more work. */
const toldPerMinute = 10

export type ClientFaults = {
  /** After the library answered `invalid_client`: adds the cause, if the assertion is signed with the service's key. */
  tell(ctx: Context): Promise<void>
}

export function makeClientFaults(
  { log, db, clock }: Foundation,
  provider: Provider,
  live: Pick<LiveRegister, 'current'>,
): ClientFaults {
  const quota = makeQuota(db, clock, { name: 'told-cause', points: toldPerMinute, seconds: 60 })
  const note = (ctx: KoaContextWithOIDC, error: errors.OIDCProviderError) => {
    if (error.error !== 'invalid_client') return
    const why = causeOf(present(error.error_detail, 'the cause of a refusal'), ctx.oidc.client)
    ctx.state['clientFault'] = why
    log.info(clientFaultLine(ctx, why, live.current()), 'a client was refused')
  }
  provider.on('grant.error', note)
  provider.on('pushed_authorization_request.error', note)
  provider.on('device_authorization.error', note)
  provider.on('backchannel_authentication.error', note)
  provider.on('introspection.error', note)
  provider.on('revocation.error', note)
  provider.on('authorization.error', note)

  return {
    async tell(ctx) {
      const { clientFault } = ctx.state as { clientFault?: string } // as noted above
      const { body } = ctx as { body: unknown }
      const { oidc } = ctx as unknown as Partial<KoaContextWithOIDC> // the provider has run
      const { client_assertion: assertion } = oidc?.body ?? {}
      if (clientFault === undefined || typeof body !== 'object' || body === null) return
      if (oidc?.client === undefined || typeof assertion !== 'string') return
      if (!isWithin(quota, oidc.client) || !(await isSigned(oidc.client, assertion))) return
      Object.assign(body, { error_description: withClock(clientFault, clock()) })
    },
  }
}

/**
 * The fields of a log line. The service's id is only claimed by the request: nothing was verified. One that the register never had is
 * what somebody typed, which may be an address or a secret in the wrong field.
 */
export function clientFaultLine(
  ctx: Context | KoaContextWithOIDC,
  why: string,
  register: Pick<Register, 'anyService'>,
) {
  const { requestId } = ctx.state as { requestId: string } // set by request-log.ts
  const { oidc } = ctx as unknown as Partial<KoaContextWithOIDC>
  const said: unknown =
    oidc?.client?.clientId ?? oidc?.body?.['client_id'] ?? ctx.query['client_id']
  const serviceId = [said, subjectOf(oidc?.body)].find(
    (id): id is string => typeof id === 'string' && register.anyService(id) !== undefined,
  )
  return { requestId, serviceId: serviceId ?? 'unknown', why }
}

/** The cause in our own words, which begin with the name of the parameter or claim at fault. */
export function causeOf(said: string, client: Client | undefined): string {
  // Our own refusals already have this form.
  if (/^[a-z_]+: /.test(said)) return said
  const cause = causeFor(said) ?? 'client_assertion: is malformed'
  // Which audience is expected, the service's profile says.
  const isOfAudience = faultCodeOf('invalid_client', cause) === 'assertion-audience'
  return isOfAudience && client !== undefined ? audienceOf(client).says : cause
}

// A service whose clock is wrong sees by how much.
function withClock(why: string, now: Date): string {
  const code = faultCodeOf('invalid_client', why)
  const isOfTime = code === 'assertion-expired' || code === 'assertion-clock'
  return isOfTime ? `${why}; here it is ${now.toISOString().slice(0, 19)}Z` : why
}

function isWithin(quota: Quota, client: Client): boolean {
  return attempt(
    () => {
      quota.spend({ key: client.clientId })
      return true
    },
    recoverFrom(Refusal, () => false),
  )
}

// Uses the keys that the library holds for the client, from the register or from the client's `jwks_uri`.
async function isSigned(client: Client, assertion: string): Promise<boolean> {
  const { asymmetricKeyStore: keys } = client as { asymmetricKeyStore?: Iterable<PublicKey> }
  return keys !== undefined && isSignedByOneOf([...keys], assertion)
}

function subjectOf(body: Readonly<Record<string, unknown>> | undefined): unknown {
  const { client_assertion: assertion } = body ?? {}
  return typeof assertion === 'string' ? claimedSubject(assertion) : undefined
}
