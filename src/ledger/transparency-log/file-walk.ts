import { join } from 'node:path'
import type { Session } from '../../base/database/db-session.ts'
import type { LogSecret } from '../../base/keys/log-keys.ts'
import type { Log } from '../../base/logging/log.ts'
import { readWhole } from '../../base/settings/atomic-file.ts'
import { readCheckpoint } from '../../base/tlog/checkpoint.ts'
import { NoteError } from '../../base/tlog/note-error.ts'
import { openNote } from '../../base/tlog/note.ts'
import type { TileId } from '../../base/tlog/tiles.ts'
import { attempt, recoverFrom } from '../../base/values/expected-errors.ts'
import type { Clock } from '../../base/values/clock.ts'
import { originOf } from '../chain/index.ts'
import { folderOf } from './files.ts'
import { healNext, tilesDownwards } from './heal-files.ts'
import type { SignedRecord } from './record.ts'
import { verifiersOf } from './signers.ts'
import type { CheckpointRow, LogRow } from './store.ts'
import { lastCheckpoint } from './store.ts'
import type { WriteFile } from './temporary-files.ts'

// The signer looks at all files of all logs, closed ones too, a few each turn: whoever serves the folder needs each of them, and a disk,
// or somebody, may lose one that nothing reads here.

/** Some milliseconds. */
const filesATurn = 250
const restMs = 3_600_000

type Walking = {
  readonly issuer: string
  readonly ledgerDir: string
  readonly secrets: readonly LogSecret[]
  readonly clock: Clock
  readonly log: Log
}
export type WalkTurn = {
  readonly session: Session
  readonly write: WriteFile
  readonly logs: readonly LogRow[]
  readonly record: SignedRecord
  /** Of the logs that ended with a restore: nothing else makes their checkpoint's file again. */
  readonly ended: ReadonlySet<string>
}
export type WalkFiles = (turn: WalkTurn) => Promise<void>

type Walk = {
  at: number
  tiles: Iterator<TileId> | undefined
  made: number
  lost: number
  endedAt: number
}

/** One walk after the other, an hour between them. The first one begins with the first turn. */
export function walkFiles(walking: Walking): WalkFiles {
  const walk: Walk = { at: 0, tiles: undefined, made: 0, lost: 0, endedAt: -Infinity }
  return async (turn) => {
    if (walking.clock().getTime() - walk.endedAt < restMs) return
    const log = turn.logs[walk.at]
    if (log === undefined) return end(walking, walk)
    const published = await provedCheckpoint(walking, turn, log)
    const isDone = published === undefined || (await lookOn(walking, walk, turn, log, published))
    if (isDone) Object.assign(walk, { at: walk.at + 1, tiles: undefined })
  }
}

function end({ log, clock }: Walking, walk: Walk): void {
  const { made, lost } = walk
  const job = 'log.sign'
  if (made > 0) log.warn({ job, count: made }, 'files of the log were gone, and were made again')
  if (lost > 0)
    log.error({ job, count: lost }, 'files of the log are gone, and the database cannot prove them')
  Object.assign(walk, { at: 0, tiles: undefined, made: 0, lost: 0, endedAt: clock().getTime() })
}

/** @returns whether all files of the log were looked at */
async function lookOn(
  { ledgerDir }: Walking,
  walk: Walk,
  { session, write, ended }: WalkTurn,
  log: LogRow,
  { treeSize: size, root, note, origin }: CheckpointRow & { readonly origin: string },
): Promise<boolean> {
  walk.tiles ??= tilesDownwards(size)
  const folder = folderOf(ledgerDir, log.year, log.shard)
  const healing = { session, logId: log.logId, folder, write, tree: { size, root } }
  const { made, lost, isDone } = await healNext(healing, walk.tiles, filesATurn)
  walk.made += made
  walk.lost += lost
  const file = join(folder, 'checkpoint')
  if (isDone && ended.has(origin) && (await readWhole(file)) === undefined) {
    await write(file, note)
    walk.made++
  }
  return isDone
}

/** The newest checkpoint of a log in the database, where the signer's record or a signature says that it is true. */
async function provedCheckpoint(
  { issuer, secrets }: Walking,
  { session, record }: WalkTurn,
  log: LogRow,
) {
  const published = await lastCheckpoint(session, log.logId)
  if (published === undefined) return undefined
  const { treeSize, root, note } = published
  const origin = originOf(issuer, log.year, log.shard)
  const signed = record.get(origin)
  if (signed?.size === treeSize && signed.root.equals(root)) return { ...published, origin }
  const keys = await verifiersOf(secrets, origin)
  const tree = attempt(
    () => readCheckpoint(openNote(note, keys).text),
    recoverFrom(NoteError, () => undefined),
  )
  const isProved = tree?.origin === origin && tree.size === treeSize && tree.root.equals(root)
  return isProved ? { ...published, origin } : undefined
}
