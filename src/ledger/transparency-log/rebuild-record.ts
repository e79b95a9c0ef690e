import type { LogSecret } from '../../base/keys/log-keys.ts'
import { hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Checkpoint } from '../../base/tlog/checkpoint.ts'
import { readCheckpoint } from '../../base/tlog/checkpoint.ts'
import type { Session } from '../../base/database/db-session.ts'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import { whileLeased, leaseMs } from '../../base/jobs/duty.ts'
import type { Lease } from '../../base/jobs/lease.ts'
import { endLease, takeLease } from '../../base/jobs/lease.ts'
import { fetchSome, readable, readText } from '../../base/tlog/fetch-text.ts'
import type { LogPolicy } from '../../base/tlog/log-policy.ts'
import { readPolicy } from '../../base/tlog/log-policy.ts'
import type { Verifier } from '../../base/tlog/note.ts'
import { NoteError } from '../../base/tlog/note-error.ts'
import { maxNoteBytes, openNote, readVkey, splitNote } from '../../base/tlog/note.ts'
import { StartError } from '../../base/values/start-error.ts'
import { readWhole } from '../../base/settings/atomic-file.ts'
import { originOf } from '../chain/index.ts'
import { containsTree } from './consistency.ts'
import type { WriteFile } from './temporary-files.ts'
import { takeDrafts, youngestIn } from './temporary-files.ts'
import { exportTiles } from './export.ts'
import { folderOf } from './files.ts'
import type { SignedTree } from './record.ts'
import { recordFile, RefusalToSign, writeRecord } from './record.ts'
import { signerLease } from './sign.ts'
import { verifiersOf } from './signers.ts'
import type { LogRow } from './store.ts'
import { keysOf, lastCheckpoint, logRows, notedTree } from './store.ts'

const shard = 0

export type RememberOptions = {
  readonly session: Session
  /** A connection of its own: it renews the lease of the signer, whose work this is. */
  readonly keeping: Session
  readonly issuer: string
  readonly ledgerDir: string
  readonly secrets: readonly LogSecret[]
  /** Paths of signed checkpoints that others kept. */
  readonly checkpoints: readonly string[]
}

type Rebuilding = RememberOptions & { readonly write: WriteFile }
type Evidence = { readonly where: string; readonly tree: Checkpoint }
type OneLog = {
  readonly log: LogRow
  readonly origin: string
  readonly vkeys: readonly Verifier[]
}

/**
 * Makes the signer's lost record anew. The record keeps a database restored from a backup from signing another history. Others
 * must supply the last signed tree: the database and the files beside it may come from the same old backup. A signed note proves
 * its tree wherever it is found; only others can tell that there is no later tree.
 * @throws StartError where evidence is missing, or the database does not contain it
 */
export async function rebuildRecord(given: RememberOptions): Promise<string[]> {
  const { keeping, ledgerDir, secrets } = given
  const file = join(ledgerDir, recordFile)
  if (ledgerDir === '' || secrets.length === 0)
    throw new StartError('This machine does not sign: LEDGER_DIR and the key `log` are needed.')
  if (existsSync(file)) throw new StartError(`${file} is there: move it away if it cannot be read.`)
  const above = await youngestIn(ledgerDir)
  const wanted = { duty: signerLease(shard), holder: crypto.randomUUID(), lifeMs: leaseMs, above }
  const lease = await takeLease(keeping, wanted)
  if (lease === undefined) throw new StartError('A process signs, or tries to: stop it first.')
  try {
    const says = await whileLeased(keeping, lease, leaseMs, (guard) =>
      rebuild({ ...given, session: guard(given.session) }, lease),
    )
    return [...says, `written: ${file}`]
  } finally {
    await endLease(keeping, lease)
  }
}

async function rebuild(options: RememberOptions, lease: Lease): Promise<string[]> {
  const { session, issuer, ledgerDir } = options
  const given = { ...options, write: await takeDrafts(ledgerDir, lease) }
  const record = new Map<string, SignedTree>()
  const says: string[] = []
  for (const log of await logRows(session)) {
    const origin = originOf(issuer, log.year, log.shard)
    const last = log.treeSize === 0 ? undefined : await lastSignedOf(given, log, origin)
    if (last !== undefined) record.set(origin, last.tree)
    says.push(
      `${origin}: ${last === undefined ? 'nobody knows of a signed tree' : `${last.tree.size} entries, known to ${last.where}`}`,
    )
  }
  await writeRecord(ledgerDir, record, given.write)
  return says
}

