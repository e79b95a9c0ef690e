import { describe, expect, test } from 'vitest'
import { emptyFrontier, grow, leafHash, rootOf } from '../../../src/base/tlog/merkle.ts'
import type { TileId } from '../../../src/base/tlog/tiles.ts'
import { perfectRoot, tilePath } from '../../../src/base/tlog/tiles.ts'
import { walkLog } from '../../../src/base/tlog/verify-log.ts'

// A reader of a log is told what does not hold, and of which entry: here of two full tiles and three entries more.

const entries = Array.from({ length: 2 * 256 + 3 }, (_, i) => Buffer.from(`entry ${i}`))
const tree = { size: entries.length, root: rootOf(grow(emptyFrontier, entries.map(leafHash))) }
const whole = tilesOf(entries)

function tilesOf(all: readonly Buffer[]): Map<string, Buffer> {
  const tiles = new Map<string, Buffer>()
  const full: Buffer[] = []
  for (let index = 0; index * 256 < all.length; index++) {
    const some = all.slice(index * 256, (index + 1) * 256)
    const [width, hashes] = [some.length, some.map(leafHash)]
    tiles.set(tilePath({ level: 'entries', index, width }), bundleOf(some))
    tiles.set(tilePath({ level: 0, index, width }), Buffer.concat(hashes))
    if (width === 256) full.push(perfectRoot(hashes, 256))
  }
  return tiles.set(tilePath({ level: 1, index: 0, width: full.length }), Buffer.concat(full))
}

function bundleOf(some: readonly Buffer[]): Buffer {
  return Buffer.concat(some.flatMap((entry) => [Buffer.from([0, entry.length]), entry]))
}

function isEntry(entry: Buffer): boolean {
  return entry.toString().startsWith('entry ')
}

function walk(tiles: ReadonlyMap<string, Buffer>, signed = [tree]) {
  const read = (tile: TileId) => {
    const bytes = tiles.get(tilePath(tile))
    return bytes ? Promise.resolve(bytes) : Promise.reject(new RangeError('missing'))
  }
  return walkLog(read, signed, { isEntry })
}

const without = (name: string) => new Map([...whole].filter(([path]) => path !== name))
const cut = (name: string) =>
  new Map(whole).set(name, whole.get(name)?.subarray(0, 32) ?? tree.root)

test('a log that is whole holds', async () => {
  expect(await walk(whole)).toBeUndefined()
  expect(await walk(new Map(), [])).toBeUndefined()
})

describe('what is not as it was is told', () => {
  const others = entries.with(300, Buffer.from('entry of others'))
  test.each<[string, ReadonlyMap<string, Buffer>, number, string]>([
    ['a bundle gone', without('tile/entries/001'), 256, 'tile/entries/001 is missing'],
    ['an entry of another kind', tilesOf(entries.with(7, Buffer.from('no'))), 7, 'no entry of a'],
    ['hashes gone', without('tile/0/001'), 256, 'tile/0/001 is missing'],
    ['hashes cut', cut('tile/0/001'), 257, 'tile/0/001 has another hash of it'],
    ['upper hashes gone', without('tile/1/000.p/2'), 0, 'tile/1/000.p/2 is missing'],
    ['upper hashes cut', cut('tile/1/000.p/2'), 256, 'has another hash of the tile below'],
    ['another tree', tilesOf(others), 0, 'entry from 0 to 514 is another'],
  ])('%s', async (_, tiles, index, because) => {
    const fault = await walk(tiles)
    expect(fault?.index).toBe(index)
    expect(fault?.because).toContain(because)
  })

  test('of trees that were signed one after the other, between which of them', async () => {
    const [one, two] = [300, 301].map((size) => {
      const hashes = entries.slice(0, size).map(leafHash)
      return { size, root: rootOf(grow(emptyFrontier, hashes)) }
    })
    const fault = await walk(
      tilesOf(others),
      [one, two, tree].flatMap((known) => known ?? []),
    )
    expect(fault).toMatchObject({ index: 300, because: expect.stringContaining('entry 300 is') })
  })
})
