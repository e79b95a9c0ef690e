import type { LogSecret } from '../../base/keys/log-keys.ts'
import { hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Checkpoint } from '../../base/tlog/checkpoint.ts'
import { readCheckpoint } from '../../base/tlog/checkpoint.ts'
import type { Session } from '../../base/database/db-session.ts'
import { whileLeased, leaseMs } from '../../base/jobs/duty.ts'
import { endLease, takeLease } from '../../base/jobs/lease.ts'
import { readable, readText } from '../../base/tlog/fetch-text.ts'
import type { LogPolicy } from '../../base/tlog/log-policy.ts'
import { readPolicy } from '../../base/tlog/log-policy.ts'
import type { Verifier } from '../../base/tlog/note.ts'
import { NoteError } from '../../base/tlog/note-error.ts'
import { openNote, readVkey, splitNote } from '../../base/tlog/note.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { readWhole } from '../../base/settings/atomic-file.ts'
import { originOf } from '../chain/index.ts'
import { containsTree } from './rows-source.ts'
import type { WriteFile } from './temporary-files.ts'
import { takeDrafts, youngestIn } from './temporary-files.ts'
import { exportTiles } from './export.ts'
import { folderOf } from './files.ts'
import type { SignedTree } from './record.ts'
import type { RestoreGone } from './restore.ts'
import { feedOfHeads, isLost, resumedAfterRestore } from './restore.ts'
import { restoreRows } from './restore-store.ts'
import { recordFile, RefusalToSign, signerLease, writeRecord } from './record.ts'
import { verifiersOf } from './signers.ts'
import type { LogRow } from './store.ts'
import { keysOf, lastCheckpoint, logRows, notedTree, noWitnesses, witnessLines } from './store.ts'
import type { AskNote } from './witnesses.ts'
import { askAnybody } from './witnesses.ts'

const shard = 0

type Evidenced = {
  readonly session: Session
  readonly issuer: string
  readonly ledgerDir: string
  readonly secrets: readonly LogSecret[]
  /** What operators said of a restore is sealed. */
  readonly seals: RowSeals
  /** Paths of signed checkpoints that others kept. */
  readonly checkpoints: readonly string[]
  readonly askNote: AskNote
}
export type RememberOptions = Omit<Evidenced, 'askNote'> & {
  /** A connection of its own: it renews the lease of the signer, whose work this is. */
  readonly keeping: Session
}

type Evidence = { readonly where: string; readonly tree: Checkpoint }
type OneLog = {
  readonly log: LogRow
  readonly origin: string
  readonly vkeys: readonly Verifier[]
  /** The restores of this log that two let go on. */
  readonly gone: readonly RestoreGone[]
}

/**
 * Makes the signer's lost record anew. The record keeps a database restored from a backup from signing another history. Others
 * must supply the last signed tree: the database and the files beside it may come from the same old backup. A signed note proves
 * its tree wherever it is found; only others can tell that there is no later tree.
 * @throws OperatorError where evidence is missing, or the database does not contain it
 */
export async function rebuildRecord(given: RememberOptions): Promise<string[]> {
  const { keeping, ledgerDir, secrets } = given
  const file = join(ledgerDir, recordFile)
  if (ledgerDir === '' || secrets.length === 0)
    throw new OperatorError('This machine does not sign: LEDGER_DIR and the key `log` are needed.')
  if (existsSync(file))
    throw new OperatorError(`${file} is there: move it away if it cannot be read.`)
  const above = await youngestIn(ledgerDir)
  const wanted = { duty: signerLease(shard), holder: crypto.randomUUID(), lifeMs: leaseMs, above }
  const lease = await takeLease(keeping, wanted)
  if (lease === undefined) throw new OperatorError('A process signs, or tries to: stop it first.')
  try {
    const says = await whileLeased(keeping, lease, leaseMs, async (guard) => {
      const write = await takeDrafts(ledgerDir, lease)
      return rebuildSigned({ ...given, session: guard(given.session), askNote: askAnybody }, write)
    })
    return [...says, `written: ${file}`]
  } finally {
    await endLease(keeping, lease)
  }
}

/** The same, for whoever has the signer's lease. @returns what was found of each log. @throws OperatorError */
export async function rebuildSigned(given: Evidenced, write: WriteFile): Promise<string[]> {
  const { session, issuer, ledgerDir, seals } = given
  const all = resumedAfterRestore(seals, await restoreRows(session))
  // What two let go on was signed once, also of a log that this database never had; of what the feed of heads alone knew nobody says so.
  const record = new Map<string, SignedTree>(all.flatMap(signedTreeOf))
  const says: string[] = []
  for (const log of await logRows(session)) {
    const origin = originOf(issuer, log.year, log.shard)
    const gone = all.filter((row) => row.origin === origin)
    const last = log.treeSize === 0 ? undefined : await lastSignedOf(given, { log, origin, gone })
    if (last !== undefined) {
      record.set(origin, last.tree)
      // More than the record may have been lost; of a log that ended with a restore, the signer makes what its rows still have.
      if (gone.length === 0) await exportAll(given, log, last.tree, write)
    }
    says.push(
      `${origin}: ${last === undefined ? 'nobody knows of a signed tree' : `${last.tree.size} entries, known to ${last.where}`}`,
    )
  }
  await restorePolicy(given, write)
  await writeRecord(ledgerDir, record, write)
  return says
}

async function exportAll(
  { session, ledgerDir }: Evidenced,
  log: LogRow,
  { size, root }: Checkpoint,
  write: WriteFile,
): Promise<void> {
  const folder = folderOf(ledgerDir, log.year, log.shard)
  const tree = { ...log, treeSize: size, root }
  await refusing(() => exportTiles(session, tree, { folder, before: 0, write }))
}

