import { z } from 'zod'
import { CallFailed, requireSuccess } from '../../base/values/outbound-error.ts'
import { transact } from '../../base/database/database.ts'
import type { Jobs } from '../../base/jobs/jobs.ts'
import { postJson } from '../../base/outbound/guarded-http.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { notify } from '../../people/notifications/index.ts'
import type { Services } from './backchannel-authentication.ts'
import { notificationEndpoint } from './backchannel-authentication.ts'
import { pingSeals } from './ciba-seal.ts'
import { requestById } from './ciba-store.ts'

const about = z.strictObject({ requestId: z.uuid() })
const opened = z.strictObject({ token: z.string(), id: z.string() })

/** Tells a person that a service asks her to sign in, and a service that there is an answer (CIBA Core 1.0, section 10.2). */
export function signInRequestJobs(
  { db, clock, keys, config }: Pick<Foundation, 'db' | 'clock' | 'keys' | 'config'>,
  seals: RowSeals,
  live: { readonly current: () => Services },
): Jobs {
  const pings = pingSeals(keys.data)
  return {
    'signals.request-waits': (payload) =>
      transact(db, async (tx) => {
        const row = await requestById(tx, seals, about.parse(payload).requestId)
        const now = clock()
        // She is told of no request that is gone, ended or answered.
        if (row === undefined || row.endedAt !== null || row.approval !== null) return
        if (row.expiresAt > now) await notify(tx, row.personId, 'sign-in.requested', now)
      }),
    'signals.request-answered': async (payload) => {
      const row = await requestById(db, seals, about.parse(payload).requestId)
      if (row === undefined || row.ping === null || row.expiresAt <= clock()) return
      const endpoint = notificationEndpoint(live.current(), row.serviceId)
      if (endpoint === undefined) return
      // The sealed text is as backchannel-authentication.ts made it.
      const { token, id } = opened.parse(JSON.parse(pings.open(row.ping, row.requestId)))
      const headers = { authorization: `Bearer ${token}` }
      try {
        const body = { auth_req_id: id }
        requireSuccess(endpoint, await postJson(endpoint, body, headers, config.outboundAllow))
      } catch (cause) {
        if (!(cause instanceof CallFailed)) throw cause
        throw new CallFailed({ ...cause.call, serviceId: row.serviceId }, { cause })
      }
    },
  }
}
