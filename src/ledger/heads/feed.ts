import { createHash } from 'node:crypto'
import type { FeedKeys } from '../../base/sealing/feed-keys.ts'
import { uuidText } from '../../base/values/ids.ts'
import type { Frontier } from '../../base/tlog/merkle.ts'
import { emptyFrontier, grow, leafHash, rootOf } from '../../base/tlog/merkle.ts'
import type { HeadMap, KnownEnd, KnownHeads } from '../chain/index.ts'
import { logEntry, makeHeadMap } from '../chain/index.ts'
import type { EpochHeader, NewestHeader, SnapshotBody, SnapshotHeader } from './feed-format.ts'
import { FeedFault, faultInFile, hashOf, readFeedFile, recordsIn, treesIn } from './feed-format.ts'
import type { FeedSource } from './feed-source.ts'
import { epochName, snapshotName } from './feed-source.ts'

// How a process reads the feed of heads: the newest snapshot, then each epoch after it. What an epoch says of a log has to lead from the
// tree before to the tree that it names, so that no entry is left out and none is of another log.

const epochsAtOnce = 64
const mostParts = 100_000

/** How far a process has read. */
export type FeedPlace = {
  readonly generation: number
  readonly epoch: number
  /** SHA-256 of that epoch. */
  readonly hash: string
  /** Until when the feed is known to be whole. */
  readonly timeMs: number
  readonly snapshot: number
  readonly snapshotMs: number
  /** Of each log, by its origin, the tree that the feed has come to. */
  readonly logs: ReadonlyMap<string, Frontier>
}

export type Feed = {
  readonly map: HeadMap
  /** Undefined: nothing was read yet. */
  readonly place: () => FeedPlace | undefined
  /** Reads what is new; a second call waits for the first. @throws FeedFault for a feed that does not follow from what was read */
  catchUp(): Promise<void>
  /** The same as it is now, after a deed of the writer itself. */
  takePlace(place: FeedPlace): void
  /** Whether something that was read since the newest snapshot, or of it, is under another key than the newest of this process. */
  isUnderOtherKey(): boolean
  /** The writer wrote a snapshot: a process that starts reads nothing of before. */
  beginsAgain(): void
}

/** Who gets what is read, beside the map of the feed itself. */
type Told = {
  /** What this process knows of the ends of chains. */
  readonly heads?: KnownHeads
  /** Hears of each tree that the feed leads to; then no end is kept. */
  readonly pass?: (origin: string, tree: Frontier) => void
}

export function openFeed(source: FeedSource, keys: FeedKeys, { heads, pass }: Told = {}): Feed {
  const map = heads?.fed ?? makeHeadMap()
  const seen = { isUnderOtherKey: false, isBeyondRestore: false }
  const reader = { source, keys, map, heads, pass, seen }
  let place: FeedPlace | undefined
  let changes = 0
  let reading: Promise<unknown> = Promise.resolve()
  async function readOnce(): Promise<void> {
    const before = changes
    const read = await placeNow(reader, place)
    // The writer itself went on meanwhile.
    if (changes === before) place = read
  }
  return {
    map,
    place: () => place,
    takePlace(taken) {
      place = taken
      changes++
    },
    isUnderOtherKey: () => seen.isUnderOtherKey,
    beginsAgain() {
      seen.isUnderOtherKey = false
    },
    catchUp() {
      const read = reading.then(readOnce)
      reading = read.catch(() => undefined)
      return read
    },
  }
}

type Reader = {
  readonly source: FeedSource
  readonly keys: FeedKeys
  readonly map: HeadMap
  readonly heads: KnownHeads | undefined
  readonly pass: Told['pass']
  readonly seen: {
    isUnderOtherKey: boolean
    /** The feed began anew: ends that were lost by a restore are still known, and what follows it is no fork of them. */
    isBeyondRestore: boolean
  }
}

async function placeNow(
  reader: Reader,
  place: FeedPlace | undefined,
): Promise<FeedPlace | undefined> {
  const file = await reader.source('newest')
  if (file === undefined) {
    if (place !== undefined) throw new FeedFault('the feed of heads is gone')
    return undefined
  }
  const { header: newest } = faultInFile('newest', () => readFeedFile(reader.keys, 'newest', file))
  if (place !== undefined && newest.generation < place.generation)
    throw new FeedFault('the feed of heads is an earlier one')
  const isFollowed = place !== undefined && (await leadsOn(reader, place, newest))
  const from = isFollowed ? place : await snapshotOf(reader, newest, place)
  const at = await epochsAfter(reader, from, newest)
  if (at.epoch < newest.epoch) throw new FeedFault(`epoch ${at.epoch + 1} is missing`)
  if (at.epoch === newest.epoch && at.hash !== newest.before)
    throw new FeedFault(`epoch ${at.epoch} is another one`)
  const timeMs = Math.max(at.timeMs, newest.timeMs)
  return { ...at, timeMs, snapshot: newest.snapshot, snapshotMs: newest.snapshotMs }
}

/** Whether the feed goes on from where this process is. */
async function leadsOn(
  { source }: Reader,
  at: FeedPlace,
  { generation, epoch }: NewestHeader,
): Promise<boolean> {
  if (at.generation !== generation) return false
  return epoch <= at.epoch || (await source(epochName(at.epoch + 1))) !== undefined
}

