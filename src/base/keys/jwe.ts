import * as jose from 'jose'

// Texts for the eyes of one who has a key of X25519 (RFC 8037): ECDH-ES with a wrapped key, AES-256-GCM (RFC 7518).

const alg = 'ECDH-ES+A256KW'
const enc = 'A256GCM'

/** A key as JWK. */
export type ReadingKey = jose.JWK & { readonly kty: string }

/** A private key to which others can seal, as JWK. */
export async function newReadingKey(): Promise<ReadingKey> {
  const { privateKey } = await jose.generateKeyPair(alg, { crv: 'X25519', extractable: true })
  return { kty: 'OKP', ...(await jose.exportJWK(privateKey)) }
}

/** The public half of a key of `newReadingKey`. */
export function readingKeyOf({ kty, crv = '', x = '' }: ReadingKey): ReadingKey {
  return { kty, crv, x }
}

/** RFC 7638, by which an order names a key. */
export function nameOfKey(jwk: ReadingKey): Promise<string> {
  return jose.calculateJwkThumbprint(readingKeyOf(jwk))
}

/** Seals a text to a public key: a compact JWE. */
export async function sealTo(jwk: ReadingKey, text: string): Promise<string> {
  const key = await jose.importJWK(readingKeyOf(jwk), alg)
  return new jose.CompactEncrypt(Buffer.from(text)).setProtectedHeader({ alg, enc }).encrypt(key)
}

/** The text that was sealed to a key; undefined: to another one, or it was changed. */
export async function openWith(jwk: ReadingKey, sealed: string): Promise<string | undefined> {
  try {
    const key = await jose.importJWK(jwk, alg)
    const rules = { keyManagementAlgorithms: [alg], contentEncryptionAlgorithms: [enc] }
    const { plaintext } = await jose.compactDecrypt(sealed, key, rules)
    return Buffer.from(plaintext).toString()
  } catch (error) {
    if (error instanceof jose.errors.JOSEError || error instanceof DOMException) return undefined
    throw error
  }
}
