import { trustOf } from '../../base/tlog/policy-trust.ts'
import type { Checkpoint } from '../../base/tlog/checkpoint.ts'
import { readCheckpoint } from '../../base/tlog/checkpoint.ts'
import { readable, readText } from '../../base/tlog/fetch-text.ts'
import type { LogPolicy } from '../../base/tlog/log-policy.ts'
import { emptyFrontier } from '../../base/tlog/merkle.ts'
import type { Signature } from '../../base/tlog/note.ts'
import { openNote } from '../../base/tlog/note.ts'
import { signaturesThatCount, verifiersOf } from '../../base/tlog/trusted-tree.ts'
import { walkLog } from '../../base/tlog/verify-log.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { isLogEntry } from '../chain/index.ts'
import { edgeBefore } from './one-log.ts'
import type { Progress } from './progress.ts'
import type { OpenedCheckpoint } from './served-log.ts'
import { checkpointAt, placeOf, tilesAt } from './served-log.ts'
import type { OpenPromise } from './promise-tokens.ts'
import { keysOnce, logsIn, readPromise, tokensIn } from './promise-tokens.ts'
import { prefetchTiles } from './tile-prefetch.ts'

// A decision token and an acknowledgement are promises: the log takes this entry in by that time. Whoever holds them looks here whether
// the log did, without asking the house about any of them: tiles are read whole (docs/integrate/promise.md).

/** Of one log, or since the checkpoint that is given: two million entries, 8,192 bundles of 9 KiB. */
const maxEntries = 2_097_152
/** The clock of this machine and that of the house may differ by so much. */
const clockSeconds = 10

export type PromiseAsked = {
  readonly files: readonly string[]
  readonly policy?: string | undefined
  readonly pin?: string | undefined
  /** A file, or an address; undefined: `/keys` of the house whose log it is. */
  readonly keys?: string | undefined
  /** The file of an earlier checkpoint: the entries of its tree are not read. */
  readonly since?: string | undefined
}

/** ok: its entry is in the log; refused: it is no promise of this house; unknown: the policy does not name its log. */
export type PromiseState = 'ok' | 'not-due' | 'late' | 'missing' | 'unknown' | 'refused'

export type JudgedPromise = {
  /** The file, and the line where it stands. */
  readonly at: string
  readonly state: PromiseState
  readonly because?: string
  readonly id?: string
  readonly origin?: string
  readonly index?: number
  readonly integratedBy?: string
  /** What proves to anybody that a promise was not kept. */
  readonly evidence?: Evidence
}

/** Together with the entries of this tree, which the log serves. */
export type Evidence = { readonly token: string; readonly checkpoint: string; readonly key: object }

export type PromisesSeen = {
  readonly promises: readonly JudgedPromise[]
  /** What is wrong with a log that was looked at. */
  readonly faults: readonly string[]
  readonly notProved: readonly string[]
}

/** @throws OperatorError where something cannot be read, or there is too much of it */
export async function lookForPromises(
  asked: PromiseAsked,
  now: Date,
  progress: Progress,
): Promise<PromisesSeen> {
  const { policy, notProved } = await trustOf(asked)
  const before = asked.since === undefined ? undefined : await earlierTree(asked.since, policy)
  const given = await tokensIn(asked.files)
  const keys = keysOnce(asked.keys)
  const logs = logsIn(policy)
  const [judged, open]: [JudgedPromise[], OpenPromise[]] = [[], []]
  for (const token of given) {
    const read = await readPromise(token, logs, keys)
    if ('state' in read) judged.push(read)
    else open.push(read)
  }
  const faults: string[] = []
  for (const [origin, ofLog] of Map.groupBy(open, ({ promise }) => promise.origin)) {
    const looking = { policy, logs, origin, before, progress, faults: [], now }
    judged.push(...(await judgeIn(looking, ofLog, now)))
    faults.push(...looking.faults)
  }
  return { promises: judged, faults, notProved }
}

/** An earlier tree, and by whom and when it was signed. */
type Earlier = Checkpoint & { readonly signatures: readonly Signature[] }

async function earlierTree(file: string, policy: LogPolicy): Promise<Earlier> {
  const note = await readText(file)
  return readable(file, () => {
    const { text, signatures } = openNote(note, verifiersOf(policy))
    return { ...readCheckpoint(text), signatures }
  })
}

type Looking = {
  readonly policy: LogPolicy
  readonly logs: ReadonlyMap<string, string>
  readonly origin: string
  readonly before: Earlier | undefined
  readonly progress: Progress
  readonly faults: string[]
  readonly now: Date
}

type Found = { readonly origin: string; readonly index: number }

async function judgeIn(
  looking: Looking,
  open: readonly OpenPromise[],
  now: Date,
): Promise<JudgedPromise[]> {
  const found = new Map<string, Found>()
  const wanted = new Set(open.map(({ entry }) => entry))
  let last: OpenedCheckpoint | undefined
  // After a restore the next log of the house takes in what its first one promised (decision 0098).
  for (const origin of [looking.origin, ...laterLogs(looking)])
    if (found.size < wanted.size) last = await lookThrough(looking, origin, wanted, found)
  return open.map((one) => judge(one, found.get(one.entry), { ...looking, last, now }))
}

