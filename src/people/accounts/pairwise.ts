import type { Cipheriv, Decipheriv } from 'node:crypto'
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync } from 'node:crypto'
import { fromBase64url } from '../../base/values/base64.ts'
import { uuidBytes, uuidText } from '../../base/values/ids.ts'

/** A person's identifier at each organisation. It is computed in both directions and stored nowhere. */
export type Pairwise = {
  /** person_id → 22 characters of base64url, another for each organisation. */
  subject(personId: string, orgId: string): string
  /** The inverse; undefined for anything that is not canonical. The caller looks up whether the person exists. */
  person(subject: string, orgId: string): string | undefined
}

// One AES block over 16 uniformly random bytes is a permutation: distinct people get distinct ids, and ECB, which is
// unsafe for messages of several blocks or of little entropy, is exactly a block cipher call here (docs/design/domain.md#identifiers).
const cipher = 'aes-256-ecb'

export function makePairwise(key: Buffer): Pairwise {
  const ciphers = new Map<string, { encrypt: Cipheriv; decrypt: Decipheriv }>()
  // One cipher for each organisation of the register. Without padding and chaining each input block gives its output block at once,
  // so that a cipher can be kept for ever; making it anew would cost ten times the block.
  const cipherOf = (orgId: string) => {
    const known = ciphers.get(orgId)
    if (known !== undefined) return known
    const own = createSecretKey(Buffer.from(hkdfSync('sha256', key, '', orgId, 32)))
    const made = {
      encrypt: createCipheriv(cipher, own, null).setAutoPadding(false),
      decrypt: createDecipheriv(cipher, own, null).setAutoPadding(false),
    }
    ciphers.set(orgId, made)
    return made
  }
  return {
    subject(personId, orgId) {
      return cipherOf(orgId).encrypt.update(uuidBytes(personId)).toString('base64url')
    },
    person(subject, orgId) {
      // The last of 22 characters has spare bits: only the canonical spelling names a person.
      const bytes = fromBase64url(subject)
      if (bytes?.length !== 16) return undefined
      return uuidText(cipherOf(orgId).decrypt.update(bytes))
    },
  }
}
