import { constants } from 'node:fs'
import { mkdir, open, readFile, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

// More than any tile or bundle of ours, or a signed note.
const maxFileBytes = 64 * 1024

/** A file that is there, whole, or not at all: written beside its place, brought to disk, and moved. */
export async function writeWhole(
  path: string,
  bytes: Buffer | string,
  mode = 0o644,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const draft = `${path}.new`
  const file = await open(draft, 'w', mode)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
  await syncFolder(dirname(path))
}

// A rename is durable when its folder is.
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Undefined where there is none; whoever may write here may also have put something else. */
export async function readWhole(path: string): Promise<Buffer | undefined> {
  try {
    if ((await stat(path)).size > maxFileBytes) return undefined
    return await readFile(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined
    throw error
  }
}
