import type { Transaction } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { deleteKeys, keysOf } from '../../webauthn/index.ts'

/** Deletes every key of an officer: he makes others with his new code. @returns how many there were */
export function endKeys(seals: RowSeals) {
  return async (tx: Transaction, officerId: string): Promise<number> => {
    const keys = await keysOf(tx, seals, officerId)
    const ids = keys.map(({ passkeyId }) => passkeyId)
    return deleteKeys(tx, seals, officerId, ids)
  }
}
