import type { ClaimsParameter, Client, KoaContextWithOIDC } from 'oidc-provider'
import { errors, Provider } from 'oidc-provider'
import { ownService } from '../../registry/index.ts'
import { timeUnregistered } from '../faults/authorization-errors.ts'
import { currentUnit, nowSeconds } from '../unit/unit.ts'

// When somebody signed in, as a service may know it. The second of a sign-in is the same at every service of one session, and would join
// two identifiers of one person (docs/design/domain.md#i21). So a service is told it only where its file says why (`max_age`), and rounded
// down. The broker compares an age with the same rounded time, so that no service refuses a token that the broker gave it.

/** The finest time that is told, in seconds. */
const leastGrain = 60
/** An age below this one asks for a new proof. Its time is that of the visit itself, which the service knows, and is told as it is. */
const leastAge = 2 * leastGrain
/** The age where a service asks for the time and names none: a day, as long as a session can last. */
const usualAge = 24 * 3600

type Params = Readonly<Record<string, unknown>>

/** @throws InvalidRequest where a service asks when somebody signed in, or for an age, and its file does not say why */
export function requireReasonForTime(client: Client, sent: Params, claims: unknown): void {
  const isAsked = sent['max_age'] !== undefined || isTimeEssential(claims)
  if (isAsked && !mayKnowTime(client)) throw new errors.InvalidRequest(timeUnregistered)
}

/** Whether a request cannot do without the time of the sign-in (OpenID Connect Core, section 5.5.1). */
function isTimeEssential(claims: unknown): boolean {
  const { id_token: idToken } =
    typeof claims === 'string' ? (JSON.parse(claims) as ClaimsParameter) : {}
  return idToken?.['auth_time']?.essential === true
}

/** Whether the file of a service says why it is told when somebody signed in. */
export function mayKnowTime(client: Client): boolean {
  return client['max_age'] !== undefined || client.clientId === ownService
}

/** The time of a sign-in as this service is told it; undefined: not at all. */
export function toldTime(client: Client, params: Params, at: number): number | undefined {
  return mayKnowTime(client) ? roundedTime(at, ageIn(params)) : undefined
}

function ageIn({ max_age: maxAge, prompt }: Params): number {
  if (typeof prompt === 'string' && prompt.split(' ').includes('login')) return 0
  return maxAge === undefined ? usualAge : Number(maxAge)
}

/**
 * To a minute, doubled as often as it stays within a tenth of the age. Each step divides the next, so a service that asks again and again
 * for other ages learns no more than by the least of them.
 */
export function roundedTime(at: number, age: number): number {
  if (age < leastAge) return at
  const doublings = Math.floor(Math.log2(Math.max(1, age / 10 / leastGrain)))
  const grain = leastGrain * 2 ** doublings
  return Math.floor(at / grain) * grain
}

/** Whether a sign-in is too old for a request of a service. */
export function isTooOld(at: number, age: number, now: number): boolean {
  return age < leastAge || now - roundedTime(at, age) > age
}

/** The library knows one time of a session, exact and for all: it is told, and compared, as above. */
export function roundTimes({ Session }: Provider): void {
  Session.prototype['authTime'] = function () {
    const { client, params = {} } = requestNow()
    if (client === undefined || this.loginTs === undefined) return undefined
    return toldTime(client, params, this.loginTs)
  }
  Session.prototype['past'] = function (age: unknown) {
    const { loginTs } = this
    if (loginTs === undefined) return true
    const now = nowSeconds(currentUnit())
    const isOwn = requestNow().client?.clientId === ownService
    return isOwn ? now - loginTs > Number(age) : isTooOld(loginTs, Number(age), now)
  }
}

function requestNow(): Partial<KoaContextWithOIDC['oidc']> {
  return Provider.ctx?.oidc ?? {}
}
