import type { Database } from '../foundation/database.ts'
import { transact } from '../foundation/database.ts'
import { applyRegister } from './apply.ts'
import { readRegister } from './files.ts'

export const registerUsage =
  '  accord register apply DIR   apply the files of a register, all or nothing'

/** `accord register apply DIR`. @returns the lines to print. @throws StartError with every problem of the files */
export async function registerCommand(
  db: Database,
  args: readonly string[],
  now: Date,
): Promise<string[] | undefined> {
  const [deed, dir, ...rest] = args
  if (deed !== 'apply' || dir === undefined || rest.length > 0) return undefined
  const files = await readRegister(dir)
  const changed = await transact(db, (tx) => applyRegister(tx, files, now))
  return changed.length === 0 ? ['nothing to apply'] : changed.map((id) => `applied ${id}`)
}
