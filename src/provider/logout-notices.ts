import type { Client, Provider } from 'oidc-provider'
import type { LogoutNotice } from './pending.ts'
import type { Unit } from './unit.ts'
import type { Json, Writes } from './unit-store.ts'

// Back-channel logout: a notice for each service of a session that ends, as a job of the same unit. The person never waits for a
// service. The database queues notices of its own, where it ends sessions (`drop_sessions`).

const noticeJob = 'signals.back-channel-logout'

// e^1 + … + 10 × 6 h: the last of 15 tries comes more than 24 h after the first.
const maxAttempts = 15

/** For each service that a session of an account had signed in to. */
export function queueNotices(unit: Unit, accountId: string, authorizations: object): void {
  for (const [clientId, { sid }] of Object.entries(
    authorizations as Readonly<Record<string, Json>>,
  ))
    if (typeof sid === 'string') queueNotice(unit, { clientId, accountId, sid })
}

export function queueNotice({ pending }: Unit, notice: LogoutNotice): void {
  pending.notices.push(notice)
}

/** As apply_units takes them. */
export function noticeWrites({ pending }: Unit): Pick<Writes, 'jobs'> {
  const jobs = pending.notices.map((payload) => ({
    name: noticeJob,
    payload,
    max_attempts: maxAttempts,
  }))
  return { jobs }
}

type IdToken = InstanceType<Provider['IdToken']> & { mask: Readonly<Record<string, null>> }

/** Mints the logout token of one try; it lives 120 s and is never stored. */
export async function mintLogoutToken(
  provider: Provider,
  client: Client,
  { accountId, sid }: LogoutNotice,
): Promise<string> {
  // `mask` is a setter of the library's that its types leave out.
  const token = new provider.IdToken({ sub: accountId }, { client, ctx: undefined }) as IdToken
  token.mask = { sub: null }
  token.set('events', { 'http://schemas.openid.net/event/backchannel-logout': {} })
  token.set('jti', crypto.randomUUID())
  token.set('sid', sid)
  return token.issue({ use: 'logout' })
}
