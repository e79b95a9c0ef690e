import { chmod, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Mode } from '../settings/config.ts'
import { purposes } from '../values/key-purposes.ts'
import { OperatorError } from '../values/operator-error.ts'
import { foldersOthersMayChange } from './safe-path.ts'

// A reader of the keys can sign as this broker and open everything that it sealed. So no other user of the machine may read them, not
// even one of the same group.
const othersMay = 0o077
const maxFiles = 200

/**
 * Looks who may read or change the keys in a folder.
 * @param say hears, in the demonstration, that this function took the permissions of others away
 * @throws OperatorError in a deployment, where somebody else than the owner may, or may put another folder in its place
 */
export async function guardKeyFiles(
  dir: string,
  mode: Mode,
  say: (line: string) => void,
): Promise<void> {
  if (mode !== 'demonstration') await guardFoldersAbove('Keys', dir)
  const open = await openToOthers(dir)
  if (open.length === 0) return
  if (mode !== 'demonstration')
    throw new OperatorError(
      `Keys may be read by others than their owner: ${open.join(', ')} (« chmod -R go= ${dir} » takes that away; keys that others have read must be replaced).`,
    )
  for (const path of open) await closeToOthers(path)
  say(`others could read the keys in ${dir}: corrected`)
}

/** @param what lies there, at the beginning of a sentence. @throws OperatorError naming the folders by which others may exchange it */
export async function guardFoldersAbove(what: string, path: string): Promise<void> {
  const folders = await foldersOthersMayChange(path).catch(() => [])
  if (folders.length > 0)
    throw new OperatorError(
      `${what} may be exchanged by others: they may write to ${folders.join(', ')} above ${path} (« chmod go-w », and an owner who is root or the owner of what lies there).`,
    )
}

async function closeToOthers(path: string): Promise<void> {
  try {
    const { mode } = await stat(path)
    await chmod(path, mode & 0o7777 & ~othersMay)
  } catch (cause) {
    throw new OperatorError(`${path} may be read by others, and that cannot be changed.`, { cause })
  }
}

async function openToOthers(dir: string): Promise<string[]> {
  const paths = await pathsOf(dir)
  const modes = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ mode }) => mode,
        () => 0,
      ),
    ),
  )
  return paths.filter((_, at) => ((modes[at] ?? 0) & othersMay) !== 0)
}

// A folder of key pairs and a file of secrets have the name of their purpose.
async function pathsOf(dir: string): Promise<string[]> {
  const tops = purposes.map((purpose) => join(dir, purpose))
  const below = await Promise.all(
    tops.map(async (top) => {
      const names = await readdir(top).catch(() => [])
      return names.slice(0, maxFiles).map((name) => join(top, name))
    }),
  )
  return [dir, ...tops, ...below.flat()]
}
