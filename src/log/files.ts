import { constants } from 'node:fs'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ReadTile, TileId } from '../foundation/tiles.ts'
import { tilePath, tileWidth } from '../foundation/tiles.ts'

// More than any tile or bundle of ours, or a signed note.
const maxFileBytes = 64 * 1024

/** A file that is there, whole, or not at all: written beside its place, brought to disk, and moved. */
export async function writeWhole(path: string, bytes: Buffer | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const draft = `${path}.new`
  const file = await open(draft, 'w', 0o644)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
  await syncFolder(dirname(path))
}

// A rename is durable when its folder is.
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Undefined where there is none; whoever may write here may also have put something else. */
export async function readWhole(path: string): Promise<Buffer | undefined> {
  try {
    if ((await stat(path)).size > maxFileBytes) return undefined
    return await readFile(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined
    throw error
  }
}

/** The folder of a log below LEDGER_DIR: as its path is in URLs, so that any web server can serve it. */
export function folderOf(ledgerDir: string, year: number, shard: number): string {
  return join(ledgerDir, 'log', String(year), `p${shard}`)
}

/** Reads tiles of files, a full one where a part of it was asked for and is gone (C2SP tlog-tiles). @throws RangeError */
export function tilesFromFiles(folder: string): ReadTile {
  return async (tile) => {
    const bytes = await readTileFile(folder, tile)
    if (bytes === undefined) throw new RangeError(`${tilePath(tile)} is missing`)
    return bytes
  }
}

export async function readTileFile(folder: string, tile: TileId): Promise<Buffer | undefined> {
  const exact = await readWhole(join(folder, tilePath(tile)))
  if (exact !== undefined || tile.width === tileWidth || tile.level === 'entries') return exact
  const full = await readWhole(join(folder, tilePath({ ...tile, width: tileWidth })))
  return full?.subarray(0, tile.width * 32)
}

/** Forgets the narrower states of a tile that is full. */
export async function dropPartial(folder: string, tile: TileId): Promise<void> {
  await rm(join(folder, `${tilePath({ ...tile, width: tileWidth })}.p`), {
    recursive: true,
    force: true,
  })
}
