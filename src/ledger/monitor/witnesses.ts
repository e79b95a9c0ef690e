import { hash } from 'node:crypto'
import type { Checkpoint } from '../../base/tlog/checkpoint.ts'
import { readCheckpoint } from '../../base/tlog/checkpoint.ts'
import { fetchSome, readable } from '../../base/tlog/fetch-text.ts'
import type { LogPolicy } from '../../base/tlog/log-policy.ts'
import { consistencyRanges, hashRanges, holdsConsistency } from '../../base/tlog/merkle.ts'
import type { Verifier } from '../../base/tlog/note.ts'
import { maxNoteBytes, openNote } from '../../base/tlog/note.ts'
import { NoteError } from '../../base/tlog/note-error.ts'
import { attempt, recoverFrom } from '../../base/values/expected-errors.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import type { ReadTile } from '../../base/tlog/tiles.ts'
import { nodesFromTiles } from '../../base/tlog/tiles.ts'
import type { LogFault } from '../../base/tlog/verify-log.ts'
import type { WatchedLog } from './shapes.ts'

// A log could show one history to its witnesses and another one to this reader. A witness that serves what it cosigned last, at
// `<its address>/<SHA-256 of the origin>/checkpoint` as ours does, shows it.

/** An entry is in a tree that is published within a minute (docs/design/domain.md#i26). */
const aheadMs = 60_000

type Witness = LogPolicy['witnesses'][number]
type TreeAhead = WatchedLog['ahead'][string]
type SizedTree = Pick<Checkpoint, 'size' | 'root'>

export type WitnessView = {
  readonly faults: readonly LogFault[]
  readonly news: readonly string[]
  /** Trees that witnesses cosigned and the log does not show yet: the next pass must find them. */
  readonly ahead: WatchedLog['ahead']
  /** Notes of trees that the log does not show. */
  readonly evidence: readonly string[]
}

type Asked = {
  readonly tree: Checkpoint
  /** The keys of the log. */
  readonly known: readonly Verifier[]
  /** What the last pass kept of witnesses that were ahead. */
  readonly before: WatchedLog['ahead']
  readonly read: ReadTile
  readonly now: Date
}

/** Asks each witness that has an address what it cosigned last, and whether the served tree contains it. */
export async function askWitnesses(
  witnesses: readonly Witness[],
  asked: Asked,
): Promise<WitnessView> {
  const all = await Promise.all(witnesses.map((witness) => askOne(witness, asked)))
  return {
    faults: all.flatMap(({ fault }) => fault ?? []),
    news: all.flatMap(({ said }) => said ?? []),
    ahead: Object.fromEntries(all.flatMap(({ ahead }) => (ahead === undefined ? [] : [ahead]))),
    evidence: all.flatMap(({ evidence }) => evidence ?? []),
  }
}

type OneView = {
  readonly fault?: LogFault
  readonly said?: string
  readonly ahead?: readonly [string, TreeAhead]
  readonly evidence?: string
}

async function askOne(witness: Witness, asked: Asked): Promise<OneView> {
  const { name, verifier } = witness
  const { tree, read } = asked
  const late = asked.before[verifier.vkey]
  if (late !== undefined && late.size <= tree.size) {
    const old = { size: late.size, root: Buffer.from(late.root, 'hex') }
    const fault = await contradictionTo(name, old, tree, read)
    if (fault !== undefined) return { fault }
  }
  return viewNow(witness, asked).catch(
    recoverFrom(OperatorError, ({ message }) => ({
      said: `the witness ${name} could not be asked: ${message}`,
    })),
  )
}

async function viewNow(witness: Witness, asked: Asked): Promise<OneView> {
  const { tree, read } = asked
  const given = await lastCosigned(witness, asked)
  if (given === undefined) return {}
  // A tree that the witness alone signed says nothing about the log: any witness could accuse it.
  if (!given.isOfLog)
    return {
      fault: { because: `the witness ${witness.name} shows a tree that this log did not sign` },
    }
  if (given.tree.size > tree.size) return aheadOf(witness, asked, given)
  const fault = await contradictionTo(witness.name, given.tree, tree, read)
  return fault === undefined ? {} : { fault, evidence: given.note }
}

/** @returns undefined: the witness does not say. @throws OperatorError */
async function lastCosigned({ url, verifier }: Witness, { known, tree: { origin } }: Asked) {
  if (url === undefined) return undefined
  const place = `${url.replace(/\/$/, '')}/${hash('sha256', origin)}/checkpoint`
  const note = (await fetchSome(place, maxNoteBytes))?.toString()
  if (note === undefined) return undefined
  const tree = readable(place, () => readCheckpoint(openNote(note, [verifier]).text))
  if (tree.origin !== origin) throw new OperatorError(`${place} is of another log.`)
  return { note, tree, isOfLog: isSignedBy(known, note) }
}

function isSignedBy(known: readonly Verifier[], note: string): boolean {
  return attempt(
    () => openNote(note, known).signatures.length > 0,
    recoverFrom(NoteError, () => false),
  )
}

/** The log asks its witnesses before it publishes, so a witness may be ahead for a moment. */
function aheadOf(
  { name, verifier }: Witness,
  { tree, before, now }: Asked,
  given: { readonly note: string; readonly tree: Checkpoint },
): OneView {
  const late = before[verifier.vkey]
  if (late === undefined || late.size <= tree.size) {
    const { size, root } = given.tree
    const seenAt = now.toISOString()
    return { ahead: [verifier.vkey, { size, root: root.toString('hex'), seenAt }] }
  }
  const ahead = [verifier.vkey, late] as const
  if (now.getTime() - Date.parse(late.seenAt) <= aheadMs) return { ahead }
  const because = `the witness ${name} cosigned ${late.size} entries, which the log does not show`
  return { fault: { index: tree.size, because }, ahead, evidence: given.note }
}

/** Why the served tree does not contain one that a witness cosigned; undefined: it contains it. */
async function contradictionTo(
  name: string,
  old: SizedTree,
  tree: SizedTree,
  read: ReadTile,
): Promise<LogFault | undefined> {
  const ranges = consistencyRanges(old.size, tree.size)
  const path = await hashRanges(ranges, nodesFromTiles(tree.size, read)).catch(
    recoverFrom(RangeError, () => undefined),
  )
  const trees = `tree of ${old.size} entries`
  if (path === undefined)
    return { because: `its tiles do not show the ${trees} that the witness ${name} cosigned` }
  if (holdsConsistency(old, tree, path)) return undefined
  return { because: `the witness ${name} cosigned another ${trees}` }
}
