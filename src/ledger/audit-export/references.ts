import { createSecretKey } from 'node:crypto'
import { hmac } from '../../base/sealing/keyed-crypto.ts'

/**
 * What stands in the place of a person, of a name that was typed, of the number of a row: a MAC of it, by the key of the export. The same
 * person has the same reference in all lines of one key; by another key, another one. Without the key a reference leads to nobody. The
 * instant of a line does, for whoever has the database too.
 */
export type References = {
  /** Says which key made them, and nothing of it. */
  readonly keyName: string
  of(kind: 'person' | 'operator' | 'account' | 'row' | 'reason', value: string): string
}

const characters = 22 // more than 128 bits

export function makeReferences(secret: Buffer): References {
  const key = createSecretKey(secret)
  const mac = (label: string, value: string) =>
    hmac(key, `accord audit ${label}\0${value}`).toString('base64url').slice(0, characters)
  return { keyName: mac('key', ''), of: mac }
}
