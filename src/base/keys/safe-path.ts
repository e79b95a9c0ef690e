import type { Stats } from 'node:fs'
import { lstat, realpath, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

// Whoever may write to a folder may put another one in the place of what lies in it, however well that is shut itself. In a folder with
// the sticky bit, as /tmp, only the owner of an entry may.

const othersWrite = 0o022
const sticky = 0o1000
const root = 0

/**
 * The folders above a path by which others than its owner, this process and root may put something else in its place; of a link, also
 * those above where it leads.
 */
export async function foldersOthersMayChange(path: string): Promise<string[]> {
  const [named, real] = [resolve(path), await realpath(path)]
  const { uid } = await stat(path)
  const trusted = [root, uid, process.getuid?.() ?? uid]
  const above = [...new Set([...foldersAbove(named), ...foldersAbove(real)])]
  const stats = await Promise.all(above.map((folder) => lstat(folder)))
  return above.filter((_, at) => mayBeChanged(stats[at], trusted))
}

function foldersAbove(path: string): string[] {
  const above = dirname(path)
  return above === path ? [] : [above, ...foldersAbove(above)]
}

function mayBeChanged(folder: Stats | undefined, trusted: readonly number[]): boolean {
  // What a link says is not written to: it is replaced in its folder, which is looked at itself.
  if (folder === undefined || folder.isSymbolicLink()) return false
  const isShared = (folder.mode & othersWrite) !== 0 && (folder.mode & sticky) === 0
  return isShared || !trusted.includes(folder.uid)
}
