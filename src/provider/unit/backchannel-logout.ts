import { randomInt } from 'node:crypto'
import type { Client, Provider } from 'oidc-provider'
import { epochSeconds } from '../../base/values/clock.ts'
import type { PendingLogoutToken } from './pending-writes.ts'
import type { Unit } from './unit.ts'
import type { Json, Writes } from './unit-rows.ts'

// Back-channel logout: when a session ends, the same unit queues a job for each of its services, so that the person never waits for
// a service. Where the database itself ends sessions, `drop_sessions` queues the jobs.

const noticeJob = 'signals.back-channel-logout'

// The waits between tries grow as e^n seconds up to 6 h, so the last of 15 tries comes more than 24 h after the first.
const maxAttempts = 15

const longestWaitMs = 60_000

/** Queues a notice for each service that the session was used at. */
export function queueLogoutTokens(unit: Unit, accountId: string, authorizations: object): void {
  for (const [clientId, { sid }] of Object.entries(
    authorizations as Readonly<Record<string, Json>>,
  ))
    if (typeof sid === 'string') queueLogoutToken(unit, { clientId, accountId, sid })
}

export function queueLogoutToken({ pending }: Unit, notice: PendingLogoutToken): void {
  pending.notices.push(notice)
}

/**
 * The jobs in the shape that `apply_units` takes. One service is told at once and each other one within a minute, by chance, so that two
 * services join nobody by the second of her sign-out (docs/design/domain.md#i21). `queue_logout_notices` does the same.
 */
export function logoutTokenWrites({ pending }: Unit): Pick<Writes, 'jobs'> {
  const first = randomInt(Math.max(1, pending.notices.length))
  const jobs = pending.notices.map((payload, i) => ({
    name: noticeJob,
    payload: { ...payload, jti: crypto.randomUUID() },
    max_attempts: maxAttempts,
    receiver: `service ${payload.clientId}`,
    call: payload.sid,
    wait_ms: i === first ? 0 : randomInt(longestWaitMs),
  }))
  return { jobs }
}

type IdToken = InstanceType<Provider['IdToken']> & { mask: Readonly<Record<string, null>> }

/**
 * Mints the logout token for one try, issued in this minute. It is valid for 120 s and never stored; a service knows a notice again by its
 * `jti`.
 */
export async function mintLogoutToken(
  provider: Provider,
  client: Client,
  { accountId, sid, jti = crypto.randomUUID() }: PendingLogoutToken,
  now: Date,
): Promise<string> {
  // Signed and never encrypted: it says nothing but `sub` and `sid`, and this process does not read the keys of services.
  const unencrypted = {
    idTokenEncryptedResponseAlg: { value: undefined },
    idTokenEncryptedResponseEnc: { value: undefined },
  }
  const receiver = Object.create(client, unencrypted) as Client
  // The library's types leave out the setter `mask`.
  const token = new provider.IdToken(
    { sub: accountId },
    { client: receiver, ctx: undefined },
  ) as IdToken
  token.mask = { sub: null }
  token.set('events', { 'http://schemas.openid.net/event/backchannel-logout': {} })
  token.set('jti', jti)
  token.set('iat', Math.floor(epochSeconds(now) / 60) * 60)
  token.set('sid', sid)
  return token.issue({ use: 'logout' })
}
