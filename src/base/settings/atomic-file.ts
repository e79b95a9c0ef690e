import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { link, mkdir, open, readFile, rename, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'

// Larger than every file that is read without a limit of its own: a tile or bundle of ours, a signed note, a policy.
const maxFileBytes = 256 * 1024

type Writing = {
  readonly mode?: number
  /** Where the file is begun: on the same disk, in a folder that is there. Absent: beside its place. */
  readonly draft?: string
}

/** Writes a file so that it exists whole or not at all: writes a draft, brings it to disk, then moves it to its place. */
export async function writeWhole(
  path: string,
  bytes: Buffer | string,
  { mode = 0o644, draft = `${path}.new` }: Writing = {},
): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
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

/**
 * Writes a file, whole, where there is none. Of several who do so at once one does.
 * @returns false: there is one
 */
export async function createFile(path: string, bytes: Buffer | string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}.new`
  await writeWhole(draft, bytes)
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    await unlink(draft)
    await syncFolder(dirname(path))
  }
}

/** A rename, or a new folder, is durable only when the folder that holds it is on disk. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/**
 * Reads a file; undefined where there is none. A file that is too long must not count as missing: a caller that began anew
 * would forget what was signed, or whom to ask. @throws an error for a file that is longer than any file of ours
 */
export async function readWhole(path: string, most = maxFileBytes): Promise<Buffer | undefined> {
  try {
    if ((await stat(path)).size > most) throw new Error(`${path} is too long`)
    return await readFile(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined
    throw error
  }
}
