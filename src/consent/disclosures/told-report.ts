import type { ToldEvent } from '../../ledger/fold/index.ts'
import { bytesIn } from '../../ledger/fold/index.ts'

// Members that an event of a report may leave open.

export function manifestIn(payload: ToldEvent['payload']): Buffer | null {
  return payload['manifest'] === undefined ? null : bytesIn(payload, 'manifest')
}

export function countIn(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}
