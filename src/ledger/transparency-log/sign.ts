import { join } from 'node:path'
import type { Clock } from '../../base/values/clock.ts'
import type { Duty } from '../../base/jobs/duty.ts'
import type { Session } from '../../base/database/db-session.ts'
import { attempt, recoverFrom } from '../../base/values/expected-errors.ts'
import type { Log } from '../../base/logging/log.ts'
import type { LogSecret } from '../../base/keys/log-keys.ts'
import { NoteError } from '../../base/tlog/note-error.ts'
import { readPolicy } from '../../base/tlog/log-policy.ts'
import { splitNote } from '../../base/tlog/note.ts'
import { originOf } from '../chain/index.ts'
import { consistencyProof, dropPartials, exportTiles, requireTree } from './export.ts'
import { folderOf } from './files.ts'
import type { WalkFiles } from './file-walk.ts'
import { healNext, tilesDownwards, walkFiles } from './file-walk.ts'
import type { RecallRecord } from './lost-record.ts'
import { recallRecord } from './lost-record.ts'
import type { Lease } from '../../base/jobs/lease.ts'
import { requireLease } from '../../base/jobs/lease.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { readWhole } from '../../base/settings/atomic-file.ts'
import type { WriteFile } from './temporary-files.ts'
import { takeDrafts, youngestIn } from './temporary-files.ts'
import type { SignedTree } from './record.ts'
import { lastSigned, RefusalToSign, readRecord, signerLease, writeRecord } from './record.ts'
import { signTree, verifiersOf } from './signers.ts'
import { resumeLog } from './resume-log.ts'
import type { CheckpointRow, LogRow } from './store.ts'
import {
  lastCheckpoint,
  logRows,
  notedTree,
  noteSigning,
  noWitnesses,
  saveCheckpoint,
  saveVkeys,
  saveWitnessLines,
  witnessLines,
} from './store.ts'
import type { AskWitnesses } from './witnesses.ts'

export type SigningContext = {
  readonly issuer: string
  readonly ledgerDir: string
  readonly shard: number
  /** Secrets of purpose `log` and `log-pq`, newest first of each. */
  readonly secrets: readonly LogSecret[]
  readonly clock: Clock
  readonly log: Log
  readonly askWitnesses: AskWitnesses
  /** Whether a witness that has not cosigned the published tree of a log is asked again now; absent: it never is. */
  readonly asksAgain?: (origin: string) => boolean
  /** What operators said is sealed. */
  readonly seals: RowSeals
  /** Is told when a tree is not signed: the database may have been put back. */
  readonly refused?: () => void
  /** Whom of the witnesses it may ask for what was signed, where the record of it is gone; absent: it asks none. */
  readonly outboundAllow?: readonly string[]
}
type Desk = SigningContext & {
  /** Makes the record anew where it is gone; absent: it stays away. */
  readonly recall?: RecallRecord | undefined
  /** Makes files anew that are gone; absent: it looks at none. */
  readonly walk?: WalkFiles
}

const paceMs = 1000
const sayAgainMs = 60_000
const askAgainMs = 60_000

/** Signs the trees that grew, once a second, in the one process that has the key and the record of what it signed. */
export function signDuty(context: SigningContext): Duty {
  const said = { because: '', at: 0 }
  const { outboundAllow } = context
  const patient = {
    ...context,
    asksAgain: nowAndThen(context.clock),
    recall: outboundAllow && recallRecord(context, outboundAllow),
    walk: walkFiles(context),
  }
  return {
    name: 'log.sign',
    lease: signerLease(context.shard),
    paceMs,
    above: () => youngestIn(context.ledgerDir),
    async turn(session, lease) {
      await signOnce(session, patient, lease)
        .then(() => (said.because = ''))
        .catch(recoverFrom(RefusalToSign, ({ message }) => refuse(message)))
      return false
    },
  }

  function refuse(because: string): void {
    context.refused?.()
    const now = context.clock().getTime()
    // An operator must act: the log says so at once, and again each minute.
    if (said.because === because && now - said.at < sayAgainMs) return
    context.log.error({ job: 'log.sign', outcome: because }, 'nothing is signed')
    Object.assign(said, { because, at: now })
  }
}

/** For each log once in a while, for the first time after a while. */
function nowAndThen(clock: Clock): (origin: string) => boolean {
  const asked = new Map<string, number>()
  return (origin) => {
    const now = clock().getTime()
    const before = asked.get(origin)
    if (before === undefined || now - before >= askAgainMs) asked.set(origin, now)
    return before !== undefined && now - before >= askAgainMs
  }
}

