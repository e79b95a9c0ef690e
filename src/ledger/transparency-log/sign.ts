import { join } from 'node:path'
import { checkpointText } from '../../base/tlog/checkpoint.ts'
import type { Clock } from '../../base/platform/clock.ts'
import type { Duty, Session } from '../../base/platform/duty.ts'
import type { Log } from '../../base/platform/log.ts'
import { emptyRoot } from '../../base/tlog/merkle.ts'
import { NoteError } from '../../base/tlog/note-error.ts'
import { signNote } from '../../base/tlog/note.ts'
import { readPolicy } from '../../base/tlog/log-policy.ts'
import { originOf } from '../chain/index.ts'
import { consistencyProof, dropPartials, exportTiles, requireTree } from './export.ts'
import { folderOf } from './files.ts'
import { readWhole, writeWhole } from '../../base/platform/whole-file.ts'
import type { SignedTree } from './record.ts'
import { SigningRefused, readRecord, writeRecord } from './record.ts'
import { signersOf } from './signers.ts'
import type { CheckpointRow, LogRow } from './store.ts'
import {
  lastCheckpoint,
  logRows,
  saveCheckpoint,
  saveVkeys,
  saveWitnessLines,
  witnessLines,
} from './store.ts'
import type { AskWitnesses } from './witnesses.ts'

export type SigningContext = {
  readonly issuer: string
  readonly ledgerDir: string
  /** Secrets of purpose `log`, newest first. */
  readonly secrets: readonly Buffer[]
  readonly clock: Clock
  readonly log: Log
  readonly askWitnesses: AskWitnesses
}

const paceMs = 1000
export const signerLock = 7002
const sayAgainMs = 60_000
const nothingSigned: SignedTree = { size: 0, root: emptyRoot }

/** Signs the trees that grew, once a second, in the one process that has the key and the record of what it signed. */
export function signing(context: SigningContext, shard: number): Duty {
  const said = { because: '', at: 0 }
  return {
    name: 'log.sign',
    lock: [signerLock, shard],
    paceMs,
    async turn(session) {
      try {
        await signOnce(session, context, shard)
        said.because = ''
      } catch (error) {
        if (!(error instanceof SigningRefused)) throw error
        const now = context.clock().getTime()
        // An operator must act: the log says so at once, and again each minute.
        if (said.because !== error.message || now - said.at >= sayAgainMs) {
          context.log.error({ job: 'log.sign', outcome: error.message }, 'nothing is signed')
          Object.assign(said, { because: error.message, at: now })
        }
      }
      return false
    },
  }
}

/** @throws SigningRefused for a tree that does not follow from what was signed before */
export async function signOnce(
  session: Session,
  context: SigningContext,
  shard: number,
): Promise<void> {
  await takePolicy(session, context.ledgerDir)
  const logs = await logRows(session)
  for (const log of logs) {
    if (log.shard === shard && log.treeSize > 0) await signLog(session, context, log)
  }
}

async function signLog(session: Session, context: SigningContext, log: LogRow): Promise<void> {
  const { issuer, ledgerDir, secrets } = context
  const origin = originOf(issuer, log.year, log.shard)
  const folder = folderOf(ledgerDir, log.year, log.shard)
  const record = await readRecord(ledgerDir)
  const published = await lastCheckpoint(session, log.logId)
  const last = lastSigned(record.get(origin), published, log)
  const file = join(folder, 'checkpoint')
  const tree = { size: log.treeSize, root: log.root }
  if (await isOut(published, log, file)) return
  const before = published?.treeSize ?? 0
  await exportTiles(session, log, folder, before)
  await requireTree(folder, tree, last)
  // The record is on disk before the signature exists.
  await noteTree(ledgerDir, origin, tree, last)
  const signers = signersOf(secrets, origin)
  const signed = signNote(checkpointText({ origin, ...tree }), signers)
  const prove = (old: number) => consistencyProof(folder, old, tree.size)
  const policy = readPolicy(await witnessLines(session))
  const note = signed + (await context.askWitnesses(policy.witnesses, signed, tree.size, prove))
  const vkeys = signers.map(({ verifier }) => verifier.vkey)
  await saveVkeys(session, log.logId, vkeys, last.size)
  await saveCheckpoint(session, log.logId, { treeSize: tree.size, root: tree.root, note })
  await writeWhole(file, note)
  await dropPartials(folder, tree.size, before)
}

// A process that was stopped for a while may have lost the lock: it must not overwrite the record of another process.
async function noteTree(ledgerDir: string, origin: string, tree: SignedTree, last: SignedTree) {
  const record = await readRecord(ledgerDir)
  if ((record.get(origin)?.size ?? 0) !== last.size)
    throw new Error('another process signed meanwhile')
  await writeRecord(ledgerDir, new Map([...record, [origin, tree]]))
}

/** Whether the tree is published and its file is there, so that there is nothing to do. */
async function isOut(published: CheckpointRow | undefined, log: LogRow, file: string) {
  if (published?.treeSize !== log.treeSize) return false
  return (await readWhole(file))?.toString() === published.note
}

// Never signs a tree that contradicts a signed one, whatever the database says: a backup may have been restored
// (docs/design/domain.md#i29).
function lastSigned(
  signed: SignedTree | undefined,
  published: CheckpointRow | undefined,
  { treeSize, root }: LogRow,
): SignedTree {
  const last = signed ?? nothingSigned
  if ((published?.treeSize ?? 0) > last.size)
    throw new SigningRefused(
      `${published?.treeSize} entries are published, but signed.json knows of ${last.size}: restore the newest backup of that file`,
    )
  if (treeSize < last.size)
    throw new SigningRefused(
      `${last.size} entries were signed, but the database holds ${treeSize}: an older state of it was restored`,
    )
  if (treeSize === last.size && !root.equals(last.root))
    throw new SigningRefused(`another tree of ${treeSize} entries was signed`)
  return last
}

/** Copies the operator's file of witnesses into the database, for every process. */
async function takePolicy(session: Session, ledgerDir: string): Promise<void> {
  const lines = (await readWhole(join(ledgerDir, 'witnesses')))?.toString() ?? 'quorum none\n'
  try {
    readPolicy(lines)
  } catch (cause) {
    if (!(cause instanceof NoteError)) throw cause
    throw new SigningRefused(`${join(ledgerDir, 'witnesses')} ${cause.message}`, { cause })
  }
  if (lines !== (await witnessLines(session))) await saveWitnessLines(session, lines)
}
