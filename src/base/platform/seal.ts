import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import type { DataKey, SealPurpose } from './data-keys.ts'
import { sealKeysOf } from './data-keys.ts'

/** Seals the texts of one purpose for storage, with keys of this purpose that are derived from the data keys. */
export type Seals = {
  /** The id in front of all that is sealed now. */
  readonly newestId: Buffer
  /** key id(8) ‖ iv(12) ‖ AES-256-GCM ‖ tag(16), bound to `id`: moved to another row, it does not open. */
  seal(text: string, id: string): Buffer
  /** @throws Error when the key is gone, or the bytes or the row are others */
  open(sealed: Buffer, id: string): string
  /** Keyed digests of a text, one for each key, newest first: they find a stored text without showing it. */
  digests(text: string): readonly Buffer[]
}

const cipher = 'aes-256-gcm'
const [idBytes, ivBytes, tagBytes] = [8, 12, 16]

/** @param dataKeys newest first: the newest seals, each opens what it sealed */
export function makeSeals(dataKeys: readonly DataKey[], purpose: SealPurpose): Seals {
  const own = dataKeys.map((key) => sealKeysOf(key, purpose))
  const [newest] = own
  if (newest === undefined) throw new TypeError('sealing needs a key')
  return {
    newestId: newest.id,
    seal(text, id) {
      const iv = randomBytes(ivBytes)
      const gcm = createCipheriv(cipher, newest.sealing, iv, { authTagLength: tagBytes })
      gcm.setAAD(Buffer.from(id))
      return Buffer.concat([newest.id, iv, gcm.update(text, 'utf8'), gcm.final(), gcm.getAuthTag()])
    },
    open(sealed, id) {
      const key = own.find((held) => held.id.equals(sealed.subarray(0, idBytes)))
      if (key === undefined) throw new Error('sealed under a key that is not here')
      const body = sealed.subarray(idBytes)
      const gcm = createDecipheriv(cipher, key.sealing, body.subarray(0, ivBytes), {
        authTagLength: tagBytes,
      })
      gcm.setAAD(Buffer.from(id)).setAuthTag(body.subarray(-tagBytes))
      return Buffer.concat([gcm.update(body.subarray(ivBytes, -tagBytes)), gcm.final()]).toString()
    },
    digests: (text) =>
      own.map(({ finding }) => createHmac('sha256', finding).update(text).digest()),
  }
}
