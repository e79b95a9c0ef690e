import type { OverdueDays } from '../../base/jobs/day-closing.ts'
import type { Checkpoint } from '../../base/tlog/checkpoint.ts'
import { readCheckpoint } from '../../base/tlog/checkpoint.ts'
import { fetchText, readable, readText } from '../../base/tlog/fetch-text.ts'
import type { LogPolicy } from '../../base/tlog/log-policy.ts'
import { openNote } from '../../base/tlog/note.ts'
import { trustOf } from '../../base/tlog/policy-trust.ts'
import type { Finding, LogFault } from '../../base/tlog/verify-log.ts'
import { walkLog } from '../../base/tlog/verify-log.ts'
import { isLogEntry } from '../chain/index.ts'
import type { ReadLeaves } from './documents.ts'
import { checkDocuments, leavesOnce } from './documents.ts'
import type { Progress } from './progress.ts'
import { prefetchTiles } from './tile-prefetch.ts'
import type { RegisterWatch } from './register-changes.ts'
import { watchRegister } from './register-changes.ts'
import { cosignaturesIn, judgeTree, verifiersOf } from '../../base/tlog/trusted-tree.ts'
import { logsOf, lookAt, tilesAt } from './served-log.ts'
import type { ToldDays } from './told-days.ts'
import { lateDays, readToldDays } from './told-days.ts'

export type Outside = {
  readonly url: string
  /** The file of a policy; undefined: the policy that the address serves. */
  readonly policy?: string | undefined
  /** The file that keeps the policy that the address served first. */
  readonly pin?: string | undefined
  /** The file of an earlier checkpoint, which its log must contain. */
  readonly since?: string | undefined
  readonly now: Date
  readonly progress: Progress
}

type Seen = {
  readonly findings: readonly Finding[]
  /** The days that the newest log should tell of as closed, and does not. */
  readonly notClosed: readonly OverdueDays[]
  /** Why this is not proved, in sentences. */
  readonly notProved: readonly string[]
  readonly says: readonly string[]
}

/**
 * Checks all logs of an address, or one, without a database: every entry, every tile, each signature, each public document, and whether
 * two signed each version of the register once it has two signers.
 */
export async function verifyFromOutside({
  url,
  policy: file,
  pin,
  since,
  now,
  progress,
}: Outside): Promise<Seen> {
  const looked = await lookAt(url)
  const { policy, notProved } = await trustOf({ policy: file, pin }, `${looked.logs}/policy`)
  const earlier = since === undefined ? undefined : await earlierTree(since, policy)
  const [findings, says]: [Finding[], string[]] = [[], []]
  const origins = logsOf(looked, policy)
  const leaves = leavesOnce()
  const register = watchRegister()
  const told = new Map<string, string | undefined>()
  for (const [origin, at] of origins) {
    const before = earlier?.origin === origin ? [earlier] : []
    const days = readToldDays(now)
    const served = { origin, at, policy, before, leaves, register, days, progress, now }
    const { faults, lines } = await verifyServed(served)
    told.set(origin, days.through())
    findings.push(...faults.map((fault) => ({ where: origin, ...fault })))
    says.push(...lines)
  }
  // Where a document is missing, what stands before a change is not known.
  if (findings.length === 0) findings.push(...(await register.findings()))
  if (earlier !== undefined && !origins.has(earlier.origin))
    findings.push({ where: earlier.origin, because: 'no such log is looked at here' })
  return { findings, notClosed: lateDays(told, policy, now), notProved, says }
}

async function earlierTree(file: string, policy: LogPolicy): Promise<Checkpoint> {
  const note = await readText(file)
  return readable(file, () => readCheckpoint(openNote(note, verifiersOf(policy)).text))
}

type ServedOne = {
  readonly origin: string
  readonly at: string
  readonly policy: LogPolicy
  readonly before: readonly Checkpoint[]
  readonly leaves: ReadLeaves
  readonly register: RegisterWatch
  readonly days: ToldDays
  readonly progress: Progress
  readonly now: Date
}

function closedIn(days: ToldDays): string {
  const through = days.through()
  return through === undefined ? '' : `, days closed through ${through}`
}

async function verifyServed(served: ServedOne) {
  const { origin, at, policy, before, leaves, register, days, progress, now } = served
  const faults: LogFault[] = []
  const place = `${at}/checkpoint`
  const note = await fetchText(place)
  const judged = readable(place, () => judgeTree(note, policy, now))
  const { tree, counting, isByLog, isQuorum } = judged
  if (tree.origin !== origin || !isByLog)
    faults.push({ because: 'its checkpoint is not signed by this log' })
  if (!isQuorum)
    faults.push({ because: 'its checkpoint has not the cosignatures that the policy demands' })
  const witnesses = cosignaturesIn(counting, policy).length
  const line = `${origin}: ${tree.size} entries, ${witnesses} cosignatures`
  if (before.some(({ size }) => size > tree.size)) {
    faults.push({ index: tree.size, because: 'it has fewer entries than before' })
    return { faults, lines: [line, ...judged.says] }
  }
  const list = () => leaves(origin, at)
  const documents = checkDocuments(0, list, async (document) => register.take(origin, document))
  const fault = await walkLog(prefetchTiles(tree.size, tilesAt(at)), [...before, tree], {
    isEntry: isLogEntry,
    onEntries(entries, from) {
      progress(origin, from, tree.size)
      days.take(entries, from)
      return documents.onEntries(entries, from)
    },
  })
  if (fault !== undefined) faults.push(fault)
  faults.push(...(await documents.faults(fault?.index ?? tree.size)), ...days.faults())
  const entries = `${line}, ${documents.count()} public entries${closedIn(days)}`
  return { faults, lines: [entries, ...judged.says] }
}