async function epochsAfter(
  reader: Reader,
  from: FeedPlace,
  newest: NewestHeader,
): Promise<FeedPlace> {
  let at = from
  for (;;) {
    const count = Math.min(Math.max(newest.epoch - at.epoch, 1), epochsAtOnce)
    const names = Array.from({ length: count }, (_, n) => epochName(at.epoch + 1 + n))
    for (const [n, file] of (await Promise.all(names.map(reader.source))).entries()) {
      if (file === undefined) return at
      at = faultInFile(names[n], () => placeAfter(reader, at, file))
    }
  }
}

function placeAfter(reader: Reader, at: FeedPlace, file: Buffer): FeedPlace {
  const { keys, map, heads, pass, seen } = reader
  const { header, plain, keyId } = readFeedFile(keys, 'epoch', file)
  noteKey(reader, keyId)
  const { epoch, origin, timeMs } = header
  const records = recordsIn(plain)
  const tree = treeAfter(at, header, records)
  pass?.(origin, tree)
  for (const { end, body: commitment } of pass === undefined ? records : []) {
    if (end === undefined) continue
    const { id, nextSeq, standing } = end
    map[seen.isBeyondRestore ? 'put' : 'putNext'](id, nextSeq, commitment)
    heads?.reached(uuidText(id), { nextSeq, commitment })
    if (standing === 'erased') forgetErased(reader, id, { nextSeq, commitment })
  }
  const logs = new Map([...at.logs, [origin, tree]])
  return { ...at, epoch, hash: hashOf(file), timeMs: Math.max(at.timeMs, timeMs), logs }
}

// The feed keeps nothing of an erased person: an end of hers that is put back is one that the feed should have. A process that runs knows
// besides that it is older.
function forgetErased({ map, heads }: Reader, id: Buffer, end: KnownEnd): void {
  map.drop(id)
  heads?.note(uuidText(id), end)
}

// What is known stays known: a snapshot makes nobody's chain shorter. Whom a later snapshot of the same feed leaves out, was erased since.
async function snapshotOf(
  reader: Reader,
  newest: NewestHeader,
  place: FeedPlace | undefined,
): Promise<FeedPlace> {
  const { keys, map, pass } = reader
  const { generation, snapshot } = newest
  const folder = snapshotName(generation, snapshot)
  const head = await fileOf(reader, `${folder}/head`)
  const { header, plain, keyId } = faultInFile(folder, () => readFeedFile(keys, 'snapshot', head))
  // Its parts are of the same turn.
  noteKey(reader, keyId)
  const { logs, sha256 } = JSON.parse(plain.toString()) as SnapshotBody // sealed as it was written
  if (!isHeadOf(header, newest)) throw new FeedFault('a snapshot is another one')
  if (pass === undefined) map.reserve(header.people)
  const forgetOthers = map.readAnew()
  const hash = createHash('sha256')
  for await (const plain of partsOf(reader, folder, header)) {
    hash.update(plain)
    if (pass === undefined) map.take(plain)
  }
  if (hash.digest('hex') !== sha256) throw new FeedFault('a snapshot is not whole')
  if (place?.generation === generation) forgetOthers()
  else if (place !== undefined) reader.seen.isBeyondRestore = true
  const trees = treesIn(logs)
  for (const [origin, tree] of trees) pass?.(origin, tree)
  const { timeMs, before } = header
  const { snapshotMs } = newest
  return { generation, epoch: snapshot, snapshot, snapshotMs, hash: before, timeMs, logs: trees }
}

function isHeadOf(header: SnapshotHeader, { generation, snapshot }: NewestHeader): boolean {
  return header.generation === generation && header.epoch === snapshot && header.parts <= mostParts
}

function noteKey({ keys, seen }: Reader, keyId: string): void {
  if (keyId !== keys.newestId) seen.isUnderOtherKey = true
}

async function* partsOf(reader: Reader, folder: string, head: SnapshotHeader) {
  const { generation, epoch, parts } = head
  for (let part = 0; part < parts; part++) {
    const name = `${folder}/${part}`
    const file = await fileOf(reader, name)
    const { header: of, plain } = faultInFile(name, () => readFeedFile(reader.keys, 'part', file))
    if (of.part !== part || of.epoch !== epoch || of.generation !== generation)
      throw new FeedFault(`${name}: a part of a snapshot is another one`)
    yield plain
  }
}

async function fileOf({ source }: Reader, name: string): Promise<Buffer> {
  const file = await source(name)
  if (file === undefined) throw new FeedFault(`${name} of the feed is missing`)
  return file
}

function treeAfter(
  { generation, epoch, hash, logs }: FeedPlace,
  header: EpochHeader,
  records: ReturnType<typeof recordsIn>,
): Frontier {
  const before = logs.get(header.origin) ?? emptyFrontier
  if (header.generation !== generation || header.epoch !== epoch + 1 || header.before !== hash)
    throw new FeedFault(`epoch ${epoch + 1} does not follow epoch ${epoch}`)
  if (header.first !== before.size || header.end !== before.size + records.length)
    throw new FeedFault(`epoch ${header.epoch} does not go on where the log was`)
  const leaves = records.map(({ body, entryClass }) => leafHash(logEntry(body, entryClass)))
  const grown = grow(before, leaves)
  if (rootOf(grown).toString('base64') !== header.root)
    throw new FeedFault(`epoch ${header.epoch} does not lead to its tree`)
  return grown
}
