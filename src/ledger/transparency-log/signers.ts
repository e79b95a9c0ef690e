import { hkdfSync } from 'node:crypto'
import { attempt, recoverFrom } from '../../base/values/expected-errors.ts'
import type {
  FarLog,
  FarLogSecret,
  LogSecret,
  ProveFrom,
  TreeToSign,
} from '../../base/keys/log-keys.ts'
import { epochSeconds, systemClock } from '../../base/values/clock.ts'
import { SignerFault } from '../../base/values/signer-fault.ts'
import { checkpointText } from '../../base/tlog/checkpoint.ts'
import { NoteError } from '../../base/tlog/note-error.ts'
import type { Signer, Verifier } from '../../base/tlog/note.ts'
import { lineWith, openNote, signatureLine, signerFrom, verifierOf } from '../../base/tlog/note.ts'
import type { Algorithm } from '../../base/tlog/signature-types.ts'
import { originOf } from '../chain/index.ts'
import { RefusalToSign } from './record.ts'

type NearSecret = Extract<LogSecret, Buffer | { readonly lasting: Buffer }>

// A key of one algorithm follows from nothing that a key of the other one follows from.
const uses = { ed25519: 'accord log', 'ml-dsa-44': 'accord log-pq' } as const

/**
 * A log's signers, newest first of each algorithm: a key for each secret of purpose `log` (Ed25519) and `log-pq` (ML-DSA-44), and another
 * for each log, since a policy tells logs apart by their keys (RFC 5869; C2SP tlog-policy). Both are called by the log's origin.
 */
export function signersOf(secrets: readonly NearSecret[], origin: string): Signer[] {
  return secrets.map((secret) =>
    Buffer.isBuffer(secret)
      ? signerOf('ed25519', secret, origin)
      : signerOf('ml-dsa-44', secret.lasting, origin),
  )
}

function signerOf(algorithm: keyof typeof uses, secret: Buffer, origin: string): Signer {
  const seed = hkdfSync('sha256', secret, '', `${uses[algorithm]} ${origin}`, 32)
  return signerFrom(origin, algorithm, Buffer.from(seed))
}

/** The public halves of a log's signers, newest first. @throws RefusalToSign where they lie with a signer that cannot be asked now */
export async function verifiersOf(
  secrets: readonly LogSecret[],
  origin: string,
): Promise<readonly Verifier[]> {
  const { far, own } = placesOf(secrets)
  const here = signersOf(own, origin).map(({ verifier }) => verifier)
  return far === undefined ? here : [...Object.values(await farKeys(far, origin)).flat(), ...here]
}

async function farKeys(far: FarLog, origin: string) {
  const { log, lasting } = await orRefused(far.publicKeys(origin))
  const read = (algorithm: Algorithm) => (raw: Buffer) => verifierOf(origin, algorithm, raw)
  return { log: log.map(read('ed25519')), lasting: lasting.map(read('ml-dsa-44')) }
}

/**
 * A checkpoint of this tree, signed by each key of its log. One that a signer elsewhere has made is believed where its public keys
 * confirm it.
 * @param now the time that a signature by ML-DSA-44 has
 * @throws RefusalToSign where it cannot be had, or the signer has signed a tree that this one does not contain
 */
export async function signTree(
  secrets: readonly LogSecret[],
  tree: TreeToSign,
  prove: ProveFrom,
  now = systemClock(),
): Promise<string> {
  const { far, own } = placesOf(secrets)
  const text = checkpointText(tree)
  const there = far === undefined ? [] : await farLines(far, tree, prove)
  const here = signersOf(own, tree.origin).map((signer) =>
    signatureLine(signer, text, epochSeconds(now)),
  )
  const lines = [...there, ...here]
  const note = `${text}\n${lines.join('')}`
  const verifiers = await verifiersOf(secrets, tree.origin)
  // Of each key there is a signature, and each holds: one that is missing would end that key for whoever checks.
  const isWhole = verifiers.length >= secrets.length && lines.length === verifiers.length
  if (!isWhole || countOf(note, verifiers) !== verifiers.length)
    throw new RefusalToSign('the signer is not believed: its signatures do not hold')
  return note
}

async function farLines(far: FarLog, tree: TreeToSign, prove: ProveFrom): Promise<string[]> {
  const keys = await farKeys(far, tree.origin)
  const { log, lasting, time } = await orRefused(far.sign(tree, prove))
  const pairs: readonly (readonly [Verifier | undefined, Buffer, number?])[] = [
    ...log.map((signature, n) => [keys.log[n], signature] as const),
    ...lasting.map((signature, n) => [keys.lasting[n], signature, time] as const),
  ]
  return pairs.flatMap(([verifier, signature, at]) =>
    verifier === undefined ? [] : [lineWith(verifier, signature, at)],
  )
}

function countOf(note: string, verifiers: readonly Verifier[]): number {
  return attempt(
    () => openNote(note, verifiers).signatures.length,
    recoverFrom(NoteError, () => 0),
  )
}

// The secrets of one purpose lie at one place; those of purpose `log-pq` may lie here while a signer has the others.
function placesOf(secrets: readonly LogSecret[]): { far: FarLog | undefined; own: NearSecret[] } {
  const far = secrets.find(isFar)
  return { far: far?.log, own: secrets.filter(isNear) }
}

function isNear(secret: LogSecret): secret is NearSecret {
  return !isFar(secret)
}

function isFar(secret: LogSecret): secret is FarLogSecret {
  return 'log' in secret
}

function orRefused<T>(asked: Promise<T>): Promise<T> {
  return asked.catch(
    recoverFrom(SignerFault, (cause) => {
      throw new RefusalToSign(`the signer cannot be used: ${cause.message}`, { cause })
    }),
  )
}

/** The verifiers of these secrets for the logs of this year and the next: a log that has signed nothing yet may be among them. */
export async function logVerifiers(
  secrets: readonly LogSecret[],
  issuer: string,
  now: Date,
): Promise<readonly Verifier[]> {
  const years = [0, 1].map((ahead) =>
    verifiersOf(secrets, originOf(issuer, now.getUTCFullYear() + ahead)),
  )
  return (await Promise.all(years)).flat()
}
