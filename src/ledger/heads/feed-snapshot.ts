import { createHash } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import { checkFeed } from './check-feed.ts'
import type { SnapshotBody } from './feed-format.ts'
import { writeFeedFile } from './feed-format.ts'
import type { Feed, FeedPlace } from './feed.ts'
import { epochName, epochsInFolder, snapshotName } from './feed-source.ts'
import type { FeedWork } from './feed-work.ts'
import { placeOf } from './feed-work.ts'

// The ends of all chains as files, from which a process that starts begins to read; and that the feed is whole until now.

/** How often it is told that the feed is whole, although nothing was written. */
const beatMs = 1000
const snapshotAfterMs = 24 * 3_600_000
/** A process that starts reads so many epochs at most after a snapshot. */
const mostEpochs = 20_000
const partBytes = 2 * 1024 * 1024
/** For so long whoever reads by the snapshot before may still go on. */
const readWithinMs = 10 * 60_000

type SnapshotWork = Pick<
  FeedWork,
  'feed' | 'source' | 'keys' | 'folder' | 'write' | 'nowMs' | 'trees' | 'log' | 'tellSnapshot'
>

/** Tells that the feed is whole until now, makes a snapshot where one is due, and drops what is older than the newest. */
export async function beat(desk: SnapshotWork): Promise<void> {
  const { feed, nowMs } = desk
  const { epoch, snapshot, snapshotMs } = placeOf(feed)
  if (nowMs() - snapshotMs > snapshotAfterMs || epoch - snapshot > mostEpochs) return closeDay(desk)
  // Once a key of purpose `seal` is another one: the older one could never go, for a process that starts reads from the last snapshot on.
  if (feed.isUnderOtherKey()) return writeSnapshot(desk)
  if (nowMs() - lastBeat(feed) >= beatMs) await tellNewest(desk, placeOf(feed))
  if (nowMs() - snapshotMs <= readWithinMs || alone.get(feed) === snapshot) return
  await dropBefore(desk, { ...placeOf(feed), epoch: snapshot }, snapshot)
  alone.set(feed, snapshot)
}

// Once a day the files are read anew: what somebody changed in them meanwhile, a process that starts would have met.
async function closeDay(desk: SnapshotWork): Promise<void> {
  for (const why of await checkFeed(desk, desk.trees))
    desk.log.error({ code: 'HEADS_FAULT', why }, 'somebody changed the feed of heads')
  await writeSnapshot(desk)
}

/** The snapshot before which nothing is there any more. */
const alone = new WeakMap<Feed, number>()

function lastBeat(feed: Feed): number {
  return beats.get(feed) ?? 0
}
const beats = new WeakMap<Feed, number>()

/** Writes the ends of all chains, and tells of them. */
export async function writeSnapshot(desk: SnapshotWork): Promise<void> {
  const { feed, keys, write, folder, nowMs } = desk
  const place = placeOf(feed)
  const { generation, epoch, hash, snapshot: earlier } = place
  const to = join(folder, snapshotName(generation, epoch))
  const of = { generation, epoch, timeMs: nowMs() }
  const sha256 = createHash('sha256')
  let parts = 0
  for (const plain of gathered(feed.map.pieces())) {
    sha256.update(plain)
    await write(join(to, String(parts)), writeFeedFile(keys, 'part', { ...of, part: parts }, plain))
    parts++
  }
  const logs = [...place.logs].map(([origin, { size, nodes }]) => ({
    origin,
    size,
    frontier: Buffer.concat([...nodes]).toString('base64'),
  }))
  const digest = sha256.digest()
  const body: SnapshotBody = { logs, sha256: digest.toString('hex') }
  const header = { ...of, before: hash, people: feed.map.people(), parts }
  const file = writeFeedFile(keys, 'snapshot', header, Buffer.from(JSON.stringify(body)))
  await write(join(to, 'head'), file)
  const taken = { ...place, snapshot: epoch, snapshotMs: of.timeMs }
  await tellNewest(desk, taken)
  feed.beginsAgain()
  // A log without any entry stays so.
  if (place.logs.size > 0) await desk.tellSnapshot(digest)
  await dropBefore(desk, taken, earlier)
}

function* gathered(pieces: Iterable<Buffer>): Generator<Buffer> {
  let some: Buffer[] = []
  let bytes = 0
  for (const piece of pieces) {
    some.push(piece)
    bytes += piece.length
    if (bytes < partBytes) continue
    yield Buffer.concat(some)
    some = []
    bytes = 0
  }
  if (bytes > 0) yield Buffer.concat(some)
}

// What is older than a snapshot goes: of whoever was erased before it nothing is left then.
async function dropBefore(
  { folder }: SnapshotWork,
  { generation, epoch }: Pick<FeedPlace, 'generation' | 'epoch'>,
  earlier: number,
): Promise<void> {
  const kept = [earlier, epoch].map((at) => snapshotName(generation, at).split('/')[1])
  for (const name of await namesIn(join(folder, 'snapshots')))
    if (!kept.includes(name)) await rm(join(folder, 'snapshots', name), { recursive: true })
  for (const name of await namesIn(join(folder, 'epochs')))
    if ((Number(name) + 1) * epochsInFolder <= earlier)
      await rm(join(folder, 'epochs', name), { recursive: true })
  const last = dirname(epochName(earlier))
  for (const name of await namesIn(join(folder, last)))
    if (Number(name) <= earlier) await rm(join(folder, last, name))
  // It was taken, or never will be.
  if (earlier === epoch) await rm(join(folder, 'next'), { force: true })
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(recoverFrom(Error, () => []))
}

async function tellNewest({ feed, keys, write, folder, nowMs }: SnapshotWork, place: FeedPlace) {
  const { generation, epoch, hash: before, snapshot, snapshotMs } = place
  const timeMs = nowMs()
  const header = { generation, epoch, timeMs, before, snapshot, snapshotMs }
  await write(join(folder, 'newest'), writeFeedFile(keys, 'newest', header, Buffer.alloc(0)))
  feed.takePlace({ ...place, timeMs })
  beats.set(feed, timeMs)
}
