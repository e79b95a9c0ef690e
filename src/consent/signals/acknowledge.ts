import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { noteDelivered } from '../stops/index.ts'
import type { Stream } from './rows.ts'
import type { TakenSignal } from './outbox-store.ts'
import { takeAcknowledged, waitingSignals } from './outbox-store.ts'

type Parts = { readonly db: Database; readonly vault: Vault }

/**
 * A body has acknowledged events of its stream: they wait no more. That it took the notice of a stop is an event of the person's chain,
 * written with that: if this process ends before, the event is sent again, and the body knows it by its name.
 * @returns how many were there
 */
export async function acknowledgeEvents(
  { db, vault }: Parts,
  stream: Stream,
  jtis: readonly string[],
): Promise<number> {
  const named = await waitingSignals(db, stream.streamId, jtis)
  const stops = named.filter((event) => isStop(event))
  const others = named.filter((event) => !isStop(event))
  let taken = 0
  if (others.length > 0) taken += await transact(db, async (tx) => takeThose(tx, stream, others))
  for (const stop of stops)
    taken += await transact(db, async (tx) => {
      await noteDelivered(tx, vault, { ...stop, party: stream.party })
      return takeThose(tx, stream, [stop])
    })
  return taken
}

async function takeThose(
  tx: Transaction,
  { streamId }: Stream,
  events: readonly TakenSignal[],
): Promise<number> {
  const jtis = events.map(({ jti }) => jti)
  return (await takeAcknowledged(tx, streamId, jtis)).length
}

function isStop<T extends TakenSignal>(
  event: T,
): event is T & { personId: string; consentId: string } {
  return event.kind === 'consent-revoked' && event.personId !== null && event.consentId !== null
}