function laterLogs({ logs, origin }: Looking): string[] {
  const own = placeOf(origin)
  return [...logs.keys()]
    .flatMap((other) => {
      const place = placeOf(other)
      return own !== undefined && place?.house === own.house && place.order > own.order
        ? [{ other, order: place.order }]
        : []
    })
    .toSorted((one, other) => one.order - other.order)
    .map(({ other }) => other)
}

/** Reads the entries of a log, and holds each against the signed tree. */
async function lookThrough(
  { policy, logs, before, progress, faults, now }: Looking,
  origin: string,
  wanted: ReadonlySet<string>,
  found: Map<string, Found>,
): Promise<OpenedCheckpoint> {
  const at = logs.get(origin) ?? ''
  const all = await checkpointAt(at, verifiersOf(policy))
  const { tree } = all
  const signatures = signaturesThatCount(all.signatures, tree.origin, policy, now)
  const opened = { ...all, signatures }
  if (tree.origin !== origin || !signatures.some(({ verifier }) => verifier.name === origin))
    faults.push(`${origin}: its checkpoint is not signed by this log`)
  else if (!policy.isQuorum(signatures))
    faults.push(`${origin}: its checkpoint has not the cosignatures that the policy demands`)
  else {
    const known = before?.origin === origin ? before : undefined
    const fault = await walk({ at, tree, known, origin, wanted, found, progress })
    if (fault !== undefined) faults.push(`${origin}, entry ${fault.index ?? 0}: ${fault.because}`)
  }
  return opened
}

type Walk = {
  readonly at: string
  readonly tree: Checkpoint
  readonly known: Checkpoint | undefined
  readonly origin: string
  readonly wanted: ReadonlySet<string>
  readonly found: Map<string, Found>
  readonly progress: Progress
}

async function walk({ at, tree, known, origin, wanted, found, progress }: Walk) {
  if (known !== undefined && known.size > tree.size)
    return { index: tree.size, because: 'it has fewer entries than before' }
  const read = tilesAt(at)
  const start = known === undefined ? emptyFrontier : await edgeBefore(known.size, tree.size, read)
  if (tree.size - start.size > maxEntries)
    throw new OperatorError(
      `${origin} has ${tree.size - start.size} entries to read: give --since, a checkpoint of before these decisions.`,
    )
  return walkLog(prefetchTiles(tree.size, read), known === undefined ? [tree] : [known, tree], {
    isEntry: isLogEntry,
    start,
    onEntries(entries, from) {
      progress(origin, from, tree.size)
      for (const [i, entry] of entries.entries()) {
        const hex = entry.toString('hex')
        if (wanted.has(hex) && !found.has(hex)) found.set(hex, { origin, index: from + i })
      }
      return Promise.resolve(undefined)
    },
  })
}

type Judging = Looking & { readonly last: OpenedCheckpoint | undefined; readonly now: Date }

function judge(
  { at, jws, key, promise }: OpenPromise,
  found: Found | undefined,
  { policy, faults, before, last, now }: Judging,
): JudgedPromise {
  const { origin, jti, iat, integrated_by: integratedBy } = promise
  const known = { at, origin, integratedBy, ...(jti === undefined ? {} : { id: jti }) }
  if (found !== undefined) return { ...known, state: 'ok', ...found }
  const due = secondsAfter(new Date(integratedBy), clockSeconds)
  if (now <= due) return { ...known, state: 'not-due' }
  // Of a log that does not hold nothing is proved, neither way.
  if (last === undefined || faults.length > 0)
    return { ...known, state: 'unknown', because: 'its log does not hold' }
  if (before?.origin === origin && !isOlder(before, iat, policy))
    return {
      ...known,
      state: 'unknown',
      because:
        'it is not behind --since, and no witness says that this tree is older than the promise',
    }
  const evidence = { token: jws, checkpoint: last.note, key }
  if (policy.isQuorum([]))
    return {
      ...known,
      state: 'missing',
      evidence,
      because:
        'it is not in the log. No witness dates this tree: that it is younger than the promise, only your clock says',
    }
  const since = last.signatures.filter(({ time }) => (time ?? 0) * 1000 > due.getTime())
  return policy.isQuorum(since)
    ? {
        ...known,
        state: 'missing',
        evidence,
        because: 'it is not in the log, and witnesses cosigned this tree after its time',
      }
    : { ...known, state: 'late', because: 'witnesses cosigned no tree since its time' }
}

/** Whether enough witnesses had cosigned a tree by then: what came into being later is not in it. */
function isOlder({ signatures }: Earlier, iat: number, policy: LogPolicy): boolean {
  const then = signatures.filter(({ time }) => time !== undefined && time <= iat)
  return then.length > 0 && policy.isQuorum(then)
}
