import type { ReadTile, TileId } from '../../base/tlog/tiles.ts'
import { hashesAt, tilePath, tileWidth } from '../../base/tlog/tiles.ts'

/** So many bundles, with their tiles, are on their way while one is looked at. */
const ahead = 8

/**
 * Reads the bundles of a tree, and their tiles of hashes, before a walk asks for them in their order: a reader far away waits
 * for the network most of the time.
 */
export function prefetchTiles(size: number, read: ReadTile): ReadTile {
  const pending = new Map<string, Promise<Buffer>>()
  const begin = (tile: TileId): Promise<Buffer> => {
    const path = tilePath(tile)
    const bytes = pending.get(path) ?? read(tile)
    // The error of a tile that nobody asks for must not end the process; the walk that asks for the tile meets the error.
    bytes.catch(() => undefined)
    pending.set(path, bytes)
    return bytes
  }
  return (tile) => {
    if (tile.level !== 'entries' && tile.level > 0) return read(tile)
    const bytes = begin(tile)
    for (let n = 1; n <= ahead; n++) {
      const next = tileOf(tile.level, tile.index + n, size)
      if (next !== undefined) void begin(next)
    }
    pending.delete(tilePath(tile))
    return bytes
  }
}

function tileOf(level: TileId['level'], index: number, size: number): TileId | undefined {
  const width = Math.min(tileWidth, hashesAt(0, size) - index * tileWidth)
  return width > 0 ? { level, index, width } : undefined
}
