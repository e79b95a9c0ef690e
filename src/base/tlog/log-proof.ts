import { fromBase64 } from '../values/base64.ts'
import { readCheckpoint, sizeFrom } from './checkpoint.ts'
import { holdsInclusion, leafHash } from './merkle.ts'
import { NoteError } from './note-error.ts'
import { maxNoteBytes, splitNote } from './note.ts'

const proofHeader = 'c2sp.org/tlog-proof@v1'
/** The longest path: a tree of 2^63 leaves has paths of 63 hashes. */
export const maxPath = 63
/** The longest path, and the longest note. */
export const maxProofBytes = 4 * 1024 + maxNoteBytes

/** That an entry is in a tree, with the tree's signed checkpoint: C2SP tlog-proof. */
export type LogProof = {
  readonly index: number
  readonly path: readonly Buffer[]
  /** The signed note. */
  readonly checkpoint: string
}

export function proofText({ index, path, checkpoint }: LogProof): string {
  const hashes = path.map((hash) => `${hash.toString('base64')}\n`).join('')
  return `${proofHeader}\nindex ${index}\n${hashes}\n${checkpoint}`
}

/** @throws NoteError */
export function readProof(text: string): LogProof {
  if (Buffer.byteLength(text) > maxProofBytes) throw new NoteError('is too long for a proof')
  const end = text.indexOf('\n\n')
  const [header, ...lines] = text.slice(0, Math.max(end, 0)).split('\n')
  if (header !== proofHeader) throw new NoteError('is no proof of a log')
  // Nobody signs the extra line: it is ignored.
  const [first = '', ...hashes] = lines[0]?.startsWith('extra ') === true ? lines.slice(1) : lines
  const index = first.startsWith('index ') ? sizeFrom(first.slice(6)) : undefined
  const path = hashes.map((line) => fromBase64(line))
  if (index === undefined || path.length > maxPath || !path.every(isHash))
    throw new NoteError('is no proof of a log')
  return { index, path, checkpoint: text.slice(end + 2) }
}

/**
 * Whether a proof's path leads from this entry to the root that its checkpoint names. It checks no signature.
 * @throws NoteError
 */
export function holdsProof({ index, path, checkpoint }: LogProof, entry: Buffer): boolean {
  const tree = readCheckpoint(splitNote(checkpoint).text)
  return holdsInclusion({ ...tree, index }, leafHash(entry), path)
}

function isHash(bytes: Buffer | undefined): bytes is Buffer {
  return bytes?.length === 32
}
