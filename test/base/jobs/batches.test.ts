import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { makeBatches } from '../../../src/base/jobs/batches.ts'
import { Unavailable } from '../../../src/base/values/refusal.ts'

// A gate that the test opens: nothing here waits for a clock that it does not move itself.
function gate() {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>()
  return { opened, open }
}

const limits = { most: 4, lanes: 2, patienceMs: 60_000, waiting: 10 }

test('items that arrive in one turn form one batch, and each gets its own result', async () => {
  const batches: number[][] = []
  const double = makeBatches<number, number>(async (items) => {
    batches.push([...items])
    await nextTurn()
    return items.map((item) => item * 2)
  }, limits)
  expect(await Promise.all([double(1), double(2), double(3)])).toEqual([2, 4, 6])
  expect(batches).toEqual([[1, 2, 3]])
})

test('items that arrive during a batch form the next one, of limited size, in order', async () => {
  const batches: number[][] = []
  const first = gate()
  const same = makeBatches<number, number>(async (items) => {
    batches.push([...items])
    if (batches.length === 1) await first.opened
    return items
  }, limits)
  const alone = same(0)
  await nextTurn()
  const others = [1, 2, 3, 4, 5, 6].map((item) => same(item))
  await nextTurn()
  expect(batches).toEqual([[0]])
  first.open()
  expect(await Promise.all([alone, ...others])).toEqual([0, 1, 2, 3, 4, 5, 6])
  expect(batches).toEqual([[0], [1, 2, 3, 4], [5, 6]])
})

test('one bad item fails alone: the others get their results', async () => {
  const run = vi.fn(async (items: readonly number[]) => {
    await nextTurn()
    if (items.includes(3)) throw new Error('three')
    return items
  })
  const same = makeBatches(run, limits)
  const settled = await Promise.allSettled([1, 2, 3, 4].map((item) => same(item)))
  expect(settled.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
  ])
  expect(run.mock.calls.map(([items]) => items)).toEqual([[1, 2, 3, 4], [1, 2], [3, 4], [3], [4]])
})

test('an outage fails the whole batch, without another try', async () => {
  const run = vi.fn(() => Promise.reject<number[]>(new Unavailable(new Error('away'))))
  const same = makeBatches<number, number>(run, limits)
  const settled = await Promise.allSettled([1, 2, 3].map((item) => same(item)))
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  expect(run).toHaveBeenCalledTimes(1)
})

test('a stuck batch does not delay the next one while a lane is free', async () => {
  const batches: number[][] = []
  const stuck = gate()
  const same = makeBatches<number, number>(
    async (items) => {
      batches.push([...items])
      if (items.some((item) => item < 2)) await stuck.opened
      return items
    },
    { ...limits, patienceMs: 1 },
  )
  const first = same(0)
  await nextTurn()
  const second = same(1)
  await expect.poll(() => batches).toEqual([[0], [1]])
  const third = same(2)
  await nextTurn()
  expect(batches).toHaveLength(2)
  stuck.open()
  expect(await Promise.all([first, second, third])).toEqual([0, 1, 2])
})

test('an item that would wait behind too many is refused at once', async () => {
  const stuck = gate()
  const same = makeBatches<number, number>(async (items) => {
    await stuck.opened
    return items
  }, limits)
  const held = [same(0)]
  await nextTurn()
  held.push(...Array.from({ length: limits.waiting }, (_, i) => same(i)))
  await expect(same(99)).rejects.toBeInstanceOf(Unavailable)
  stuck.open()
  await Promise.all(held)
})

test('a missing result fails the batch, so that no item gets another’s result', async () => {
  const same = makeBatches<number, number>((items) => Promise.resolve(items.slice(1)), limits)
  const settled = await Promise.allSettled([1, 2].map((item) => same(item)))
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})
