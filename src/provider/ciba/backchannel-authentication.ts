import { randomInt } from 'node:crypto'
import type { Context } from 'koa'
import type { CIBAConfiguration, KoaContextWithOIDC } from 'oidc-provider'
import { secondsAfter } from '../../base/values/clock.ts'
import { newUuid } from '../../base/values/ids.ts'
import type { Level } from '../../base/values/assurance-levels.ts'
import { present } from '../../base/values/present.ts'
import type { Seals } from '../../base/sealing/encryption.ts'
import type { Pairwise } from '../../people/accounts/index.ts'
import type { Register } from '../../registry/index.ts'
import { drawWords } from '../../base/values/binding-message.ts'
import { orgOf } from '../clients/clients.ts'
import {
  bindingMessageSent,
  noMoreThanSignIn,
  unsupportedParameter,
  noWholeSeconds,
  oneHint,
} from '../faults/ciba-errors.ts'
import { noBackchannel } from '../faults/parameter-errors.ts'
import { levelAsked } from '../configuration/acr-values.ts'
import { endpointMember } from '../clients/ciba-metadata.ts'
import { grantsOf } from '../clients/optional-grants.ts'
import { backchannelGrantName } from '../clients/profiles.ts'
import { askPerson, putRequest } from '../unit/ciba-model.ts'
import { currentUnit, noteFault } from '../unit/unit.ts'

// `/backchannel` (OpenID Connect Client-Initiated Backchannel Authentication Core 1.0, poll and ping): a service asks that a person whom
// it knows by its own `sub` signs in, without her browser. What it is answered tells nobody whether she sees it.

export const backchannelPath = '/backchannel'
/** How long a service waits before it asks how it went; /token makes it wait longer where it does not. */
const intervalSeconds = 5
/** Of one organisation for one person; the database function `put_sign_in_requests` enforces it, and /.well-known/limits publishes it. */
export const requestsADay = 10
const [shortestSeconds, longestSeconds] = [60, 600]
// A request that she is not shown is refused after as long as a person may need.
const [soonestRefusal, latestRefusal] = [20, 120]

type BackchannelParts = {
  readonly pairwise: Pick<Pairwise, 'person'>
  readonly levels: readonly Level[]
  readonly pings: Seals
}

export type Services = Pick<Register, 'services'>

/** Whether the register, as it is now, lets a service ask. */
export function mayInitiateCiba({ services }: Services, serviceId: string): boolean {
  const service = services.get(serviceId)
  return service !== undefined && grantsOf(service.metadata).includes(backchannelGrantName)
}

/** Where a service is told of an answer; undefined: it asks, or may ask no more. */
export function notificationEndpoint(register: Services, serviceId: string): string | undefined {
  const endpoint = register.services.get(serviceId)?.metadata[endpointMember]
  return mayInitiateCiba(register, serviceId) && typeof endpoint === 'string' ? endpoint : undefined
}

/** How long a request waits for its person; the token that keeps the parameters is made of the same request. */
export function requestSeconds({ oidc }: KoaContextWithOIDC): number {
  const { requested_expiry: asked } = present(oidc.params, 'the parameters of a request')
  return asked === undefined
    ? longestSeconds
    : Math.max(shortestSeconds, Math.min(longestSeconds, Number(asked)))
}

export function backchannelFeature(parts: BackchannelParts): CIBAConfiguration {
  return {
    enabled: true,
    deliveryModes: ['poll', 'ping'],
    processLoginHint: (ctx, hint = '') => personNamed(ctx, hint, parts.pairwise),
    // `backchannelFault` refuses these parameters with a sentence of ours.
    processLoginHintToken: () => undefined,
    validateBindingMessage: () => undefined,
    validateRequestContext: () => undefined,
    // The last hook before anything is kept.
    verifyUserCode: (ctx) => void levelOf(ctx, parts),
    async triggerAuthenticationDevice(ctx, _request, account, client) {
      const unit = currentUnit()
      const { now } = unit.request
      const body = ctx.body as { auth_req_id: string } // the library has put it there
      const { artifactId, expiresAt } = putRequest(unit, body.auth_req_id)
      const requestId = newUuid(now)
      const words = drawWords()
      const over = new Date(expiresAt * 1000)
      askPerson(unit, {
        request_id: requestId,
        artifact_id: artifactId,
        person_id: account.accountId,
        org_id: orgOf(client),
        service_id: client.clientId,
        words,
        level: levelOf(ctx, parts) ?? null,
        requested_at: now,
        expires_at: over,
        ping: sealedToken(ctx, parts.pings, requestId, body.auth_req_id),
        is_wanted: (ctx.state as { isWanted?: boolean }).isWanted === true, // as `personNamed` found
        refused_at: refusalAt(now, over),
      })
      Object.assign(body, { interval: intervalSeconds, accord_binding_message: words })
      await Promise.resolve()
    },
  }
}

