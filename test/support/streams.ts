import type { Database } from '../../src/base/database/database.ts'
import { signalKinds } from '../../src/consent/signals/event-types.ts'
import type { LiveRegister } from '../../src/registry/index.ts'

/** A stream of a body for events of every kind, by SQL: what waits for it can be looked at; as nobody sealed it, nothing is sent. */
export async function addStream(db: Database, live: LiveRegister, orgId: string): Promise<void> {
  await db.raw(
    `insert into signal_stream (stream_id, org_id, party, method, requested, kinds, status, created_at, told_since, seal)
     values (gen_random_uuid(), :orgId, :party, 'poll', '{}', cast(:kinds as text[]), 'enabled', now(), now(), decode(repeat('00', 20), 'hex'))`,
    { orgId, party: live.current().organisation(orgId)?.root ?? 0, kinds: [...signalKinds] },
  )
}
