import { constants } from 'node:fs'
import { mkdir, open, readFile, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

// More than any tile or bundle of ours, a signed note, or a policy.
const maxFileBytes = 256 * 1024

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

/**
 * Undefined where there is none. What is too long is not the same as nothing: whoever began anew for it would forget what was
 * signed, or whom to ask. @throws an error for what is longer than any file of ours
 */
export async function readWhole(path: string): Promise<Buffer | undefined> {
  try {
    if ((await stat(path)).size > maxFileBytes) throw new Error(`${path} is too long`)
    return await readFile(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined
    throw error
  }
}