/** @throws RefusalToSign for a tree that does not follow from what was signed before */
export async function signOnce(session: Session, context: Desk, lease: Lease): Promise<void> {
  const { ledgerDir, shard } = context
  // What others may have written here before is read after this: they can write nothing more.
  const write = await takeDrafts(ledgerDir, lease)
  // Before the policy is taken: with the record the operator's file of witnesses may be gone.
  await context.recall?.(session, write)
  await takePolicy(session, lease, ledgerDir)
  const { issuer, seals } = context
  const record = await readRecord(ledgerDir)
  const ended = await resumeLog({ session, lease, seals, issuer, queue: shard, record })
  const logs = (await logRows(session)).filter((log) => log.queue === shard && log.treeSize > 0)
  await context.walk?.({ session, write, logs, record, ended })
  try {
    for (const log of logs) {
      if (!ended.has(originOf(issuer, log.year, log.shard)))
        await signLog({ session, context, lease, write }, log)
    }
  } catch (error) {
    // What a frozen process read of record and database is of two instants: it is no contradiction.
    if (error instanceof RefusalToSign) await requireLease(session, lease)
    throw error
  }
}

type Signing = {
  readonly session: Session
  readonly context: Desk
  readonly lease: Lease
  readonly write: WriteFile
}

async function signLog({ session, context, lease, write }: Signing, log: LogRow): Promise<void> {
  const { issuer, ledgerDir, secrets } = context
  const origin = originOf(issuer, log.year, log.shard)
  const folder = folderOf(ledgerDir, log.year, log.shard)
  const record = await readRecord(ledgerDir)
  const published = await lastCheckpoint(session, log.logId)
  const noted = await notedTree(session, log.logId)
  const last = lastSigned(record.get(origin), published, noted, log)
  const file = join(folder, 'checkpoint')
  const tree = { size: log.treeSize, root: log.root }
  const prove = (old: number) => consistencyProof(folder, old, tree.size)
  if (published !== undefined && (await isOut(published, log, file))) {
    if (context.asksAgain?.(origin) !== true) return
    const note = await withMissing(session, context, published, prove)
    if (note === published.note) return
    await saveCheckpoint(session, lease, log.logId, { ...published, note })
    return write(file, note)
  }
  const before = published?.treeSize ?? 0
  await exportTiles(session, log, { folder, before, write })
  await requireTree(folder, tree, last).catch(
    recoverFrom(RangeError, async () => {
      // A file is gone: all of them may be.
      const files = { session, logId: log.logId, folder, write, tree }
      await healNext(files, tilesDownwards(tree.size))
      await requireTree(folder, tree, last)
    }),
  )
  // Tree and lease are on disk and in the database before the signature exists. Whoever has a younger lease has read them by then:
  // a signature that is made later, by a process that was frozen here, contradicts nothing.
  await noteTree({ ledgerDir, write }, origin, tree, last)
  await noteSigning(session, lease, log.logId, tree)
  const signed = await signTree(secrets, { origin, ...tree }, prove, context.clock())
  const policy = readPolicy(await witnessLines(session))
  const note = signed + (await context.askWitnesses(policy.witnesses, signed, tree.size, prove))
  const vkeys = (await verifiersOf(secrets, origin)).map(({ vkey }) => vkey)
  await saveVkeys(session, lease, log.logId, vkeys, last.size)
  await saveCheckpoint(session, lease, log.logId, { treeSize: tree.size, root: tree.root, note })
  await write(file, note)
  await dropPartials(folder, tree.size, before)
}

// A witness that was away is asked again: where nothing is added, no new signature would ask it.
async function withMissing(
  session: Session,
  { askWitnesses }: SigningContext,
  { note, treeSize }: CheckpointRow,
  prove: (old: number) => Promise<readonly Buffer[]>,
): Promise<string> {
  const { witnesses } = readPolicy(await witnessLines(session))
  const { lines } = splitNote(note)
  const missing = witnesses.filter(
    ({ verifier, url }) =>
      url !== undefined &&
      !lines.some(
        ({ name, bytes }) => name === verifier.name && bytes.readUInt32BE(0) === verifier.keyId,
      ),
  )
  return missing.length === 0 ? note : note + (await askWitnesses(missing, note, treeSize, prove))
}

// The record is shared by the logs of all years. What stands there of this log is still what was read before the files were written.
async function noteTree(
  { ledgerDir, write }: { readonly ledgerDir: string; readonly write: WriteFile },
  origin: string,
  tree: SignedTree,
  last: SignedTree,
): Promise<void> {
  const record = await readRecord(ledgerDir)
  if ((record.get(origin)?.size ?? 0) !== last.size)
    throw new Error('another process signed meanwhile')
  await writeRecord(ledgerDir, new Map([...record, [origin, tree]]), write)
}

/** Whether the tree is published and its file is there, so that there is nothing to do. */
async function isOut(published: CheckpointRow, log: LogRow, file: string) {
  if (published.treeSize !== log.treeSize) return false
  return (await readWhole(file))?.toString() === published.note
}

/** Copies the operator's file of witnesses into the database, for every process. */
async function takePolicy(session: Session, lease: Lease, ledgerDir: string): Promise<void> {
  const lines = (await readWhole(join(ledgerDir, 'witnesses')))?.toString() ?? noWitnesses
  attempt(
    () => readPolicy(lines),
    recoverFrom(NoteError, (cause) => {
      throw new RefusalToSign(`${join(ledgerDir, 'witnesses')} ${cause.message}`, { cause })
    }),
  )
  if (lines !== (await witnessLines(session))) await saveWitnessLines(session, lease, lines)
}
