import type { Checkpoint } from './checkpoint.ts'
import { emptyFrontier, emptyRoot, grow, hashesIn, leafHash, rootOf } from './merkle.ts'
import type { Frontier } from './merkle.ts'
import type { ReadTile, TileId } from './tiles.ts'
import { entriesIn, hashesAt, perfectRoot, tilePath, tileWidth } from './tiles.ts'

/** A fault of a log. `index` is the first entry that is not as it was. */
export type LogFault = {
  readonly index?: number
  /** The changed entry is this one or a later one: the remaining data does not tell which. */
  readonly isRange?: true
  readonly because: string
}

type Sized = Pick<Checkpoint, 'size' | 'root'>

/** A fault, with the log, the event of a person or the version of the register that has it. */
export type Finding = LogFault & { readonly where: string }

export type LogWalk = {
  /** Whether these bytes are an entry of a kind that the reader knows. */
  isEntry(entry: Buffer): boolean
  /** Called with the entries of each bundle, and the index of the first. */
  onEntries?(entries: readonly Buffer[], from: number): Promise<LogFault | undefined>
  /** Where the walk begins: the edge of a tree of full tiles, smaller than every signed tree. By default at the first entry. */
  readonly start?: Frontier
}

/**
 * Reads every entry of a log once, computes the tree anew, and compares it with every tile and with the signed trees.
 * @param signed trees of this log that are known to be signed, in any order; the walk goes to the largest
 * @returns the first fault; undefined where everything holds
 */
export async function walkLog(
  read: ReadTile,
  signed: readonly Sized[],
  { isEntry, onEntries, start = emptyFrontier }: LogWalk,
): Promise<LogFault | undefined> {
  const size = Math.max(0, ...signed.map((tree) => tree.size))
  const expected = signed.toSorted((one, other) => one.size - other.size)
  const roots = new Map<number, Buffer>()
  const sizes = [...new Set(expected.map((tree) => tree.size))]
  const uppers = makeUppers(read, size)
  let frontier: Frontier = start
  for (let from = start.size; from < size; from += tileWidth) {
    const width = Math.min(tileWidth, size - from)
    const tile = { level: 'entries', index: from / tileWidth, width } as const
    const bundle = await readBundle(read, tile, isEntry)
    if ('because' in bundle) return { index: from + bundle.at, because: bundle.because }
    const fault =
      (await leafFault(read, bundle.entries, from)) ??
      (await uppers(bundle.entries, from)) ??
      (await onEntries?.(bundle.entries, from))
    if (fault !== undefined) return fault
    frontier = growTo(frontier, bundle.entries, sizes, roots)
  }
  return rootFault(expected, roots)
}

function growTo(
  frontier: Frontier,
  entries: readonly Buffer[],
  sizes: readonly number[],
  roots: Map<number, Buffer>,
): Frontier {
  let [at, grown] = [frontier.size, frontier]
  const end = frontier.size + entries.length
  for (const stop of [...sizes.filter((size) => size > at && size < end), end]) {
    grown = grow(grown, entries.slice(at - frontier.size, stop - frontier.size).map(leafHash))
    at = stop
    if (sizes.includes(stop)) roots.set(stop, rootOf(grown))
  }
  return grown
}

// Tiles and entries agree, but not with a signed root: the changed entry lies between the last signed size that agrees and the
// first that does not.
function rootFault(
  expected: readonly Sized[],
  roots: ReadonlyMap<number, Buffer>,
): LogFault | undefined {
  let before = 0
  for (const { size, root } of expected) {
    if (!(roots.get(size) ?? emptyRoot).equals(root)) {
      const among = size - before > 1 ? `an entry from ${before} to ${size - 1}` : `entry ${before}`
      return {
        index: before,
        ...(size - before > 1 ? { isRange: true } : {}),
        because: `the tree of ${size} entries is not the one that was signed: ${among} is another`,
      }
    }
    before = size
  }
  return undefined
}

type Bundle = { readonly entries: Buffer[] } | { readonly at: number; readonly because: string }

async function readBundle(
  read: ReadTile,
  tile: TileId,
  isEntry: LogWalk['isEntry'],
): Promise<Bundle> {
  const bytes = await tryToRead(read, tile)
  if (bytes === undefined) return { at: 0, because: `${tilePath(tile)} is missing` }
  const entries = entriesIn(bytes, tile.width)
  if (entries === undefined) return { at: 0, because: `${tilePath(tile)} is no bundle of entries` }
  const bad = entries.findIndex((entry) => !isEntry(entry))
  return bad < 0 ? { entries } : { at: bad, because: 'it is no entry of a version that is known' }
}

async function leafFault(
  read: ReadTile,
  entries: readonly Buffer[],
  from: number,
): Promise<LogFault | undefined> {
  const tile = { level: 0, index: from / tileWidth, width: entries.length }
  const bytes = await tryToRead(read, tile)
  if (bytes === undefined) return { index: from, because: `${tilePath(tile)} is missing` }
  const hashes = hashesIn(bytes)
  const bad = entries.findIndex((entry, i) => hashes[i]?.equals(leafHash(entry)) !== true)
  if (bad >= 0) return { index: from + bad, because: `${tilePath(tile)} has another hash of it` }
  return hashes.length === entries.length
    ? undefined
    : { index: from, because: `${tilePath(tile)} has another length` }
}

/** Checks the tiles above level 0 against the entries, as the entries arrive. */
function makeUppers(read: ReadTile, size: number) {
  const cached = new Map<number, { index: number; hashes: Buffer[] }>()
  async function fault(level: number, index: number, node: Buffer): Promise<LogFault | undefined> {
    const tileIndex = Math.floor(index / tileWidth)
    const width = Math.min(tileWidth, hashesAt(level, size) - tileIndex * tileWidth)
    const tile = { level, index: tileIndex, width }
    if (cached.get(level)?.index !== tileIndex) {
      const bytes = await tryToRead(read, tile)
      if (bytes === undefined)
        return { index: index * tileWidth ** level, because: `${tilePath(tile)} is missing` }
      cached.set(level, { index: tileIndex, hashes: hashesIn(bytes) })
    }
    const hashes = cached.get(level)?.hashes ?? []
    if (hashes[index % tileWidth]?.equals(node) !== true) {
      const first = index * tileWidth ** level
      return { index: first, because: `${tilePath(tile)} has another hash of the tile below` }
    }
    const isFull = index % tileWidth === tileWidth - 1
    return isFull ? fault(level + 1, tileIndex, perfectRoot(hashes, tileWidth)) : undefined
  }
  return async (entries: readonly Buffer[], from: number): Promise<LogFault | undefined> => {
    if (entries.length < tileWidth) return undefined
    return fault(1, from / tileWidth, perfectRoot(entries.map(leafHash), tileWidth))
  }
}

async function tryToRead(read: ReadTile, tile: TileId): Promise<Buffer | undefined> {
  try {
    return await read(tile)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
