import { expect, test } from 'vitest'
import { cacheFor } from '../../../src/base/jobs/ttl-cache.ts'

// What pages for everybody show is read once a minute at most.

const start = new Date('2026-11-28T15:00:00.000Z')

const quiet = () => undefined
const failing = (time: number) =>
  time === 1 || time === 3 ? Promise.reject(new Error(`away ${time}`)) : Promise.resolve(time)

function keeping(read: (time: number) => Promise<number>) {
  let seconds = 0
  let reads = 0
  const told: unknown[] = []
  const get = cacheFor(() => read(++reads), {
    clock: () => new Date(start.getTime() + seconds * 1000),
    log: { debug: quiet, info: quiet, warn: (...of: unknown[]) => told.push(of), error: quiet },
    what: 'a copy',
  })
  return { get, told, reads: () => reads, at: (second: number) => (seconds = second) }
}

test('many who ask at once wait for one read, and the next read comes a minute later', async () => {
  const { get, reads, at } = keeping((time) => Promise.resolve(time))
  expect(await Promise.all(Array.from({ length: 50 }, get))).toEqual(Array(50).fill(1))
  at(59)
  expect(await get()).toBe(1)
  at(60)
  expect(await Promise.all([get(), get()])).toEqual([2, 2])
  expect(reads()).toBe(2)
})

test('a read that fails leaves the copy for a further minute, and is told; without a copy it is the caller’s', async () => {
  const { get, told, reads, at } = keeping(failing)
  await expect(get()).rejects.toThrow('away 1')
  expect(await get()).toBe(2)
  at(60)
  expect(await get()).toBe(2)
  expect(told).toHaveLength(1)
  at(119)
  expect(await get()).toBe(2)
  expect(reads()).toBe(3)
  at(120)
  expect(await get()).toBe(4)
})
