import { expect, test } from 'vitest'
import { makeRelayLanes } from '../../../src/base/outbound/relay-lanes.ts'

/** Lanes over a clock of the test's own, and letters that end when they are told to. */
function lanesOf(most: number) {
  let [now, atOnce] = [0, 0]
  const said: number[] = []
  const ends: (() => void)[] = []
  const lanes = makeRelayLanes(
    most,
    (left) => said.push(left),
    () => now,
  )
  return {
    said,
    narrow: lanes.narrow,
    pass: (ms: number) => (now += ms),
    atOnce: () => atOnce,
    put(count: number) {
      for (let n = 0; n < count; n++)
        void lanes.take(async () => {
          atOnce += 1
          await new Promise<void>((resolve) => ends.push(resolve))
          atOnce -= 1
        })
    },
    /** Ends what is on its way; what waits takes its place. */
    async endAll() {
      for (const end of ends.splice(0)) end()
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

test('a relay that asks for less gets half, whoever of those on their way is told so', async () => {
  const lanes = lanesOf(8)
  lanes.put(40)
  expect(lanes.atOnce()).toBe(8)
  for (let told = 0; told < 6; told++) lanes.narrow()
  await lanes.endAll()
  expect([lanes.atOnce(), lanes.said]).toEqual([4, [4]])
  lanes.pass(1000)
  lanes.narrow()
  await lanes.endAll()
  expect(lanes.atOnce()).toBe(2)
})

test('one lane stays however often it is said, and each quiet minute gives one more until all are there', async () => {
  const lanes = lanesOf(3)
  lanes.put(60)
  for (let told = 0; told < 5; told++) {
    lanes.pass(1000)
    lanes.narrow()
  }
  await lanes.endAll()
  expect([lanes.atOnce(), lanes.said]).toEqual([1, [1]])
  const later: number[] = []
  for (let minute = 0; minute < 4; minute++) {
    lanes.pass(60_000)
    await lanes.endAll()
    later.push(lanes.atOnce())
  }
  expect(later).toEqual([2, 3, 3, 3])
})

test('a letter that fails gives its lane to the next', async () => {
  const lanes = makeRelayLanes(1, () => undefined)
  const failing = lanes.take(() => Promise.reject(new Error('451')))
  const next = lanes.take(() => Promise.resolve('left'))
  await expect(failing).rejects.toThrow('451')
  await expect(next).resolves.toBe('left')
})
