import type { Database, Transaction } from '../../base/database/database.ts'

/** The pepper of a retired key of purpose `data`, by the id of that key. */
export type KeptPepper = { readonly keyId: Buffer; readonly sealed: Buffer }

// A row for each change of the key.
const mostKept = 100

export function keptPeppers(db: Database): Promise<KeptPepper[]> {
  return db('keptPepper').select('keyId', 'sealed').orderBy('keyId').limit(mostKept)
}

export async function insertPepper(tx: Transaction, row: KeptPepper): Promise<void> {
  await tx('keptPepper').insert(row).onConflict('keyId').ignore()
}
