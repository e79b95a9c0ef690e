import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createMissingKeys, readHeldKeys } from '../../src/base/keys/keys.ts'
import type { RowSeals } from '../../src/base/sealing/row-seal.ts'
import { isPermitted } from '../../src/consent/record/index.ts'
import type { RegisterGiven } from '../../src/registry/index.ts'
import { makeRowSeals } from '../../src/base/sealing/row-seal.ts'

/** The seals of a database that no process of the broker opens. */
export const seals: RowSeals = makeRowSeals([Buffer.alloc(32, 1)])

/** The seals of the processes that take their keys from this folder; makes the keys that are not there yet. */
export async function sealsOf(keysDir: string): Promise<RowSeals> {
  // A folder that has keys may leave those of other purposes to a signer.
  if (!existsSync(join(keysDir, 'seal'))) await createMissingKeys(keysDir)
  return makeRowSeals((await readHeldKeys(keysDir)).seal)
}

/** What a command about the register is given: these seals, that nobody refused anything, that each provider is as its file says, and that the log is true. */
export const given: RegisterGiven = {
  issuer: 'https://id.test',
  demandsSignatures: true,
  mediaDir: undefined,
  seals: () => Promise.resolve(seals),
  witnessKeys: () => Promise.resolve({ decision: [], receipt: [] }),
  countRefusals: () => Promise.resolve(0),
  discover: () => Promise.resolve({ isAway: false, faults: [] }),
  requireTrueLog: () => Promise.resolve(),
  permits: isPermitted,
}
