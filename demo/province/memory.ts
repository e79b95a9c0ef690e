import type { Adapter, AdapterPayload } from 'oidc-provider'
import { type ExpiringMap, expiringMap } from '../applications/expiring-map.ts'

// Everything that the library keeps ends with the process. It is small, and nothing in it lives longer than an hour.

export const longestSeconds = 60 * 60
const bounds = { limit: 1000, lifetimeSeconds: longestSeconds }

type Kept = ExpiringMap<AdapterPayload>

/** What a provider of the demonstration keeps, each kind apart. */
export function openMemory(): (kind: string) => Adapter {
  const kinds = new Map<string, Kept>()
  return (kind) => {
    const kept = kinds.get(kind) ?? expiringMap<AdapterPayload>(bounds)
    kinds.set(kind, kept)
    return adapterOf(kept)
  }
}

function adapterOf(kept: Kept): Adapter {
  const live = () => kept.live(new Date())
  return {
    async upsert(id, payload) {
      kept.put(id, payload, new Date())
    },
    find: async (id) => kept.find(id, new Date()),
    findByUid: async (uid) => live().find(([, payload]) => payload.uid === uid)?.[1],
    findByUserCode: async () => undefined, // no device has a code here
    async consume(id) {
      const payload = kept.find(id, new Date())
      if (payload !== undefined)
        kept.replace(id, { ...payload, consumed: Math.floor(Date.now() / 1000) })
    },
    async destroy(id) {
      kept.remove(id)
    },
    async revokeByGrantId(grantId) {
      for (const [id, payload] of live()) if (payload.grantId === grantId) kept.remove(id)
    },
  }
}
