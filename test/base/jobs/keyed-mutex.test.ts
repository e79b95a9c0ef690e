import { expect, test } from 'vitest'
import { Unavailable } from '../../../src/base/values/refusal.ts'
import { makeKeyedMutex } from '../../../src/base/jobs/keyed-mutex.ts'

test('work for one key runs one at a time, in order; work for another key does not wait', async () => {
  const turns = makeKeyedMutex(10)
  const said: string[] = []
  const [gate, open] = gated()
  const first = turns.take('a', async () => {
    await gate
    said.push('first')
  })
  const second = turns.take('a', async () => void said.push('second'))
  await turns.take('b', async () => void said.push('other'))
  expect(said).toEqual(['other'])
  open()
  await Promise.all([first, second])
  expect(said).toEqual(['other', 'first', 'second'])
})

test('failed work does not fail the work behind it', async () => {
  const turns = makeKeyedMutex(10)
  const failing = turns.take('a', () => Promise.reject(new Error('mine')))
  const next = turns.take('a', () => Promise.resolve('next'))
  await expect(failing).rejects.toThrow('mine')
  await expect(next).resolves.toBe('next')
})

test('beyond the limit work is refused, until there is place again', async () => {
  const turns = makeKeyedMutex(2)
  const [gate, open] = gated()
  const held = [turns.take('a', () => gate), turns.take('a', () => gate)]
  await expect(turns.take('a', () => gate)).rejects.toBeInstanceOf(Unavailable)
  open()
  await Promise.all(held)
  await expect(turns.take('a', () => Promise.resolve(1))).resolves.toBe(1)
})

function gated(): [Promise<void>, () => void] {
  const { promise, resolve } = Promise.withResolvers<void>()
  return [promise, resolve]
}
