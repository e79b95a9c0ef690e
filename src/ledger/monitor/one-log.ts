import { recoverFrom } from '../../base/values/expected-errors.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import type { LogPolicy } from '../../base/tlog/log-policy.ts'
import type { Frontier } from '../../base/tlog/merkle.ts'
import { emptyRoot, nodesOf } from '../../base/tlog/merkle.ts'
import type { Verifier } from '../../base/tlog/note.ts'
import { absent, cosignaturesIn, signaturesThatCount } from '../../base/tlog/trusted-tree.ts'
import type { ReadTile } from '../../base/tlog/tiles.ts'
import { nodesFromTiles, tileWidth } from '../../base/tlog/tiles.ts'
import type { LogFault } from '../../base/tlog/verify-log.ts'
import { walkLog } from '../../base/tlog/verify-log.ts'
import { isLogEntry } from '../chain/index.ts'
import type { Document, LeavesByIndex } from './documents.ts'
import { checkDocuments } from './documents.ts'
import type { Progress } from './progress.ts'
import { prefetchTiles } from './tile-prefetch.ts'
import type { OpenedCheckpoint } from './served-log.ts'
import { checkpointAt, tilesAt } from './served-log.ts'
import { readToldDays } from './told-days.ts'
import type { WitnessView } from './witnesses.ts'
import { askWitnesses } from './witnesses.ts'
import type { WatchedLog } from './shapes.ts'

const secondMs = 1000
const hourSeconds = 3600
/** A witness may be away for so long, if the others are enough for the quorum. */
const witnessAwaySeconds = 24 * hourSeconds
/** The clocks of a witness and of a monitor may differ by so much. */
const clockSeconds = 300
/** A report names at most so many old public entries that the list changed. */
const maxChanged = 20

type Sized = { readonly size: number; readonly root: Buffer }

const noTree: Sized = { size: 0, root: emptyRoot }

export type LogWatch = {
  readonly origin: string
  readonly at: string
  readonly policy: LogPolicy
  /** The log as the last pass left it; undefined for a log that is seen for the first time. */
  readonly before: WatchedLog | undefined
  /** The keys of which at least one must have signed. */
  readonly known: readonly Verifier[]
  /** After so many seconds without growth the newest log is too old; undefined for a log of an earlier year. */
  readonly maxAgeSeconds: number | undefined
  readonly now: Date
  /** Whether witnesses are asked what they cosigned: only at addresses that the monitor's own policy names. */
  readonly asksWitnesses: boolean
  list(): Promise<LeavesByIndex | undefined>
  keepDocument(document: Document): Promise<void>
  keepEvidence(note: string): Promise<void>
  readonly progress: Progress
}

export type LogReport = {
  readonly origin: string
  /** How many entries the pass before saw. */
  readonly before: number
  readonly entries: number
  readonly publicEntries: number
  readonly newPublicEntries: number
  readonly cosignatures: number
  readonly witnesses: number
  /** Since when the log has not grown: since this monitor saw it, or longer, where all witnesses say so. */
  readonly unchangedSince: string
}

export type LogSeen = {
  readonly faults: readonly LogFault[]
  readonly news: readonly string[]
  /** The log as the next pass must find it again: if anything is wrong, the log as the pass before left it. */
  readonly next: WatchedLog | undefined
  readonly report: LogReport | undefined
}

/** Looks at one log: who signed, whether it only grew, every new entry, every new public document, the old ones of the list. */
export async function watchLog(watch: LogWatch): Promise<LogSeen> {
  const { at, before, policy, known } = watch
  const all = [...policy.logs, ...policy.witnesses].map(({ verifier }) => verifier)
  const others = all.filter(({ vkey }) => !isIn(known, vkey))
  const found = await checkpointAt(at, [...known, ...others])
  const opened = { ...found, signatures: countingIn(watch, found) }
  const strange = signerFault(watch, opened)
  if (strange !== undefined) return { faults: [strange], news: [], next: before, report: undefined }
  const cosigned = cosignaturesOf(watch, opened)
  const grown = await growthOf(watch, opened)
  const keys = keysAfter(watch, opened)
  const seen = await viewOfWitnesses(watch, opened)
  const next: WatchedLog = {
    url: at,
    size: opened.tree.size,
    root: opened.tree.root.toString('hex'),
    note: opened.note,
    changedAt: changedAt(watch, opened).toISOString(),
    keys: keys.next,
    cosigned: cosigned.times,
    publicEntries: [...(before?.publicEntries ?? []), ...grown.publicEntries],
    closedThrough: grown.closedThrough,
    ahead: seen.ahead,
  }
  const wrong = [...grown.faults, ...seen.faults]
  const holds = wrong.length === 0 && policy.isQuorum(opened.signatures)
  return {
    faults: [...cosigned.faults, ...wrong, ...ageFaults(watch, opened)],
    news: [...keys.news, ...cosigned.news, ...seen.news, ...found.unchecked.map(absent)],
    next: holds ? next : before,
    report: reportOf(watch, opened, next),
  }
}

