import type { Database } from '../../base/platform/database.ts'
import type { RowSeals } from '../../base/platform/row-seal.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { peerOf } from '../../base/web/network.ts'
import { makeLimiter } from '../../base/web/rate-limit.ts'
import type { Visit } from '../../base/web/visit.ts'
import type {
  Arrival,
  OwnerOfOrigin,
  UpstreamClient,
  UpstreamProvider,
  Upstreams,
} from '../upstream/index.ts'
import { findArrival, makeUpstreamClient } from '../upstream/index.ts'

/** The way in by an account elsewhere. */
export type UpstreamWay = {
  readonly providers: Upstreams
  readonly client: UpstreamClient
  /** Counts a way to a provider, by its network. @throws Refusal too-many-attempts */
  readonly count: (ctx: Parameters<typeof peerOf>[0]) => Promise<void>
}

// A try there is a call of ours to another body: somebody who reloads a page again and again makes only so many.
const mostGoing = { name: 'upstream', points: 60, seconds: 600 }

// A session elsewhere would stay open at a public terminal, for whoever comes next.
const none: Upstreams = () => Promise.resolve(new Map())

/** One for a process, which holds what providers say of themselves. */
export function upstreamWay(
  foundation: Foundation,
  providers: Upstreams,
  serviceAt: OwnerOfOrigin,
): UpstreamWay {
  const counts = makeLimiter(foundation, mostGoing)
  return {
    providers: foundation.config.kiosk ? none : providers,
    client: makeUpstreamClient(foundation, serviceAt),
    async count(ctx) {
      await counts.take({ network: peerOf(ctx) })
    },
  }
}

type Looking = {
  readonly db: Database
  readonly seals: RowSeals
  readonly visit: Visit
  readonly now: Date
}

/** Who came to this visit with an account that opens no access here, and waits; its provider is active. */
export async function arrivalIn(
  { db, seals, visit, now }: Looking,
  upstream: Pick<UpstreamWay, 'providers'>,
): Promise<(Arrival & { readonly provider: UpstreamProvider }) | undefined> {
  const providers = await upstream.providers()
  if (providers.size === 0) return undefined
  const arrival = await findArrival(db, seals, visit.id, now)
  const provider = arrival && providers.get(arrival.providerId)
  return provider && { ...arrival, provider }
}
