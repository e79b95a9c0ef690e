import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReadTile, TileId } from '../../base/tlog/tiles.ts'
import { tilePath, tileWidth } from '../../base/tlog/tiles.ts'
import { readWhole } from '../../base/settings/atomic-file.ts'

/** The folder of a log below LEDGER_DIR: the same path as in URLs, so that any web server can serve it. */
export function folderOf(ledgerDir: string, year: number, shard: number): string {
  return join(ledgerDir, 'log', String(year), `p${shard}`)
}

/** A file of a log; undefined where it is not there, or this machine has no folder of the log. */
export async function readLogFile(
  ledgerDir: string,
  { year, shard }: { readonly year: number; readonly shard: number },
  name: string,
): Promise<Buffer | undefined> {
  return ledgerDir === '' ? undefined : readWhole(join(folderOf(ledgerDir, year, shard), name))
}

/** Reads tiles from files; takes the full tile where a partial one is asked for and gone (C2SP tlog-tiles). @throws RangeError */
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

/** Deletes the partial states of a tile that is full. */
export async function dropPartial(folder: string, tile: TileId): Promise<void> {
  await rm(join(folder, `${tilePath({ ...tile, width: tileWidth })}.p`), {
    recursive: true,
    force: true,
  })
}
