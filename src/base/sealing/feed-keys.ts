import type { KeyObject } from 'node:crypto'
import { createSecretKey, hkdfSync, randomBytes } from 'node:crypto'
import { decrypt, encrypt, hmac, ivBytes, tagBytes } from './keyed-crypto.ts'

// What several processes of a house hand one another in files, whoever may read these: encrypted and sealed under a key that follows from
// the keys of purpose `seal`.

const keyBytes = 32
const idBytes = 8
const use = 'accord heads feed'

export type FeedKeys = {
  /** The id of the key that seals now, in hex. */
  readonly newestId: string
  seal(plain: Buffer, header: Buffer): Buffer
  /** @returns undefined where it does not open: another key, other bytes, another header */
  open(keyId: string, sealed: Buffer, header: Buffer): Buffer | undefined
}

/** @param keys of purpose `seal`, newest first: the newest seals, each opens what it sealed */
export function makeFeedKeys(keys: readonly Buffer[]): FeedKeys {
  const own = keys.map((bytes) => {
    const key = createSecretKey(Buffer.from(hkdfSync('sha256', bytes, '', use, keyBytes)))
    return { key, id: hmac(key, 'accord feed key id').subarray(0, idBytes).toString('hex') }
  })
  const [newest] = own
  if (newest === undefined) throw new TypeError('sealing needs a key')
  return {
    newestId: newest.id,
    seal: (plain, header) => encrypt(newest.key, randomBytes(ivBytes), plain, header),
    open(keyId, sealed, header) {
      const held = own.find(({ id }) => id === keyId)
      if (held === undefined || sealed.length < ivBytes + tagBytes) return undefined
      return openedOr(held.key, sealed, header)
    },
  }
}

// Node says by an error of no kind of its own that a tag does not fit.
function openedOr(key: KeyObject, sealed: Buffer, header: Buffer): Buffer | undefined {
  try {
    return decrypt(key, sealed, header)
  } catch {
    return undefined
  }
}
