import { join } from 'node:path'
import type { Session } from '../../base/database/db-session.ts'
import {
  hashRanges,
  hashesIn,
  holdsConsistency,
  consistencyRanges,
} from '../../base/tlog/merkle.ts'
import type { TileId } from '../../base/tlog/tiles.ts'
import {
  hashesAt,
  nodesFromTiles,
  perfectRoot,
  tilePath,
  tileWidth,
  tilesOf,
} from '../../base/tlog/tiles.ts'
import { dropPartial, tilesFromFiles } from './files.ts'
import type { WriteFile } from './temporary-files.ts'
import type { SignedTree } from './record.ts'
import { RefusalToSign } from './record.ts'
import { tilesFromRows } from './rows-source.ts'
import type { LogRow } from './store.ts'
import { nodeRows } from './store.ts'

// A disk syncs several files in the time of one.
const filesAtOnce = 16

type Exporting = {
  readonly folder: string
  /** The size of the tree whose tiles are there already. */
  readonly before: number
  readonly write: WriteFile
}

/** Writes the tiles and bundles that are new since `before`, and checks each against the tile above it. */
export async function exportTiles(
  session: Session,
  log: LogRow,
  { folder, before, write }: Exporting,
): Promise<void> {
  const read = tilesFromRows(session, log.logId)
  const tiles = tilesOf(log.treeSize, before)
  for (let from = 0; from < tiles.length; from += filesAtOnce) {
    const some = tiles.slice(from, from + filesAtOnce).map(async (tile) => {
      const bytes = await read(tile)
      await requireParent(session, log, tile, bytes)
      await write(join(folder, tilePath(tile)), bytes)
    })
    // Wait for all writes before reporting a failure, so that none still runs when the caller tries again.
    await Promise.allSettled(some)
    await Promise.all(some)
  }
}

/** Deletes partial tiles of the old edge that are full now: a reader of an earlier checkpoint takes the full tile (C2SP tlog-tiles). */
export async function dropPartials(folder: string, size: number, before: number): Promise<void> {
  for (const tile of tilesOf(size, before)) {
    const level = tile.level === 'entries' ? 0 : tile.level
    const wasEdge = tile.index * tileWidth < hashesAt(level, before)
    if (wasEdge && tile.width === tileWidth) await dropPartial(folder, tile)
  }
}

// Finds a flipped bit in a row before the tree is signed: the root of a full tile must be its hash in the tile above.
async function requireParent(
  session: Session,
  log: LogRow,
  { level, index, width }: TileId,
  bytes: Buffer,
): Promise<void> {
  if (level === 'entries' || width < tileWidth) return
  const [parent] = await nodeRows(session, log.logId, level + 1, [index, index + 1])
  if (parent?.hash.equals(perfectRoot(hashesIn(bytes), tileWidth)) !== true)
    throw new RefusalToSign(`tile ${level}/${index} of its rows is not what the tree holds of it`)
}

/** Computes the root from the files, read back: a disk may hold other bytes than those it was given. */
export async function requireTree(
  folder: string,
  tree: SignedTree,
  last: SignedTree,
): Promise<void> {
  const read = nodesFromTiles(tree.size, tilesFromFiles(folder))
  const [root] = await hashRanges([[0, tree.size]], read)
  if (root?.equals(tree.root) !== true)
    throw new RefusalToSign('the files of the log do not lead to its root')
  const path = await hashRanges(consistencyRanges(last.size, tree.size), read)
  if (!holdsConsistency(last, tree, path))
    throw new RefusalToSign(
      `the tree of ${tree.size} entries does not contain the ${last.size} that were signed`,
    )
}

/** The proof, for a witness, that the tree grew from the tree of size `old`. */
export async function consistencyProof(
  folder: string,
  old: number,
  size: number,
): Promise<Buffer[]> {
  return hashRanges(consistencyRanges(old, size), nodesFromTiles(size, tilesFromFiles(folder)))
}
