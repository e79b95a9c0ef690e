import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { WayOn } from '../../base/values/refusal.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { peerOf } from '../../base/web/limits/network.ts'
import { sentDeviceId } from '../../base/web/device.ts'
import type { Tries } from '../../base/web/limits/tries.ts'
import type { Visit } from '../../base/web/visit.ts'
import { isKnownToAnybody } from '../../people/accounts/index.ts'
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
  /** With them those that are suspended; without a read, like `held`. */
  readonly known: () => UpstreamsHeld
  readonly client: UpstreamClient
  /**
   * Counts a way to a provider, which is a call of ours to another body, and goes it.
   * @returns where to send her. @throws Refusal too-many-attempts, and what `go` throws
   */
  readonly go: (ctx: Request, whose: Whose, go: () => Promise<Going>) => Promise<URL>
  /** Somebody came back from there with an account: her way is counted no longer. */
  readonly cameBack: (query: string) => Promise<void>
}

type Going = { readonly address: URL; readonly state: string }

type Request = Parameters<typeof peerOf>[0]

/** The visit in which somebody goes there, or the person who is signed in. */
type Whose = { readonly visit?: string; readonly own?: string }

// A session elsewhere would stay open at a public terminal, for whoever comes next.
const none: UpstreamsHeld = new Map()

type Parts = Pick<UpstreamWay, 'providers' | 'held' | 'known'> & {
  readonly tries: Tries
  readonly seals: RowSeals
}

/** One for a process, which holds what providers say of themselves. */
export function upstreamWay(
  foundation: Foundation,
  { providers, held, known, tries, seals }: Parts,
  serviceAt: OwnerOfOrigin,
): UpstreamWay {
  return {
    providers: foundation.config.kiosk ? () => Promise.resolve(none) : providers,
    held: foundation.config.kiosk ? () => none : held,
    known: foundation.config.kiosk ? () => none : known,
    client: makeUpstreamClient(foundation, serviceAt),
    async go(ctx, whose, go) {
      const { visit, own = await knownBrowser(ctx, foundation, seals) } = whose
      const tried = { kind: 'upstream', peer: peerOf(ctx), own, visit } as const
      return (await tries.begin(tried, ({ state }) => state, go)).address
    },
    async cameBack(query) {
      await tries.endedWell('upstream', new URLSearchParams(query).get('state') ?? '')
    },
  }
}

/**
 * An active provider, as the register of this process says.
 * @throws Refusal upstream.suspended (403); upstream.unknown (404): it is closed, or there is none of this name
 */
export function activeProvider(
  { held, known }: Pick<UpstreamWay, 'held' | 'known'>,
  id: string,
  on?: WayOn,
): UpstreamProvider {
  const provider = held().get(id)
  if (provider !== undefined) return provider
  throw known().has(id)
    ? new Refusal('upstream.suspended', 403, on)
    : new Refusal('upstream.unknown', 404, on)
}

/** This browser, if somebody signed in in it before. */
async function knownBrowser(
  ctx: Request,
  { db }: Pick<Foundation, 'db'>,
  seals: RowSeals,
): Promise<string | undefined> {
  const id = sentDeviceId(ctx)
  return id !== undefined && (await isKnownToAnybody(db, seals, id)) ? id : undefined
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
