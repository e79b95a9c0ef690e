import type { Duty } from '../../base/jobs/duty.ts'
import type { Session } from '../../base/database/db-session.ts'
import type { Lease } from '../../base/jobs/lease.ts'
import { frontierFrom, grow, leafHash, rootOf } from '../../base/tlog/merkle.ts'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import { logEntry } from '../chain/index.ts'
import { FeedFault } from '../heads/index.ts'
import type { FeedFiles } from './feed-turn.ts'
import { openFeeding, youngestFeeding } from './feed-turn.ts'
import type { LogRow, NodeRow, PendingRow } from './store.ts'
import { freezeOldLogs, openLogFor, pendingRows, takeIntoLog } from './store.ts'

// 100 to 250 ms: more frequent, smaller batches would slow the permits down, and nobody waits for a batch
// (docs/design/permit.md#sequencer).
const paceMs = 200
const maxBatch = 4096
const freezeEveryTurns = 300
const sayAgainMs = 60_000

/**
 * Takes waiting entries into the trees, in one process at a time.
 * @param now for an entry whose id carries no time
 * @param feeding where the feed of heads is written; absent: nowhere
 */
export function sequenceDuty(shard: number, now: () => Date, feeding?: FeedFiles): Duty {
  let idleTurns = 0
  const said = { because: '', at: 0 }
  return {
    name: 'log.sequence',
    lease: `log.sequence/${shard}`,
    paceMs,
    above: () => (feeding === undefined ? Promise.resolve(0) : youngestFeeding(feeding)),
    async turn(session, lease) {
      const taken = await sequenceOnce(session, lease, shard, now(), feeding).catch(
        recoverFrom(FeedFault, ({ message }) => refuse(message)),
      )
      if (taken === 0 && idleTurns++ % freezeEveryTurns === 0)
        await freezeOldLogs(session, lease, shard)
      return taken === maxBatch
    },
  }

  // An entry that the feed of heads has not stays out of the log. An operator must act: it is said at once, and again each minute.
  function refuse(because: string): number {
    feeding?.refused?.()
    const at = now().getTime()
    if (said.because === because && at - said.at < sayAgainMs) return 0
    feeding?.log.error({ code: 'HEADS_FAULT', why: because }, 'nothing enters the public log')
    Object.assign(said, { because, at })
    return 0
  }
}

/**
 * Takes one batch, in the order of the queue. The queue keeps the order of each person's events: event n+1 is inserted after
 * event n has committed, so a reader that sees n+1 sees n. An entry that commits late, with a lower number, comes in a later batch.
 * @returns how many entries were taken
 */
export async function sequenceOnce(
  session: Session,
  lease: Lease,
  shard: number,
  now: Date,
  feeding?: FeedFiles,
): Promise<number> {
  const desk = feeding && (await openFeeding(feeding, session, lease))
  const rows = await pendingRows(session, shard, maxBatch)
  const byYear = Map.groupBy(rows, ({ eventId }) => yearOf(eventId, now))
  for (const [year, ofYear] of [...byYear].toSorted(([one], [other]) => one - other)) {
    const log = await openLogFor(session, lease, year, shard)
    const ids = ofYear.map(({ id }) => id)
    const grown = treeGrownBy(log, ofYear)
    const epoch = await desk?.intend(log, { tree: grown.tree, entries: ofYear })
    await takeIntoLog(session, lease, log, grown, ids)
    if (epoch !== undefined) await desk?.publish(epoch)
  }
  await desk?.beat()
  return rows.length
}

/** A tree with what waits. */
export function treeGrownBy(log: LogRow, rows: readonly PendingRow[]) {
  const frontier = frontierFrom(log.treeSize, log.frontier)
  if (!rootOf(frontier).equals(log.root)) throw new Error('the tree does not match its root')
  const nodes: NodeRow[] = []
  const leaves = rows.map((row) => leafHash(logEntry(row.commitment, row.class)))
  // Tiles above level 0 hold the root of each full tile below.
  const grown = grow(frontier, leaves, ({ level, index }, hash) => {
    if (level > 0 && level % 8 === 0) nodes.push({ level: level / 8, index, hash })
  })
  return { tree: grown, root: rootOf(grown), frontier: Buffer.concat([...grown.nodes]), nodes }
}

// The id of an event carries its instant (uuid v7): the event belongs to the log of that year, even if it is taken in later.
function yearOf(eventId: string, now: Date): number {
  const hex = eventId.replaceAll('-', '')
  const at = hex[12] === '7' ? new Date(Number.parseInt(hex.slice(0, 12), 16)) : now
  return at.getUTCFullYear()
}
