import type { Adapter, AdapterPayload } from 'oidc-provider'
import { openBaseline } from './baseline.ts'

// oidc-provider over a plain Map, to measure the cost of the framework itself. Nothing is durable and nothing is ever deleted.

type Row = { payload: AdapterPayload }

const rows = new Map<string, Row>()
const uids = new Map<string, Row>()
const grants = new Map<string, Set<string>>()

function mapAdapter(model: string): Adapter {
  const key = (id: string) => `${model}:${id}`
  return {
    async upsert(id, payload) {
      const row = { payload }
      rows.set(key(id), row)
      if (payload.uid !== undefined) uids.set(key(payload.uid), row)
      if (payload.grantId !== undefined && model !== 'Session' && model !== 'Interaction') {
        const members = grants.get(payload.grantId) ?? new Set()
        grants.set(payload.grantId, members.add(key(id)))
      }
      await Promise.resolve()
    },
    find: (id) => found(rows.get(key(id))),
    findByUid: (uid) => found(uids.get(key(uid))),
    findByUserCode: () => Promise.resolve(undefined),
    async consume(id) {
      const row = rows.get(key(id))
      if (row !== undefined) row.payload = { ...row.payload, consumed: Date.now() / 1000 }
      await Promise.resolve()
    },
    async destroy(id) {
      rows.delete(key(id))
      await Promise.resolve()
    },
    async revokeByGrantId(grantId) {
      for (const member of grants.get(grantId) ?? []) rows.delete(member)
      grants.delete(grantId)
      await Promise.resolve()
    },
  }
}

function found(row: Row | undefined) {
  return Promise.resolve(row?.payload)
}

const baseline = await openBaseline({
  adapter: mapAdapter,
  hasAccount: () => Promise.resolve(true),
  openAccount: () => Promise.resolve(),
})
await baseline.listen()
