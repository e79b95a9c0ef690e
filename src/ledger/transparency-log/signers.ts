import { hkdfSync } from 'node:crypto'
import { attempt, recoverFrom } from '../../base/values/expected-errors.ts'
import type { FarLog, LogSecret, ProveFrom, TreeToSign } from '../../base/keys/log-keys.ts'
import { SignerFault } from '../../base/values/signer-fault.ts'
import { checkpointText } from '../../base/tlog/checkpoint.ts'
import { NoteError } from '../../base/tlog/note-error.ts'
import type { Signer, Verifier } from '../../base/tlog/note.ts'
import { lineWith, openNote, signerFrom, signNote, verifierOf } from '../../base/tlog/note.ts'
import { originOf } from '../chain/index.ts'
import { RefusalToSign } from './record.ts'

/**
 * A log's signers, newest first: one Ed25519 key for each secret of purpose `log`, and another for each log, since a policy
 * tells logs apart by their keys (RFC 5869; C2SP tlog-policy).
 */
export function signersOf(secrets: readonly Buffer[], origin: string): Signer[] {
  return secrets.map((secret) => {
    const seed = hkdfSync('sha256', secret, '', `accord log ${origin}`, 32)
    return signerFrom(origin, 'ed25519', Buffer.from(seed))
  })
}

/** The public halves of a log's signers, newest first. @throws RefusalToSign where they lie with a signer that cannot be asked now */
export async function verifiersOf(
  secrets: readonly LogSecret[],
  origin: string,
): Promise<readonly Verifier[]> {
  const { far, own } = placesOf(secrets)
  if (far === undefined) return signersOf(own, origin).map(({ verifier }) => verifier)
  const keys = await orRefused(far.publicKeys(origin))
  return keys.map((raw) => verifierOf(origin, 'ed25519', raw))
}

/**
 * A checkpoint of this tree, signed by each key of its log. One that a signer elsewhere has made is believed where its public keys
 * confirm it.
 * @throws RefusalToSign where it cannot be had, or the signer has signed a tree that this one does not contain
 */
export async function signTree(
  secrets: readonly LogSecret[],
  tree: TreeToSign,
  prove: ProveFrom,
): Promise<string> {
  const { far, own } = placesOf(secrets)
  const text = checkpointText(tree)
  if (far === undefined) return signNote(text, signersOf(own, tree.origin))
  const verifiers = await verifiersOf(secrets, tree.origin)
  const signatures = await orRefused(far.sign(tree, prove))
  const lines = verifiers.flatMap((verifier, n) => {
    const signature = signatures[n]
    return signature === undefined ? [] : [lineWith(verifier, signature)]
  })
  const note = `${text}\n${lines.join('')}`
  if (lines.length !== secrets.length || countOf(note, verifiers) !== secrets.length)
    throw new RefusalToSign('the signer is not believed: its signatures do not hold')
  return note
}

function countOf(note: string, verifiers: readonly Verifier[]): number {
  return attempt(
    () => openNote(note, verifiers).signatures.length,
    recoverFrom(NoteError, () => 0),
  )
}

// The secrets of a process lie at one place.
function placesOf(secrets: readonly LogSecret[]): { far: FarLog | undefined; own: Buffer[] } {
  const [first] = secrets
  const far = first === undefined || Buffer.isBuffer(first) ? undefined : first.log
  return { far, own: secrets.filter((secret) => Buffer.isBuffer(secret)) }
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
