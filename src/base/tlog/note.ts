import type { KeyObject } from 'node:crypto'
import { createPublicKey, hash, sign, verify } from 'node:crypto'
import { fromBase64 } from '../values/base64.ts'
import { NoteError } from './note-error.ts'
import type { Algorithm } from './signature-types.ts'
import {
  algorithmOf,
  privateKeyFrom,
  publicKeyFrom,
  signatureTypes,
  timeBytes,
} from './signature-types.ts'

// Signed notes (C2SP signed-note): a text, and lines of signatures under it.

export type Verifier = {
  readonly name: string
  /** The first four bytes of the hash of name, algorithm and key, as a number. */
  readonly keyId: number
  readonly algorithm: Algorithm
  /** Undefined where this program knows nothing of the algorithm: ML-DSA before OpenSSL 3.5, which Node 24 has. */
  readonly key: KeyObject | undefined
  readonly raw: Buffer
  /** `name+hex+base64`, as it is written. */
  readonly vkey: string
}

export type Signer = { readonly verifier: Verifier; readonly privateKey: KeyObject }

/** A signature that holds. `time`: the time that a cosignature carries, in seconds since the epoch. */
export type Signature = { readonly verifier: Verifier; readonly time: number | undefined }

export type Note = {
  /** Ends with a newline. */
  readonly text: string
  /** The signatures of known keys, one for each key; all hold, and there is at least one. */
  readonly signatures: readonly Signature[]
  /** Keys that signed, and whose signatures this program cannot check: they count as absent. */
  readonly unchecked: readonly Verifier[]
}

/** Room for sixteen signatures of 5 kB in base64, which every reader of notes must accept, and for some more. */
export const maxNoteBytes = 128 * 1024
const maxSignatures = 100
const idBytes = 4
/** The latest time that a date can hold, in seconds (ECMA-262 21.4.1.1). */
const maxTime = 8_640_000_000_000n

/** @throws NoteError */
export function readVkey(vkey: string): Verifier {
  const [, name = '', text = ''] = /^([^+]+)\+[0-9a-f]{8}\+(.+)$/.exec(vkey) ?? []
  const bytes = fromBase64(text)
  const algorithm = algorithmOf(bytes?.[0])
  if (!isName(name) || bytes === undefined || algorithm === undefined)
    throw new NoteError('is no verifier key')
  if (bytes.length !== 1 + signatureTypes[algorithm].keyBytes)
    throw new NoteError('is no verifier key')
  const verifier = verifierOf(name, algorithm, bytes.subarray(1))
  if (verifier.vkey !== vkey) throw new NoteError('is a verifier key under another id')
  return verifier
}

/** @param seed the 32 bytes that a private key follows from */
export function signerFrom(name: string, algorithm: Algorithm, seed: Buffer): Signer {
  if (!isName(name)) throw new NoteError('is no name of a key')
  const privateKey = privateKeyFrom(algorithm, seed)
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  const raw = publicKey.subarray(-signatureTypes[algorithm].keyBytes)
  return { verifier: verifierOf(name, algorithm, raw), privateKey }
}

/** @param raw the bytes of the public key */
export function verifierOf(name: string, algorithm: Algorithm, raw: Buffer): Verifier {
  const typed = Buffer.concat([Buffer.from([signatureTypes[algorithm].byte]), raw])
  const digest = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), typed]), 'buffer')
  const vkey = `${name}+${digest.toString('hex', 0, idBytes)}+${typed.toString('base64')}`
  const key = publicKeyFrom(algorithm, raw)
  return { name, keyId: digest.readUInt32BE(0), algorithm, key, raw, vkey }
}

/** The signature line of a text, with its newline. @param time seconds since the epoch, for cosignatures */
export function signatureLine(signer: Signer, text: string, time = 0): string {
  const { verifier, privateKey } = signer
  const { name, algorithm } = verifier
  const { isTimed, message } = signatureTypes[algorithm]
  const head = Buffer.alloc(isTimed ? idBytes + timeBytes : idBytes)
  head.writeUInt32BE(verifier.keyId)
  if (isTimed) head.writeBigUInt64BE(BigInt(time), idBytes)
  const signature = sign(null, message({ name, text, time }), privateKey)
  return `— ${name} ${Buffer.concat([head, signature]).toString('base64')}\n`
}

/** The signature of a text, in bytes. @param time as `signatureLine` */
export function noteSignature({ verifier, privateKey }: Signer, text: string, time = 0): Buffer {
  const { message } = signatureTypes[verifier.algorithm]
  return sign(null, message({ name: verifier.name, text, time }), privateKey)
}

