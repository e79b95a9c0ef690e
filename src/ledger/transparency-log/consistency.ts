import type { Session } from '../../base/database/db-session.ts'
import { consistencyRanges, hashRanges, holdsConsistency } from '../../base/tlog/merkle.ts'
import { nodesFromTiles } from '../../base/tlog/tiles.ts'
import type { SignedTree } from './record.ts'
import { tilesFromRows } from './rows-source.ts'
import type { LogRow } from './store.ts'

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
