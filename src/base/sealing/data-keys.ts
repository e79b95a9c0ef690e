import type { KeyObject } from 'node:crypto'
import { createSecretKey, hkdfSync } from 'node:crypto'
import { hmac, ivBytes } from './keyed-crypto.ts'

// What is done with a key of purpose `data`. It wraps people's data keys, one by one; and from it follow keys for other uses, each of
// which has a name in a closed list. Where the key lies with a signer, the wrapping is done there and the key never comes here; the keys
// of the other uses are given out at a start.

/** A key of purpose `data`: its bytes, or what a signer gives of one that it holds. */
export type DataKey = Buffer | FarDataKey
export type FarDataKey = {
  readonly check: string
  /** The id by which rows name it. */
  readonly kekId: Buffer
  /** What follows from it for each use. */
  readonly uses: ReadonlyMap<string, Buffer>
  /** @throws Unavailable */
  wrap(key: Buffer, bound: Buffer): Promise<Buffer>
  /** @returns undefined where it does not open. @throws Unavailable, too where the signer gives another key than the one that was wrapped */
  unwrap(wrapped: Buffer, bound: Buffer): Promise<Buffer | undefined>
}

/** The kinds of texts that are sealed under a key of their own. */
export const sealPurposes = [
  'contact',
  'mandate',
  'message',
  'nickname',
  'pepper',
  'ping of a sign-in request',
  'stream header',
  'user code',
  'vouched',
] as const
export type SealPurpose = (typeof sealPurposes)[number]

const passwordUse = 'password'
const idBytes = 8
const keyBytes = 32

/** The id in front of what is sealed, and the two keys of a purpose. */
export function sealKeysOf(key: DataKey, purpose: SealPurpose) {
  return {
    id: followsFrom(key, `accord ${purpose} key id`),
    sealing: followsFrom(key, `accord ${purpose} seal`),
    finding: followsFrom(key, `accord ${purpose} digest`),
  }
}

/** By which passwords and codes are proved. */
export function pepperOf(key: DataKey): KeyObject {
  return createSecretKey(followsFrom(key, passwordUse))
}

/** The id by which rows name the key that wrapped theirs. */
export function dataKeyId(key: KeyObject): Buffer {
  return hmac(key, 'accord kek id').subarray(0, idBytes)
}

export function kekIdOf(key: DataKey): Buffer {
  return Buffer.isBuffer(key) ? dataKeyId(createSecretKey(key)) : key.kekId
}

/** All that follows from the bytes of a key for uses other than wrapping, by its name. */
export function usesOf(key: Buffer): ReadonlyMap<string, Buffer> {
  return new Map(allUses.map((use) => [use, followsFrom(key, use)]))
}

/** The names of all uses. */
export const allUses: readonly string[] = [
  passwordUse,
  ...sealPurposes.flatMap((purpose) =>
    ['key id', 'seal', 'digest'].map((what) => `accord ${purpose} ${what}`),
  ),
]

function followsFrom(key: DataKey, use: string): Buffer {
  if (!Buffer.isBuffer(key)) {
    const given = key.uses.get(use)
    if (given === undefined) throw new TypeError('a use that is in no list')
    return given
  }
  // An id shows nothing of the key that it names.
  if (use.endsWith(' key id')) return hmac(createSecretKey(key), use).subarray(0, idBytes)
  return Buffer.from(hkdfSync('sha256', key, '', use, keyBytes))
}

/**
 * The first bytes of a wrapped data key: they follow from the data key and from what it is bound to, and are never used for another one
 * (as in RFC 5297). So whoever gets a key from a signer can tell whether it is the one that was wrapped.
 */
export function wrappingIv(key: Buffer, bound: Buffer): Buffer {
  return hmac(createSecretKey(key), 'accord data key', bound).subarray(0, ivBytes)
}
