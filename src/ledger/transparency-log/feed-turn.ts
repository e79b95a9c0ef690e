import type { Session } from '../../base/database/db-session.ts'
import type { Lease } from '../../base/jobs/lease.ts'
import type { Log } from '../../base/logging/log.ts'
import type { FeedKeys } from '../../base/sealing/feed-keys.ts'
import type { Frontier } from '../../base/tlog/merkle.ts'
import { frontierFrom, rootOf } from '../../base/tlog/merkle.ts'
import { newUuid } from '../../base/values/ids.ts'
import type { Vault } from '../chain/index.ts'
import { houseBody, originOf, ownerOfEntry, queueHouse, trustedEnds } from '../chain/index.ts'
import type { Feed, FeedWork, Intent, LogTree, WaitingEntry } from '../heads/index.ts'
import {
  beat,
  feedFolder,
  feedFromFolder,
  intendEpoch,
  openFeedTurn,
  publishEpoch,
} from '../heads/index.ts'
import type { KnownTree } from './restore.ts'
import { feedOfHeads, resumedAfterRestore } from './restore.ts'
import { restoreRows } from './restore-store.ts'
import type { LogRow } from './store.ts'
import { logRows, positions } from './store.ts'
import { feedDraftsFolder, takeDrafts, youngestIn } from './temporary-files.ts'

/** With what the sequencer writes the feed of heads. */
export type FeedFiles = {
  readonly feed: Feed
  readonly keys: FeedKeys
  readonly vault: Vault
  readonly ledgerDir: string
  readonly log: Log
  readonly nowMs: () => number
  /** Is told when nothing enters the log: the database may have been put back. */
  readonly refused?: () => void
}

/** The feed of one turn of the sequencer. */
type FeedTurn = {
  intend(
    log: LogRow,
    grown: { readonly tree: Frontier; readonly entries: readonly WaitingEntry[] },
  ): Promise<Intent>
  publish(epoch: Intent): Promise<void>
  beat(): Promise<void>
}

/** The largest number of a lease that ever wrote the feed. */
export function youngestFeeding({ ledgerDir }: FeedFiles): Promise<number> {
  return youngestIn(ledgerDir, feedDraftsFolder)
}

/** @throws FeedFault where the feed is not as the log is */
export async function openFeeding(
  feeding: FeedFiles,
  session: Session,
  lease: Lease,
): Promise<FeedTurn> {
  const { ledgerDir, vault } = feeding
  const { seals } = vault
  const folder = feedFolder(ledgerDir)
  const write = await takeDrafts(ledgerDir, lease, feedDraftsFolder)
  const logs = await logRows(session)
  const desk: FeedWork = {
    ...feeding,
    seals,
    ownerOf: (entry) => ownerOfEntry(session, vault, entry),
    folder,
    source: feedFromFolder(folder),
    write,
    trees: treesOf(logs),
    ends: () => trustedEnds(session, seals),
    async entriesIn(origin, from, to) {
      const log = logs.find((one) => nameOf(one) === origin)
      const rows = log === undefined ? [] : await positions(session, log.logId, from, to)
      return rows.map((row) => ({ ...row, record: null }))
    },
    tellSnapshot: (sha256) =>
      queueHouse(session, newUuid(new Date(feeding.nowMs())), houseBody('snapshot', sha256)),
    isLetGo: async (lost, ms) => {
      const taken = resumedAfterRestore(seals, await restoreRows(session)).filter(
        ({ takenUpAt }) => takenUpAt !== null && takenUpAt.getTime() > ms,
      )
      const isKnown = ({ origin, tree }: LogTree) =>
        taken.some((row) => nameOf(row) === origin && row.taken >= tree.size)
      return taken.length > 0 && lost.every(isKnown)
    },
  }
  await openFeedTurn(desk)
  return {
    intend: (log, grown) => intendEpoch(desk, nameOf(log), grown),
    publish: (epoch) => publishEpoch(desk, epoch),
    beat: () => beat(desk),
  }
}

/** The trees of logs that have entries, by the names that the feed has for them. */
export function treesOf(logs: readonly LogRow[]): LogTree[] {
  return logs
    .filter(({ treeSize }) => treeSize > 0)
    .map((log) => ({ origin: nameOf(log), tree: frontierFrom(log.treeSize, log.frontier) }))
}

/** What the feed calls a log: not by its address, which a demonstration may change. */
function nameOf({ year, shard }: Pick<LogRow, 'year' | 'shard'>): string {
  return `log/${year}/p${shard}`
}
const logName = /^log\/(\d{4})\/p(\d{1,2})$/

/** What a process that reads the feed knows of the logs of this house. */
export function treesInFeed(issuer: string, feed?: Pick<Feed, 'place'>): KnownTree[] {
  return [...(feed?.place()?.logs ?? [])].flatMap(([name, tree]): KnownTree[] => {
    const [isName, years, shards] = logName.exec(name) ?? []
    if (isName === undefined) return []
    const [year, shard] = [Number(years), Number(shards)]
    const { size } = tree
    const origin = originOf(issuer, year, shard)
    return [{ origin, year, shard, size, root: rootOf(tree), knownTo: feedOfHeads }]
  })
}