async function lastSignedOf(
  given: Rebuilding,
  log: LogRow,
  origin: string,
): Promise<Evidence | undefined> {
  const { session, secrets, ledgerDir, write } = given
  const known = (await keysOf(session, log.logId)).map(({ vkey }) => vkey)
  const ours = (await verifiersOf(secrets, origin)).map(({ vkey }) => vkey)
  const one = { log, origin, vkeys: [...new Set([...ours, ...known])].map(readVkey) }
  const evidence = [...(await outside(given, one)), ...(await inside(given, one))].toSorted(
    (a, b) => b.tree.size - a.tree.size,
  )
  for (const each of evidence) await requireContained(session, log, each)
  const [last] = evidence
  if (last !== undefined) {
    // Exports all files anew: more than the record may have been lost. Each tile is checked against the one above it.
    const tree = { ...log, treeSize: last.tree.size, root: last.tree.root }
    const folder = folderOf(ledgerDir, log.year, log.shard)
    await refusing(() => exportTiles(session, tree, { folder, before: 0, write }))
  }
  return last
}

/** The evidence of others. @throws StartError where too few answered to say that there is no later tree */
async function outside(given: RememberOptions, one: OneLog): Promise<Evidence[]> {
  const evidence: Evidence[] = []
  for (const path of given.checkpoints) {
    const note = await readText(path)
    if (originIn(note, path) === one.origin) evidence.push(evidenceIn(note, path, one, one.vkeys))
  }
  const isByFile = evidence.length > 0
  const policy = await policyIn(given.ledgerDir)
  const answered: Verifier[] = []
  for (const { verifier, url } of policy.witnesses) {
    if (url === undefined) continue
    const where = `${url.replace(/\/$/, '')}/${hash('sha256', one.origin)}/checkpoint`
    const bytes = await fetchSome(where, maxNoteBytes).catch(
      recoverFrom(StartError, () => 'nothing' as const),
    )
    if (bytes === 'nothing') continue
    answered.push(verifier)
    if (bytes === undefined) continue
    const note = bytes.toString()
    evidenceIn(note, where, one, one.vkeys)
    evidence.push(evidenceIn(note, where, one, [verifier]))
  }
  const isQuorum = policy.isQuorum(answered.map((verifier) => ({ verifier, time: 1 })))
  if (!isByFile && !(answered.length > 0 && isQuorum))
    throw new StartError(
      `${one.origin}: of the witnesses that could know of a later tree, ${answered.length} answered, and that is not enough: give --checkpoint.`,
    )
  return evidence
}

/** What the house itself still has: signed notes, perhaps old ones; and the tree that a signer was about to sign, and may have signed. */
async function inside({ session, ledgerDir }: RememberOptions, one: OneLog): Promise<Evidence[]> {
  const path = join(folderOf(ledgerDir, one.log.year, one.log.shard), 'checkpoint')
  const file = (await readWhole(path))?.toString()
  const row = (await lastCheckpoint(session, one.log.logId))?.note
  const noted = await notedTree(session, one.log.logId)
  return [
    ...(file === undefined ? [] : [evidenceIn(file, path, one, one.vkeys)]),
    ...(row === undefined ? [] : [evidenceIn(row, 'the database', one, one.vkeys)]),
    ...(noted === undefined
      ? []
      : [{ where: 'the database, as about to be signed', tree: { origin: one.origin, ...noted } }]),
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

async function requireContained(session: Session, log: LogRow, { where, tree }: Evidence) {
  if (tree.size > log.treeSize)
    throw new StartError(
      `${where} knows of ${tree.size} entries, but the database holds ${log.treeSize}: an older state of it was restored. Restore it to the last instant.`,
    )
  if (!(await refusing(() => containsTree(session, log, tree))))
    throw new StartError(
      `The tree of the database does not contain the ${tree.size} entries that ${where} knows of: it is another history.`,
    )
}

async function policyIn(ledgerDir: string): Promise<LogPolicy> {
  const path = join(ledgerDir, 'witnesses')
  const lines = (await readWhole(path))?.toString() ?? 'quorum none\n'
  return readable(path, () => readPolicy(lines))
}

async function refusing<T>(deed: () => Promise<T>): Promise<T> {
  try {
    return await deed()
  } catch (cause) {
    if (!(cause instanceof RefusalToSign) && !(cause instanceof RangeError)) throw cause
    throw new StartError(`The database does not hold what it should: ${cause.message}.`, { cause })
  }
}
