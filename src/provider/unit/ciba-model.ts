import type { Adapter } from 'oidc-provider'
import { errors, Provider } from 'oidc-provider'
import type { SignInRequestContent } from './unit-rows.ts'
import type { PolledRequest } from '../ciba/ciba-store.ts'
import type { Approval } from '../ciba/ciba-seal.ts'
import { toldTime } from '../configuration/sign-in-time.ts'
import { slowDown, authorizationPending, accessDenied } from '../faults/ciba-errors.ts'
import { pendingExpiry, tokenModel } from './token-model.ts'
import type { Unit } from './unit.ts'
import { currentUnit, noteFault, rowId } from './unit.ts'
import type { Json, Writes } from './unit-rows.ts'

// The model BackchannelAuthenticationRequest (OpenID Connect CIBA Core 1.0): what the service sent is one row of `oidc_artifacts`; what
// became of it is in `sign_in_request`, which her own pages write.

const model = 'BackchannelAuthenticationRequest'

export function signInRequestModel(): Adapter {
  const rows = tokenModel(model)
  return {
    ...rows,
    async find(id) {
      const payload = await rows.find(id)
      if (payload === undefined) return undefined
      const answer = await answerTo(currentUnit(), id, String(payload.clientId))
      return answer && { ...payload, ...answer }
    },
    async upsert(id, { params: _params, ...payload }, ttl) {
      // The parameters name a person and hold the service's token; the rest of them is in the other members.
      await rows.upsert(id, payload, ttl)
    },
  }
}

/** The row of the request that this unit puts, and when it is over. */
export function putRequest(
  unit: Unit,
  id: string,
): { readonly artifactId: string; readonly expiresAt: number } {
  const artifactId = rowId(model, id)
  return { artifactId, expiresAt: pendingExpiry(unit, artifactId) }
}

/** Adds what a person is asked. */
export function askPerson({ pending }: Unit, request: SignInRequestContent): void {
  pending.requests.push(request)
}

export function signInRequestWrites({ pending }: Unit): Pick<Writes, 'requests'> {
  return { requests: pending.requests }
}

/**
 * What the library finds beside what the service sent: nothing yet, an error, or a grant; undefined where the row is not as we wrote it.
 * @throws SlowDown, AuthorizationPending
 */
async function answerTo(unit: Unit, id: string, serviceId: string): Promise<Json | undefined> {
  // The library finds the request before it looks whose it is. Somebody else makes no service wait.
  if (Provider.ctx?.oidc.client?.clientId !== serviceId) return {}
  const artifactId = rowId(model, id)
  const polled = await unit.store.poll({ artifactId, serviceId }, unit.request).catch(noting(unit))
  return polled && answerOf(polled, unit.request.now)
}

function toldAt({ authTime }: Approval): number | undefined {
  const client = Provider.ctx?.oidc.client
  return client && toldTime(client, {}, authTime)
}

function noting(unit: Unit) {
  return (error: unknown): never => {
    noteFault(unit, error)
    throw error
  }
}

function answerOf({ approval, endedAt, expiresAt, isEarly }: PolledRequest, now: Date): Json {
  if (endedAt !== null && endedAt <= now)
    return { error: 'access_denied', errorDescription: accessDenied }
  if (approval !== null)
    return { ...approval, authTime: toldAt(approval), expiresWithSession: true }
  // The library says what is over, however often it is asked.
  if (expiresAt <= now) return {}
  if (isEarly) throw new errors.SlowDown(slowDown)
  throw new errors.AuthorizationPending(authorizationPending)
}
