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
  UpstreamsHeld,
} from '../upstream/index.ts'
import { arrivalFromJson, makeUpstreamClient } from '../upstream/index.ts'

/** The way in by an account elsewhere. */
export type UpstreamWay = {
  readonly providers: Upstreams
  /** The same without a read, for a page of a visit: the visit’s own read has brought the register of this process up to date. */
  readonly held: () => UpstreamsHeld
  readonly client: UpstreamClient
  /** Counts a way to a provider, by its network. @throws Refusal too-many-attempts */
  readonly count: (ctx: Parameters<typeof peerOf>[0]) => Promise<void>
}

// A try there is a call of ours to another body: somebody who reloads a page again and again makes only so many.
const mostGoing = { name: 'upstream', points: 60, seconds: 600 }

// A session elsewhere would stay open at a public terminal, for whoever comes next.
const none: UpstreamsHeld = new Map()

/** One for a process, which holds what providers say of themselves. */
export function upstreamWay(
  foundation: Foundation,
  { providers, held }: Pick<UpstreamWay, 'providers' | 'held'>,
  serviceAt: OwnerOfOrigin,
): UpstreamWay {
  const counts = makeLimiter(foundation, mostGoing)
  return {
    providers: foundation.config.kiosk ? () => Promise.resolve(none) : providers,
    held: foundation.config.kiosk ? () => none : held,
    client: makeUpstreamClient(foundation, serviceAt),
    async count(ctx) {
      await counts.take({ network: peerOf(ctx) })
    },
  }
}

type Looking = {
  readonly seals: RowSeals
  readonly visit: Visit
  readonly now: Date
}

/** Who came to this visit with an account that opens no access here, and waited when it was read; its provider is active. */
export function arrivalIn(
  { seals, visit: { id, rows }, now }: Looking,
  upstream: Pick<UpstreamWay, 'held'>,
): (Arrival & { readonly provider: UpstreamProvider }) | undefined {
  const arrival = rows.arrival === null ? undefined : arrivalFromJson(seals, id, rows.arrival, now)
  const provider = arrival && upstream.held().get(arrival.providerId)
  return provider && { ...arrival, provider }
}
