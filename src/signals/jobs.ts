import { z } from 'zod'
import type { Jobs } from '../foundation/jobs.ts'
import { postForm } from '../foundation/outbound.ts'

const notice = z.object({ clientId: z.string(), accountId: z.string(), sid: z.string() })

type Notice = z.infer<typeof notice>
type TokenOf = (notice: Notice) => Promise<{ url: string; token: string } | undefined>

/**
 * OpenID Connect Back-Channel Logout 1.0, one job a service: each is tried until it answers 2xx or the tries are used up.
 * @param tokenOf mints the token of one try, or says that the service is no longer registered
 */
export function signalsJobs(tokenOf: TokenOf, outboundAllow: readonly string[]): Jobs {
  return {
    'signals.back-channel-logout': async (payload) => {
      const minted = await tokenOf(notice.parse(payload))
      if (minted === undefined) return
      const status = await postForm(minted.url, { logout_token: minted.token }, outboundAllow)
      // 400: the service refused this token and will refuse the next; it is still retried, for a wrong clock heals.
      if (status < 200 || status > 299) throw new Error(`back-channel logout answered ${status}`)
    },
  }
}
