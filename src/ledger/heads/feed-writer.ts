import { join } from 'node:path'
import { uuidBytes } from '../../base/values/ids.ts'
import type { Frontier } from '../../base/tlog/merkle.ts'
import { emptyFrontier, grow, leafHash, rootOf } from '../../base/tlog/merkle.ts'
import { entryClasses, logEntry, openRecord } from '../chain/index.ts'
import type { EpochHeader, NewRecord } from './feed-format.ts'
import {
  FeedFault,
  faultInFile,
  noHash,
  readFeedFile,
  recordsAsBytes,
  writeFeedFile,
} from './feed-format.ts'
import type { FeedPlace } from './feed.ts'
import { writeSnapshot } from './feed-snapshot.ts'
import { epochName } from './feed-source.ts'
import type { FeedWork, LogTree, WaitingEntry } from './feed-work.ts'
import { placeOf } from './feed-work.ts'

// How the sequencer writes the feed of heads. An epoch stands in the file `next` before its entries are taken into the log, and goes to its
// place after that: a sequencer that is killed between the two leaves what the one after it needs.

export type Intent = { readonly origin: string; readonly tree: Frontier; readonly file: Buffer }

/** Makes sure that the feed is as the log is, before anything is taken into it. @throws FeedFault where it is not, and cannot be */
export async function openFeedTurn(desk: FeedWork): Promise<void> {
  const { feed, source } = desk
  if (feed.place() !== undefined && (await source('newest')) === undefined) await writeAgain(desk)
  await feed.catchUp()
  if (feed.place() === undefined) return begin(desk, 'there was no feed of heads')
  await finish(desk)
  const differences = differencesOf(desk, placeOf(feed))
  const [first] = differences
  if (first === undefined) return
  const lost = differences.filter(({ isOlder }) => isOlder)
  if (!(await desk.isLetGo(lost, placeOf(feed).generation))) throw new FeedFault(first.says)
  await begin(desk, 'the database was put back, and operators let it go on')
}

/** So many entries may be missing in the memory of whoever writes lost files again: a lease passes on within seconds. */
const mostMissing = 4096

// What it has in memory is what the lost files said; the database may say less. What was taken since by a process that is gone is added
// from the rows: entry by entry, where they lead from the tree in memory to that of the database, and each event says whose it is.
async function writeAgain(desk: FeedWork): Promise<void> {
  const { feed, log } = desk
  const differences = differencesOf(desk, placeOf(feed))
  if (differences.some(({ isOlder }) => isOlder)) return
  const missing: Missing[] = []
  for (const { origin, tree } of differences) {
    const found = await missingIn(desk, origin, tree)
    if (found === undefined) return
    missing.push(found)
  }
  await writeSnapshot(desk)
  for (const { origin, ...grown } of missing)
    await publishEpoch(desk, await intendEpoch(desk, origin, grown))
  const added = missing.reduce((count, { entries }) => count + entries.length, 0)
  const why = added === 0 ? 'from memory' : `from memory, and ${added} entries from the database`
  log.warn(
    { count: feed.map.people(), why },
    'the files of the feed of heads were gone: written again',
  )
}

type Missing = LogTree & { readonly entries: readonly WaitingEntry[] }

/** @returns undefined where the rows do not lead to the tree of the database. @throws FeedFault for an entry of which nobody says whose it is */
async function missingIn(
  desk: FeedWork,
  origin: string,
  known: Frontier,
): Promise<Missing | undefined> {
  const held = desk.trees.find((log) => log.origin === origin)?.tree
  if (held === undefined || held.size - known.size > mostMissing) return undefined
  const entries = await desk.entriesIn(origin, known.size, held.size)
  const leaves = entries.map((entry) => leafHash(logEntry(entry.commitment, entry.class)))
  const tree = grow(known, leaves, () => undefined)
  if (tree.size !== held.size || !rootOf(tree).equals(rootOf(held))) return undefined
  // Before anything is written: a feed that stopped half-way would be older than the database.
  for (const entry of entries) await recordOf(desk, placeOf(desk.feed).generation, entry)
  return { origin, tree, entries }
}

/** Writes down what is about to be taken into a log. @throws FeedFault for an entry of which nobody says whose it is */
export async function intendEpoch(
  desk: FeedWork,
  origin: string,
  grown: { readonly tree: Frontier; readonly entries: readonly WaitingEntry[] },
): Promise<Intent> {
  const { feed, keys, write, folder, nowMs } = desk
  const { generation, epoch, hash } = placeOf(feed)
  const { tree, entries } = grown
  const records: NewRecord[] = []
  for (const entry of entries) records.push(await recordOf(desk, generation, entry))
  const header: EpochHeader = {
    generation,
    epoch: epoch + 1,
    timeMs: nowMs(),
    origin,
    first: tree.size - entries.length,
    end: tree.size,
    root: rootOf(tree).toString('base64'),
    before: hash,
  }
  const file = writeFeedFile(keys, 'epoch', header, recordsAsBytes(records))
  await write(join(folder, 'next'), file)
  return { origin, tree, file }
}

