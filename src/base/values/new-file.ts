import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { open, unlink } from 'node:fs/promises'
import { OperatorError } from './operator-error.ts'

/**
 * Makes a file that was not there, to be read by its owner alone; what was begun goes again where the deed fails.
 * @throws OperatorError where it cannot be made
 */
export async function intoNewFile<T>(
  path: string,
  deed: (file: FileHandle) => Promise<T>,
): Promise<T> {
  const { O_CREAT, O_EXCL, O_WRONLY } = constants
  const file = await open(path, O_CREAT | O_EXCL | O_WRONLY, 0o600).catch((cause: unknown) => {
    throw new OperatorError(`${path} cannot be written, or is there already.`, { cause })
  })
  try {
    return await deed(file)
  } catch (error) {
    await unlink(path)
    throw error
  } finally {
    await file.close()
  }
}
