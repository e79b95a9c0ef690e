import type { Session } from '../../base/database/db-session.ts'
import {
  consistencyRanges,
  hashRanges,
  holdsConsistency,
  leafHash,
} from '../../base/tlog/merkle.ts'
import type { ReadTile, TileId } from '../../base/tlog/tiles.ts'
import { bundleOf, nodesFromTiles, tileWidth } from '../../base/tlog/tiles.ts'
import { logEntry } from '../chain/index.ts'
import type { SignedTree } from './record.ts'
import type { LogRow } from './store.ts'
import { nodeRows, positions } from './store.ts'

/** Tiles and bundles, made from the rows that the files copy. @throws RangeError where rows are missing */
export function tilesFromRows(session: Session, logId: number): ReadTile {
  return async ({ level, index, width }: TileId) => {
    const [from, to] = [index * tileWidth, index * tileWidth + width]
    if (level === 'entries' || level === 0) {
      const rows = await positions(session, logId, from, to)
      requireAll(rows.length, width)
      const entries = rows.map((row) => logEntry(row.commitment, row.class))
      return level === 0 ? Buffer.concat(entries.map(leafHash)) : bundleOf(entries)
    }
    const rows = await nodeRows(session, logId, level, [from, to])
    requireAll(rows.length, width)
    return Buffer.concat(rows.map(({ hash }) => hash))
  }
}

function requireAll(found: number, width: number): void {
  if (found !== width) throw new RangeError('rows of the log are missing')
}

/** Whether the tree of the rows contains a tree that was signed, and that is no larger. @throws RangeError where rows are missing */
export async function containsTree(
  session: Session,
  { logId, treeSize, root }: LogRow,
  signed: SignedTree,
): Promise<boolean> {
  const now = { size: treeSize, root }
  const read = nodesFromTiles(treeSize, tilesFromRows(session, logId))
  const [[computed], path] = [
    await hashRanges([[0, treeSize]], read),
    await hashRanges(consistencyRanges(signed.size, treeSize), read),
  ]
  return computed?.equals(root) === true && holdsConsistency(signed, now, path)
}
