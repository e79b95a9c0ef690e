import type { Database } from '../database/database.ts'
import { heldKeys } from '../keys/key-check.ts'
import { knownKeys } from '../keys/key-store.ts'
import type { KeyPlace } from '../keys/known-keys.ts'
import { readKeysAnywhere, requireSoundKeys } from '../keys/known-keys.ts'
import type { RowSeals } from '../sealing/row-seal.ts'
import { makeRowSeals } from '../sealing/row-seal.ts'
import { appliedMigrations } from './schema-version.ts'

/** The key by which a migration says what its version runs; undefined where KEYS_DIR has none yet. @throws OperatorError for a strange one */
export type OpenSeals = (db: Database) => Promise<RowSeals | undefined>

export function sealsForMigration(place: KeyPlace): OpenSeals {
  return async (db) => {
    if (place.keysDir === '') return undefined
    const keys = await readKeysAnywhere(place)
    if (keys.seal.length === 0) return undefined
    // A row under a strange key is believed by nobody: processes of the earlier version would permit nothing. Other keys are none of its
    // business: a copy of before may want its migrations before its keys.
    const held = new Map([...heldKeys(keys)].filter(([purpose]) => purpose === 'seal'))
    if ((await appliedMigrations(db)).length > 0) requireSoundKeys(place, held, await knownKeys(db))
    return makeRowSeals(keys.seal)
  }
}
