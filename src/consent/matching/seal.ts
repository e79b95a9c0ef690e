import type { Renewal } from '../../base/sealing/row-renewal.ts'
import { sealRenewal } from '../../base/sealing/row-renewal.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { sealedRow } from '../../base/sealing/row-seal.ts'
import type { MatchingStop, StoredStop } from './rows.ts'

// A lift opens something for a body. A row that this broker did not write lifts nothing: the body stays stopped.

export const stopSeal = sealedRow('matching stop', 1, {
  orgId: 'text',
  stoppedAt: 'time',
  noMatches: 'int',
  liftedAt: 'time',
  liftedBy: 'json',
})

export function sealOfStop(seals: RowSeals, stop: MatchingStop): Buffer {
  return seals.seal(stopSeal, stop)
}

/** Whether the body may ask again. */
export function isLifted(seals: RowSeals, { seal, ...stop }: StoredStop): boolean {
  return stop.liftedAt !== null && seals.holds(stopSeal, stop, seal)
}

export function matchingRenewal(seals: RowSeals): Renewal {
  return sealRenewal('matching_stop', stopSeal)(seals)
}
