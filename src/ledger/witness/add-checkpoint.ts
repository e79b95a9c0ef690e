import { fromBase64 } from '../../base/values/base64.ts'
import { attempt, recoverFrom } from '../../base/values/expected-errors.ts'
import type { Checkpoint } from '../../base/tlog/checkpoint.ts'
import { readCheckpoint, sizeFrom } from '../../base/tlog/checkpoint.ts'
import { maxPath } from '../../base/tlog/log-proof.ts'
import { emptyRoot, holdsConsistency } from '../../base/tlog/merkle.ts'
import type { Note, Signer, Verifier } from '../../base/tlog/note.ts'
import { NoteError } from '../../base/tlog/note-error.ts'
import { openNote, signatureLine, splitNote } from '../../base/tlog/note.ts'
import type { Forks } from './forks.ts'
import type { WitnessState } from './state.ts'
import { hashOf } from './state.ts'

/** The answer to `add-checkpoint` (C2SP tlog-witness). */
export type WitnessAnswer = {
  readonly status: number
  readonly text: string
  readonly type?: string
}

export type Witness = {
  readonly signer: Signer
  readonly state: WitnessState
  readonly forks: Forks
  /** The keys of the logs that are watched. */
  logs(): Promise<readonly Verifier[]>
  /** Seconds since the epoch. */
  now(): number
  /** Tells who runs the witness. */
  say(line: string): void
}

type Asked = { readonly old: number; readonly proof: readonly Buffer[]; readonly note: string }

/**
 * Cosigns a tree that grew from the one cosigned last, and keeps the cosigned note before it answers. Calls for one witness must
 * not overlap: looking at the state and keeping the new one are one step, or a slow call would set the state back.
 */
export async function addCheckpoint(witness: Witness, body: string): Promise<WitnessAnswer> {
  const asked = readAsked(body)
  const tree = asked && tryTo(() => readCheckpoint(splitNote(asked.note).text))
  if (asked === undefined || tree === undefined)
    return refuse(400, 'no request to add a checkpoint')
  const known = (await witness.logs()).filter(({ name }) => name === tree.origin)
  if (known.length === 0) return refuse(404, 'this log is not watched here')
  const opened = tryTo(() => openNote(asked.note, known))
  if (opened === undefined) return refuse(403, 'not signed by this log')
  const lines = ownLines(asked.note, known)
  const kept = await witness.state.last(tree.origin)
  await keepFork(witness, kept, tree, `${opened.text}\n${lines}`)
  const last = kept?.tree ?? { size: 0, root: emptyRoot }
  const refused = refusalOf(asked, last, tree)
  if (refused !== undefined) return refused
  return { status: 200, text: await cosign(witness, tree.origin, opened, lines) }
}

function refusalOf(
  { old, proof }: Asked,
  last: Pick<Checkpoint, 'size' | 'root'>,
  tree: Checkpoint,
): WitnessAnswer | undefined {
  if (old > tree.size) return refuse(400, 'the old size is larger than the new one')
  if (old !== last.size) return { status: 409, text: `${last.size}\n`, type: 'text/x.tlog.size' }
  // Another tree of the same size, or a tree of nothing with a root: the same answer, as the specification wants.
  if (!holdsConsistency(last, tree, proof)) return refuse(422, 'the tree does not follow')
  return undefined
}

/** Whatever else is wrong with a request: that the log signed another tree of the size that was cosigned last proves a fork. */
async function keepFork(
  { forks, say }: Witness,
  kept: { readonly note: string; readonly tree: Checkpoint } | undefined,
  { origin, size, root }: Checkpoint,
  other: string,
): Promise<void> {
  if (kept === undefined || kept.tree.size !== size || kept.tree.root.equals(root)) return
  if (await forks.keep(hashOf(origin), { cosigned: kept.note, other }))
    say(`fork: ${origin} signed two trees of ${size} entries; both notes are kept, see /status`)
}

async function cosign(
  { signer, state, now }: Witness,
  origin: string,
  { text }: Note,
  lines: string,
): Promise<string> {
  const line = signatureLine(signer, text, now())
  await state.keep(origin, `${text}\n${lines}${line}`)
  return line
}

// Drops signature lines of other keys: nobody checked them, and the witness would publish them under its own address.
function ownLines(note: string, known: readonly Verifier[]): string {
  const isOwn = (name: string, id: number) =>
    known.some((one) => one.name === name && one.keyId === id)
  return splitNote(note)
    .lines.filter(({ name, bytes }) => isOwn(name, bytes.readUInt32BE(0)))
    .map(({ name, bytes }) => `— ${name} ${bytes.toString('base64')}\n`)
    .join('')
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
  return attempt(
    read,
    recoverFrom(NoteError, () => undefined),
  )
}

function refuse(status: number, because: string): WitnessAnswer {
  return { status, text: `${because}\n` }
}
