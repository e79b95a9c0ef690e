import type { Session } from '../../base/database/db-session.ts'
import type { Lease } from '../../base/jobs/lease.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { emptyRoot, hashRanges } from '../../base/tlog/merkle.ts'
import type { Range } from '../../base/tlog/merkle.ts'
import { nodesFromTiles } from '../../base/tlog/tiles.ts'
import { originOf } from '../chain/index.ts'
import type { SignedRecord } from './record.ts'
import type { RestoreRow } from './restore.ts'
import { resumedAfterRestore } from './restore.ts'
import type { ResumedLog } from './restore-store.ts'
import { restoreRows, takeUpLog } from './restore-store.ts'
import { tilesFromRows } from './rows-source.ts'
import type { LogRow } from './store.ts'
import { lastCheckpoint, logRows } from './store.ts'

// A log that was signed beyond what this database holds is signed no more: whatever came next would contradict it. It stays as it was
// signed, and the next log of its year goes on (decision 0098).

type Taking = {
  readonly session: Session
  readonly lease: Lease
  readonly seals: RowSeals
  readonly issuer: string
  readonly queue: number
  readonly record: SignedRecord
}

const mostOfYear = 16

/** Takes up the logs that operators let go on. @returns the origins of all logs that are signed no more */
export async function resumeLog(taking: Taking): Promise<ReadonlySet<string>> {
  const { session, seals } = taking
  const gone = resumedAfterRestore(seals, await restoreRows(session))
  for (const row of gone) if (row.takenUpAt === null) await takeUpOne(taking, row, gone)
  return new Set(gone.map(({ origin }) => origin))
}

async function takeUpOne(
  { session, lease, issuer, queue, record }: Taking,
  { year, shard, origin }: RestoreRow,
  gone: readonly RestoreRow[],
): Promise<void> {
  const logs = (await logRows(session)).filter((log) => log.year === year)
  const ended = gone.filter((row) => row.year === year).map((row) => row.shard)
  const isGoing = (log: LogRow) =>
    log.queue === queue && log.state === 'open' && !ended.includes(log.shard)
  const signed = numbers.filter((number) => record.has(originOf(issuer, year, number)))
  const next = Math.max(...logs.map((log) => log.shard), ...ended, ...signed) + 1
  const isSucceeded = logs.some(isGoing)
  if (!isSucceeded && next >= mostOfYear)
    throw new Error(`${origin} has no successor: a year has ${mostOfYear} logs`)
  const log = logs.find((one) => one.shard === shard)
  await takeUpLog(session, lease, {
    year,
    shard,
    queue,
    next: isSucceeded ? null : next,
    ...(log === undefined ? nothingHeld : await endOf(session, log)),
  })
}

type HeldEnd = Pick<ResumedLog, 'size' | 'root' | 'frontier'>

const numbers = Array.from({ length: mostOfYear }, (_, number) => number)
const nothingHeld: HeldEnd = { size: 0, root: emptyRoot, frontier: Buffer.alloc(0) }

/** The newest signed tree that the database has of a log. */
async function endOf(session: Session, log: LogRow): Promise<HeldEnd> {
  const tree = await lastCheckpoint(session, log.logId)
  if (tree === undefined) return nothingHeld
  const { treeSize: size, root } = tree
  return { size, root, frontier: await frontierAt(session, log, size) }
}

/** The right edge of an earlier tree of a log: the hashes of its largest perfect subtrees, left to right. */
async function frontierAt(session: Session, log: LogRow, size: number): Promise<Buffer> {
  const ranges: Range[] = []
  let from = 0
  for (let width = 2 ** Math.floor(Math.log2(Math.max(size, 1))); from < size; width /= 2) {
    if (from + width > size) continue
    ranges.push([from, from + width])
    from += width
  }
  const read = nodesFromTiles(log.treeSize, tilesFromRows(session, log.logId))
  return Buffer.concat(await hashRanges(ranges, read))
}
