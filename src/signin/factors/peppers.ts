import type { KeyObject } from 'node:crypto'
import { createSecretKey } from 'node:crypto'
import type { Database, Transaction } from '../../base/database/database.ts'
import type { DataKey } from '../../base/sealing/data-keys.ts'
import { kekIdOf, pepperOf } from '../../base/sealing/data-keys.ts'
import { hmac } from '../../base/sealing/keyed-crypto.ts'
import type { Seals } from '../../base/sealing/encryption.ts'
import { makeSeals } from '../../base/sealing/encryption.ts'
import { insertPepper, keptPeppers } from './pepper-store.ts'

// What of a key of purpose `data` is needed to check passwords and recovery codes, and to find addresses. Each is checked under the key
// under which it was made, and only its person can give it again: so that such a key can be retired, its pepper is kept, sealed under the newest.

/** A slow hash as the database may keep it: under each pepper. @param label what it is the hash of, and whose */
export function proofsUnder(
  peppers: readonly KeyObject[],
  label: string,
  hashed: Buffer,
): Buffer[] {
  return peppers.map((pepper) => hmac(pepper, `${label}:`, hashed))
}

export function pepperSeals(dataKeys: readonly DataKey[]): Seals {
  return makeSeals(dataKeys, 'pepper')
}

/** Call this in the transaction that retires a key of purpose `data`. @param dataKeys the keys that stay, newest first */
export async function keepPepper(
  tx: Transaction,
  dataKeys: readonly DataKey[],
  retired: DataKey,
): Promise<void> {
  const keyId = kekIdOf(retired)
  const text = pepperOf(retired).export().toString('hex')
  const sealed = pepperSeals(dataKeys).seal(text, keyId.toString('hex'))
  await insertPepper(tx, { keyId, sealed })
}

/** The peppers of retired keys. They are read for each password, because keys may be retired while processes run. */
export async function openPeppers(db: Database, seals: Seals): Promise<readonly KeyObject[]> {
  const kept = await keptPeppers(db)
  return kept.map(({ keyId, sealed }) =>
    createSecretKey(seals.open(sealed, keyId.toString('hex')), 'hex'),
  )
}
