import type { KeyObject } from 'node:crypto'
import { createPrivateKey, createPublicKey, hash, sign, verify } from 'node:crypto'
import { fromBase64 } from './base64.ts'

// Signed notes (C2SP signed-note), with Ed25519 (0x01) and timestamped cosignatures (0x04, C2SP tlog-cosignature).

/** Why bytes are no note that these keys signed, or no key: a sentence that goes on after "it". */
export class NoteError extends Error {}

/** Ed25519 as a log signs, or as a witness does: with its time. */
export type Algorithm = 'ed25519' | 'cosignature'

export type Verifier = {
  readonly name: string
  /** The first four bytes of the hash of name, algorithm and key, as a number. */
  readonly keyId: number
  readonly algorithm: Algorithm
  readonly key: KeyObject
  /** `name+hex+base64`, as it is written. */
  readonly vkey: string
}

export type Signer = { readonly verifier: Verifier; readonly privateKey: KeyObject }

/** A signature that holds. `time`, in seconds since the epoch, is what a cosignature says. */
export type Signature = { readonly verifier: Verifier; readonly time: number | undefined }

export type Note = {
  /** Ends with a newline. */
  readonly text: string
  /** Those of known keys; all hold, and there is at least one. */
  readonly signatures: readonly Signature[]
}

export const maxNoteBytes = 32 * 1024
const maxSignatures = 100
const algorithms = { 1: 'ed25519', 4: 'cosignature' } as const
const algorithmBytes = { ed25519: 1, cosignature: 4 } as const
// A PKCS 8 private key and a SubjectPublicKeyInfo of Ed25519 (RFC 8410), up to their 32 bytes.
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex')
const spki = Buffer.from('302a300506032b6570032100', 'hex')

/** @throws NoteError */
export function readVkey(vkey: string): Verifier {
  const [, name = '', text = ''] = /^([^+]+)\+[0-9a-f]{8}\+(.+)$/.exec(vkey) ?? []
  const bytes = fromBase64(text)
  const algorithm = algorithmOf(bytes?.[0])
  if (!isName(name) || bytes?.length !== 33 || algorithm === undefined)
    throw new NoteError('is no verifier key')
  const verifier = verifierOf(name, algorithm, bytes.subarray(1))
  if (verifier.vkey !== vkey) throw new NoteError('is a verifier key under another id')
  return verifier
}

/** @param seed the 32 bytes of an Ed25519 private key (RFC 8032) */
export function signerFrom(name: string, algorithm: Algorithm, seed: Buffer): Signer {
  if (!isName(name)) throw new NoteError('is no name of a key')
  const privateKey = createPrivateKey({
    key: Buffer.concat([pkcs8, seed]),
    format: 'der',
    type: 'pkcs8',
  })
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  return { verifier: verifierOf(name, algorithm, publicKey.subarray(spki.length)), privateKey }
}

function verifierOf(name: string, algorithm: Algorithm, raw: Buffer): Verifier {
  const typed = Buffer.concat([Buffer.from([algorithmBytes[algorithm]]), raw])
  const digest = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), typed]), 'buffer')
  const vkey = `${name}+${digest.toString('hex', 0, 4)}+${typed.toString('base64')}`
  const key = createPublicKey({ key: Buffer.concat([spki, raw]), format: 'der', type: 'spki' })
  return { name, keyId: digest.readUInt32BE(0), algorithm, key, vkey }
}

/** The signature line of a text, with its newline. @param time seconds since the epoch, for cosignatures */
export function signatureLine(signer: Signer, text: string, time = 0): string {
  const { verifier, privateKey } = signer
  const { name, algorithm } = verifier
  const head = Buffer.alloc(algorithm === 'cosignature' ? 12 : 4)
  head.writeUInt32BE(verifier.keyId)
  if (algorithm === 'cosignature') head.writeBigUInt64BE(BigInt(time), 4)
  const signature = sign(null, signedBytes(algorithm, text, time), privateKey)
  return `— ${name} ${Buffer.concat([head, signature]).toString('base64')}\n`
}

/** @param text ends with a newline */
export function signNote(text: string, signers: readonly Signer[]): string {
  return `${text}\n${signers.map((signer) => signatureLine(signer, text)).join('')}`
}

/**
 * Opens a note: the signatures of known keys must hold, those of others are passed over.
 * @throws NoteError for what is no note, whose known signatures do not hold, or that no known key signed
 */
export function openNote(note: string, known: readonly Verifier[]): Note {
  const { text, lines } = splitNote(note)
  const signatures = lines.flatMap(({ name, bytes }) => {
    const verifier = known.find((one) => one.name === name && one.keyId === bytes.readUInt32BE(0))
    if (verifier === undefined) return []
    const time = timeOf(verifier, bytes)
    const head = verifier.algorithm === 'cosignature' ? 12 : 4
    const message = signedBytes(verifier.algorithm, text, time ?? 0)
    if (
      bytes.length !== head + 64 ||
      time === 0 ||
      !verify(null, message, verifier.key, bytes.subarray(head))
    )
      throw new NoteError(`has a signature of ${name} that does not hold`)
    return [{ verifier, time }]
  })
  if (signatures.length === 0) throw new NoteError('is signed by none of these keys')
  return { text, signatures }
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
  if (!isName(name) || bytes === undefined || bytes.length < 5)
    throw new NoteError('has a line that is no signature')
  return { name, bytes }
}

function timeOf({ algorithm }: Verifier, bytes: Buffer): number | undefined {
  if (algorithm !== 'cosignature') return undefined
  const time = bytes.length < 12 ? 0n : bytes.readBigUInt64BE(4)
  return time > BigInt(Number.MAX_SAFE_INTEGER) ? 0 : Number(time)
}

function signedBytes(algorithm: Algorithm, text: string, time: number): Buffer {
  return Buffer.from(algorithm === 'cosignature' ? `cosignature/v1\ntime ${time}\n${text}` : text)
}

function algorithmOf(byte: number | undefined): Algorithm | undefined {
  return byte === 1 || byte === 4 ? algorithms[byte] : undefined
}

function isName(name: string): boolean {
  return name !== '' && !/[\s+]/u.test(name) && name.isWellFormed()
}
