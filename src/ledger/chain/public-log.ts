import type { Transaction } from '../../base/platform/database.ts'
import { later } from '../../base/platform/clock.ts'
import { queuePublic } from './store.ts'

/** Seconds after which an event that was acknowledged is in the tree at the latest (docs/design/domain.md#i26). */
export const mergeDelaySeconds = 60

/** Shards of a year: one log each. */
const onlyShard = 0

/** The origin line of the log of a year, which is also where it is served: host and path, without a scheme. */
export function originOf(issuer: string, year: number, shard = onlyShard): string {
  return `${new URL(issuer).host}/log/${year}/p${shard}`
}

/** What an answer says of the event behind it: which log takes it in, and until when. */
export function ledgerMember(issuer: string, commitment: Buffer, recordedAt: Date) {
  return {
    origin: originOf(issuer, recordedAt.getUTCFullYear()),
    commitment: commitment.toString('base64'),
    integrated_by: later(recordedAt, mergeDelaySeconds).toISOString(),
  }
}

/** A public object for the log: `id` a uuid v7 of its moment, `sha256` of its canonical JSON. */
export type PublicLeaf = { readonly id: string; readonly sha256: Buffer }

export async function appendPublic(tx: Transaction, leaves: readonly PublicLeaf[]): Promise<void> {
  if (leaves.length > 0) await queuePublic(tx, leaves, onlyShard)
}