/** Once the log has it. */
export async function publishEpoch(
  { feed, write, folder }: FeedWork,
  { file }: Intent,
): Promise<void> {
  await write(join(folder, epochName(placeOf(feed).epoch + 1)), file)
  await feed.catchUp()
}

async function recordOf(
  { seals, ownerOf }: FeedWork,
  generation: number,
  { eventId, class: entryClass, commitment, record }: WaitingEntry,
): Promise<NewRecord> {
  if (entryClass === entryClasses.register) return { body: commitment, about: 'public' }
  if (entryClass === entryClasses.house) return { body: commitment, about: 'house' }
  // The first snapshot of this feed has what was written before it.
  if (record === null && madeAt(eventId) < generation) return { body: commitment, about: 'earlier' }
  // A process of an older version says nothing of what it writes: the event itself does.
  const entry = { eventId, commitment }
  const opened = record === null ? await ownerOf(entry) : openRecord(seals, entry, record)
  if (opened === undefined)
    throw new FeedFault(`nobody of this house says whose the entry of ${eventId} is`)
  const { chainId, nextSeq, isDelayed, standing } = opened
  return { body: commitment, about: { id: uuidBytes(chainId), nextSeq, isDelayed, standing } }
}

function madeAt(eventId: string): number {
  return Number.parseInt(eventId.replaceAll('-', '').slice(0, 12), 16)
}

// Of an epoch that was written down and not published, the log says whether it was taken.
async function finish(desk: FeedWork): Promise<void> {
  const { feed, source, keys, trees } = desk
  const file = await source('next')
  if (file === undefined) return
  const { header } = faultInFile('next', () => readFeedFile(keys, 'epoch', file))
  const { generation, epoch } = placeOf(feed)
  const isNext = header.generation === generation && header.epoch === epoch + 1
  const log = trees.find(({ origin }) => origin === header.origin)
  const isTaken =
    log?.tree.size === header.end && rootOf(log.tree).toString('base64') === header.root
  if (isNext && isTaken && log !== undefined)
    await publishEpoch(desk, { origin: header.origin, tree: log.tree, file })
}

/** A log of which the database and the feed have other trees. */
type LogDifference = LogTree & {
  /** The database has not what the feed has: whoever compares the two finds that it was put back. */
  readonly isOlder: boolean
  readonly says: string
}

function differencesOf({ trees }: FeedWork, { logs }: FeedPlace): LogDifference[] {
  const held = new Map(trees.map(({ origin, tree }) => [origin, tree]))
  const origins = [...new Set([...logs.keys(), ...held.keys()])]
  return origins.flatMap((origin) => {
    const tree = logs.get(origin) ?? emptyFrontier
    const inRows = held.get(origin) ?? emptyFrontier
    const isSame = rootOf(tree).equals(rootOf(inRows))
    if (tree.size === inRows.size && isSame) return []
    const isOlder = tree.size >= inRows.size
    const others = tree.size === inRows.size ? ', which are others' : ''
    const then = isOlder
      ? 'the database was put back (accord ledger restored)'
      : 'these files are not the newest, or the database is another one'
    const counts = `the database has ${inRows.size} entries of ${origin}, and the feed of heads ${tree.size}${others}`
    return [{ origin, tree, isOlder, says: `${counts}: ${then}` }]
  })
}

async function begin(desk: FeedWork, because: string): Promise<void> {
  const { feed, trees, ends, nowMs, log } = desk
  const generation = Math.max(nowMs(), (feed.place()?.generation ?? 0) + 1)
  // What was lost by a restore is lost: whoever knew it would refuse her for ever.
  feed.map.readAnew()()
  // Read after the trees: what is written meanwhile comes as an epoch, too, and is no news then.
  for await (const page of ends())
    for (const { chainId, nextSeq, headCommitment, standing } of page)
      if (standing !== 'erased') feed.map.put(uuidBytes(chainId), nextSeq, headCommitment)
  const epoch = feed.place()?.epoch ?? 0
  const logs = new Map(trees.map(({ origin, tree }) => [origin, tree]))
  const began = { generation, epoch, hash: noHash, timeMs: nowMs(), snapshot: epoch, snapshotMs: 0 }
  feed.takePlace({ ...began, logs })
  await writeSnapshot(desk)
  log.warn({ why: because, count: feed.map.people() }, 'the feed of heads begins')
}
