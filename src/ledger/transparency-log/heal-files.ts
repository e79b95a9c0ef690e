import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Session } from '../../base/database/db-session.ts'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import { hashesIn, hashRanges, leafHash } from '../../base/tlog/merkle.ts'
import type { ReadTile, TileId } from '../../base/tlog/tiles.ts'
import {
  entriesIn,
  hashesAt,
  maxLevel,
  nodesFromTiles,
  perfectRoot,
  tileAt,
  tilePath,
  tileWidth,
} from '../../base/tlog/tiles.ts'
import { tilesFromRows } from './rows-source.ts'
import type { SignedTree } from './record.ts'
import type { WriteFile } from './temporary-files.ts'

// A file of the log that is gone comes back from the rows, wherever these lead to the tree that was signed. A file that is there is not
// read: whether it is true is what `ledger verify` asks.

export type Healing = {
  readonly session: Session
  readonly logId: number
  readonly folder: string
  readonly write: WriteFile
  /** Was signed: its root proves what is made. */
  readonly tree: SignedTree
}
/** How many files were made again, and how many could not be: their rows do not lead to the signed tree. */
export type Healed = { readonly made: number; readonly lost: number }

/** The tiles and bundles of a tree, the highest level first, one at a time: a large log has millions. */
export function* tilesDownwards(size: number): Generator<TileId> {
  for (let level = maxLevel - 1; level >= 0; level--) {
    const count = hashesAt(level, size)
    for (let from = 0; from < count; from += tileWidth) {
      yield tileAt(level, from, size)
      if (level === 0) yield tileAt('entries', from, size)
    }
  }
}

/** Looks at the next files of a tree, `most` at most, and makes those that are gone. */
export async function healNext(
  healing: Healing,
  tiles: Iterator<TileId>,
  most = Infinity,
): Promise<Healed & { readonly isDone: boolean }> {
  const { folder, write } = healing
  let [made, lost] = [0, 0]
  for (let looked = 0; looked < most; looked++) {
    const next = tiles.next()
    if (next.done === true) return { made, lost, isDone: true }
    const tile = next.value
    if (await isThere(folder, tile)) continue
    const bytes = await provedTile(healing, tile)
    if (bytes === undefined) lost++
    else {
      await write(join(folder, tilePath(tile)), bytes)
      made++
    }
  }
  return { made, lost, isDone: false }
}

// Readers take a full one where a partial one is gone (C2SP tlog-tiles).
async function isThere(folder: string, tile: TileId): Promise<boolean> {
  if (await isFile(join(folder, tilePath(tile)))) return true
  return tile.width < tileWidth && isFile(join(folder, tilePath({ ...tile, width: tileWidth })))
}

function isFile(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** A tile by the rows. @returns undefined where these do not lead to the signed tree */
function provedTile(healing: Healing, tile: TileId): Promise<Buffer | undefined> {
  // Rows may be missing.
  return tileByRows(healing, tile).catch(recoverFrom(RangeError, () => undefined))
}

async function tileByRows(healing: Healing, tile: TileId): Promise<Buffer | undefined> {
  const { session, logId } = healing
  const read = tilesFromRows(session, logId)
  const bytes = await read(tile)
  const tileOfHashes = tile.level === 'entries' ? { ...tile, level: 0 } : tile
  const hashes = tile.level === 'entries' ? await read(tileOfHashes) : bytes
  if (tile.level === 'entries' && !isBundleOf(bytes, hashes, tile.width)) return undefined
  return (await leadsToRoot(healing, read, tileOfHashes, hashes)) ? bytes : undefined
}

function isBundleOf(bundle: Buffer, hashes: Buffer, width: number): boolean {
  const entries = entriesIn(bundle, width)
  return entries !== undefined && Buffer.concat(entries.map(leafHash)).equals(hashes)
}

/** A full tile is one hash of the tile above it; one at the edge is a part of the root. */
async function leadsToRoot(
  { tree: { size, root } }: Healing,
  read: ReadTile,
  tile: TileId,
  bytes: Buffer,
): Promise<boolean> {
  let [at, own] = [tile, bytes]
  for (let level = Number(tile.level); at.width === tileWidth && level < maxLevel - 1; level++) {
    const above = tileAt(level + 1, at.index, size)
    const hashes = await read(above)
    const place = at.index % tileWidth
    const hash = perfectRoot(hashesIn(own), tileWidth)
    if (hashesIn(hashes)[place]?.equals(hash) !== true) return false
    ;[at, own] = [above, hashes]
  }
  const [computed] = await hashRanges([[0, size]], nodesFromTiles(size, read))
  return computed?.equals(root) === true
}
