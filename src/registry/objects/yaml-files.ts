import type { RegisterFiles } from './file-names.ts'
import type { RegisterObject } from '../changes/store.ts'

// Files are for commands and the demonstration. A process that serves has the register from its database, and does not load YAML.

/** Reads a register's folders. Every problem is collected; `applyRegister` applies nothing while there is one. */
export async function readRegister(dir: string): Promise<RegisterFiles> {
  const files = await import('./files.ts')
  return files.readRegister(dir)
}

/**
 * Writes the last of these versions of every object into a folder that is empty or does not exist yet.
 * @param versions those of one object in order. @returns the objects written. @throws OperatorError when the folder is not empty
 */
export async function exportRegister(
  versions: readonly RegisterObject[],
  dir: string,
): Promise<RegisterObject[]> {
  const files = await import('./export-files.ts')
  return files.exportRegister(versions, dir)
}
