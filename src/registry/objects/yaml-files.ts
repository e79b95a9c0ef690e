import type { Database } from '../../base/database/database.ts'
import type { RegisterFiles } from './file-names.ts'
import type { RegisterObject } from '../changes/store.ts'

// Files are for commands and the demonstration. A process that serves has the register from its database, and does not load YAML.

/** Reads a register's folders. Every problem is collected; `applyRegister` applies nothing while there is one. */
export async function readRegister(dir: string): Promise<RegisterFiles> {
  const files = await import('./files.ts')
  return files.readRegister(dir)
}

/**
 * Writes the current version of every object into a folder that is empty or does not exist yet.
 * @returns the objects written. @throws OperatorError when the folder is not empty
 */
export async function exportRegister(db: Database, dir: string): Promise<RegisterObject[]> {
  const files = await import('./export-files.ts')
  return files.exportRegister(db, dir)
}