// Without its file the signer would publish that there are no witnesses.
async function restorePolicy({ session, ledgerDir }: Evidenced, write: WriteFile): Promise<void> {
  const path = join(ledgerDir, 'witnesses')
  const lines = await witnessLines(session)
  if (lines !== noWitnesses && (await readWhole(path)) === undefined) await write(path, lines)
}

// Oldest first: the newest restore of a log stays.
function signedTreeOf({ origin, taken, root, knownTo }: RestoreGone): [string, SignedTree][] {
  return root === null || knownTo === feedOfHeads ? [] : [[origin, { size: taken, root }]]
}

async function lastSignedOf(
  given: Evidenced,
  { log, origin, gone }: Omit<OneLog, 'vkeys'>,
): Promise<Evidence | undefined> {
  const { session, secrets } = given
  const known = (await keysOf(session, log.logId)).map(({ vkey }) => vkey)
  const ours = (await verifiersOf(secrets, origin)).map(({ vkey }) => vkey)
  const one = { log, origin, gone, vkeys: [...new Set([...ours, ...known])].map(readVkey) }
  const evidence = [...(await outside(given, one)), ...(await inside(given, one))].toSorted(
    (a, b) => b.tree.size - a.tree.size,
  )
  for (const each of evidence) await requireContained(session, one, each)
  return evidence[0]
}

/** The evidence of others. @throws OperatorError where too few answered to say that there is no later tree */
async function outside(given: Evidenced, one: OneLog): Promise<Evidence[]> {
  const evidence: Evidence[] = []
  for (const path of given.checkpoints) {
    const note = await readText(path)
    if (originIn(note, path) === one.origin) evidence.push(evidenceIn(note, path, one, one.vkeys))
  }
  const isByFile = evidence.length > 0
  const policy = await policyIn(given)
  const answered: Verifier[] = []
  for (const { verifier, url } of policy.witnesses) {
    if (url === undefined) continue
    const where = `${url.replace(/\/$/, '')}/${hash('sha256', one.origin)}/checkpoint`
    const bytes = await given.askNote(where)
    if (bytes === 'no answer') continue
    answered.push(verifier)
    if (bytes === undefined) continue
    const note = bytes.toString()
    evidenceIn(note, where, one, one.vkeys)
    evidence.push(evidenceIn(note, where, one, [verifier]))
  }
  const isQuorum = policy.isQuorum(answered.map((verifier) => ({ verifier, time: 1 })))
  if (!isByFile && !(answered.length > 0 && isQuorum))
    throw new OperatorError(
      `${one.origin}: of the witnesses that could know of a later tree, ${answered.length} answered, and that is not enough: give --checkpoint.`,
    )
  return evidence
}

/** What the house itself still has: signed notes, perhaps old ones; a tree that was about to be signed; what two operators let go on. */
async function inside({ session, ledgerDir }: Evidenced, one: OneLog): Promise<Evidence[]> {
  const { origin, gone } = one
  const path = join(folderOf(ledgerDir, one.log.year, one.log.shard), 'checkpoint')
  const file = (await readWhole(path))?.toString()
  const row = (await lastCheckpoint(session, one.log.logId))?.note
  const noted = await notedTree(session, one.log.logId)
  return [
    ...(file === undefined ? [] : [evidenceIn(file, path, one, one.vkeys)]),
    ...(row === undefined ? [] : [evidenceIn(row, 'the database', one, one.vkeys)]),
    ...(noted === undefined
      ? []
      : [{ where: 'the database, as about to be signed', tree: { origin, ...noted } }]),
    ...gone
      .flatMap(signedTreeOf)
      .map(([, tree]) => ({ where: 'the two who let it go on', tree: { origin, ...tree } })),
  ]
}

function evidenceIn(
  note: string,
  where: string,
  { origin }: OneLog,
  by: readonly Verifier[],
): Evidence {
  return readable(where, () => {
    const tree = readCheckpoint(openNote(note, by).text)
    if (tree.origin !== origin) throw new NoteError('is of another log')
    return { where, tree }
  })
}

function originIn(note: string, where: string): string {
  return readable(where, () => readCheckpoint(splitNote(note).text).origin)
}

async function requireContained(
  session: Session,
  { log, gone }: OneLog,
  { where, tree }: Evidence,
): Promise<void> {
  // Two said that it is lost: no database will contain it again.
  if (isLost(tree, gone)) return
  if (tree.size > log.treeSize)
    throw new OperatorError(
      `${where} knows of ${tree.size} entries, but the database holds ${log.treeSize}: an older state of it was restored. Restore it to the last instant.`,
    )
  if (!(await refusing(() => containsTree(session, log, tree))))
    throw new OperatorError(
      `The tree of the database does not contain the ${tree.size} entries that ${where} knows of: it is another history.`,
    )
}

// The operator's file may be lost with the record: the database has a copy of it.
async function policyIn({ session, ledgerDir }: Evidenced): Promise<LogPolicy> {
  const path = join(ledgerDir, 'witnesses')
  const lines = (await readWhole(path))?.toString() ?? (await witnessLines(session))
  return readable(path, () => readPolicy(lines))
}

async function refusing<T>(deed: () => Promise<T>): Promise<T> {
  try {
    return await deed()
  } catch (cause) {
    if (!(cause instanceof RefusalToSign) && !(cause instanceof RangeError)) throw cause
    throw new OperatorError(`The database does not hold what it should: ${cause.message}.`, {
      cause,
    })
  }
}
