import { expect, test } from 'vitest'
import type { TileId } from '../../../src/base/tlog/tiles.ts'
import { tilePath } from '../../../src/base/tlog/tiles.ts'
import { progressTo } from '../../../src/ledger/monitor/progress.ts'
import { prefetchTiles } from '../../../src/ledger/monitor/tile-prefetch.ts'

const size = 256 * 30 + 7

function bundle(index: number): TileId {
  return { level: 'entries', index, width: index === 30 ? 7 : 256 }
}

test('each tile is read once, some before they are asked for, and none beyond the tree', async () => {
  const asked: string[] = []
  const read = prefetchTiles(size, (tile) => {
    asked.push(tilePath(tile))
    return Promise.resolve(Buffer.from(tilePath(tile)))
  })
  await read(bundle(0))
  expect(asked).toHaveLength(9)
  for (let index = 1; index <= 30; index++)
    expect((await read(bundle(index))).toString()).toBe(tilePath(bundle(index)))
  expect(asked).toEqual(Array.from({ length: 31 }, (_, index) => tilePath(bundle(index))))
})

test('a missing tile is an error for the walk that asks for it, and for nothing else', async () => {
  const read = prefetchTiles(size, (tile) =>
    tile.index === 2 ? Promise.reject(new RangeError('missing')) : Promise.resolve(Buffer.alloc(0)),
  )
  await read(bundle(0))
  await read(bundle(1))
  await expect(read(bundle(2))).rejects.toThrow('missing')
  await read(bundle(3))
})

test('whoever waits is told how far a long walk has come, every two seconds at most', () => {
  const said: string[] = []
  let now = 0
  const progress = progressTo(
    (line) => said.push(line),
    () => now,
  )
  for (now of [100, 1999, 2000, 3999, 4000]) progress('log.test', now, 5000)
  expect(said).toEqual(['log.test: 2000 of 5000 entries\n', 'log.test: 4000 of 5000 entries\n'])
})
