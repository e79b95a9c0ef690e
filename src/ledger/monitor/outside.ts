import type { Checkpoint } from '../../base/tlog/checkpoint.ts'
import { readCheckpoint } from '../../base/tlog/checkpoint.ts'
import { readable, readText } from '../../base/tlog/fetch-text.ts'
import type { LogPolicy } from '../../base/tlog/log-policy.ts'
import { openNote } from '../../base/tlog/note.ts'
import type { Finding, LogFault } from '../../base/tlog/verify-log.ts'
import { walkLog } from '../../base/tlog/verify-log.ts'
import { isLogEntry } from '../chain/index.ts'
import type { ReadLeaves } from './documents.ts'
import { checkDocuments, leavesOnce } from './documents.ts'
import type { Progress } from './progress.ts'
import { prefetchTiles } from './tile-prefetch.ts'
import type { RegisterWatch } from './register-changes.ts'
import { watchRegister } from './register-changes.ts'
import { checkpointAt, logsOf, lookAt, policyOf, tilesAt, verifiersOf } from './served-log.ts'

export type Outside = {
  readonly url: string
  /** The file of a policy; undefined: the policy that the address serves. */
  readonly policy?: string | undefined
  /** The file of an earlier checkpoint, which its log must contain. */
  readonly since?: string | undefined
  readonly progress: Progress
}

type Seen = { readonly findings: readonly Finding[]; readonly says: readonly string[] }

/**
 * Checks all logs of an address, or one, without a database: every entry, every tile, each signature, each public document, and whether
 * two signed each version of the register once it has two signers.
 */
export async function verifyFromOutside({
  url,
  policy: file,
  since,
  progress,
}: Outside): Promise<Seen> {
  const looked = await lookAt(url)
  const policy = await policyOf(looked, file)
  const earlier = since === undefined ? undefined : await earlierTree(since, policy)
  const [findings, says]: [Finding[], string[]] = [[], []]
  const origins = logsOf(looked, policy)
  const leaves = leavesOnce()
  const register = watchRegister()
  for (const [origin, at] of origins) {
    const before = earlier?.origin === origin ? [earlier] : []
    const served = { origin, at, policy, before, leaves, register, progress }
    const { faults, line } = await verifyServed(served)
    findings.push(...faults.map((fault) => ({ where: origin, ...fault })))
    says.push(line)
  }
  // Where a document is missing, what stands before a change is not known.
  if (findings.length === 0) findings.push(...(await register.findings()))
  if (earlier !== undefined && !origins.has(earlier.origin))
    findings.push({ where: earlier.origin, because: 'no such log is looked at here' })
  if (file === undefined)
    says.push('Whose keys these are, this address itself says: give --policy to trust others.')
  return { findings, says }
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
  readonly progress: Progress
}

async function verifyServed({ origin, at, policy, before, leaves, register, progress }: ServedOne) {
  const faults: LogFault[] = []
  const { tree, signatures } = await checkpointAt(at, verifiersOf(policy))
  if (tree.origin !== origin || !signatures.some(({ verifier }) => verifier.name === origin))
    faults.push({ because: 'its checkpoint is not signed by this log' })
  if (!policy.isQuorum(signatures))
    faults.push({ because: 'its checkpoint has not the cosignatures that the policy demands' })
  const witnesses = signatures.filter(({ time }) => time !== undefined).length
  const line = `${origin}: ${tree.size} entries, ${witnesses} cosignatures`
  if (before.some(({ size }) => size > tree.size)) {
    faults.push({ index: tree.size, because: 'it has fewer entries than before' })
    return { faults, line }
  }
  const list = () => leaves(origin, at)
  const documents = checkDocuments(0, list, async (document) => register.take(origin, document))
  const fault = await walkLog(prefetchTiles(tree.size, tilesAt(at)), [...before, tree], {
    isEntry: isLogEntry,
    onEntries(entries, from) {
      progress(origin, from, tree.size)
      return documents.onEntries(entries, from)
    },
  })
  if (fault !== undefined) faults.push(fault)
  faults.push(...(await documents.faults(fault?.index ?? tree.size)))
  return { faults, line: `${line}, ${documents.count()} public entries` }
}
