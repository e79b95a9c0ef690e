import { expect, test } from 'vitest'
import { startCheck } from './static-check.ts'

test('a red check is told when it ends, and once more to who asks at the end of the run', async () => {
  const told: string[] = []
  const red = startCheck(['sh', '-c', 'echo first; echo second >&2; exit 3'], (said) =>
    told.push(said),
  )
  await expect.poll(() => told).toHaveLength(1)
  expect(told[0]).toMatch(/^The static check is red \(3\):\n/)
  for (const line of ['first\n', 'second\n']) expect(told[0]).toContain(line)
  await expect(red.green()).rejects.toThrow(told[0])
})

test('a green check says nothing', async () => {
  const told: string[] = []
  await startCheck(['sh', '-c', 'echo all is well'], (said) => told.push(said)).green()
  expect(told).toEqual([])
})

test.each([
  ['that is not there', ['/nowhere/check']],
  ['that a signal ends', ['sh', '-c', 'kill -9 $$']],
])('a check %s is red', async (_, command) => {
  await expect(startCheck(command, () => undefined).green()).rejects.toThrow('is red')
})
