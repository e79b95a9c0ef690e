import { z } from 'zod'
import { CallFailed, requireSuccess } from '../../base/values/outbound-error.ts'
import type { Jobs } from '../../base/jobs/jobs.ts'
import { postForm } from '../../base/outbound/guarded-http.ts'

const notice = z.object({
  clientId: z.string(),
  accountId: z.string(),
  sid: z.string(),
  jti: z.string().optional(),
})

type Notice = z.infer<typeof notice>
type TokenOf = (notice: Notice) => Promise<{ url: string; token: string } | undefined>
/** Keeps what became of a notice, for the person; undefined: there is nobody to tell. */
type Settle = (jti: string, outcome: 'confirmed' | 'given-up' | undefined) => Promise<void>

/**
 * OpenID Connect Back-Channel Logout 1.0, one job for each service, tried until the service answers 2xx or the tries are used up.
 * @param tokenOf mints the token of one try; undefined when the service is no longer registered
 */
export function backchannelLogoutJobs(
  tokenOf: TokenOf,
  outboundAllow: readonly string[],
  settle: Settle,
): Jobs {
  return {
    'signals.back-channel-logout': async (payload, { attempt, maxAttempts }) => {
      const told = notice.parse(payload)
      // A notice of the release before has no name, and no line.
      const settled = (outcome: Parameters<Settle>[1]) =>
        told.jti === undefined ? undefined : settle(told.jti, outcome)
      const minted = await tokenOf(told)
      if (minted === undefined) return settled(undefined)
      const form = { logout_token: minted.token }
      try {
        // Retry a 400 too: the service refused the token perhaps only because its clock is wrong, which gets repaired.
        requireSuccess(minted.url, await postForm(minted.url, form, outboundAllow))
      } catch (cause) {
        if (!(cause instanceof CallFailed)) throw cause
        if (attempt >= maxAttempts) await settled('given-up')
        throw new CallFailed({ ...cause.call, serviceId: told.clientId }, { cause })
      }
      // After the answer: what breaks off here is told again, and known by its `jti`.
      await settled('confirmed')
    },
  }
}
