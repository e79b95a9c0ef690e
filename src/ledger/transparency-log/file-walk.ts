import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Session } from '../../base/database/db-session.ts'
import type { LogSecret } from '../../base/keys/log-keys.ts'
import type { Log } from '../../base/logging/log.ts'
import { readWhole } from '../../base/settings/atomic-file.ts'
import { readCheckpoint } from '../../base/tlog/checkpoint.ts'
import { NoteError } from '../../base/tlog/note-error.ts'
import { openNote } from '../../base/tlog/note.ts'
import { hashesIn, hashRanges, leafHash } from '../../base/tlog/merkle.ts'
import type { ReadTile, TileId } from '../../base/tlog/tiles.ts'
import {
  entriesIn,
  hashesAt,
  maxLevel,
  nodesFromTiles,
  perfectRoot,
  tileAt,
  tilePath,
  tileWidth,
} from '../../base/tlog/tiles.ts'
import { attempt, recoverFrom } from '../../base/values/expected-errors.ts'
import type { Clock } from '../../base/values/clock.ts'
import { originOf } from '../chain/index.ts'
import { folderOf } from './files.ts'
import { tilesFromRows } from './rows-source.ts'
import type { SignedRecord, SignedTree } from './record.ts'
import { verifiersOf } from './signers.ts'
import type { CheckpointRow, LogRow } from './store.ts'
import { lastCheckpoint } from './store.ts'
import type { WriteFile } from './temporary-files.ts'

// The signer looks at all files of all logs, closed ones too, a few each turn: whoever serves the folder needs each of them, and a disk,
// or somebody, may lose one that nothing reads here. One that is gone comes back from the rows, wherever these lead to the tree that was
// signed. One that is there is not read: whether it is true is what `ledger verify` asks.

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
  const files = { session, logId: log.logId, folder, write, tree: { size, root } }
  const { made, lost, isDone } = await healNext(files, walk.tiles, filesATurn)
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

export type TreeFiles = {
  readonly session: Session
  readonly logId: number
  readonly folder: string
  readonly write: WriteFile
  /** Was signed: its root proves what is made. */
  readonly tree: SignedTree
}
/** How many files were made again, and how many could not be: their rows do not lead to the signed tree. */
export type HealCount = { readonly made: number; readonly lost: number }

/** The tiles and bundles of a tree, the highest level first, one at a time: a large log has millions. */
export function* tilesDownwards(size: number): Generator<TileId> {
  for (let level = maxLevel - 1; level >= 0; level--) {
    const count = hashesAt(level, size)
    for (let from = 0; from < count; from += tileWidth) {
      yield tileAt(level, from, size)
      if (level === 0) yield tileAt('entries', from, size)
    }
  }
}

/** Looks at the next files of a tree, `most` at most, and makes those that are gone. */
export async function healNext(
  files: TreeFiles,
  tiles: Iterator<TileId>,
  most = Infinity,
): Promise<HealCount & { readonly isDone: boolean }> {
  const { folder, write } = files
  let [made, lost] = [0, 0]
  for (let looked = 0; looked < most; looked++) {
    const next = tiles.next()
    if (next.done === true) return { made, lost, isDone: true }
    const tile = next.value
    if (await isThere(folder, tile)) continue
    const bytes = await provedTile(files, tile)
    if (bytes === undefined) lost++
    else {
      await write(join(folder, tilePath(tile)), bytes)
      made++
    }
  }
  return { made, lost, isDone: false }
}

// Readers take a full one where a partial one is gone (C2SP tlog-tiles).
async function isThere(folder: string, tile: TileId): Promise<boolean> {
  if (await isFile(join(folder, tilePath(tile)))) return true
  return tile.width < tileWidth && isFile(join(folder, tilePath({ ...tile, width: tileWidth })))
}

function isFile(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** A tile by the rows. @returns undefined where these do not lead to the signed tree */
function provedTile(files: TreeFiles, tile: TileId): Promise<Buffer | undefined> {
  // Rows may be missing.
  return tileByRows(files, tile).catch(recoverFrom(RangeError, () => undefined))
}

async function tileByRows(files: TreeFiles, tile: TileId): Promise<Buffer | undefined> {
  const { session, logId } = files
  const read = tilesFromRows(session, logId)
  const bytes = await read(tile)
  const tileOfHashes = tile.level === 'entries' ? { ...tile, level: 0 } : tile
  const hashes = tile.level === 'entries' ? await read(tileOfHashes) : bytes
  if (tile.level === 'entries' && !isBundleOf(bytes, hashes, tile.width)) return undefined
  return (await leadsToRoot(files, read, tileOfHashes, hashes)) ? bytes : undefined
}

function isBundleOf(bundle: Buffer, hashes: Buffer, width: number): boolean {
  const entries = entriesIn(bundle, width)
  return entries !== undefined && Buffer.concat(entries.map(leafHash)).equals(hashes)
}

/** A full tile is one hash of the tile above it; one at the edge is a part of the root. */
async function leadsToRoot(
  { tree: { size, root } }: TreeFiles,
  read: ReadTile,
  tile: TileId,
  bytes: Buffer,
): Promise<boolean> {
  let [at, own] = [tile, bytes]
  for (let level = Number(tile.level); at.width === tileWidth && level < maxLevel - 1; level++) {
    const above = tileAt(level + 1, at.index, size)
    const hashes = await read(above)
    const place = at.index % tileWidth
    const hash = perfectRoot(hashesIn(own), tileWidth)
    if (hashesIn(hashes)[place]?.equals(hash) !== true) return false
    ;[at, own] = [above, hashes]
  }
  const [computed] = await hashRanges([[0, size]], nodesFromTiles(size, read))
  return computed?.equals(root) === true
}
