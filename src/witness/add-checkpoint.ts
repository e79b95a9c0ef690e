import { fromBase64 } from '../foundation/base64.ts'
import { maxPath, readCheckpoint, sizeFrom } from '../foundation/checkpoint.ts'
import { emptyRoot, holdsConsistency } from '../foundation/merkle.ts'
import type { Note, Signer, Verifier } from '../foundation/note.ts'
import { NoteError, openNote, signatureLine, splitNote } from '../foundation/note.ts'
import type { WitnessState } from './state.ts'

/** C2SP tlog-witness: what `add-checkpoint` answers. */
export type Answer = { readonly status: number; readonly text: string; readonly type?: string }

export type Witness = {
  readonly signer: Signer
  readonly state: WitnessState
  /** The keys of the logs that are watched. */
  logs(): Promise<readonly Verifier[]>
  /** Seconds since the epoch. */
  now(): number
}

type Asked = { readonly old: number; readonly proof: readonly Buffer[]; readonly note: string }

/**
 * Cosigns a tree that grew from the one cosigned last, and keeps it first. Calls for one witness must not overlap: looking
 * and keeping are one step, or a slow answer would roll the state back.
 */
export async function addCheckpoint(witness: Witness, body: string): Promise<Answer> {
  const asked = readAsked(body)
  const tree = asked && tryTo(() => readCheckpoint(splitNote(asked.note).text))
  if (asked === undefined || tree === undefined)
    return refuse(400, 'no request to add a checkpoint')
  const known = (await witness.logs()).filter(({ name }) => name === tree.origin)
  if (known.length === 0) return refuse(404, 'this log is not watched here')
  const opened = tryTo(() => openNote(asked.note, known))
  if (opened === undefined) return refuse(403, 'not signed by this log')
  if (asked.old > tree.size) return refuse(400, 'the old size is larger than the new one')
  const last = (await witness.state.last(tree.origin))?.tree ?? { size: 0, root: emptyRoot }
  if (asked.old !== last.size || isOther(last, tree))
    return { status: 409, text: `${last.size}\n`, type: 'text/x.tlog.size' }
  if (!holdsConsistency(last, tree, asked.proof)) return refuse(422, 'the proof does not hold')
  return { status: 200, text: await cosign(witness, tree.origin, opened, asked.note) }
}

type Tree = { readonly size: number; readonly root: Buffer }

function isOther(one: Tree, other: Tree): boolean {
  return one.size === other.size && !one.root.equals(other.root)
}

async function cosign(
  { signer, state, now }: Witness,
  origin: string,
  { text }: Note,
  note: string,
): Promise<string> {
  const line = signatureLine(signer, text, now())
  await state.keep(origin, `${note}${line}`)
  return line
}

function readAsked(body: string): Asked | undefined {
  const end = body.indexOf('\n\n')
  const [first = '', ...lines] = body.slice(0, Math.max(end, 0)).split('\n')
  const old = first.startsWith('old ') ? sizeFrom(first.slice(4)) : undefined
  const proof = lines.map((line) => fromBase64(line))
  if (old === undefined || proof.length > maxPath || !proof.every(isHash)) return undefined
  return { old, proof, note: body.slice(end + 2) }
}

function isHash(bytes: Buffer | undefined): bytes is Buffer {
  return bytes?.length === 32
}

function tryTo<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof NoteError) return undefined
    throw error
  }
}

function refuse(status: number, because: string): Answer {
  return { status, text: `${because}\n` }
}
