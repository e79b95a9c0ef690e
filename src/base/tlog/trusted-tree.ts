import type { Checkpoint } from './checkpoint.ts'
import { readCheckpoint } from './checkpoint.ts'
import type { LogPolicy } from './log-policy.ts'
import type { Signature, Verifier } from './note.ts'
import { openNote } from './note.ts'

// A checkpoint as a policy judges it. Once a day of the policy is over, whoever broke Ed25519 and P-256 signs as anybody. What was below
// a tree that ML-DSA-44 signed before that day is held by hashes alone (docs/design/proof.md#evidence-that-lasts).

export type JudgedTree = {
  readonly tree: Checkpoint
  /** All that hold. */
  readonly signatures: readonly Signature[]
  /** Of these, those that count at this time. */
  readonly counting: readonly Signature[]
  readonly isByLog: boolean
  readonly isQuorum: boolean
  /** Whether a signature of Ed25519 or ES256 in an entry below this tree counts. */
  readonly holdsClassical: boolean
  /** What the reader is to be told. */
  readonly says: readonly string[]
}

/** @throws NoteError where the checkpoint is none, a known signature does not hold, or no known key signed */
export function judgeTree(note: string, policy: LogPolicy, now: Date): JudgedTree {
  const { text, signatures, unchecked } = openNote(note, verifiersOf(policy))
  const tree = readCheckpoint(text)
  const counting = signaturesThatCount(signatures, tree.origin, policy, now)
  return {
    tree,
    signatures,
    counting,
    isByLog: counting.some(({ verifier }) => isOfLog(verifier, tree.origin, policy)),
    isQuorum: policy.isQuorum(counting),
    holdsClassical: !isOver(policy, now) || isSealedBefore(signatures, tree.origin, policy),
    says: unchecked.map(absent),
  }
}

/** Of signatures that hold, those that count at this time. */
export function signaturesThatCount(
  signatures: readonly Signature[],
  origin: string,
  policy: LogPolicy,
  now: Date,
): readonly Signature[] {
  if (!isOver(policy, now) || isSealedBefore(signatures, origin, policy)) return signatures
  return signatures.filter(({ verifier }) => isLasting(verifier))
}

/** What a reader that has no ML-DSA says of such a line. */
export function absent({ name }: Pick<Verifier, 'name'>): string {
  return `A signature of ${name} is by ML-DSA-44, which this program cannot check (Node 24 can): it counts as absent.`
}

/** Those of witnesses, among signatures: a log may sign with a time, too. */
export function cosignaturesIn(
  signatures: readonly Signature[],
  { witnesses }: LogPolicy,
): readonly Signature[] {
  return signatures.filter(({ verifier: { vkey } }) =>
    witnesses.some(({ verifier }) => verifier.vkey === vkey),
  )
}

export function verifiersOf({ logs, witnesses }: LogPolicy): Verifier[] {
  return [...logs, ...witnesses].map(({ verifier }) => verifier)
}

function isOver({ classicalUntil }: LogPolicy, now: Date): boolean {
  return classicalUntil !== undefined && now >= classicalUntil
}

/** Whether the log itself signed this tree by ML-DSA-44 before the day was over. */
function isSealedBefore(
  signatures: readonly Signature[],
  origin: string,
  policy: LogPolicy,
): boolean {
  const { classicalUntil: until } = policy
  return signatures.some(
    ({ verifier, time = Number.POSITIVE_INFINITY }) =>
      isLasting(verifier) &&
      isOfLog(verifier, origin, policy) &&
      (until === undefined || time * 1000 < until.getTime()),
  )
}

function isLasting({ algorithm }: Verifier): boolean {
  return algorithm === 'ml-dsa-44'
}

function isOfLog({ name, vkey }: Verifier, origin: string, { logs }: LogPolicy): boolean {
  return name === origin && logs.some(({ verifier }) => verifier.vkey === vkey)
}