function reportOf(watch: LogWatch, opened: OpenedCheckpoint, next: WatchedLog): LogReport {
  const { origin, before, policy } = watch
  return {
    origin,
    before: before?.size ?? 0,
    entries: next.size,
    publicEntries: next.publicEntries.length,
    newPublicEntries: next.publicEntries.length - (before?.publicEntries.length ?? 0),
    cosignatures: cosignaturesIn(opened.signatures, policy).length,
    witnesses: policy.witnesses.length,
    unchangedSince: unchangedSince(watch, opened).toISOString(),
  }
}

// A key that the policy names no more is still a key of this log.
function countingIn(watch: LogWatch, { tree, signatures }: OpenedCheckpoint) {
  const { policy, now } = watch
  const logs = logVerifiers(watch).map((verifier) => ({ verifier, url: undefined }))
  return signaturesThatCount(signatures, tree.origin, { ...policy, logs }, now)
}

async function viewOfWitnesses(
  watch: LogWatch,
  { tree, note }: OpenedCheckpoint,
): Promise<WitnessView> {
  const { at, before, asksWitnesses, policy, now } = watch
  const known = logVerifiers(watch)
  const asked = { tree, known, before: before?.ahead ?? {}, read: tilesAt(at), now }
  const view = await askWitnesses(asksWitnesses ? policy.witnesses : [], asked)
  for (const other of view.evidence) await keepTwo(watch, note, other)
  return view
}

/** The keys by which this log signs, or signed once. */
function logVerifiers({ origin, policy, known }: LogWatch): readonly Verifier[] {
  const named = policy.logs.map(({ verifier }) => verifier)
  return [...known, ...named.filter(({ name, vkey }) => name === origin && !isIn(known, vkey))]
}

function ageFaults(watch: LogWatch, opened: OpenedCheckpoint): LogFault[] {
  const { maxAgeSeconds = Number.POSITIVE_INFINITY, now } = watch
  const since = unchangedSince(watch, opened)
  const isOld = (now.getTime() - since.getTime()) / secondMs > maxAgeSeconds
  return isOld ? [{ because: `it has not grown since ${since.toISOString()}` }] : []
}

function isIn(verifiers: readonly Verifier[], vkey: string): boolean {
  return verifiers.some((one) => one.vkey === vkey)
}

function signerFault({ origin, known, before }: LogWatch, { tree, signatures }: OpenedCheckpoint) {
  if (tree.origin !== origin) return { because: `its checkpoint is of ${tree.origin}` }
  if (signatures.some(({ verifier }) => isIn(known, verifier.vkey))) return undefined
  return before === undefined
    ? { because: 'its checkpoint is not signed by this log' }
    : { because: 'none of the keys known until now signed its checkpoint: its key was changed' }
}

/** Who cosigned, and which witness was away for too long. */
function cosignaturesOf({ policy, before, now }: LogWatch, { signatures }: OpenedCheckpoint) {
  const faults: LogFault[] = []
  const news: string[] = []
  const times: Record<string, number> = {}
  const nowSeconds = now.getTime() / secondMs
  const isQuorum = policy.isQuorum(signatures)
  if (!isQuorum)
    faults.push({ because: 'its checkpoint has not the cosignatures that the policy demands' })
  for (const { name, verifier } of policy.witnesses) {
    const time = signatures.find((one) => one.verifier.vkey === verifier.vkey)?.time ?? 0
    const last = before?.cosigned[verifier.vkey] ?? 0
    // A time to come would keep a witness from ever being away.
    times[verifier.vkey] = Math.max(Math.min(time, Math.floor(nowSeconds)), last)
    faults.push(...clockFaults(name, time, nowSeconds))
    if (time > 0) continue
    const isAway = last > 0 && nowSeconds - last > witnessAwaySeconds
    const said = last === 0 ? 'never seen' : `last ${isoOf(last)}`
    if (isAway) faults.push({ because: `the witness ${name} has not cosigned for a day (${said})` })
    else if (isQuorum) news.push(`the witness ${name} did not cosign this tree (${said})`)
  }
  return { faults, news, times }
}

function clockFaults(name: string, time: number, nowSeconds: number): LogFault[] {
  if (time - nowSeconds <= clockSeconds) return []
  return [{ because: `the witness ${name} dates its cosignature ${isoOf(time)}, which is to come` }]
}

type Growth = {
  readonly faults: readonly LogFault[]
  /** The public entries that the last pass did not see. */
  readonly publicEntries: WatchedLog['publicEntries']
} & Pick<WatchedLog, 'closedThrough'>

/** Whether the tree contains the tree of the last pass, and what its new entries are. */
async function growthOf(watch: LogWatch, { tree, note }: OpenedCheckpoint): Promise<Growth> {
  const { before, list } = watch
  const old = before && { size: before.size, root: Buffer.from(before.root, 'hex') }
  const contradiction = old && contradictionTo(old, tree)
  const walked =
    contradiction === undefined
      ? await walkGrowth(watch, old ?? noTree, tree)
      : { ...nothingNew, fault: contradiction, closedThrough: before?.closedThrough ?? null }
  if (walked.fault !== undefined && before !== undefined) await keepTwo(watch, before.note, note)
  const faults = [
    ...(walked.fault === undefined ? [] : [walked.fault]),
    ...walked.faults,
    ...(before === undefined ? [] : listFaults(before, await list())),
  ]
  const { publicEntries, closedThrough } = walked
  return { faults, publicEntries, closedThrough }
}

