import { createMissingKeys, openKeys } from '../../src/base/platform/keys.ts'
import type { RowSeals } from '../../src/base/platform/row-seal.ts'
import { makeRowSeals } from '../../src/base/platform/row-seal.ts'

/** The seals of a database that no process of the broker opens. */
export const seals: RowSeals = makeRowSeals([Buffer.alloc(32, 1)])

/** The seals of the processes that take their keys from this folder; makes the keys that are not there yet. */
export async function sealsOf(keysDir: string): Promise<RowSeals> {
  await createMissingKeys(keysDir)
  return makeRowSeals((await openKeys(keysDir)).seal)
}

/** The same, as a command is given them. */
export const ownSeals = () => Promise.resolve(seals)