/** The line of a signature that somebody else has made. @param time as `signatureLine` */
export function lineWith(
  { name, keyId, algorithm }: Verifier,
  signature: Buffer,
  time = 0,
): string {
  const { isTimed } = signatureTypes[algorithm]
  const head = Buffer.alloc(isTimed ? idBytes + timeBytes : idBytes)
  head.writeUInt32BE(keyId)
  if (isTimed) head.writeBigUInt64BE(BigInt(time), idBytes)
  return `— ${name} ${Buffer.concat([head, signature]).toString('base64')}\n`
}

/** @param text ends with a newline @param time as `signatureLine` */
export function signNote(text: string, signers: readonly Signer[], time = 0): string {
  return `${text}\n${signers.map((signer) => signatureLine(signer, text, time)).join('')}`
}

/**
 * Opens a note: the signatures of known keys must hold, the signatures of other keys are ignored.
 * @throws NoteError for a text that is no note, for a known signature that does not hold, or where no known key signed
 */
export function openNote(note: string, known: readonly Verifier[]): Note {
  const { text, lines } = splitNote(note)
  const signatures = new Map<Verifier, Signature>()
  const unchecked = new Set<Verifier>()
  for (const { name, bytes } of lines) {
    const verifier = known.find((one) => one.name === name && one.keyId === bytes.readUInt32BE(0))
    if (verifier === undefined) continue
    if (verifier.key === undefined) {
      unchecked.add(verifier)
      continue
    }
    const signature = signatureIn(verifier, verifier.key, text, bytes)
    // Two signatures of one key count once.
    signatures.set(verifier, signatures.get(verifier) ?? signature)
  }
  if (signatures.size === 0)
    throw new NoteError(
      unchecked.size === 0
        ? 'is signed by none of these keys'
        : 'is signed only by keys of ML-DSA-44, which this program cannot check (Node 24 can)',
    )
  return { text, signatures: [...signatures.values()], unchecked: [...unchecked] }
}

/** @throws NoteError */
function signatureIn(verifier: Verifier, key: KeyObject, text: string, bytes: Buffer): Signature {
  const { name, algorithm } = verifier
  const { isTimed, signatureBytes, message } = signatureTypes[algorithm]
  const head = isTimed ? idBytes + timeBytes : idBytes
  if (bytes.length !== head + signatureBytes) throw doesNotHold(name)
  const time = isTimed ? bytes.readBigUInt64BE(idBytes) : undefined
  // Time 0 in a cosignature says nothing about whether the tree was the newest: such a cosignature does not count.
  if (time === 0n || (time ?? 0n) > maxTime) throw doesNotHold(name)
  const signed = message({ name, text, time: Number(time ?? 0n) })
  if (!verify(null, signed, key, bytes.subarray(head))) throw doesNotHold(name)
  return { verifier, time: time === undefined ? undefined : Number(time) }
}

function doesNotHold(name: string): NoteError {
  return new NoteError(`has a signature of ${name} that does not hold`)
}

type Line = { readonly name: string; readonly bytes: Buffer }

/** A note's text and its signature lines, none of them checked. @throws NoteError */
export function splitNote(note: string): { readonly text: string; readonly lines: Line[] } {
  if (Buffer.byteLength(note) > maxNoteBytes) throw new NoteError('is too long for a note')
  // The specification forbids exactly these.
  // oxlint-disable-next-line no-control-regex
  if (!note.isWellFormed() || /[\u0000-\u0009\u000b-\u001f\ufffd]/.test(note))
    throw new NoteError('has characters that a note has not')
  const end = note.lastIndexOf('\n\n')
  if (end < 0 || !note.endsWith('\n')) throw new NoteError('is no signed note')
  const block = note.slice(end + 2)
  const lines = block.split('\n').slice(0, -1).map(readLine)
  if (lines.length === 0 || lines.length > maxSignatures)
    throw new NoteError('has no signatures, or too many')
  return { text: note.slice(0, end + 1), lines }
}

function readLine(line: string): Line {
  const [, name = '', text = ''] = /^— ([^ ]+) ([^ ]+)$/.exec(line) ?? []
  const bytes = fromBase64(text)
  if (!isName(name) || bytes === undefined || bytes.length <= idBytes)
    throw new NoteError('has a line that is no signature')
  return { name, bytes }
}

function isName(name: string): boolean {
  return name !== '' && !/[\s+]/u.test(name) && name.isWellFormed()
}