// In the order in which they are told.
const notTaken: Readonly<Record<string, string>> = {
  id_token_hint: oneHint,
  login_hint_token: oneHint,
  authorization_details: noMoreThanSignIn,
  resource: noMoreThanSignIn,
  claims: noMoreThanSignIn,
  request: unsupportedParameter,
  request_uri: unsupportedParameter,
  user_code: unsupportedParameter,
  request_context: unsupportedParameter,
}

type Fault = readonly [error: string, says: string]

/** A parameter that has no place in such a request, in words of ours; the library judges the others. */
export function backchannelFault(ctx: Context): Fault | undefined {
  if (ctx.path !== backchannelPath || ctx.status === 401) return undefined
  const { oidc } = ctx as unknown as Partial<KoaContextWithOIDC>
  // RFC 6749, section 5.2; the library names another fault.
  return oidc?.client?.grantTypeAllowed(backchannelGrantName) === false
    ? ['unauthorized_client', noBackchannel]
    : faultIn(oidc?.body ?? {})
}

function faultIn(sent: Readonly<Record<string, unknown>>): Fault | undefined {
  const { binding_message: message, requested_expiry: seconds = '1', scope = 'openid' } = sent
  if (message !== undefined) return ['invalid_binding_message', bindingMessageSent]
  // The library takes what JavaScript takes for a number: « 0x10 », « 1e3 ».
  if (!/^[1-9]\d{0,9}$/.test(String(seconds))) return ['invalid_request', noWholeSeconds]
  const [found] = Object.entries(notTaken).filter(([name]) => sent[name] !== undefined)
  if (found !== undefined) return ['invalid_request', found.join(': ')]
  return scope === 'openid' ? undefined : ['invalid_scope', `scope: ${noMoreThanSignIn}`]
}

/**
 * The person whom a `sub` of this organisation names, if she was ever at one of its services: else the organisation cannot have it. Whether
 * she still is, and whether she wants it, decides what she sees, and not what the service is answered.
 */
async function personNamed(
  ctx: KoaContextWithOIDC,
  hint: string,
  pairwise: BackchannelParts['pairwise'],
): Promise<string | undefined> {
  const { client } = ctx.oidc
  const org = client && orgOf(client)
  const personId = org && pairwise.person(hint, org)
  if (personId === undefined) return undefined
  const unit = currentUnit()
  const used = await unit.store.servicesUsed(personId).catch((error: unknown) => {
    noteFault(unit, error)
    throw error
  })
  const register = unit.live.current()
  const here = used.filter(({ service_id: id }) => register.anyService(id)?.orgId === org)
  ctx.state['isWanted'] = here.some(({ is_live: isLive }) => isLive)
  return here.length === 0 ? undefined : personId
}

function levelOf({ oidc }: KoaContextWithOIDC, { levels }: BackchannelParts): Level | undefined {
  return levelAsked(oidc.claims.id_token?.['acr'], levels)
}

function sealedToken(
  { oidc }: KoaContextWithOIDC,
  pings: Seals,
  requestId: string,
  id: string,
): Buffer | null {
  const { client_notification_token: token } = present(oidc.params, 'the parameters of a request')
  return typeof token === 'string' ? pings.seal(JSON.stringify({ token, id }), requestId) : null
}

function refusalAt(now: Date, over: Date): Date {
  const drawn = secondsAfter(now, randomInt(soonestRefusal, latestRefusal + 1))
  return drawn < over ? drawn : secondsAfter(over, -1)
}
