import type { Database } from '../database/database.ts'
import { heldKeys } from '../keys/key-check.ts'
import { knownKeys } from '../keys/key-store.ts'
import type { KeyPlace } from '../keys/known-keys.ts'
import { readKeysAnywhere, requireSoundKeys } from '../keys/known-keys.ts'
import type { RowSeals } from '../sealing/row-seal.ts'
import { makeRowSeals } from '../sealing/row-seal.ts'
import { appliedMigrations } from './schema-version.ts'

/** The key by which a migration says what its version runs; undefined where KEYS_DIR has none yet. @throws StartError for a strange one */
export type OpenSeals = (db: Database) => Promise<RowSeals | undefined>

export function sealsForMigration(place: KeyPlace): OpenSeals {
  return async (db) => {
    if (place.keysDir === '') return undefined
    const keys = await readKeysAnywhere(place)
    if (keys.seal.length === 0) return undefined
    // A row under a strange key is believed by nobody: processes of the earlier version would permit nothing.
    if ((await appliedMigrations(db)).length > 0)
      requireSoundKeys(place, heldKeys(keys), await knownKeys(db))
    return makeRowSeals(keys.seal)
  }
}
