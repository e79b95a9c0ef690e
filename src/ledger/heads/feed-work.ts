import type { FeedKeys } from '../../base/sealing/feed-keys.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { EntryRecord, TrustedEnd } from '../chain/index.ts'
import type { Log } from '../../base/logging/log.ts'
import type { Frontier } from '../../base/tlog/merkle.ts'
import type { Feed, FeedPlace } from './feed.ts'
import type { FeedSource } from './feed-source.ts'

/** With what the sequencer writes the feed, in one turn. */
export type FeedWork = {
  readonly feed: Feed
  readonly source: FeedSource
  readonly folder: string
  readonly keys: FeedKeys
  readonly seals: RowSeals
  readonly log: Log
  readonly nowMs: () => number
  /** Writes a file whole, while no younger lease writes here. */
  readonly write: (path: string, bytes: Buffer) => Promise<void>
  /** The trees as the database has them. */
  readonly trees: readonly LogTree[]
  /** The ends of all chains that are as the house sealed them, in pages. */
  readonly ends: () => AsyncIterable<readonly TrustedEnd[]>
  /** Whose an entry is that a process of an older version wrote; undefined: nobody of this house says it. */
  readonly ownerOf: (entry: {
    readonly eventId: string
    readonly commitment: Buffer
  }) => Promise<EntryRecord | undefined>
  /** Entries that the database has in a log, from the first number to before the second. */
  readonly entriesIn: (origin: string, from: number, to: number) => Promise<readonly WaitingEntry[]>
  /** Puts the hash of a snapshot into the queue of the log. */
  readonly tellSnapshot: (sha256: Buffer) => Promise<void>
  /**
   * Whether this database was put back, and operators let it go on, after this instant, and knew of so many entries of each of these logs:
   * what was lost is lost.
   */
  readonly isLetGo: (lost: readonly LogTree[], sinceMs: number) => Promise<boolean>
}

/** What waits for its place. */
export type WaitingEntry = {
  readonly eventId: string
  readonly class: number
  readonly commitment: Buffer
  readonly record: Buffer | null
}

export type LogTree = { readonly origin: string; readonly tree: Frontier }

export function placeOf(feed: Feed): FeedPlace {
  const place = feed.place()
  if (place === undefined) throw new TypeError('the feed of heads did not begin')
  return place
}
