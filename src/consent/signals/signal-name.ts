import { createHash } from 'node:crypto'
import { uuidBytes, uuidText } from '../../base/values/ids.ts'

// The name of a signal that an event made (`jti`): computed of the event, the stream and the kind, so that whoever writes to the database
// cannot invent one, and nobody who gets two can tell that they are of one event (docs/design/domain.md#i21).

/**
 * As `migrations#queue_signal` computes it. @param seed the secret of the event (`src/ledger/chain/vault.ts#Vault`)
 */
export function signalName(seed: Buffer, streamId: string, kind: string): string {
  const named = createHash('sha256').update(seed).update(uuidBytes(streamId)).update(kind).digest()
  return uuidText(named.subarray(0, 16))
}