const nothingNew = { faults: [], publicEntries: [] }

async function walkGrowth(watch: LogWatch, old: Sized, tree: Sized) {
  const { origin, at, list, progress, before, now } = watch
  const days = readToldDays(now, before?.closedThrough ?? undefined)
  const publicEntries: WatchedLog['publicEntries'] = []
  const documents = checkDocuments(old.size, list, async (document) => {
    await watch.keepDocument(document)
    publicEntries.push([document.index, document.sha256, document.path])
  })
  const read = tilesAt(at)
  const start = await edgeBefore(old.size, tree.size, read)
  const fault = await walkLog(prefetchTiles(tree.size, read), [old, tree], {
    isEntry: isLogEntry,
    start,
    onEntries(entries, from) {
      progress(origin, from, tree.size)
      days.take(entries, from)
      return documents.onEntries(entries, from)
    },
  })
  const faults = [...(await documents.faults(fault?.index ?? tree.size)), ...days.faults()]
  const inOrder = publicEntries.toSorted(([one], [other]) => one - other)
  return { fault, faults, publicEntries: inOrder, closedThrough: days.through() ?? null }
}

function contradictionTo(old: Sized, tree: Sized): LogFault | undefined {
  if (tree.size < old.size) return { index: tree.size, because: 'it has fewer entries than before' }
  if (tree.size === old.size && !tree.root.equals(old.root))
    return { because: `two trees of ${tree.size} entries were signed` }
  return undefined
}

// Two signed notes that contradict each other prove the fault to everybody.
async function keepTwo({ keepEvidence }: LogWatch, one: string, other: string): Promise<void> {
  if (one === other) return
  await keepEvidence(one)
  await keepEvidence(other)
}

/**
 * The edge of the last full bundle before this size. It is taken from the tiles; whether they are right shows when the walk comes to
 * the old root.
 */
export async function edgeBefore(old: number, size: number, read: ReadTile): Promise<Frontier> {
  const start = Math.floor(old / tileWidth) * tileWidth
  const node = nodesFromTiles(size, read)
  const nodes = await Promise.all(nodesOf([0, start]).map((id) => node(id))).catch(
    recoverFrom(RangeError, (cause) => {
      throw new OperatorError(`the tiles of its first ${start} entries cannot be read.`, { cause })
    }),
  )
  return { size: start, nodes }
}

/** The entries of earlier passes that the list leaves out now, or names with another document. */
function listFaults(
  { size, publicEntries }: WatchedLog,
  list: LeavesByIndex | undefined,
): LogFault[] {
  const isKnown = new Set(publicEntries.map(([index]) => index))
  const invented = [...(list?.keys() ?? [])]
    .filter((index) => index < size && !isKnown.has(index))
    .map((index) => ({ index, because: 'the list names it, but it is no public entry' }))
  const changed = publicEntries.flatMap(([index, sha256, path]) => {
    const listed = list?.get(index)
    if (listed === undefined)
      return [{ index, because: 'the list of public entries names it no more' }]
    const isSame = listed.sha256 === sha256 && listed.path === path
    return isSame ? [] : [{ index, because: 'the list names another document of it than before' }]
  })
  return [...changed, ...invented].slice(0, maxChanged)
}

/** A new key is known once it has signed beside a known one. */
function keysAfter(
  { origin, policy, before, known, now }: LogWatch,
  { signatures }: OpenedCheckpoint,
) {
  const next: Record<string, string> = {}
  const news: string[] = []
  const seen = now.toISOString()
  for (const { vkey } of known) next[vkey] = before?.keys[vkey] ?? seen
  for (const { verifier } of policy.logs) {
    const { name, vkey } = verifier
    if (name !== origin || isIn(known, vkey)) continue
    const hasSigned = signatures.some((one) => one.verifier.vkey === vkey)
    if (hasSigned) next[vkey] = seen
    news.push(
      hasSigned
        ? `a new key, ${vkey}, signs beside a known one`
        : `a new key, ${vkey}, does not sign yet`,
    )
  }
  return { next, news }
}

function changedAt({ before, now }: LogWatch, { tree }: OpenedCheckpoint): Date {
  return before?.size === tree.size ? new Date(before.changedAt) : now
}

/**
 * Only the cosignatures of witnesses carry a time that is not the log’s own. Without one, the log is as old as this monitor knows; and no witness makes it younger than that, by a
 * clock that is ahead or by a new signature of the same tree.
 */
function unchangedSince(watch: LogWatch, opened: OpenedCheckpoint): Date {
  const cosigned = cosignaturesIn(opened.signatures, watch.policy)
  const times = cosigned.flatMap(({ time }) => time ?? [])
  const seen = changedAt(watch, opened)
  const said = times.length > 0 ? new Date(Math.max(...times) * secondMs) : seen
  return said < seen ? said : seen
}

function isoOf(seconds: number): string {
  return new Date(seconds * secondMs).toISOString()
}
