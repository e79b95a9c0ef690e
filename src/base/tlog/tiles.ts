import type { NodeId, ReadNode } from './merkle.ts'
import { hashesIn, nodeHash } from './merkle.ts'

// The files of a log as C2SP tlog-tiles lays them out: tiles of 256 hashes, bundles of 256 entries.

export const tileWidth = 256
/** Of hashes: no tree that fits into numbers has more. */
export const maxLevel = 6
const maxEntryBytes = 65_535

/** `level` 'entries' is the bundle of entries beside a tile of level 0. `width` 1 to 256: fewer at the tree's edge. */
export type TileId = {
  readonly level: number | 'entries'
  readonly index: number
  readonly width: number
}

export type ReadTile = (tile: TileId) => Promise<Buffer>

/** `tile/0/x001/x234/067.p/8` */
export function tilePath({ level, index, width }: TileId): string {
  const digits = String(index)
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0')
  const groups = padded.match(/.{3}/g) ?? []
  const name = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/')
  return `tile/${level}/${name}${width === tileWidth ? '' : `.p/${width}`}`
}

/** The inverse; undefined for any other path, and for another spelling of a path. */
export function readTilePath(path: string): TileId | undefined {
  const match =
    /^tile\/(entries|[0-9])\/((?:x[0-9]{3}\/){0,4}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/.exec(path)
  if (match === null) return undefined
  const level = match[1] === 'entries' ? 'entries' : Number(match[1])
  const index = Number((match[2] ?? '').replaceAll(/[x/]/g, ''))
  const tile = { level, index, width: Number(match[3] ?? tileWidth) } as const
  if (typeof level === 'number' && level >= maxLevel) return undefined
  return tilePath(tile) === path ? tile : undefined
}

/** All tiles and bundles of a tree, and nothing else: those that `before` had are left out. */
export function tilesOf(size: number, before = 0): TileId[] {
  const tiles: TileId[] = []
  for (let level = 0; level < maxLevel; level++) {
    const [from, to] = [hashesAt(level, before), hashesAt(level, size)]
    for (let index = Math.floor(from / tileWidth); index * tileWidth < to; index++) {
      const width = Math.min(tileWidth, to - index * tileWidth)
      if (to === from) break
      if (level === 0) tiles.push({ level: 'entries', index, width })
      tiles.push({ level, index, width })
    }
  }
  return tiles
}

/** How many hashes a tree of this size has at a level of tiles. */
export function hashesAt(level: number, size: number): number {
  return Math.floor(size / tileWidth ** level)
}

/** The tile of a tree that holds this index of its level, as wide as the tree makes it. */
export function tileAt(level: number | 'entries', at: number, size: number): TileId {
  const index = Math.floor(at / tileWidth)
  const count = hashesAt(level === 'entries' ? 0 : level, size)
  return { level, index, width: Math.min(tileWidth, count - index * tileWidth) }
}

/** Reads the nodes of a tree from its tiles, each once. */
export function nodesFromTiles(size: number, readTile: ReadTile): ReadNode {
  const read = new Map<string, Promise<Buffer>>()
  return async ({ level, index }: NodeId) => {
    const tileLevel = Math.floor(level / 8)
    const count = 2 ** (level % 8)
    const first = index * count
    const tile = tileAt(tileLevel, first, size)
    const path = tilePath(tile)
    const bytes = read.get(path) ?? readTile(tile)
    read.set(path, bytes)
    const offset = first % tileWidth
    return perfectRoot(hashesIn(await bytes).slice(offset, offset + count), count)
  }
}

/** The root of a perfect subtree. @throws RangeError where hashes are missing */
export function perfectRoot(hashes: readonly Buffer[], count: number): Buffer {
  if (hashes.length !== count) throw new RangeError('a tile is too short')
  let level = [...hashes]
  while (level.length > 1) {
    level = Array.from({ length: level.length / 2 }, (_, i) =>
      nodeHash(level[2 * i] ?? level[0] ?? Buffer.alloc(0), level[2 * i + 1] ?? Buffer.alloc(0)),
    )
  }
  const [root] = level
  if (root === undefined) throw new RangeError('no hash')
  return root
}

/** Each entry after its length in two bytes. */
export function bundleOf(entries: readonly Buffer[]): Buffer {
  return Buffer.concat(
    entries.flatMap((entry) => {
      if (entry.length > maxEntryBytes) throw new RangeError('an entry is too long')
      const length = Buffer.alloc(2)
      length.writeUInt16BE(entry.length)
      return [length, entry]
    }),
  )
}

/** @returns undefined where the bytes are no bundle of that many entries */
export function entriesIn(bundle: Buffer, width: number): Buffer[] | undefined {
  const entries: Buffer[] = []
  let at = 0
  while (at + 2 <= bundle.length && entries.length < width) {
    const end = at + 2 + bundle.readUInt16BE(at)
    if (end > bundle.length) return undefined
    entries.push(bundle.subarray(at + 2, end))
    at = end
  }
  return at === bundle.length && entries.length === width ? entries : undefined
}
