import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { uuidBytes, uuidText } from '../foundation/ids.ts'

/** A person's identifier at each organisation, computed both ways and stored nowhere (DOMAIN 2.2). */
export type Pairwise = {
  /** person_id → 22 characters of base64url, another for each organisation. */
  subject(personId: string, orgId: string): string
  /** The inverse; undefined for anything that is not canonical. Whether the person exists is looked up then. */
  person(subject: string, orgId: string): string | undefined
}

// One AES block over 16 uniformly random bytes is a permutation: distinct people get distinct ids, and ECB, which is
// unsafe for messages of several blocks or of little entropy, is exactly a block cipher call here (decision 0006).
const cipher = 'aes-256-ecb'

export function makePairwise(key: Buffer): Pairwise {
  const keys = new Map<string, Buffer>()
  // One key per organisation of the register: bounded by it, and 33 µs each if made anew.
  const keyOf = (orgId: string): Buffer => {
    const known = keys.get(orgId) ?? Buffer.from(hkdfSync('sha256', key, '', orgId, 32))
    keys.set(orgId, known)
    return known
  }
  return {
    subject(personId, orgId) {
      const block = createCipheriv(cipher, keyOf(orgId), null).setAutoPadding(false)
      return Buffer.concat([block.update(uuidBytes(personId)), block.final()]).toString('base64url')
    },
    person(subject, orgId) {
      const bytes = Buffer.from(subject, 'base64url')
      // The last of 22 characters has spare bits: only the canonical spelling names a person.
      if (bytes.length !== 16 || bytes.toString('base64url') !== subject) return undefined
      const block = createDecipheriv(cipher, keyOf(orgId), null).setAutoPadding(false)
      return uuidText(Buffer.concat([block.update(bytes), block.final()]))
    },
  }
}
