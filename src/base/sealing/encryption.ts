import { createSecretKey, randomBytes } from 'node:crypto'
import type { DataKey, SealPurpose } from './data-keys.ts'
import { sealKeysOf } from './data-keys.ts'
import { decrypt, encrypt, hmac, ivBytes } from './keyed-crypto.ts'

/** Seals the texts of one purpose for storage, with keys of this purpose that are derived from the data keys. */
export type Seals = {
  /** The id in front of all that is sealed now. */
  readonly newestId: Buffer
  /** key id(8) ‖ iv(12) ‖ AES-256-GCM ‖ tag(16), bound to `id`: moved to another row, it does not open. */
  seal(text: string, id: string): Buffer
  /** @throws Error when the key is gone, or the bytes or the row are others */
  open(sealed: Buffer, id: string): string
  /** Keyed digests of a text, one for each key, newest first: they find a stored text without showing it. */
  digests(text: string): readonly [Buffer, ...Buffer[]]
}

const idBytes = 8

/** @param dataKeys newest first: the newest seals, each opens what it sealed */
export function makeSeals(dataKeys: readonly DataKey[], purpose: SealPurpose): Seals {
  const own = dataKeys.map((key) => {
    const { id, sealing, finding } = sealKeysOf(key, purpose)
    return { id, sealing: createSecretKey(sealing), finding: createSecretKey(finding) }
  })
  const [newest, ...older] = own
  if (newest === undefined) throw new TypeError('sealing needs a key')
  return {
    newestId: newest.id,
    seal(text, id) {
      const [iv, plain, bound] = [randomBytes(ivBytes), Buffer.from(text), Buffer.from(id)]
      return Buffer.concat([newest.id, encrypt(newest.sealing, iv, plain, bound)])
    },
    open(sealed, id) {
      const key = own.find((held) => held.id.equals(sealed.subarray(0, idBytes)))
      if (key === undefined) throw new Error('sealed under a key that is not here')
      return decrypt(key.sealing, sealed.subarray(idBytes), Buffer.from(id)).toString()
    },
    digests: (text) => [
      hmac(newest.finding, text),
      ...older.map(({ finding }) => hmac(finding, text)),
    ],
  }
}
