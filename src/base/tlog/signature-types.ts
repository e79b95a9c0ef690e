import type { KeyObject } from 'node:crypto'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import process from 'node:process'
import { readCheckpoint } from './checkpoint.ts'
import { NoteError } from './note-error.ts'

// The signature types of C2SP signed-note and tlog-cosignature that this code knows. Each type has its byte, the length of its key
// and of its signature in bytes, whether a time stands before the signature, and the message that is signed.

/** Ed25519 as a log signs, or as a witness does, with its time; ML-DSA-44 (FIPS 204) as both do, with a time. */
export type Algorithm = 'ed25519' | 'cosignature' | 'ml-dsa-44'

/** What is signed beside the text. `time` in seconds since the epoch. */
type Signed = { readonly name: string; readonly text: string; readonly time: number }

type SignatureType = {
  readonly byte: number
  readonly keyBytes: number
  readonly signatureBytes: number
  readonly isTimed: boolean
  /** The bytes before the key in a SubjectPublicKeyInfo, and before a seed of 32 bytes in a PKCS 8 private key (RFC 8410, RFC 9881). */
  readonly spki: Buffer
  readonly pkcs8: Buffer
  /** @throws NoteError where this type cannot sign such a text */
  message(signed: Signed): Buffer
}

const edwards = {
  keyBytes: 32,
  signatureBytes: 64,
  spki: Buffer.from('302a300506032b6570032100', 'hex'),
  pkcs8: Buffer.from('302e020100300506032b657004220420', 'hex'),
}

export const signatureTypes: Readonly<Record<Algorithm, SignatureType>> = {
  ed25519: { ...edwards, byte: 1, isTimed: false, message: ({ text }) => Buffer.from(text) },
  cosignature: {
    ...edwards,
    byte: 4,
    isTimed: true,
    message: ({ text, time }) => Buffer.from(`cosignature/v1\ntime ${time}\n${text}`),
  },
  'ml-dsa-44': {
    byte: 6,
    keyBytes: 1312,
    signatureBytes: 2420,
    isTimed: true,
    spki: Buffer.from('30820532300b06096086480165030403110382052100', 'hex'),
    pkcs8: Buffer.from('3034020100300b060960864801650304031104228020', 'hex'),
    message: cosignedMessage,
  },
}

/** Where a time stands before the signature, it takes eight bytes. */
export const timeBytes = 8

export function algorithmOf(byte: number | undefined): Algorithm | undefined {
  const names = Object.keys(signatureTypes) as Algorithm[] // its own keys
  return names.find((name) => signatureTypes[name].byte === byte)
}

/** @returns undefined where this program has no ML-DSA. @throws NoteError for bytes that are no key */
export function publicKeyFrom(algorithm: Algorithm, raw: Buffer): KeyObject | undefined {
  const key = Buffer.concat([signatureTypes[algorithm].spki, raw])
  if (algorithm === 'ml-dsa-44' && !hasMlDsa()) return undefined
  return createPublicKey({ key, format: 'der', type: 'spki' })
}

/** Whether this Node knows ML-DSA: by its OpenSSL, from 3.5 on. */
export function hasMlDsa(openssl = process.versions.openssl): boolean {
  const [major = 0, minor = 0] = openssl.split('.').map(Number)
  return major > 3 || (major === 3 && minor >= 5)
}

/** @param seed 32 bytes (RFC 8032; FIPS 204 algorithm 1) */
export function privateKeyFrom(algorithm: Algorithm, seed: Buffer): KeyObject {
  const key = Buffer.concat([signatureTypes[algorithm].pkcs8, seed])
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}

// C2SP tlog-cosignature, `cosigned_message`: the whole tree is the subtree that begins at 0. Extension lines are not signed.
function cosignedMessage({ name, text, time }: Signed): Buffer {
  const { origin, size, root } = readCheckpoint(text)
  const start = 0
  const label = Buffer.from('subtree/v1\n\0')
  return Buffer.concat([
    label,
    ...lengthAndText(name),
    eightBytes(time),
    ...lengthAndText(origin),
    eightBytes(start),
    eightBytes(size),
    root,
  ])
}

function lengthAndText(text: string): Buffer[] {
  const bytes = Buffer.from(text)
  // One byte holds the length of the name.
  if (bytes.length > 255) throw new NoteError('has a name that is too long for ML-DSA-44')
  return [Buffer.from([bytes.length]), bytes]
}

function eightBytes(number: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(number))
  return bytes
}
