import type { Transaction } from '../../base/database/database.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { queuePublic } from './store.ts'

/** An event that was acknowledged is in the tree at most so many seconds later (docs/design/domain.md#i26). */
export const mergeDelaySeconds = 60

/** The one shard of each year; a shard is a log of its own. */
const onlyShard = 0

/** The origin line of the log of a year, which is also where it is served: host and path, without a scheme. */
export function originOf(issuer: string, year: number, shard = onlyShard): string {
  return `${new URL(issuer).host}/log/${year}/p${shard}`
}

/** What an answer says about the ledger event behind it: which log takes the event in, and until when. */
export function ledgerMember(issuer: string, commitment: Buffer, recordedAt: Date) {
  return {
    origin: originOf(issuer, recordedAt.getUTCFullYear()),
    commitment: commitment.toString('base64'),
    integrated_by: secondsAfter(recordedAt, mergeDelaySeconds).toISOString(),
  }
}

/** A public object for the log: `id` a uuid v7 of its moment, `sha256` of its canonical JSON. */
export type PublicLeaf = { readonly id: string; readonly sha256: Buffer }

export async function appendPublic(tx: Transaction, leaves: readonly PublicLeaf[]): Promise<void> {
  if (leaves.length > 0) await queuePublic(tx, leaves, onlyShard)
}
